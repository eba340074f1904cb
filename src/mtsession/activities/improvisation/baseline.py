"""The engagement section, and what the same figures were in a client's earlier sessions."""

from collections.abc import Callable, Sequence

import msgspec

from mtsession.activities.improvisation.figures import TakeFigures
from mtsession.activities.improvisation.metrics.engagement import (
    FEWEST_SESSIONS,
    earlier,
    engagement,
)
from mtsession.activities.improvisation.metrics.whole import TakeWhole
from mtsession.activities.improvisation.words import counted, duration
from mtsession.protocol.sections import Figure, Section

HEAD = "engagement"
INSTRUMENT = "instrument"


def engagement_figures(
    takes: Sequence[TakeFigures],
    wholes: Sequence[TakeWhole | None],
    ports: Callable[[int], tuple[str, ...]],
) -> list[Figure]:
    """Give the engagement rows of the longest take in which anybody played.

    Parameters
    ----------
    ports : callable
        Names the ports of a player: figures compare only on one instrument.
    """
    played = [(t.elapsed_us, -t.take, t, w) for t, w in zip(takes, wholes, strict=True) if w]
    if not played:
        return []
    _, _, take, whole = max(played, key=lambda each: each[:2])
    figures = []
    told = f"Engagement in take {take.take} ({duration(take.elapsed_us)})"
    found = engagement(whole, [player.name for player in take.players])
    for player, rows in zip(take.players, found, strict=True):
        # A role stays the same from one session to the next; a member's number need not.
        who = f"p{player.player + 1}" if player.role == "member" else player.role
        key = f"{HEAD}.{who}"
        instrument = " and ".join(sorted(set(ports(player.player)))) or "unnamed"
        figures.append(
            Figure(label=f"{told}, {player.name}: instrument", text=instrument,
                   key=f"{key}.{INSTRUMENT}")
        )  # fmt: skip
        figures += [
            Figure(
                label=f"{told}, {player.name}: {row.component}",
                text=row.text,
                key=f"{key}.{row.component.replace(' ', '_')}",
                value=row.value,
                unit=row.unit,
                n=row.n,
            )
            for row in rows.rows
        ]
    return figures


def beside_earlier(section: Section, before: Sequence[Section]) -> Section:
    """Set a section's engagement beside the same person's earlier sessions, where it compares.

    Only sections of the same version of the metrics and the same instrument count, and only
    the client's and the therapist's: who else played need not be the same person.

    Parameters
    ----------
    before : sequence of Section
        Those of the client's earlier sessions, in any order.
    """
    known = [_by_key(other) for other in before if other.metrics_version == section.metrics_version]
    mine = _by_key(section)
    return msgspec.structs.replace(
        section, figures=tuple(_beside(figure, mine, known) for figure in section.figures)
    )


def _by_key(section: Section) -> dict[str, Figure]:
    return {figure.key: figure for figure in section.figures}


def _beside(figure: Figure, mine: dict[str, Figure], known: Sequence[dict[str, Figure]]) -> Figure:
    head, _, rest = figure.key.partition(".")
    who = rest.partition(".")[0]
    if head != HEAD or who not in {"client", "therapist"} or figure.value is None:
        return figure
    instrument = f"{HEAD}.{who}.{INSTRUMENT}"
    values = [
        other[figure.key].value
        for other in known
        if figure.key in other
        and instrument in other
        and instrument in mine
        and other[instrument].text == mine[instrument].text
    ]
    found = earlier([value for value in values if value is not None])
    if not found.sessions:
        return figure
    if found.median is None or found.mad is None:
        more = f"{counted(found.sessions, 'earlier session')}, {FEWEST_SESSIONS} are needed"
    else:
        unit = f" {figure.unit}" if figure.unit else ""
        more = (
            f"earlier sessions: median {found.median:.2f}{unit}, MAD {found.mad:.2f},"
            f" {found.sessions} sessions"
        )
    return msgspec.structs.replace(figure, text=f"{figure.text}; {more}")
