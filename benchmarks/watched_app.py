"""The app as a therapist starts it, with a plan, and somebody who notes how it stands.

`watched_app.py PLAN NOTES [SCRIPT]`: every few seconds one JSON line goes to NOTES. SCRIPT, as
JSON, is a list of [seconds of the session, what is done then]: an action of listening's, "duck",
or a level in dB. When the plan is done the session is ended, as a key would end it.
"""

import json
import sys
import time
from pathlib import Path

from mtsession.app.desk import Desk
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.session.intents import Act, End, SetLevel, ToggleDuck
from mtsession.timeline.event import Event
from mtsession.ui.app import run_app

EVERY_SECONDS = 5.0


class Watcher:
    """Stands where the demo's hands stand: called at every redraw, told of every event."""

    client = None

    def __init__(self, plan: Path, notes: Path, script: list[list]) -> None:
        self.plan = load_plan(plan)
        self._script = script
        self.folders = places()
        self._notes = notes.open("w", encoding="utf-8", buffering=1)
        self._next = 0.0
        self._turns = 0
        self._engine = 0

    def see(self, _seq: int, _event: Event) -> None:
        """Leave the events to the desk."""

    def act(self, desk: Desk) -> None:
        """Note how things stand, and end the session after its plan."""
        self._turns += 1
        if time.perf_counter() >= self._next:
            self._next = time.perf_counter() + EVERY_SECONDS
            self._note(desk)
        while desk.running and self._script and self._script[0][0] <= desk.clock.now_us() / 1e6:
            self._do(desk, self._script.pop(0)[1])
        if desk.running and desk.runner.plan_done:
            desk.do(End(reason="planned"))
            self._note(desk)

    def leave(self, desk: Desk) -> None:
        """Note the end."""
        self._note(desk, left=True)
        self._notes.close()

    def _do(self, desk: Desk, what: str | float) -> None:
        """Do what a key would."""
        if isinstance(what, float):
            desk.do(SetLevel(level_db=what))
        elif what == "duck":
            desk.do(ToggleDuck())
        else:
            for number, running in tuple(desk.runner.running.items()):
                if running.method.name == "listening":
                    desk.do(Act(activity=number, action=what))

    def _note(self, desk: Desk, *, left: bool = False) -> None:
        status = desk.status
        line = {
            "t_us": desk.clock.now_us(),
            "offset_us": desk.clock.offset_us,
            "state": desk.runner.state.course,
            "turns": self._turns,
            "events": len(desk.events),
            "underruns": None if status is None else status.underruns,
            "starved": None if status is None else status.starved,
            "silent": None if desk.ready is None else desk.ready.silent,
            "left": left,
        }
        self._notes.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    script = json.loads(Path(sys.argv[3]).read_text()) if len(sys.argv) > 3 else []
    watcher = Watcher(Path(sys.argv[1]), Path(sys.argv[2]), script)
    sys.exit(run_app(tour=watcher, plan=watcher.plan))
