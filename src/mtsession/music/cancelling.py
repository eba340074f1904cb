"""Asking whether long work is still wanted."""

from collections.abc import Callable
from typing import TypeAlias

Cancelled: TypeAlias = Callable[[], bool]
"""Asked now and then; True stops the work."""


def never() -> bool:
    """Say that nobody wants to stop."""
    return False
