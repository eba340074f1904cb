"""One pulse of what was measured, what a tag says and what the therapist decided."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from mtsession.music.recording import Analysis, Decision, Held, Recording

SAME = 0.01
"""A decided tempo this near a simple ratio of the measured one keeps the measured beats."""

SAME_TYPED = 0.005
"""For a typed one, which may be rounded but is meant."""

SAME_WHOLE = 0.0005
"""For one typed with its first beat: then nothing is left to be measured."""

USUAL_BAR = 4
"""Beats in a bar where the therapist moves its start and nothing tells how long it is."""

_LEVELS = (0.25, 0.5, 1.0, 2.0, 4.0)


class EffectivePulse(msgspec.Struct, frozen=True, kw_only=True):
    """The pulse that counts. `downbeat` is the first one's index in `beats_s`."""

    bpm: float | None = None
    beats_s: tuple[float, ...] = ()
    downbeat: int | None = None
    beats_per_bar: int | None = None


def effective(
    analysis: Analysis | None, decision: Decision, tag_bpm: float | None
) -> EffectivePulse:
    """Make one pulse of three: the decision stands above the analysis, that above the tag.

    A decided tempo within 1 % of the measured one, or of its double, half, fourfold or fourth,
    keeps the measured beats: as they are, subdivided, or every second (fourth) of them, so that
    the first downbeat stays one. A typed tempo has to be nearer: within 0.5 %, typed with its
    first beat within 0.05 %. Any other decided tempo is an even grid through
    `Decision.first_beat_s`, without that through the first measured downbeat. Where there is
    neither, the tempo is known and the beats are not.

    Bars keep their number of beats. `Decision.first_beat_s` is the first downbeat where it is
    given, and `Decision.downbeat_shift` then moves the bar's start.

    Parameters
    ----------
    analysis : Analysis or None
        What was measured.
    decision : Decision
        What the therapist decided.
    tag_bpm : float or None
        The tempo that the file's tags state; it has no beats.

    Returns
    -------
    EffectivePulse

    Examples
    --------
    >>> measured = Analysis(duration_s=4.0, bpm=60.0, beats_s=(0.5, 1.5, 2.5, 3.5), downbeat=1)
    >>> effective(measured, Decision(bpm=30.0, how="halved"), None).beats_s
    (1.5, 3.5)
    """
    measured = Analysis(duration_s=0.0) if analysis is None else analysis
    if decision.locked and decision.held is not None:
        return _held(measured, decision, decision.held)
    if decision.bpm is None:
        beats = measured.beats_s if measured.bpm is not None else ()
        bpm = measured.bpm if measured.bpm is not None else tag_bpm
    else:
        bpm = decision.bpm
        beats = _decided_beats(measured, decision, bpm, named=decision.first_beat_s)
    bar = decision.beats_per_bar or measured.beats_per_bar
    first = _first_downbeat(measured, decision, beats)
    if decision.beats_per_bar and beats:
        first = first or 0
    if decision.downbeat_shift and beats:
        bar = bar or USUAL_BAR
        first = (first or 0) + decision.downbeat_shift
    return _pulse(bpm, beats, first, bar)


def _pulse(
    bpm: float | None, beats: tuple[float, ...], first: int | None, bar: int | None
) -> EffectivePulse:
    """Put a pulse together; `first` may be any downbeat, before and after its beats as well."""
    if first is not None and bar:
        first %= bar
    known = first is not None and 0 <= first < len(beats)
    return EffectivePulse(
        bpm=bpm, beats_s=beats, downbeat=first if known else None, beats_per_bar=bar
    )


def written_down(pulse: EffectivePulse | Recording) -> Held | None:
    """Give what a lock keeps of a pulse; None where there is no tempo.

    Examples
    --------
    >>> written_down(EffectivePulse(bpm=60.0, beats_s=(0.5, 1.5), downbeat=1, beats_per_bar=2))
    Held(bpm=60.0, beat_s=1.5, downbeat=True, beats_per_bar=2)
    """
    if pulse.bpm is None:
        return None
    known = pulse.downbeat is not None
    beat = pulse.beats_s[pulse.downbeat or 0] if pulse.beats_s else None
    return Held(bpm=pulse.bpm, beat_s=beat, downbeat=known, beats_per_bar=pulse.beats_per_bar)


def _held(measured: Analysis, decision: Decision, held: Held) -> EffectivePulse:
    """Give the pulse that was locked, on the beats that are measured now where they bear it."""
    if held.beat_s is None:
        return EffectivePulse(bpm=held.bpm, beats_per_bar=held.beats_per_bar)
    beats = _decided_beats(measured, decision, held.bpm, named=held.beat_s)
    first = _place(beats, held.beat_s) if held.downbeat and beats else None
    return _pulse(held.bpm, beats, first, held.beats_per_bar)


def _decided_beats(
    measured: Analysis, decision: Decision, bpm: float, *, named: float | None
) -> tuple[float, ...]:
    """Take the measured beats at the decided level, or lay an even grid; one falls on `named`."""
    near = SAME
    if decision.how == "typed":
        near = SAME_TYPED if decision.first_beat_s is None else SAME_WHOLE
    if measured.bpm and len(measured.beats_s) > 1:
        for level in _LEVELS:
            if abs(bpm / (measured.bpm * level) - 1) <= near:
                return _at_level(measured, level, named=named)
    anchor = named
    if anchor is None and measured.beats_s:
        anchor = measured.beats_s[measured.downbeat or 0]
    if anchor is None:
        return ()
    return even_grid(bpm, anchor, measured.duration_s)


def _at_level(measured: Analysis, level: float, *, named: float | None) -> tuple[float, ...]:
    """Subdivide the measured beats or leave some out; a beat the therapist named is one of them."""
    # With a named beat twice as fine as wanted: taps may lie between the measured beats.
    parts = max(1, round(level)) * (1 if named is None else 2)
    fine = subdivided(measured.beats_s, parts)
    step = round(parts / level)
    start = (measured.downbeat or 0) * parts if named is None else _place(fine, named)
    return fine[start % step :: step]


def _first_downbeat(measured: Analysis, decision: Decision, beats: Sequence[float]) -> int | None:
    """Give the index among `beats` of a downbeat, named or measured."""
    if not beats:
        return None
    if decision.first_beat_s is not None:
        return _place(beats, decision.first_beat_s)
    if measured.downbeat is None or measured.downbeat >= len(measured.beats_s):
        return None
    return _nearest(beats, measured.beats_s[measured.downbeat])


def subdivided(beats_s: Sequence[float], parts: int) -> tuple[float, ...]:
    """Lay `parts - 1` even beats into each interval.

    Examples
    --------
    >>> subdivided((0.0, 1.0, 2.0), 2)
    (0.0, 0.5, 1.0, 1.5, 2.0)
    """
    if parts == 1:
        return tuple(beats_s)
    fine = [
        here + (there - here) * part / parts
        for here, there in pairwise(beats_s)
        for part in range(parts)
    ]
    return (*fine, beats_s[-1])


def even_grid(bpm: float, anchor_s: float, duration_s: float) -> tuple[float, ...]:
    """Give evenly spaced beats from 0 to the end, of which one falls on `anchor_s`.

    Examples
    --------
    >>> even_grid(60.0, 2.5, 4.0)
    (0.5, 1.5, 2.5, 3.5)
    """
    period = 60.0 / bpm
    before = math.floor(anchor_s / period + 1e-9)
    first = max(0.0, anchor_s - before * period)
    count = max(0, math.ceil((duration_s - first) / period - 1e-9))
    return tuple(first + place * period for place in range(count))


def _place(beats: Sequence[float], at_s: float) -> int:
    """Give the index of the beat at a time; below 0 or past the end where none is there yet."""
    if len(beats) > 1 and at_s < beats[0]:
        return round((at_s - beats[0]) / (beats[1] - beats[0]))
    if len(beats) > 1 and at_s > beats[-1]:
        return len(beats) - 1 + round((at_s - beats[-1]) / (beats[-1] - beats[-2]))
    return _nearest(beats, at_s)


def _nearest(beats: Sequence[float], at_s: float) -> int:
    after = bisect_left(beats, at_s)
    near = range(max(0, after - 1), min(len(beats), after + 1))
    return min(near, key=lambda place: abs(beats[place] - at_s))
