"""A tempo that the music is to follow, written piece by piece, and what follows from it.

A piece holds a tempo or goes to one; where it goes in steps, each step has the
same size and length, and the last one ends at the tempo that was asked for.
"""

import math
from collections.abc import Iterable, Sequence

import msgspec

from mtsession.timeline.tempo_map import TempoMap, TempoPoint
from mtsession.timeline.units import MINUTE, Bpm, Micros

FASTEST_GLIDE_PERCENT = 2.0
"""How much a glide may change the tempo in a minute, on average, unless a plan asks for more."""

LONGEST_MINUTES = 600.0
FASTEST_BPM = 300.0


class ArcPiece(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"start": "from"},
):
    """One stretch of an arc.

    Attributes
    ----------
    minutes : float
        How long it lasts.
    hold : float or None
        The tempo that is kept, in beats a minute.
    to : float or None
        The tempo that is reached at its end.
    start : float or None
        The tempo it begins with (`from` in a plan), for the first piece of an arc.
    steps : int or None
        Go there in so many steps instead of a glide.
    """

    minutes: float
    hold: float | None = None
    to: float | None = None
    start: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that are no tempo or no time."""
        for key, bpm in (("hold", self.hold), ("to", self.to), ("from", self.start)):
            if bpm is not None and not 0 < bpm <= FASTEST_BPM:
                raise ValueError(
                    f"`{key}`: {bpm:g} is not a tempo.\n"
                    "Write beats a minute, such as 66; built-in pieces go from 40 to 120."
                )
        if not 0 < self.minutes <= LONGEST_MINUTES:
            raise ValueError(f"`minutes`: {self.minutes:g} minutes cannot be.\nWrite more than 0.")
        if (self.hold is None) == (self.to is None):
            raise ValueError(
                "a piece of an arc either holds a tempo or goes to one.\n"
                "Write {hold = 66, minutes = 2} or {to = 60, minutes = 6}."
            )
        if self.hold is not None and (self.start is not None or self.steps is not None):
            key = "from" if self.start is not None else "steps"
            raise ValueError(f"`{key}`: it has no meaning beside hold.\nLeave it out.")
        if self.steps is not None and not 1 <= self.steps <= 60:
            raise ValueError(f"`steps`: {self.steps} steps cannot be.\nWrite 1 to 60.")

    @property
    def duration_us(self) -> Micros:
        """Give how long it lasts."""
        return Micros(round(self.minutes * MINUTE))

    @property
    def end_bpm(self) -> float:
        """Give the tempo at its end."""
        return self.to if self.to is not None else self.hold or 0.0


def arc_length(pieces: Iterable[ArcPiece]) -> Micros:
    """Give how long an arc lasts."""
    return Micros(sum(piece.duration_us for piece in pieces))


def arc_tempo(pieces: Sequence[ArcPiece]) -> TempoMap:
    """Give the tempo of an arc over time.

    Raises
    ------
    ValueError
        If there is no piece, or the first one goes somewhere from nowhere.

    Examples
    --------
    >>> arc_tempo([ArcPiece(hold=76, minutes=1), ArcPiece(to=66, minutes=5)]).bpm_at(360_000_000)
    66.0
    """
    if not pieces:
        raise ValueError("`arc`: the list is empty.\nWrite at least {hold = 66, minutes = 5}.")
    points: list[TempoPoint] = []
    at, before = 0, _first_bpm(pieces[0])
    for piece in pieces:
        spans = _spans(piece, before)
        length = piece.duration_us
        for index, (start_bpm, end_bpm) in enumerate(spans):
            start_us = at + round(length * index / len(spans))
            end_us = at + round(length * (index + 1) / len(spans))
            for t_us, bpm in ((start_us, start_bpm), (end_us, end_bpm)):
                point = TempoPoint(t_us=Micros(t_us), bpm=Bpm(float(bpm)))
                if not points or points[-1] != point:
                    points.append(point)
        at, before = at + length, piece.end_bpm
    return TempoMap(points)


def check_arc(pieces: Sequence[ArcPiece], *, allow_fast: bool) -> None:
    """Refuse an arc whose tempo changes faster than listeners are asked to follow.

    The pace of a glide is its mean: the logarithm of its end over its start, in a minute.

    Raises
    ------
    ValueError
        Opening with the key that is at fault, as ``"`arc[1].to`: …"``.
    """
    if not pieces:
        raise ValueError("`arc`: the list is empty.\nWrite at least {hold = 66, minutes = 5}.")
    if pieces[0].to is not None and pieces[0].start is None:
        raise ValueError(
            "`arc[0].from`: the arc does not say where its tempo begins.\n"
            "Write {from = 80, to = 72, minutes = 6}, or begin with a hold."
        )
    if allow_fast:
        return
    ask = "write allow_fast = true if it is meant."
    before = _first_bpm(pieces[0])
    for index, piece in enumerate(pieces):
        key = "hold" if piece.hold is not None else "to"
        start = piece.end_bpm if piece.hold is not None else piece.start or before
        if not math.isclose(start, before):
            jump_key = "hold" if piece.hold is not None else "from"
            raise ValueError(
                f"`arc[{index}].{jump_key}`: the tempo would jump from {before:g} to {start:g} BPM."
                f"\nGo there over some minutes with {{to = {start:g}, minutes = …}}, or {ask}"
            )
        pace = 100 * abs(math.log(piece.end_bpm / start)) / piece.minutes
        if pace > FASTEST_GLIDE_PERCENT + 1e-9:
            needed = 100 * abs(math.log(piece.end_bpm / start)) / FASTEST_GLIDE_PERCENT
            raise ValueError(
                f"`arc[{index}].{key}`: from {start:g} to {piece.end_bpm:g} BPM in "
                f"{piece.minutes:g} min is {pace:.1f} % a minute, above {FASTEST_GLIDE_PERCENT:g}."
                f"\nGive it at least {math.ceil(needed * 10) / 10:g} minutes, or {ask}"
            )
        before = piece.end_bpm


def jumps(tempo: TempoMap) -> tuple[Micros, ...]:
    """Give the times at which a tempo changes at once."""
    pairs = zip(tempo.points, tempo.points[1:], strict=False)
    return tuple(a.t_us for a, b in pairs if a.t_us == b.t_us and a.bpm != b.bpm)


def slice_tempo(tempo: TempoMap, start_us: int, end_us: int) -> TempoMap:
    """Give the tempo between two times, counted from the first.

    At a step on `start_us` the tempo after it counts; one on `end_us` is left out.
    """
    points = [TempoPoint(t_us=Micros(0), bpm=tempo.bpm_at(start_us))]
    points += [
        TempoPoint(t_us=Micros(point.t_us - start_us), bpm=point.bpm)
        for point in tempo.points
        if start_us < point.t_us < end_us
    ]
    end_bpm = _bpm_before(tempo, end_us)
    if points[-1].bpm != end_bpm or len(points) > 1:
        points.append(TempoPoint(t_us=Micros(end_us - start_us), bpm=end_bpm))
    return TempoMap(points)


def _bpm_before(tempo: TempoMap, t_us: int) -> Bpm:
    """Give the tempo at a time; at a step, the tempo before it."""
    for before, after in zip(tempo.points, tempo.points[1:], strict=False):
        if after.t_us == t_us and before.t_us < t_us:
            return after.bpm
    return tempo.bpm_at(t_us)


def _first_bpm(piece: ArcPiece) -> float:
    bpm = piece.hold if piece.hold is not None else piece.start
    if bpm is None:
        raise ValueError(
            "`arc[0].from`: the arc does not say where its tempo begins.\n"
            "Write {from = 80, to = 72, minutes = 6}, or begin with a hold."
        )
    return bpm


def _spans(piece: ArcPiece, before: float) -> list[tuple[float, float]]:
    """Give the start and end tempo of each even stretch of a piece."""
    if piece.hold is not None:
        return [(piece.hold, piece.hold)]
    start, end = (before if piece.start is None else piece.start), piece.end_bpm
    if piece.steps is None:
        return [(start, end)]
    step = (end - start) / piece.steps
    levels = [start + step * (count + 1) for count in range(piece.steps)]
    levels[-1] = end
    return [(level, level) for level in levels]
