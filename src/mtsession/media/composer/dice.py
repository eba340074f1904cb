"""Chance that can be thrown again: the same seed and place give the same numbers."""

import numpy as np


def dice(seed: int, place: int) -> np.random.Generator:
    """Give the dice of one place in a piece, independent of every other place's.

    Parameters
    ----------
    seed, place : int
        0 to 2**64 - 1.

    Examples
    --------
    >>> bool(dice(2**64 - 1, 3).random() == dice(2**64 - 1, 3).random())
    True
    """
    # A plain list would pass through floats, where large seeds fall together.
    return np.random.Generator(np.random.Philox(key=np.array([seed, place], dtype=np.uint64)))
