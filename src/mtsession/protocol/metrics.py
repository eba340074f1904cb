"""Figures of playing as rows: for the screen, the summary and the explanation behind each."""

import msgspec

from mtsession.timeline.units import Micros


class MetricRow(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one player, or of two, with what it rests on.

    Attributes
    ----------
    topic : str
        Which explanation belongs to it.
    who : str
        Whom it tells of.
    text : str
        The value with its unit, or the reason why there is none.
    value : float or None
        The bare value; None where there is none.
    n : int or None
        How many observations it rests on.
    low, high : float or None
        Its 95 % interval.
    chance, chance_high : float or None
        The same figure by chance: its mean, and what it stays below in 95 of 100 cases.
    """

    topic: str
    key: str
    who: str
    label: str
    text: str
    value: float | None
    unit: str = ""
    digits: int = 2
    n: int | None = None
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    chance_high: float | None = None


class Strand(msgspec.Struct, frozen=True, kw_only=True):
    """One player's last minutes, in equal steps from old to new; None where nothing was captured.

    Attributes
    ----------
    density : tuple
        Notes a second.
    velocity : tuple
        Mean velocity; None also where nothing was played.
    """

    player: int
    density: tuple[float | None, ...]
    velocity: tuple[float | None, ...]


class TempoSpan(msgspec.Struct, frozen=True, kw_only=True):
    """The tempo of one window, all players together; None without a steady pulse."""

    start_us: Micros
    end_us: Micros
    bpm: float | None
    steady: bool


class PlayedSoFar(msgspec.Struct, frozen=True, kw_only=True):
    """What is reckoned of a take while it goes on.

    Attributes
    ----------
    rows : tuple of MetricRow
        Every figure of the window.
    from_us, to_us : Micros
        The window: the last minutes, or the whole take once it is over.
    whole_take : bool
        Whether the rows are the take's final ones.
    strands : tuple of Strand
        Each player's course up to `to_us`, in steps of `step_us`.
    tempi : tuple of TempoSpan
        The tempo of the last minutes, window by window.
    """

    rows: tuple[MetricRow, ...] = ()
    from_us: Micros = Micros(0)
    to_us: Micros = Micros(0)
    whole_take: bool = False
    strands: tuple[Strand, ...] = ()
    step_us: Micros = Micros(5_000_000)
    tempi: tuple[TempoSpan, ...] = ()
