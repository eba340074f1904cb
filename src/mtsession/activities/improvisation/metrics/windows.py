"""The windows of a take, and the pulse of each."""

from collections.abc import Sequence
from typing import NamedTuple

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, merged, window
from mtsession.activities.improvisation.metrics.pulse import Pulse, find_pulses, not_looked_for

WINDOW_US = 30_000_000
MOST_WINDOWS = 240

Cut = tuple[int, int]
"""A window's start and end."""


class Pulses(NamedTuple):
    """The pulse of every window: of each player alone, and of all together."""

    players: tuple[tuple[Pulse, ...], ...]
    together: tuple[Pulse, ...]


def windows_of(span_us: int, window_us: int, from_us: int = 0) -> list[Cut]:
    """Give the windows of a take, half-open, the last as long as there is."""
    ends = range(from_us, from_us + max(span_us, 1), window_us)
    return [(start, min(start + window_us, from_us + span_us)) for start in ends]


def pulses_of(parts: Sequence[NoteArrays], cuts: Sequence[Cut]) -> Pulses:
    """Find the pulse of every window; many at once cost much less than one by one."""
    everybody = [*parts, merged(parts)] if len(parts) > 1 else list(parts)
    wanted = [index for index in range(len(cuts)) if looked_for(index, len(cuts))]
    found = find_pulses([window(part, *cuts[index]) for part in everybody for index in wanted])
    rows = []
    for begin in range(0, len(found), len(wanted)):
        row = [not_looked_for(*cut) for cut in cuts]
        for index, pulse in zip(wanted, found[begin : begin + len(wanted)], strict=True):
            row[index] = pulse
        rows.append(tuple(row))
    return Pulses(tuple(rows[: len(parts)]), rows[-1])


def looked_for(index: int, windows: int) -> bool:
    """Tell whether a window's pulse is looked for: in takes of many hours, every so-many-th's is.

    Examples
    --------
    >>> sum(looked_for(index, 1_440) for index in range(1_440))
    240
    """
    return index % -(-windows // MOST_WINDOWS) == 0
