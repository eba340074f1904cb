"""Keeps the laptop awake while a session runs, and tells of a low battery."""

import logging

import psutil
from wakepy import keep

from mtsession.timeline.events import Noticed
from mtsession.timeline.units import Micros

LOW_PERCENT = 20

log = logging.getLogger(__name__)


class Wakefulness:
    """Holds off sleep and screen blanking from `hold` to `release`."""

    def __init__(self) -> None:
        self._mode = keep.presenting(on_fail="pass")
        self._held = False

    def hold(self) -> Noticed | None:
        """Ask the system to stay awake; a sentence where it will not."""
        entered = self._mode.__enter__()
        self._held = True
        if entered.active:
            return None
        log.info("staying awake was refused: %s", entered.result.get_failure_text())
        return Noticed(
            t_us=Micros(0),
            topic="power",
            message="This laptop cannot be kept awake from here.",
            hint="Turn off its sleep and screen saver for the session.",
        )

    def release(self) -> None:
        """Let the system sleep again."""
        if self._held:
            self._held = False
            self._mode.__exit__(None, None, None)


def battery() -> str | None:
    """Give the words to show when the battery runs low; None while there is nothing to say."""
    charge = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if charge is None or charge.power_plugged or charge.percent > LOW_PERCENT:
        return None
    return f"battery {charge.percent:.0f} %: plug in soon"
