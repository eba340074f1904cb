"""What is to be done at a frame or a time to come."""

import heapq
import itertools
from collections.abc import Callable


class Agenda:
    """Actions in the order of their frames; those of one frame in the order they were noted.

    Examples
    --------
    >>> agenda, done = Agenda(), []
    >>> agenda.note(200, lambda: done.append("late"))
    >>> agenda.note(100, lambda: done.append("early"))
    >>> agenda.next, agenda.run(150), done
    (100, None, ['early'])
    """

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    @property
    def next(self) -> int | None:
        """The frame of the next action."""
        return self._entries[0][0] if self._entries else None

    def note(self, frame: int, action: Callable[[], None]) -> None:
        """Do something once a frame has come."""
        heapq.heappush(self._entries, (frame, next(self._numbers), action))

    def run(self, frame: int) -> None:
        """Do what is due at a frame."""
        while self._entries and self._entries[0][0] <= frame:
            heapq.heappop(self._entries)[2]()

    def clear(self) -> None:
        """Forget all of it."""
        self._entries.clear()
