"""Looks for an output that can be used while none is, and says when that changes."""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from mtsession.engine.outputs import OutputInfo, OutputList, list_outputs, pick

_PATIENT_SECONDS = 5.0
_PATIENT_AFTER_SECONDS = 60.0


class Sight(NamedTuple):
    """What could be used now.

    Attributes
    ----------
    back : bool
        Whether the output that was looked for is there.
    other : str or None
        What the system would use in its place.
    """

    back: bool
    other: str | None


class Lookout:
    """Looks about once a second, later every five, each time from a process of its own.

    Nothing plays while it looks, and the sound library of the engine itself is left alone: it
    would have to let go of everything to see a device that was plugged in since.

    Parameters
    ----------
    wanted : str
        The output that is missed; empty where any will do.
    seen : callable
        Takes each `Sight` that differs from the one before; called from a thread.
    look : callable
        Gives the outputs there are.
    """

    def __init__(
        self,
        wanted: str,
        seen: Callable[[Sight], None],
        look: Callable[[], OutputList] = list_outputs,
        *,
        every_seconds: float = 1.0,
    ) -> None:
        self._every_seconds = every_seconds
        self._wanted = wanted
        self._seen = seen
        self._look = look
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lookout", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()

    def _run(self) -> None:
        began = time.monotonic()
        before: Sight | None = None
        while not self._ended.is_set():
            sight = sight_of(self._look().outputs, self._wanted)
            if sight != before and not self._ended.is_set():
                before = sight
                self._seen(sight)
            patient = time.monotonic() - began > _PATIENT_AFTER_SECONDS
            self._ended.wait(_PATIENT_SECONDS if patient else self._every_seconds)


def sight_of(outputs: tuple[OutputInfo, ...], wanted: str) -> Sight:
    """Tell whether an output is among those there are, and what would stand in for it.

    Examples
    --------
    >>> speakers = OutputInfo(index=0, name="Speakers", system="ALSA", rate=48_000, default=True)
    >>> sight_of((speakers,), "Headphones, ALSA")
    Sight(back=False, other='Speakers')
    """
    default = OutputList(outputs=outputs).default
    back = bool(wanted) and pick(outputs, wanted) is not None
    return Sight(back, None if default is None else default.name)
