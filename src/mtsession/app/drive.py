"""Drives a desk without a screen: in real time, or as fast as the samples can be made."""

import threading
from collections.abc import Callable

from mtsession.app.desk import Desk
from mtsession.engine.offline import OfflineEngine
from mtsession.errors import EngineError
from mtsession.session.intents import End, Resume
from mtsession.session.runner import TICK_US
from mtsession.timeline.clock import Clock, ManualClock
from mtsession.timeline.units import SECOND, Micros

READY_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 0.05
RETRY_US = 10 * SECOND
TAIL_US = Micros(5 * SECOND)


class Waker:
    """Lets a driving loop sleep until something happens or a time comes."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wake(self) -> None:
        """End the wait at once, from any thread."""
        self._event.set()

    def wait(self, seconds: float) -> None:
        """Sleep until woken, at most for some seconds."""
        self._event.wait(max(0.0, seconds))
        self._event.clear()


class Unattended:
    """Goes on by itself where a therapist would press a key: a session that waits for sound.

    Parameters
    ----------
    desk : Desk
        The session that nobody sits at.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tried_us = -RETRY_US

    def look(self) -> None:
        """Go on with sound that is there, else start the sound again every ten seconds."""
        desk = self._desk
        if not (desk.running and desk.runner.state.waits_for_sound) or desk.ready is None:
            return
        now_us = desk.clock.now_us()
        if not desk.ready.silent:
            desk.do(Resume())
        elif now_us - self._tried_us >= RETRY_US:
            self._tried_us = now_us
            desk.let_go_of_sound()
            desk.restart_engine()


def run_live(desk: Desk, waker: Waker, *, each: Callable[[], bool]) -> None:
    """Run a session in real time until its plan is done.

    Parameters
    ----------
    desk : Desk
        Opened here; its `wake` is the waker's.
    each : callable
        Called after every pump; False ends the session at once, by hand.

    Raises
    ------
    EngineError
        If the engine does not answer.
    """
    desk.open()
    waited = 0.0
    while desk.ready is None and waited < READY_SECONDS:
        waker.wait(LONGEST_WAIT_SECONDS)
        waited += LONGEST_WAIT_SECONDS
        desk.pump()
    if desk.ready is None:
        raise EngineError("The sound engine did not start.", "See `mtsession doctor`.")
    desk.begin()
    unattended = Unattended(desk)
    while desk.running:
        wait_us = desk.next_tick_us - desk.clock.now_us()
        waker.wait(min(LONGEST_WAIT_SECONDS, max(0.0, wait_us / 1e6)))
        desk.pump()
        unattended.look()
        if desk.running and not each():
            desk.do(End(reason="by hand"))
        elif desk.running and desk.runner.plan_done:
            desk.do(End(reason="planned"))


def run_offline(
    desk: Desk,
    clock: ManualClock,
    engine: OfflineEngine,
    *,
    each: Callable[[], bool] = lambda: True,
    pace: tuple[Clock, float] | None = None,
) -> None:
    """Run a session on a clock that this loop moves, tick by tick.

    Parameters
    ----------
    clock : ManualClock
        The clock that the desk's session clock reads.
    engine : OfflineEngine
        Renders up to each tick before the session learns of it.
    pace : tuple of (Clock, float), optional
        A real clock and how many times faster than it to run; as fast as can be without.
    """
    desk.open()
    desk.pump()
    desk.begin()
    start_us = clock.now_us()
    waker, began = threading.Event(), None if pace is None else pace[0].now_us()
    now = Micros(0)
    while desk.running:
        now = Micros(now + TICK_US)
        if pace is not None and began is not None:
            due_us = began + now / pace[1]
            waker.wait(max(0.0, (due_us - pace[0].now_us()) / 1e6))
        clock.set(start_us + now)
        engine.advance_to(now)
        desk.pump()
        if desk.running and not each():
            desk.do(End(reason="by hand"))
        elif desk.running and desk.runner.plan_done:
            desk.do(End(reason="planned"))
    engine.advance_to(Micros(now + TAIL_US))
