"""The app as a therapist starts it, with a plan, and somebody who notes how it stands.

`watched_app.py PLAN NOTES`: every few seconds one JSON line goes to NOTES. When the plan is
done the session is ended, as a key would end it.
"""

import json
import sys
import time
from pathlib import Path

from mtsession.app.desk import Desk
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.session.intents import End
from mtsession.timeline.event import Event
from mtsession.ui.app import run_app

EVERY_SECONDS = 5.0


class Watcher:
    """Stands where the demo's hands stand: called at every redraw, told of every event."""

    client = None

    def __init__(self, plan: Path, notes: Path) -> None:
        self.plan = load_plan(plan)
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
        if desk.running and desk.runner.plan_done:
            desk.do(End(reason="planned"))
            self._note(desk)

    def leave(self, desk: Desk) -> None:
        """Note the end."""
        self._note(desk, left=True)
        self._notes.close()

    def _note(self, desk: Desk, *, left: bool = False) -> None:
        status = desk.status
        line = {
            "t_us": desk.clock.now_us(),
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
    watcher = Watcher(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.exit(run_app(tour=watcher, plan=watcher.plan))
