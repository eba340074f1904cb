"""Numbers for what the therapist asks of the engine, so that it can tell when each is heard."""

import msgspec

from mtsession.session.activity import Step
from mtsession.session.intents import Intent
from mtsession.timeline.events import WishMade
from mtsession.timeline.units import Micros

WISHES_A_SECOND = 100
"""More than anybody makes."""


class Wishes:
    """Counts wishes.

    Parameters
    ----------
    first : int
        Seconds that earlier parts of the session lasted: their numbers lie below.
    """

    def __init__(self, first: int) -> None:
        self._asked = first * WISHES_A_SECOND

    def number(self, now_us: Micros, intent: Intent) -> WishMade:
        """Give the event of the next wish."""
        self._asked += 1
        return WishMade(
            t_us=now_us,
            asked=self._asked,
            what=getattr(intent, "action", type(intent).__name__),
            activity=getattr(intent, "activity", None),
        )


def bearing(step: Step, asked: int) -> Step:
    """Give a step whose commands bear the number of the wish that they carry out."""
    commands = (msgspec.structs.replace(each, asked=asked) for each in step.commands)
    return Step(tuple(commands), step.events)
