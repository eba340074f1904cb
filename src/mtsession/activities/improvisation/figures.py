"""A take's figures: every player's and those between players, as labelled rows of the summary."""

from collections.abc import Sequence

import msgspec

from mtsession.activities.improvisation.metrics.basics import Basics
from mtsession.activities.improvisation.metrics.whole import TakeWhole
from mtsession.activities.improvisation.pair_rows import pair_rows
from mtsession.activities.improvisation.rows import further_rows, plain_rows, tempo_rows
from mtsession.activities.improvisation.settings import Role
from mtsession.activities.improvisation.words import duration
from mtsession.protocol.metrics import MetricRow
from mtsession.protocol.sections import Figure

TROUBLES = (
    ("keys still down at the end", "stuck"),
    ("keys down when the port went away or the take paused", "cut"),
    ("strikes of a key that was down", "doubled"),
    ("releases of a key that was not down", "unmatched"),
)


class PlayerTake(msgspec.Struct, frozen=True, kw_only=True):
    """One player's plain figures in one take, and what was odd about the messages.

    Attributes
    ----------
    role : Role
        Client, therapist or member.
    doubled, unmatched : int
        Strikes of a key that was down; releases of one that was not.
    stuck : int
        Keys still down at the end.
    cut : int
        Keys down when the port went away or the take was paused.
    lost : int
        Notes more than a take keeps: they count in the plain figures alone.
    """

    player: int
    name: str
    role: Role
    figures: Basics
    doubled: int = 0
    unmatched: int = 0
    stuck: int = 0
    cut: int = 0
    lost: int = 0

    @property
    def fixed(self) -> int:
        """Count the notes from the computer's keys, which cannot be played louder or softer."""
        return self.figures.notes - self.figures.velocity.n


class TakeFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One take and each player's figures in it; `outside` counts notes played while paused."""

    take: int
    elapsed_us: int
    outside: int
    players: tuple[PlayerTake, ...]


def metric_rows(
    players: Sequence[PlayerTake], whole: TakeWhole | None, key: str
) -> list[MetricRow]:
    """Give every row of a take or a window: each player's, all together, each two.

    Parameters
    ----------
    whole : TakeWhole or None
        What is reckoned beyond the plain figures, of the same players in the same order.
    key : str
        The beginning of the rows' keys.
    """
    rows: list[MetricRow] = []
    for index, player in enumerate(players):
        own = f"{key}.p{player.player + 1}"
        rows += plain_rows(player.name, own, player.figures)
        if whole is not None:
            rows += further_rows(player.name, own, whole.players[index])
    if whole is None or not any(player.figures.notes for player in players):
        return rows
    rows += tempo_rows(f"{key}.all", whole)
    for pair in whole.pairs:
        first, second = players[pair.first], players[pair.second]
        if first.figures.notes and second.figures.notes:
            own = f"{key}.p{first.player + 1}p{second.player + 1}"
            rows += pair_rows(own, pair, first.name, second.name)
    return rows


def figure_rows(take: TakeFigures, whole: TakeWhole | None) -> list[Figure]:
    """Give the rows of one take: its length, each player's, those between players."""
    key = f"take{take.take}"
    length = Figure(
        label=f"Take {take.take}: length",
        text=duration(take.elapsed_us),
        key=f"{key}.length_s",
        value=take.elapsed_us / 1e6,
        unit="s",
    )
    rows = metric_rows(take.players, whole, key)
    odd = [figure for player in take.players for figure in _troubles(take.take, key, player)]
    return [length, *(figure_of(take.take, row) for row in rows), *odd]


def told(row: MetricRow) -> str:
    """Give a row's value with its interval and chance level, where it has them.

    Examples
    --------
    >>> told(MetricRow(topic="", key="", who="", label="", text="64 %", value=0.64,
    ...                low=0.39, high=0.84, chance=0.3))
    '64 % (95 %: 0.39 to 0.84; by chance 0.30)'
    """
    more = []
    if row.low is not None and row.high is not None:
        more.append(f"95 %: {row.low:.{row.digits}f} to {row.high:.{row.digits}f}")
    if row.chance is not None:
        more.append(f"by chance {row.chance:.{row.digits}f}")
    return f"{row.text} ({'; '.join(more)})" if more and row.value is not None else row.text


def figure_of(take: int, row: MetricRow) -> Figure:
    """Give a row of a take as the summary holds it."""
    return Figure(
        label=f"Take {take}, {row.who}: {row.label}",
        text=told(row),
        key=row.key,
        value=row.value,
        unit=row.unit,
        n=row.n,
    )


def _troubles(take: int, key: str, player: PlayerTake) -> list[Figure]:
    """Give what was odd about the messages, where anything was."""
    return [
        Figure(
            label=f"Take {take}, {player.name}: {what}",
            text=str(getattr(player, field)),
            key=f"{key}.p{player.player + 1}.{field}",
            value=float(getattr(player, field)),
            unit="notes",
            n=player.figures.notes,
        )
        for what, field in TROUBLES
        if getattr(player, field)
    ]
