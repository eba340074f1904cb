"""A recording's outline for the screen: its peaks, twenty a second, a byte each."""

import numpy as np
from numpy.typing import NDArray

from mtsession.music.recording import OVERVIEW_RATE


def overview(peaks: NDArray[np.float32], *, rate: int, row_frames: int, frames: int) -> bytes:
    """Draw together the peaks of rows; a row counts where its middle lies.

    Parameters
    ----------
    peaks : ndarray, shape (rows,)
        Largest magnitude in each row, full scale 1.
    rate : int
        Frames a second.
    row_frames : int
        Frames of a row.
    frames : int
        Length of the recording.

    Returns
    -------
    bytes
        `OVERVIEW_RATE` a second, full scale and above at 255.

    Examples
    --------
    >>> list(overview(np.array([0.0, 1.0, 0.5, 0.0]), rate=800, row_frames=20, frames=80))
    [255, 128]
    """
    count = -(-frames * OVERVIEW_RATE // rate)
    middles = (np.arange(len(peaks)) + 0.5) * row_frames
    places = np.minimum((middles * OVERVIEW_RATE / rate).astype(np.intp), count - 1)
    highest = np.zeros(count, np.float32)
    np.maximum.at(highest, places, peaks)
    scaled = np.rint(np.minimum(highest, 1) * 255)
    return bytes(scaled.astype(np.uint8))
