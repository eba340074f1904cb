"""A session in this process whose music is led by hand at set times, as keys would lead it."""

from pathlib import Path

from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import Config
from mtsession.app.desk import Desk
from mtsession.app.drive import Waker, run_live
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.session.intents import Act
from mtsession.timeline.units import SECOND


class Hands:
    """Presses the music's own keys at their times.

    Parameters
    ----------
    leads : sequence of (seconds, action)
        Session time and name of each.
    """

    def __init__(self, leads: tuple[tuple[float, str], ...]) -> None:
        self._left = list(leads)

    def act(self, desk: Desk) -> bool:
        """Do what is due; called between pumps."""
        while self._left and desk.clock.now_us() >= self._left[0][0] * SECOND:
            _, action = self._left.pop(0)
            for number, running in tuple(desk.runner.running.items()):
                if running.method.name == "listening":
                    desk.do(Act(activity=number, action=action))
        return True


def play_led(plan: Path, home: Path, leads: tuple[tuple[float, str], ...]) -> None:
    """Run a plan live to its end, into a record of its own."""
    folders = places(home)
    config, waker, hands = Config(), Waker(), Hands(leads)
    desk = live_desk(
        Choices(plan=load_plan(plan), config=config, level_db=-6.0),
        data=folders.data,
        engine=make_engine(folders, config),
        wake=waker.wake,
    )
    try:
        run_live(desk, waker, each=lambda: hands.act(desk))
    finally:
        desk.close()
