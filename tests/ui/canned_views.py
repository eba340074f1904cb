"""Views as a session would send them, and a host app that shows them."""

import math

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from mtsession.activities.breathing.method import METHOD as BREATHING
from mtsession.activities.listening.method import METHOD as LISTENING
from mtsession.protocol.metrics import MetricRow, PlayedSoFar, Strand, TempoSpan
from mtsession.protocol.views import (
    ActivityPanel,
    AnyActivityView,
    BreathingView,
    CourseSegment,
    ImprovisationView,
    ListeningView,
    PlayerView,
    RollNote,
    WordsView,
)
from mtsession.timeline.units import MINUTE, SECOND, Micros, micros

ACTIONS = {
    "listening": tuple(tuple(each)[:3] for each in LISTENING.actions),
    "breathing": tuple(tuple(each)[:3] for each in BREATHING.actions),
    "improvisation": (("take", "t", "start or end a take"),),
    "words": (),
}


def listening(**changes: object) -> ListeningView:
    """Six minutes down from 80 to 72, two thirds through."""
    known: dict[str, object] = {
        "title": "Harbour at night",
        "next_title": "Meadow",
        "heard_bpm": 74.2,
        "planned_bpm": 74.0,
        "item": 2,
        "items": 3,
        "elapsed_us": Micros(4 * MINUTE),
        "planned_us": Micros(6 * MINUTE),
        "beat_in_bar": 2,
        "beats_per_bar": 4,
        "arc": (
            (Micros(0), 80.0),
            (MINUTE, 80.0),
            (Micros(5 * MINUTE), 72.0),
            (Micros(6 * MINUTE), 72.0),
        ),
    }
    return ListeningView(**(known | changes))  # type: ignore[arg-type]


def breathing(**changes: object) -> BreathingView:
    """Three in, five out, half way into a breath."""
    known: dict[str, object] = {
        "state": "pacing",
        "phase": "inhale",
        "word": "breathe in",
        "fullness": 0.7,
        "beats_left": 2,
        "counts": (3, 5),
        "rate": 9.0,
        "target_rate": 9.0,
        "breaths": 12,
        "on_the_beat": True,
        "message": "easy and shallow; stop if dizzy",
    }
    return BreathingView(**(known | changes))  # type: ignore[arg-type]


def player(number: int, name: str, **changes: object) -> PlayerView:
    """One player with all figures."""
    known: dict[str, object] = {
        "player": number,
        "name": name,
        "notes": 412,
        "density_per_s": 1.93,
        "active_share": 0.31,
        "ioi_mean_ms": 486.2,
        "ioi_cv": 0.42,
        "velocity": (35, 101),
        "pitch": (48, 76),
    }
    return PlayerView(**(known | changes))  # type: ignore[arg-type]


def few(number: int, name: str) -> PlayerView:
    """One player of whom little can be said."""
    return player(
        number,
        name,
        notes=3,
        density_per_s=None,
        active_share=None,
        ioi_mean_ms=None,
        ioi_cv=None,
        velocity=(60, 72),
        pitch=(60, 64),
        reason="too few notes to calculate",
    )


def roll(players: int = 2, until_us: int = 20 * SECOND) -> tuple[RollNote, ...]:
    """A line for each player, the last notes still sounding."""
    notes = []
    for number in range(1, players + 1):
        for index in range(22):
            start = micros(index * 0.9 + number * 0.3)
            end = Micros(start + micros(0.4 + 0.3 * (index % 3)))
            pitch = 50 + 8 * number + round(6 * math.sin(index * 0.7 + number))
            if start < until_us:
                notes.append(
                    RollNote(
                        player=number,
                        pitch=pitch,
                        velocity=64,
                        start_us=start,
                        end_us=end if end < until_us else None,
                    )
                )
    return tuple(notes)


def so_far(**changes: object) -> PlayedSoFar:
    """Rows and the course of two players, three minutes into a take."""
    rows = [
        MetricRow(
            topic=topic, key=topic, who=who, label=label, text=text, value=value, n=n, low=low,
            high=high, chance=chance,
        )
        for topic, who, label, text, value, n, low, high, chance in (
            ("density", "client", "density", "1.93 notes/s", 1.93, 412, None, None, None),
            ("ioi.npvi", "client", "onset interval, nPVI", "42.1", 42.1, 380, None, None,
             None),
            ("response.share", "client and therapist", "therapist answers client within 8 s",
             "9 of 14", 0.64, 14, 0.39, 0.84, 0.3),
            ("drift_bpm_per_min", "all together", "tempo drift", "no steady pulse", None, 0, None,
             None, None),
        )
    ]  # fmt: skip
    known: dict[str, object] = {
        "rows": tuple(rows),
        "from_us": micros(90),
        "to_us": micros(192),
        "strands": tuple(
            Strand(
                player=number,
                density=tuple(None if k in (8, 9) else (k * number) % 7 * 1.0 for k in range(38)),
                velocity=tuple(None if k % 5 == 0 else 40.0 + k for k in range(38)),
            )
            for number in (1, 2)
        ),
        "tempi": tuple(
            TempoSpan(start_us=micros(30 * k), end_us=micros(30 * k + 30), bpm=bpm, steady=k > 2)
            for k, bpm in enumerate((None, 71.0, 72.4, 72.0, 73.1, 72.2))
        ),
    }
    return PlayedSoFar(**(known | changes))  # type: ignore[arg-type]


def improvisation(**changes: object) -> ImprovisationView:
    """A take of two players, three minutes old."""
    known: dict[str, object] = {
        "take": 2,
        "elapsed_us": micros(192),
        "players": (player(1, "client"), player(2, "therapist", notes=97, pitch=(36, 67))),
        "roll": roll(),
        "roll_from_us": Micros(0),
        "roll_to_us": Micros(20 * SECOND),
        "ports": ("nanoKEY Studio", "Digital Piano"),
        "played": so_far(),
        "marks": ((micros(12), "laughed"),),
    }
    return ImprovisationView(**(known | changes))  # type: ignore[arg-type]


def words(**changes: object) -> WordsView:
    """A talk with a planned end."""
    known: dict[str, object] = {
        "title": "How was the week?",
        "elapsed_us": micros(75),
        "planned_us": Micros(5 * MINUTE),
    }
    return WordsView(**(known | changes))  # type: ignore[arg-type]


def panel_of(view: AnyActivityView, title: str | None = None) -> ActivityPanel:
    """Wrap a view as the session does."""
    method = type(view).__name__.removesuffix("View").lower()
    return ActivityPanel(
        activity=1,
        method=method,
        title=title or method.capitalize(),
        view=view,
        actions=ACTIONS[method],
    )


def course() -> tuple[CourseSegment, ...]:
    """The six segments of an hour's plan, the third of them now."""
    plan = (
        ("Check-in", 5, "done", 7),
        ("Listening", 6, "done", 6),
        ("Breathing together", 4, "now", 2),
        ("Improvisation", 12, "ahead", 0),
        ("Listening again", 4, "ahead", 0),
        ("Words", None, "ahead", 0),
    )
    return tuple(
        CourseSegment(
            title=title,
            planned_us=None if planned is None else Micros(planned * MINUTE),
            state=state,  # type: ignore[arg-type]
            done_us=Micros(done * MINUTE),
        )
        for title, planned, state, done in plan
    )


class Host(App[None]):
    """An app that holds widgets side by side."""

    def __init__(self, *held: Widget) -> None:
        super().__init__()
        self.held = held

    def compose(self) -> ComposeResult:
        yield Horizontal(*self.held)


def seen(widget: Widget) -> list[str]:
    """Give the lines that a widget has on the screen."""
    region = widget.content_region
    lines = []
    for y in range(region.y, region.bottom):
        strip = widget.screen._compositor.render_strips()[y]
        lines.append(strip.crop(region.x, region.right).text)
    return lines
