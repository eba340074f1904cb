"""Who makes the music, as a fold over events, and the pulse that taps give to it."""

import math

import msgspec

from mtsession.activities.listening.events import (
    BeatTapped,
    MusicNamed,
    MusicTurned,
    PulseFitted,
    Source,
)
from mtsession.music.analysis.taps import fit_taps
from mtsession.timeline.units import MINUTE, SECOND, Micros, seconds

FEWEST_TAPS = 4
"""So many taps are asked for before their tempo is believed."""

MOST_TAPS = 12
"""Of a long row of taps the last ones count: the tempo of living music moves."""

LONGEST_GAP_US = 4 * SECOND
"""After so long without a tap a new row begins."""

SOON = 0.3
"""Of a beat: what is nearer stays as it is."""

GREATEST_TURN = 0.15
"""Of a beat: how much earlier or later one tap may make the next beat."""

LOWEST_BPM, HIGHEST_BPM = 30.0, 220.0


class Turned:
    """Where the music comes from.

    Attributes
    ----------
    title : str
        What is played in the room, where it was said.
    taps : list of Micros
        The row of taps that goes on.
    pulse : PulseFitted or None
        The pulse that runs.
    """

    def __init__(self) -> None:
        self.source: Source = "programme"
        self.title = ""
        self.taps: list[Micros] = []
        self.pulse: PulseFitted | None = None

    @property
    def away(self) -> bool:
        """Tell whether the programme is not what is played."""
        return self.source != "programme"

    @property
    def tapped(self) -> bool:
        """Tell whether taps make the beat."""
        return self.source in {"live", "outside"}

    def turn(self, event: MusicTurned) -> None:
        """Take in where the music comes from."""
        self.source, self.title = event.to, event.title
        self.taps, self.pulse = [], None

    def name(self, event: MusicNamed) -> None:
        """Take in what is played."""
        self.title = event.title

    def tap(self, event: BeatTapped) -> None:
        """Take in a tap."""
        self.taps = [*_row(self.taps, event.t_us), event.t_us][-MOST_TAPS:]

    def fit(self, event: PulseFitted) -> None:
        """Take in the pulse of the taps."""
        self.pulse = event

    def fitted(self, activity: int, now_us: Micros, *, grid: int) -> PulseFitted | None:
        """Give the pulse that a tap now makes with those before it; None while too few agree.

        The beats that were counted stand, and the next one moves by a small part of a beat
        at most, so that whoever follows is led and not pulled.

        Parameters
        ----------
        grid : int
            The number of its beats, where none run yet.
        """
        taps = [*_row(self.taps, now_us), now_us][-MOST_TAPS:]
        fit = fit_taps([seconds(each) for each in taps]) if len(taps) >= FEWEST_TAPS else None
        if fit is None or not LOWEST_BPM <= fit.bpm <= HIGHEST_BPM:
            return None
        period = MINUTE / fit.bpm
        first_us = fit.first_beat_s * SECOND
        next_us = first_us + _next((now_us - first_us) / period) * period
        beat, running = 0, self.pulse
        if running is not None:
            grid = running.grid
            before = MINUTE / running.bpm
            beat = _next((now_us - running.at_us) / before)
            due_us = running.at_us + beat * before
            turn = (next_us - due_us + period / 2) % period - period / 2
            most = GREATEST_TURN * before
            next_us = due_us + min(max(turn, -most), most)
            beat += running.beat
        return PulseFitted(
            t_us=now_us,
            activity=activity,
            grid=grid,
            bpm=fit.bpm,
            at_us=Micros(round(next_us)),
            beat=beat,
            spread_ms=fit.spread_ms,
            taps=fit.taps,
        )


def gone_on(pulse: PulseFitted, activity: int, now_us: Micros, *, grid: int) -> PulseFitted:
    """Give a pulse that ran, from its next beat on and under another number."""
    period = MINUTE / pulse.bpm
    at_us = Micros(round(pulse.at_us + _next((now_us - pulse.at_us) / period) * period))
    return msgspec.structs.replace(
        pulse, t_us=now_us, activity=activity, grid=grid, at_us=at_us, beat=0
    )


def _next(beats: float) -> int:
    """Give the next beat that is far enough away to be moved."""
    return math.floor(beats + SOON) + 1


def _row(taps: list[Micros], now_us: int) -> list[Micros]:
    """Give the taps that one now goes on with; none after a long gap."""
    return taps if taps and now_us - taps[-1] <= LONGEST_GAP_US else []
