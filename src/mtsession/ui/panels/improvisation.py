"""The improvisation panel: the roll, each player's own figures, and the course of the last minutes.

Players stand in the order of their numbers and are told apart by shape as well
as by colour. Nothing is sorted, compared or totalled.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.message import Message

from mtsession.protocol.views import ActivityPanel, ImprovisationView, PlayerView, View
from mtsession.ui.draw import Row, clip, mmss, note_name, pack, shorten, wrap
from mtsession.ui.panels.base import Panel
from mtsession.ui.panels.large import large_rows
from mtsession.ui.panels.played import Chosen, course_rows, list_rows
from mtsession.ui.panels.roll import roll_rows, shape_of

LEAST_ROLL, MOST_ROLL = 3, 25
OWN_KEYS = ("M", "E", "X")
MOST_SAID, LEAST_WITH_MESSAGE = 3, 10


class ImprovisationPanel(Panel[ImprovisationView]):
    """A take as it grows."""

    view_type: ClassVar[type[View]] = ImprovisationView

    class FiguresHidden(Message):
        """Figures were hidden, or are shown again."""

        def __init__(self, *, hidden: bool) -> None:
            self.hidden = hidden
            super().__init__()

    def __init__(self, **known: Any) -> None:
        super().__init__(**known)
        self.hidden = False
        self.large = False
        self.chosen: Chosen | None = None

    def on_mount(self) -> None:
        """Take up what is remembered of the screen."""
        remembered = getattr(getattr(self.app, "shell", None), "remembered", None)
        self.hidden = bool(getattr(remembered, "figures_hidden", False))

    def take_key(self, key: str) -> bool:
        """Hide figures (M), explain them (E, then arrows), or be seen from afar (X)."""
        if key == "M":
            self.hidden, self.chosen = not self.hidden, None
            self.post_message(self.FiguresHidden(hidden=self.hidden))
        elif key == "E":
            self.chosen = Chosen() if self.chosen is None and not self.hidden else None
            self.large = False
        elif key == "X":
            self.large, self.chosen = not self.large, None
        elif key in {"up", "down", "pageup", "pagedown"} and self.chosen is not None:
            step = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}[key]
            self.chosen = self.chosen.moved(step)
        else:
            return False
        self.redraw()
        return True

    def keys(self, panel: ActivityPanel) -> Sequence[tuple[str, str, str]]:
        """Give the activity's keys, and those that only change how this panel looks."""
        if self.chosen is not None:
            return (*panel.actions, ("", "↑ ↓", "choose"), ("", "E", "back to the roll"))
        labels = {
            "M": "show figures" if self.hidden else "hide figures",
            "E": "explain",
            "X": "usual size" if self.large else "large",
        }
        own = [("", key, labels[key]) for key in OWN_KEYS if key != "E" or not self.hidden]
        return (*panel.actions, *own)

    def own_keys(self) -> Sequence[tuple[str, str]]:
        """Give the keys that change how this panel looks, as the list of keys tells them."""
        return (
            ("M", "hide or show every figure"),
            ("E", "list the figures and explain them"),
            ("X", "large: to be seen from two metres"),
        )

    def aside(self, view: ImprovisationView) -> Row:
        """Give the take and its time."""
        take = "no take yet" if view.take is None else f"take {view.take}"
        time = "" if view.take is None else mmss(view.elapsed_us)
        parts = (f"sound: {view.voice}" if view.voice else "", take, time)
        return ((" · ".join(part for part in parts if part), "faint"),)

    def body(self, view: ImprovisationView, width: int, height: int) -> list[Row]:
        """Give the list of figures, the large picture, or the roll with what there is room for."""
        if self.chosen is None and not self.large:
            return self._usual(view, width, height)
        said: list[Row] = [((line, ""),) for line in wrap(view.message, width)[:MOST_SAID]]
        if height < LEAST_WITH_MESSAGE:
            said = []
        room = height - len(said)
        if self.chosen is None:
            rows = large_rows(view, width, room, hidden=self.hidden)
        else:
            self.chosen, rows = list_rows(view.played, self.chosen, width, room)
        return [*rows, *said]

    def _usual(self, view: ImprovisationView, width: int, height: int) -> list[Row]:
        """Give the roll as much room as the figures leave."""
        foot: list[Row] = [((line, ""),) for line in wrap(view.message, width)[:MOST_SAID]]
        if self.hidden:
            figures = [_name_row(view.players, width)] if view.players else []
            room = min(height - len(foot) - len(figures) - 1, MOST_ROLL)
            roll = roll_rows(view, width, room) if room >= LEAST_ROLL else []
            return [*roll, *figures, *foot][:height]
        roll_and_times = LEAST_ROLL + 1
        spare = height - len(foot) - min(len(view.players), 2)
        most = height - len(foot) - (roll_and_times if spare >= roll_and_times else 0)
        if most > len(view.players):
            foot.insert(0, clip((("plays in: ", "faint"), (_ports(view), "faint")), width))
            most -= 1
        figures = figure_rows(view.players, width, most)
        left = height - len(figures) - len(foot) - roll_and_times - 2
        course = course_rows(view, width, left) if left > 0 else []
        room = min(height - len(figures) - len(foot) - len(course) - 1, MOST_ROLL)
        roll = roll_rows(view, width, room) if room >= LEAST_ROLL else []
        return [*roll, *course, *figures, *foot][:height]


def _ports(view: ImprovisationView) -> str:
    return ", ".join(view.ports) if view.ports else "no MIDI port"


def _name_row(players: Sequence[PlayerView], width: int) -> Row:
    """Name the players beside their shapes, and nothing else."""
    pieces: list[Row] = [
        ((f"{shape_of(player.player)[0]} ", shape_of(player.player)[2]), (player.name, "strong"))
        for player in players
    ]
    return pack(pieces, width)[0]


def player_rows(player: PlayerView, width: int) -> list[Row]:
    """Say one player's figures, each with its unit, on as many rows as they need."""
    sign, _, tone = shape_of(player.player)
    name = shorten(player.name, max(min(16, width // 3), 4))
    notes = f"{player.notes} {'note' if player.notes == 1 else 'notes'}"
    head: Row = ((f"{sign} ", tone), (name, "strong"), (f"  {notes}", ""))
    pieces: list[str] = []
    if player.density_per_s is not None:
        pieces.append(f"{player.density_per_s:.1f}/s")
    if player.active_share is not None:
        pieces.append(f"sounding {player.active_share * 100:.0f} %")
    if player.ioi_mean_ms is not None:
        cv = f" CV {player.ioi_cv:.2f}" if player.ioi_cv is not None else ""
        pieces.append(f"IOI {player.ioi_mean_ms:.0f} ms{cv}")
    if player.velocity is not None:
        pieces.append(f"vel {player.velocity[0]}–{player.velocity[1]}")
    if player.pitch is not None:
        pieces.append(f"{note_name(player.pitch[0])}–{note_name(player.pitch[1])}")
    if player.reason:
        pieces.append(player.reason)
    rows: list[Row] = [((piece, ""),) for piece in pieces]
    return pack([head, *rows], width, gap=" · ", indent=2)


def figure_rows(players: Sequence[PlayerView], width: int, most: int) -> list[Row]:
    """Say all players' figures, or each one's first row, or as many as there is room for."""
    each = [player_rows(player, width) for player in players]
    if sum(len(rows) for rows in each) <= most:
        return [row for rows in each for row in rows]
    heads = [rows[0] for rows in each]
    if len(heads) <= most:
        return heads
    shown = max(most - 1, 0)
    return [*heads[:shown], ((f"and {len(heads) - shown} more players", "faint"),)]
