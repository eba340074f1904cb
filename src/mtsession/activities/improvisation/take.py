"""One take as plain rows, for writing it to a file."""

from collections.abc import Sequence

import msgspec

from mtsession.activities.improvisation.ensemble import fold
from mtsession.activities.improvisation.settings import PlayerSettings
from mtsession.errors import PlanError
from mtsession.timeline.event import Event
from mtsession.timeline.events import EngineLost, MarkerPlaced, PortLost, PortOpened, Undone

GONE, BACK = "a port went away", "a port came back"
TRACK_NAMES = {"client": "Client", "therapist": "Therapist", "member": "Player"}


class TakeRows(msgspec.Struct, frozen=True, kw_only=True):
    """A take without anything that says who played.

    Attributes
    ----------
    rows : tuple of (int, int, bytes)
        Player from 0, microseconds from the take's start, message; nothing is left sounding.
    players : tuple of str
        Players by their role.
    markers : tuple of (int, str)
        Microseconds from the take's start, label; what could not be captured is marked too.
    length_us : int
        From the take's start to its end, pauses included.
    """

    rows: tuple[tuple[int, int, bytes], ...]
    players: tuple[str, ...]
    markers: tuple[tuple[int, str], ...]
    length_us: int


def take_rows(activity: int, take: int, events: Sequence[Event]) -> TakeRows:
    """Give one take of a session's events.

    Parameters
    ----------
    activity : int
        Which improvisation.
    take : int
        Which of its takes, from 1.

    Raises
    ------
    PlanError
        If there is no such take.
    """
    kept: list[tuple[int, int, bytes]] = []

    def keep(number: int, player: int, t_us: int, data: bytes) -> None:
        if number == take:
            kept.append((player, t_us, data))

    ensemble = fold(activity, events, keep)
    wanted = next((entry for entry in ensemble.takes if entry.number == take), None)
    if wanted is None:
        raise PlanError(f"There is no take {take}.", "List the session to see its takes.")
    end_us = wanted.at(max((event.t_us for event in events), default=wanted.start_us))
    ensemble.let_go(wanted, end_us)
    start_us = wanted.start_us
    return TakeRows(
        rows=tuple((player, t_us - start_us, data) for player, t_us, data in kept),
        players=role_names(ensemble.players),
        length_us=end_us - start_us,
        markers=tuple(
            (t_us - start_us, label)
            for t_us, label in _markers(events)
            if start_us <= t_us < max(end_us, start_us + 1)
        ),
    )


def _markers(events: Sequence[Event]) -> list[tuple[int, str]]:
    """Give the markers that were not taken back, and where a port was away."""
    undone = {e.number for e in events if isinstance(e, Undone) and e.undoes == "marker"}
    found: list[tuple[int, str]] = []
    for event in events:
        match event:
            case MarkerPlaced() if event.marker not in undone:
                found.append((event.t_us, event.label))
            case PortLost() | EngineLost():
                found.append((event.t_us, GONE))
            case PortOpened(restored=True):
                found.append((event.t_us, BACK))
    return found


def role_names(players: Sequence[PlayerSettings]) -> tuple[str, ...]:
    """Name players by role, with a number where a role is shared; never by their own names."""
    names = []
    for index, player in enumerate(players):
        alike = [other for other in range(len(players)) if players[other].role == player.role]
        name = TRACK_NAMES[player.role]
        numbered = player.role == "member" or len(alike) > 1
        names.append(f"{name} {alike.index(index) + 1}" if numbered else name)
    return tuple(names)
