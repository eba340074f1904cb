"""Each player's timing to the music that was heard, with the devices' latency taken off."""

from collections.abc import Sequence

import msgspec
import numpy as np

from mtsession.activities.improvisation.ensemble import Ensemble
from mtsession.activities.improvisation.heard_beats import HeardBeats
from mtsession.activities.improvisation.metrics.arrays import Whole, onset_groups
from mtsession.activities.improvisation.metrics.timing import (
    FEWEST_CIRCULAR,
    Circular,
    circular,
    phase_correction,
    to_nearest_beat,
)
from mtsession.activities.improvisation.metrics.together import matches
from mtsession.activities.improvisation.metrics.value import TOO_FEW, Value, mean_value
from mtsession.activities.improvisation.parts import Take
from mtsession.activities.improvisation.rows import RowMaker
from mtsession.protocol.metrics import MetricRow
from mtsession.timeline.event import Event
from mtsession.timeline.events import EngineStarted, LatencyMeasured

FEWEST_BEATS = 8


class ToMusic(msgspec.Struct, frozen=True, kw_only=True):
    """One player's strikes around the beats of the music.

    Attributes
    ----------
    latency : LatencyMeasured or None
        What was taken off; None where it was never measured for these devices.
    """

    player: int
    latency: LatencyMeasured | None
    around: Circular
    mean_ms: Value
    correction: Value


class Surroundings:
    """What is known of a session's music and devices, folded from its events."""

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self.beats = HeardBeats()
        self._outputs: list[tuple[int, str]] = []
        self._latencies: dict[tuple[str, str], LatencyMeasured] = {}
        for event in events:
            self.take_in(event)

    def take_in(self, event: Event) -> None:
        """Take in an event of the session."""
        self.beats.take_in(event)
        if isinstance(event, EngineStarted):
            self._outputs.append((event.t_us, event.output))
        elif isinstance(event, LatencyMeasured):
            self._latencies[event.input, event.output] = event

    def latency(self, ports: Sequence[str], t_us: int) -> LatencyMeasured | None:
        """Give the latency of a player's only port with the output that was in use."""
        before = [output for at_us, output in self._outputs if at_us <= t_us]
        if not before or len(set(ports)) != 1:
            return None
        return self._latencies.get((ports[0], before[-1]))


def to_music(
    ensemble: Ensemble,
    take: Take,
    around: Surroundings,
    until_us: int,
    *,
    from_us: int | None = None,
) -> tuple[ToMusic, ...]:
    """Give every player's timing to the music of a take; empty where no beat was heard.

    Parameters
    ----------
    from_us, until_us : int
        The part of the take that is looked at, all of it unless said otherwise.
    """
    from_us = take.start_us if from_us is None else from_us
    beats = around.beats.between(from_us, until_us)
    if len(beats) < FEWEST_BEATS:
        return ()
    found = []
    for player, part in sorted(take.parts.items()):
        latency = around.latency(ensemble.port_names(player), take.start_us)
        off_us = 0 if latency is None else latency.latency_us
        strikes = onset_groups(part.columns.arrays(from_us, until_us).onset_us) - off_us
        period_us = float(np.median(np.diff(beats)))
        away_s = to_nearest_beat(strikes, beats)
        found.append(
            ToMusic(
                player=player,
                latency=latency,
                around=circular(away_s, period_us / 1e6),
                mean_ms=mean_value(away_s * 1000),
                correction=phase_correction(_beat_by_beat(strikes, beats, period_us)),
            )
        )
    return tuple(found)


def _beat_by_beat(strikes: Whole, beats: Whole, period_us: float) -> np.ndarray:
    """Give the asynchronies of the longest run of beats that each have a strike, in seconds."""
    mine, theirs = matches(strikes, beats, round(period_us / 2))
    near = np.diff(beats[theirs]) < 1.5 * period_us
    runs = np.split(np.arange(len(mine)), np.flatnonzero((np.diff(theirs) != 1) | ~near) + 1)
    longest = max(runs, key=len)
    return (strikes[mine[longest]] - beats[theirs[longest]]) / 1e6


def music_rows(found: ToMusic, name: str, key: str) -> list[MetricRow]:
    """Give a player's rows.

    Parameters
    ----------
    key : str
        The beginning of their keys.
    """
    make = RowMaker(name, key)
    enough = found.around.n >= FEWEST_CIRCULAR
    reason = found.around.reason or TOO_FEW
    make.add("timing_to_music", "music_ms", "strikes around the music's beat: mean", found.mean_ms,
             unit="ms", digits=0, fewest=FEWEST_CIRCULAR)  # fmt: skip
    for name_, value, unit, digits, told in (
        ("r", found.around.strength, "", 2, "closeness (R)"),
        ("place_ms", found.around.direction_ms, "ms", 0, "place"),
        ("p", found.around.rayleigh_p, "", 3, "by chance (p)"),
    ):
        make.add("timing_to_music", f"music_{name_}", f"strikes around the music's beat: {told}",
                 value if enough else None, unit=unit, digits=digits, n=found.around.n,
                 reason=reason)  # fmt: skip
    make.add("timing_to_music", "music_correction", "correction to the music at the next beat",
             found.correction, fewest=FEWEST_CIRCULAR)  # fmt: skip
    return make.rows


def latency_words(found: ToMusic, name: str) -> str:
    """Say what was taken off a player's times, or that nothing was."""
    latency = found.latency
    if latency is None:
        return f"{name}: latency not measured, so none was taken off the timing to the music"
    return (
        f"{name}: {latency.latency_us / 1000:.0f} ms of latency taken off the timing to the music"
        f" (tapped on {latency.input} with {latency.output},"
        f" spread {latency.spread_us / 1000:.0f} ms)"
    )
