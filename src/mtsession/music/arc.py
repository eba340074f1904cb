"""A tempo that the music is to follow, written piece by piece, and what follows from it.

A piece holds a tempo, goes to one, goes to one and back (a U), or is silence. Steps
have the same size and length, and the last one ends at the tempo that was asked for.
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

U_SHARES = (0.4, 0.2, 0.4)
"""How a U shares its time between going there, staying and coming back."""

NO_START = (
    "`arc[0].from`: the arc does not say where its tempo begins.\n"
    "Write {from = 80, to = 72, minutes = 6}, begin with a hold, or give start_bpm."
)


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
    u : float or None
        The tempo that is gone to, stayed at and come back from, in 2, 1 and 2 fifths of the time.
    back_to : float or None
        The tempo that a U comes back to; else the one it began with.
    silence : bool
        No music.
    """

    minutes: float
    hold: float | None = None
    to: float | None = None
    start: float | None = None
    steps: int | None = None
    u: float | None = None
    back_to: float | None = None
    silence: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers that are no tempo or no time, and keys that do not go together."""
        tempi = {"hold": self.hold, "to": self.to, "from": self.start, "u": self.u}
        for key, bpm in (tempi | {"back_to": self.back_to}).items():
            if bpm is not None and not 0 < bpm <= FASTEST_BPM:
                raise ValueError(
                    f"`{key}`: {bpm:g} is not a tempo.\n"
                    "Write beats a minute, such as 66; built-in pieces go from 40 to 120."
                )
        if not 0 < self.minutes <= LONGEST_MINUTES:
            raise ValueError(f"`minutes`: {self.minutes:g} minutes cannot be.\nWrite more than 0.")
        if sum((self.hold is not None, self.to is not None, self.u is not None, self.silence)) != 1:
            raise ValueError(
                "a piece of an arc either holds a tempo or goes to one, is a u or silence.\n"
                "Write {hold = 66, minutes = 2}, {to = 60, minutes = 6}, {u = 60, minutes = 20} or "
                "{silence = true, minutes = 2}."
            )
        kinds = {"to": ("from", "steps"), "u": ("from", "back_to"), "hold": (), "silence": ()}
        kind = next(key for key in kinds if getattr(self, key))
        extra = {"from": self.start, "steps": self.steps, "back_to": self.back_to}
        for key, value in extra.items():
            if value is not None and key not in kinds[kind]:
                raise ValueError(f"`{key}`: it has no meaning beside {kind}.\nLeave it out.")
        if self.steps is not None and not 1 <= self.steps <= 60:
            raise ValueError(f"`steps`: {self.steps} steps cannot be.\nWrite 1 to 60.")

    @property
    def duration_us(self) -> Micros:
        """Give how long it lasts."""
        shares = U_SHARES if self.u is not None else (1.0,)
        return Micros(sum(round(self.minutes * share * MINUTE) for share in shares))

    @property
    def end_bpm(self) -> float | None:
        """Give the tempo at its end, where it says one."""
        return self.to or self.hold or self.back_to


def arc_length(pieces: Iterable[ArcPiece]) -> Micros:
    """Give how long an arc lasts, silence and all."""
    return Micros(sum(piece.duration_us for piece in pieces))


def says_start(pieces: Sequence[ArcPiece]) -> bool:
    """Tell whether an arc says which tempo it begins with."""
    first = next((piece for piece in pieces if not piece.silence), None)
    return first is None or first.hold is not None or first.start is not None


def unfold(pieces: Sequence[ArcPiece], start_bpm: float | None = None) -> tuple[ArcPiece, ...]:
    """Write an arc out: its first tempo said, and each U as the three pieces that it stands for.

    Raises
    ------
    ValueError
        If there is no piece that sounds, or the first one goes somewhere from nowhere.

    Examples
    --------
    >>> [piece.end_bpm for piece in unfold([ArcPiece(start=72, u=60, minutes=20)])]
    [60, 60, 72]
    """
    return tuple(piece for _, _, piece in _unfolded(pieces, start_bpm))


def silences(pieces: Iterable[ArcPiece]) -> tuple[tuple[Micros, Micros], ...]:
    """Give when an arc is silent, as times from its start; neighbours count as one."""
    found: list[tuple[Micros, Micros]] = []
    at = 0
    for piece in pieces:
        end = at + piece.duration_us
        if piece.silence:
            joined = found.pop()[0] if found and found[-1][1] == at else Micros(at)
            found.append((joined, Micros(end)))
        at = end
    return tuple(found)


def sounding(
    pieces: Sequence[ArcPiece], until_us: int, from_us: int = 0
) -> tuple[tuple[Micros, Micros], ...]:
    """Give the stretches of a time that are not planned silence.

    An arc that ends in silence stays silent; any other holds its last tempo.

    Examples
    --------
    >>> sounding([ArcPiece(hold=60, minutes=1), ArcPiece(silence=True, minutes=1)], 180_000_000)
    ((0, 60000000),)
    """
    found, at = [], from_us
    for start, end in silences(pieces):
        if start > at:
            found.append((Micros(at), Micros(min(start, until_us))))
        at = max(at, end)
        if end == arc_length(pieces):
            at = until_us
    if at < until_us:
        found.append((Micros(at), Micros(until_us)))
    return tuple(each for each in found if each[1] > each[0])


def arc_tempo(pieces: Sequence[ArcPiece], start_bpm: float | None = None) -> TempoMap:
    """Give the tempo of an arc over time; through silence it stays as it was.

    Parameters
    ----------
    start_bpm : float, optional
        The tempo to begin with, where the arc does not say it.

    Raises
    ------
    ValueError
        If there is no piece that sounds, or the first one goes somewhere from nowhere.

    Examples
    --------
    >>> arc_tempo([ArcPiece(hold=76, minutes=1), ArcPiece(to=66, minutes=5)]).bpm_at(360_000_000)
    66.0
    """
    plain = unfold(pieces, start_bpm)
    points: list[TempoPoint] = []
    at, before = 0, _first_bpm(plain, start_bpm)
    for piece in plain:
        spans = _spans(piece, before)
        length = piece.duration_us
        for index, (start, end) in enumerate(spans):
            start_us = at + round(length * index / len(spans))
            end_us = at + round(length * (index + 1) / len(spans))
            for t_us, bpm in ((start_us, start), (end_us, end)):
                point = TempoPoint(t_us=Micros(t_us), bpm=Bpm(float(bpm)))
                if not points or points[-1] != point:
                    points.append(point)
        at, before = at + length, piece.end_bpm or before
    return TempoMap(points)


def check_arc(
    pieces: Sequence[ArcPiece], *, allow_fast: bool, start_bpm: float | None = None
) -> None:
    """Refuse an arc whose tempo changes faster than listeners are asked to follow.

    The pace of a glide is its mean: the logarithm of its end over its start, in a minute. After
    planned silence the music may begin at any tempo.

    Raises
    ------
    ValueError
        Opening with the key that is at fault, as ``"`arc[1].to`: …"``.
    """
    plain = _unfolded(pieces, start_bpm)
    if allow_fast:
        return
    ask = "write allow_fast = true if it is meant."
    before, heard = _first_bpm([piece for _, _, piece in plain], start_bpm), True
    for index, key, piece in plain:
        if piece.silence:
            heard = False
            continue
        end = piece.end_bpm or before
        start = end if piece.hold is not None else piece.start or before
        if heard and not math.isclose(start, before):
            jump_key = "hold" if piece.hold is not None else "from"
            raise ValueError(
                f"`arc[{index}].{jump_key}`: the tempo would jump from {before:g} to {start:g} BPM."
                f"\nGo there over some minutes with {{to = {start:g}, minutes = …}}, or {ask}"
            )
        pace = 100 * abs(math.log(end / start)) / piece.minutes
        if pace > FASTEST_GLIDE_PERCENT + 1e-9:
            needed = 100 * abs(math.log(end / start)) / FASTEST_GLIDE_PERCENT
            given = pieces[index].minutes
            raise ValueError(
                f"`arc[{index}].{key}`: from {start:g} to {end:g} BPM in "
                f"{piece.minutes:g} min is {pace:.1f} % a minute, above {FASTEST_GLIDE_PERCENT:g}."
                f"\nGive it at least {math.ceil(needed * given / piece.minutes * 10) / 10:g} "
                f"minutes, or {ask}"
            )
        before, heard = end, True


def _unfolded(
    pieces: Sequence[ArcPiece], start_bpm: float | None
) -> list[tuple[int, str, ArcPiece]]:
    """Write an arc out, each piece with its place and key in what was written."""
    if not pieces:
        raise ValueError("`arc`: the list is empty.\nWrite at least {hold = 66, minutes = 5}.")
    if all(piece.silence for piece in pieces):
        raise ValueError("`arc`: it is silence alone.\nAdd a tempo: {hold = 66, minutes = 5}.")
    before = _first_bpm(pieces, start_bpm)
    unsaid = not says_start(pieces)
    plain: list[tuple[int, str, ArcPiece]] = []
    for index, written in enumerate(pieces):
        piece = written
        if unsaid and not piece.silence:
            piece, unsaid = msgspec.structs.replace(piece, start=before), False
        if piece.u is None:
            key = "hold" if piece.hold is not None else "to"
            plain.append((index, key, piece))
            before = piece.end_bpm or before
            continue
        start = piece.start or before
        before = piece.back_to or start
        there, stay, back = (piece.minutes * share for share in U_SHARES)
        plain += [
            (index, "u", ArcPiece(start=piece.start, to=piece.u, minutes=there)),
            (index, "u", ArcPiece(hold=piece.u, minutes=stay)),
            (index, "u" if piece.back_to is None else "back_to", ArcPiece(to=before, minutes=back)),
        ]
    return plain


def _first_bpm(pieces: Sequence[ArcPiece], start_bpm: float | None) -> float:
    first = next(piece for piece in pieces if not piece.silence)
    bpm = first.hold or first.start or start_bpm
    if bpm is None:
        raise ValueError(NO_START)
    return bpm


def _spans(piece: ArcPiece, before: float) -> list[tuple[float, float]]:
    """Give the start and end tempo of each even stretch of a piece."""
    if piece.silence:
        return [(before, before)]
    if piece.hold is not None:
        return [(piece.hold, piece.hold)]
    start, end = (before if piece.start is None else piece.start), piece.end_bpm or before
    if piece.steps is None:
        return [(start, end)]
    step = (end - start) / piece.steps
    levels = [start + step * (count + 1) for count in range(piece.steps)]
    levels[-1] = end
    return [(level, level) for level in levels]
