"""The engagement section: eight plain rows a player, each with its unit, none of them a score."""

import statistics
from collections.abc import Sequence

import msgspec

from mtsession.activities.improvisation.metrics.basics import FEWEST_IOIS
from mtsession.activities.improvisation.metrics.pair import Pair
from mtsession.activities.improvisation.metrics.together import FEWEST_MATCHED
from mtsession.activities.improvisation.metrics.value import TOO_FEW, Value
from mtsession.activities.improvisation.metrics.whole import TakeWhole
from mtsession.activities.improvisation.words import duration, percent

FEWEST_SESSIONS = 3
ALONE = "nobody else played"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One component in words; `value` is what compares with earlier sessions, None with why not."""

    component: str
    text: str
    value: float | None
    unit: str
    n: int


class PlayerEngagement(msgspec.Struct, frozen=True, kw_only=True):
    """One player's eight rows."""

    player: str
    rows: tuple[Row, ...]


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure was in a client's earlier sessions."""

    sessions: int
    median: float | None
    mad: float | None


def earlier(values: Sequence[float]) -> Earlier:
    """Give median and median absolute deviation of earlier sessions; fewer than three tell nothing.

    Examples
    --------
    >>> earlier([0.2, 0.3, 0.7])
    Earlier(sessions=3, median=0.3, mad=0.1)
    """
    if len(values) < FEWEST_SESSIONS:
        return Earlier(sessions=len(values), median=None, mad=None)
    middle = statistics.median(values)
    away = statistics.median(abs(value - middle) for value in values)
    return Earlier(sessions=len(values), median=middle, mad=round(away, 12))


def engagement(take: TakeWhole, names: Sequence[str]) -> tuple[PlayerEngagement, ...]:
    """Give each player's rows."""
    return tuple(
        PlayerEngagement(player=name, rows=_rows(index, take, names))
        for index, name in enumerate(names)
    )


def _rows(index: int, take: TakeWhole, names: Sequence[str]) -> tuple[Row, ...]:
    player = take.players[index]
    whole = player.basics
    few = whole.ioi.n < FEWEST_IOIS
    share = whole.active_share
    participation = _row(
        "participation", share, unit="", n=whole.notes,
        text=f"sounding {percent(share or 0)} of {duration(whole.window_us)}",
    )  # fmt: skip
    begun = player.initiation
    initiation = _row(
        "initiation", begun.value, unit="", n=begun.n,
        text=f"begins after joint silence: {round((begun.value or 0) * begun.n)} of {begun.n}",
    )  # fmt: skip
    longest = player.phrases.longest_pause_us
    continuity = _row(
        "continuity", None if longest is None else longest / 1e6, unit="s", n=player.phrases.n,
        text=f"{player.phrases.n} phrases, longest pause {duration(longest or 0)}",
        reason="no pause between phrases",
    )  # fmt: skip
    loud, pitch = whole.velocity, whole.pitch
    width = None if few or loud.p90 is None or loud.p10 is None else loud.p90 - loud.p10
    tones = (pitch.high or 0) - (pitch.low or 0)
    expressive = _row(
        "expressive range", width, unit="velocity", n=whole.notes,
        text=f"velocity {width or 0:.0f} from 10th to 90th percentile, {tones} semitones",
        reason=TOO_FEW,
    )  # fmt: skip
    others = [pair for pair in take.pairs if index in (pair.first, pair.second)]
    between = _between(index, others, names)
    return (participation, initiation, *between, expressive, continuity)


def _between(index: int, pairs: Sequence[Pair], names: Sequence[str]) -> tuple[Row, ...]:
    """Give the rows that need another player: those of the pair with the most to tell."""
    kinds = ("responsiveness", "coordination", "shared tempo", "imitation and variation")
    if not pairs:
        return tuple(_row(kind, None, unit="", n=0, text="", reason=ALONE) for kind in kinds)
    pair = max(pairs, key=lambda each: each.asynchrony.matched_share.n)
    mine = 0 if pair.first == index else 1
    other = names[pair.second if mine == 0 else pair.first]
    asked = pair.response[1 - mine]
    replies = _row(
        kinds[0], asked.share.value, unit="", n=asked.phrases,
        text=f"replies to {other} within {asked.within_us // 1_000_000} s: "
        f"{asked.answered} of {asked.phrases}",
        reason=asked.share.reason,
    )  # fmt: skip
    apart = pair.asynchrony.sd_ms
    known = apart.value is not None and apart.n >= FEWEST_MATCHED
    together = _row(
        kinds[1], apart.value if known else None, unit="ms", n=apart.n,
        text=f"{apart.n} strikes together with {other}, spread {apart.value or 0:.0f} ms",
        reason=apart.reason or TOO_FEW,
    )  # fmt: skip
    ratio = _turned(pair.shared_tempo, mine)
    shared = _row(
        kinds[2], ratio, unit="", n=pair.shared_tempo.n,
        text=f"tempo {ratio or 0:.2f} times {other}'s, {pair.shared_tempo.n} windows",
        reason=pair.shared_tempo.reason,
    )  # fmt: skip
    echo = pair.imitation[1 - mine]
    excess = echo.excess.value if echo.match.n >= FEWEST_MATCHED else None
    imitates = _row(
        kinds[3], excess, unit="", n=echo.match.n,
        text=f"{other}'s figures come back {echo.match.value or 0:.2f}, "
        f"{echo.match.chance or 0:.2f} by chance",
        reason=echo.excess.reason or TOO_FEW,
    )  # fmt: skip
    return replies, together, shared, imitates


def _turned(value: Value, mine: int) -> float | None:
    return value.value if mine == 0 or not value.value else 1 / value.value


def _row(
    component: str, value: float | None, *, unit: str, n: int, text: str, reason: str | None = None
) -> Row:
    told = text if value is not None else reason or TOO_FEW
    return Row(component=component, text=told, value=value, unit=unit, n=n)
