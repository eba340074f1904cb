"""The demo's hands: what a therapist and two players would do in the three-minute tour."""

from collections.abc import Callable
from pathlib import Path

from mtsession.app.desk import Desk
from mtsession.app.takes import take_file, takes_of
from mtsession.midi.duet import duet
from mtsession.protocol.commands import Command, PlayScript
from mtsession.report.export import as_json, as_markdown, write, write_bytes
from mtsession.session.intents import Act, Intent, PlaceMarker, Rate
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import SECOND, Micros

CLIENT = "DEMO"
DUET_LEAD_US = Micros(2 * SECOND)
DUET_US = Micros(50 * SECOND)
DUET_BPM = 72.0
DUET_KEY = "C"


class Attendant:
    """Watches a demo's events and answers some of them, the same way each time.

    Parameters
    ----------
    duet_us : Micros
        How long the built-in improvisation lasts.
    """

    def __init__(self, duet_us: Micros = DUET_US) -> None:
        self._duet_us = duet_us
        self._intents: list[tuple[int, Intent]] = []
        self._commands: list[Command] = []
        self._answers: dict[type[Event], Callable[[Event], None]] = {
            ev.SessionStarted: self._session_started,
            ev.ActivityStarted: self._activity_started,
        }

    def see(self, _seq: int, event: Event) -> None:
        """Take in one event of the session."""
        answer = self._answers.get(type(event))
        if answer is not None:
            answer(event)

    def act(self, desk: Desk) -> bool:
        """Do what is due; to be called between pumps."""
        commands, self._commands = self._commands, []
        for command in commands:
            desk.tell(command)
        now = desk.clock.now_us()
        due = [intent for t_us, intent in self._intents if t_us <= now]
        self._intents = [(t_us, intent) for t_us, intent in self._intents if t_us > now]
        for intent in due:
            desk.do(intent)
        return True

    def _session_started(self, event: Event) -> None:
        rating = Rate(measure="Tension 0-10", when="before", value=6)
        self._intents.append((event.t_us + 2 * SECOND, rating))

    def _activity_started(self, event: Event) -> None:
        if not isinstance(event, ev.ActivityStarted):
            return
        if event.method == "breathing":
            begin = Act(activity=event.activity, action="begin")
            self._intents.append((event.t_us + 2 * SECOND, begin))
        if event.method == "improvisation":
            self._improvise(event)

    def _improvise(self, event: ev.ActivityStarted) -> None:
        at_us = Micros(event.t_us + DUET_LEAD_US)
        parts = duet(seed=7, duration_us=self._duet_us, bpm=DUET_BPM, key=DUET_KEY)
        names = ("Demo keyboard (client)", "Demo keyboard (therapist)")
        for name, messages in zip(names, parts, strict=True):
            self._commands.append(PlayScript(port_name=name, at_us=at_us, messages=tuple(messages)))
        middle = event.t_us + self._duet_us // 2
        self._intents.append((middle, PlaceMarker(label="joined in")))
        rating = Rate(measure="Tension 0-10", when="after", value=4)
        self._intents.append((event.t_us + self._duet_us + 4 * SECOND, rating))


def leave_summary(desk: Desk, out: Path) -> None:
    """Write the demo's summary and take where the caller asked for them."""
    summary = desk.summary()
    write(out / "summary.md", as_markdown(summary))
    write(out / "summary.json", as_json(summary))
    if takes_of(desk.events):
        write_bytes(out / "take.mid", take_file(desk.events))
