"""Takes as tables, for those who reckon elsewhere: every note, and the figures of every window."""

from collections.abc import Sequence
from typing import NamedTuple

from mtsession.activities.improvisation.ensemble import Ensemble, fold
from mtsession.activities.improvisation.metrics.pulse import Pulse
from mtsession.activities.improvisation.metrics.whole import PlayerWindow, player_window
from mtsession.activities.improvisation.metrics.windows import WINDOW_US, pulses_of, windows_of
from mtsession.activities.improvisation.parts import Take
from mtsession.activities.improvisation.take import role_names
from mtsession.timeline.event import Event

TOGETHER = "all"


class NoteRow(NamedTuple):
    """One note; times from the take's start.

    `player` is a role, never a name. A velocity that is not known (the computer's keys) is None.
    """

    take: int
    player: str
    onset_us: int
    released_us: int
    end_us: int
    pitch: int
    velocity: int | None


class WindowRow(NamedTuple):
    """One player's window, or that of all together; times from the take's start.

    What cannot be had is None; `reason` says why there is no tempo.
    """

    take: int
    player: str
    start_us: int
    end_us: int
    notes: int | None
    density_per_s: float | None
    active_share: float | None
    ioi_median_us: float | None
    velocity_median: float | None
    pitch_mean: float | None
    bpm: float | None
    rival_bpm: float | None
    steady: int | None
    clarity: float | None
    reason: str | None


def note_rows(activity: int, take: int, number: int, events: Sequence[Event]) -> list[NoteRow]:
    """Give every note of a take, in order of onset.

    Parameters
    ----------
    activity, take : int
        Which improvisation, and which of its takes.
    number : int
        What the take is called in the rows.
    """
    ensemble, found, until = _found(activity, take, events)
    if found is None:
        return []
    names = role_names(ensemble.players)
    rows = []
    for player, part in found.parts.items():
        notes = part.columns.arrays(found.start_us, until)
        columns = (notes.onset_us, notes.released_us, notes.end_us, notes.pitch, notes.velocity)
        for onset, released, end, pitch, velocity in zip(
            *(column.tolist() for column in columns), strict=True
        ):
            at = (onset - found.start_us, released - found.start_us, end - found.start_us)
            rows.append(NoteRow(number, names[player], *at, pitch, velocity or None))
    return sorted(rows, key=lambda row: (row.onset_us, row.player, row.pitch))


def window_rows(activity: int, take: int, number: int, events: Sequence[Event]) -> list[WindowRow]:
    """Give the figures of every window of a take: each player's, then the tempo of all together.

    They are those of the summary's own reckoning; see `note_rows` for the parameters.
    """
    ensemble, found, until = _found(activity, take, events)
    if found is None or not found.parts:
        return []
    names = role_names(ensemble.players)
    players, parts = zip(*sorted(found.parts.items()), strict=True)
    heard = [part.columns.arrays(found.start_us, until) for part in parts]
    cuts = windows_of(heard[0].span_us, WINDOW_US, heard[0].from_us)
    pulses = pulses_of(heard, cuts)
    rows = [
        _window_row(number, names[player], found.start_us, player_window(notes, *cut), pulse)
        for player, notes, own in zip(players, heard, pulses.players, strict=True)
        for cut, pulse in zip(cuts, own, strict=True)
    ]
    return rows + [
        _window_row(number, TOGETHER, found.start_us, None, pulse) for pulse in pulses.together
    ]


def _found(activity: int, take: int, events: Sequence[Event]) -> tuple[Ensemble, Take | None, int]:
    """Give an improvisation, one of its takes, and where that ends."""
    ensemble = fold(activity, events)
    found = next((each for each in ensemble.takes if each.number == take), None)
    if found is None:
        return ensemble, None, 0
    last_us = max((event.t_us for event in events), default=0)
    lasts = [part.columns.last_us + 1 for part in found.parts.values() if len(part.columns)]
    return ensemble, found, max([found.at(last_us), *lasts])


def _window_row(
    take: int, player: str, from_us: int, window: PlayerWindow | None, pulse: Pulse
) -> WindowRow:
    return WindowRow(
        take=take,
        player=player,
        start_us=pulse.start_us - from_us,
        end_us=pulse.end_us - from_us,
        notes=None if window is None else window.notes,
        density_per_s=None if window is None else window.density_per_s,
        active_share=None if window is None else window.active_share,
        ioi_median_us=None if window is None else window.ioi_median_us,
        velocity_median=None if window is None else window.velocity_median,
        pitch_mean=None if window is None else window.pitch_mean,
        bpm=pulse.bpm,
        rival_bpm=pulse.rival_bpm,
        steady=None if pulse.bpm is None else int(pulse.steady),
        clarity=pulse.clarity,
        reason=pulse.reason,
    )
