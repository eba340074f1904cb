"""The app as a therapist starts it, with a plan of breathing, and a note of each phase's start.

`guided_app.py PLAN NOTES`: one line goes to NOTES for each cue that was audible: the place of
its phase in the breath, and when, in seconds of `time.perf_counter`.
"""

import sys
from pathlib import Path

from mtsession.app.desk import Desk
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.timeline.event import Event
from mtsession.timeline.events import CueSounded
from mtsession.ui.app import run_app

PLACES = 4


class Listener:
    """Stands where the demo's hands stand: called at every redraw, told of every event."""

    client = None

    def __init__(self, plan: Path, notes: Path) -> None:
        self.plan = load_plan(plan)
        self.folders = places()
        self._notes = notes.open("w", encoding="utf-8", buffering=1)
        self._heard: list[CueSounded] = []

    def see(self, _seq: int, event: Event) -> None:
        """Keep what was heard until the session's clock is at hand."""
        if isinstance(event, CueSounded):
            self._heard.append(event)

    def act(self, desk: Desk) -> None:
        """Note what was heard."""
        for cue in self._heard:
            seconds = (cue.t_us + desk.clock.offset_us) / 1e6
            self._notes.write(f"{cue.cue % PLACES} {seconds:.6f}\n")
        self._heard = []

    def leave(self, desk: Desk) -> None:  # noqa: ARG002  (what the app calls at the end)
        """Note no more."""
        self._notes.close()


if __name__ == "__main__":
    listener = Listener(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.exit(run_app(tour=listener, plan=listener.plan))
