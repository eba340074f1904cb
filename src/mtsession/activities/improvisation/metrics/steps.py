"""Long reckonings in portions: whoever drives a screen has other things to do between."""

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Steps = Generator[None, None, T]
"""Yields between portions of some milliseconds, and returns the outcome."""


def finish(steps: Steps[T]) -> T:
    """Give the outcome at once.

    Examples
    --------
    >>> def slowly():
    ...     yield
    ...     return 7
    >>> finish(slowly())
    7
    """
    while True:
        try:
            next(steps)
        except StopIteration as done:
            outcome: T = done.value
            return outcome
