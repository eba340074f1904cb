"""A desk whose therapist goes quiet in several states: python quiet_desk.py PLAN HOME LEVEL.

Prints a line when music sounds, then what was done and when (`perf_counter`), as JSON.
"""

import json
import sys
import time
from pathlib import Path

from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import Config
from mtsession.app.desk import Desk
from mtsession.app.drive import Waker, run_live
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.session import intents as it
from mtsession.timeline.event import Event
from mtsession.timeline.events import TrackStarted

# Seconds from the first music: while all sounds, as the music returns, and as a pause begins.
SCRIPT: tuple[tuple[float, it.Intent], ...] = (
    (2.0, it.Quiet()),
    (3.2, it.Resume()),
    (6.8, it.Quiet()),
    (8.0, it.Resume()),
    (11.0, it.Pause()),
    (11.2, it.Quiet()),
    (12.4, it.End()),
)


class Hands:
    """Does each thing of the script in its time."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.done: list[tuple[str, float]] = []

    def see(self, _seq: int, event: Event) -> None:
        """Begin to count when music sounds."""
        if isinstance(event, TrackStarted) and self.began is None:
            self.began = time.perf_counter()
            sys.stdout.write("playing\n")
            sys.stdout.flush()

    def act(self, desk: Desk) -> bool:
        """Do what is due."""
        now = time.perf_counter()
        while self.began is not None and len(self.done) < len(SCRIPT):
            due, intent = SCRIPT[len(self.done)]
            if now < self.began + due:
                break
            self.done.append((type(intent).__name__, time.perf_counter()))
            desk.do(intent)
        return True


def main(plan: str, home: str, level: str) -> None:
    """Run the session."""
    folders, hands, waker = places(Path(home)), Hands(), Waker()
    choices = Choices(plan=load_plan(Path(plan)), config=Config(), level_db=float(level))
    desk = live_desk(
        choices,
        data=folders.data,
        engine=make_engine(folders, choices.config),
        wake=waker.wake,
        on_event=hands.see,
    )
    try:
        run_live(desk, waker, each=lambda: hands.act(desk))
    finally:
        desk.close()
    sys.stdout.write(json.dumps(hands.done) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
