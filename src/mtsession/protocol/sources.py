"""Where a programme item's sound comes from, as values that any process can read."""

import msgspec

from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import Micros


class FileSource(msgspec.Struct, frozen=True, kw_only=True, tag="file"):
    """A sound file of the therapist's own."""

    path: str


class BuiltinSource(msgspec.Struct, frozen=True, kw_only=True, tag="builtin"):
    """A built-in piece, composed along a tempo."""

    piece: str
    tempo: tuple[TempoPoint, ...]
    duration_us: Micros
    key: str = ""
    seed: int = 0


Source = FileSource | BuiltinSource


class RatePoint(msgspec.Struct, frozen=True, kw_only=True):
    """How fast a source plays at a time: heard tempo over its own; a straight line between."""

    t_us: Micros
    rate: float


class ProgrammeItem(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of music in a programme.

    Attributes
    ----------
    item : int
        Unique in the session.
    source : Source
        What sounds.
    title : str
        What a person calls it.
    start_us : Micros
        When its first sample sounds, from the programme's start.
    skip_us : Micros
        How much of the source's beginning is left out.
    duration_us : Micros
        How long it is heard, fades included; at a rate other than 1 that is not the length of
        source that passes.
    fade_in_us, fade_out_us : Micros
        Equal-power fades at its ends; where two items overlap, a crossfade.
    gain_db : float
        Level of the item against the programme's.
    rate : tuple of RatePoint
        By heard time from the item's start; empty plays it as it is.
    grid : int or None
        The number its beat grid is published under.
    beats_us : tuple of Micros
        Beats in the source's own time, where they are known; else empty.
    beats_per_bar : int or None
        Known bars, counted from beat 0.
    planned_bpm : tuple of float, or None
        Tempo at its start and end, as planned.
    content_hash : str or None
        A file's content, so that the record names it whatever its path.
    """

    item: int
    source: Source
    title: str
    start_us: Micros
    duration_us: Micros
    skip_us: Micros = Micros(0)
    fade_in_us: Micros = Micros(0)
    fade_out_us: Micros = Micros(0)
    gain_db: float = 0.0
    rate: tuple[RatePoint, ...] = ()
    grid: int | None = None
    beats_us: tuple[Micros, ...] = ()
    beats_per_bar: int | None = None
    planned_bpm: tuple[float, float] | None = None
    content_hash: str | None = None
