"""Keeps the laptop awake while a session runs, and tells of a low battery."""

import logging
import threading
from collections.abc import Callable

import psutil
from wakepy import keep

from mtsession.timeline.events import Noticed
from mtsession.timeline.units import Micros

LOW_PERCENT = 20

log = logging.getLogger(__name__)


class Wakefulness:
    """Holds off sleep and screen blanking until released.

    The asking happens on a thread of its own, which stays until the release:
    what asks must be the same thread as what lets go, and a desktop that is slow
    to answer must not hold up the session.

    Parameters
    ----------
    refused : callable
        Told, from that thread, what to read where the system will not stay awake.
    """

    def __init__(self, refused: Callable[[Noticed], None]) -> None:
        self._refused = refused
        self._over = threading.Event()
        threading.Thread(target=self._hold, name="awake", daemon=True).start()

    def release(self) -> None:
        """Let the system sleep again."""
        self._over.set()

    def _hold(self) -> None:
        with keep.presenting(on_fail="pass") as mode:
            if not mode.active:
                log.info("staying awake was refused: %s", mode.result.get_failure_text())
                self._refused(
                    Noticed(
                        t_us=Micros(0),
                        topic="power",
                        message="This laptop cannot be kept awake from here.",
                        hint="Turn off its sleep and screen saver for the session.",
                    )
                )
            self._over.wait()


def battery() -> str | None:
    """Give the words to show when the battery runs low; None while there is nothing to say."""
    charge = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if charge is None or charge.power_plugged or charge.percent > LOW_PERCENT:
        return None
    return f"battery {charge.percent:.0f} %: plug in soon"
