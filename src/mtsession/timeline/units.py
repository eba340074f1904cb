"""Units that are easily mixed up, each with a type of its own."""

from typing import NewType

Micros = NewType("Micros", int)
"""Microseconds: of session time unless the name says otherwise."""

Bpm = NewType("Bpm", float)
"""Beats a minute."""

Frames = NewType("Frames", int)
"""Sample frames (one sample of every channel)."""

SECOND = Micros(1_000_000)
MINUTE = Micros(60_000_000)


def micros(seconds: float) -> Micros:
    """Turn seconds into whole microseconds, to the nearest.

    Examples
    --------
    >>> micros(1.5)
    1500000
    """
    return Micros(round(seconds * 1_000_000))


def seconds(us: int) -> float:
    """Turn microseconds into seconds."""
    return us / 1_000_000


def frames_at(us: int, sample_rate: int) -> Frames:
    """Give the frame nearest to a time, by exact integer arithmetic.

    Parameters
    ----------
    us : int
        Time in microseconds from frame 0.
    sample_rate : int
        Frames a second.

    Examples
    --------
    >>> frames_at(1_000_000, 48_000)
    48000
    """
    return Frames((us * sample_rate + 500_000) // 1_000_000)


def micros_at(frame: int, sample_rate: int) -> Micros:
    """Give the time of a frame, to the nearest microsecond."""
    return Micros((frame * 1_000_000 + sample_rate // 2) // sample_rate)
