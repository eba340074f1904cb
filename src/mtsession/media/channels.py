"""Make stereo of whatever number of channels a file holds."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtsession.media.stream import Samples

_HALF_POWER = 0.5**0.5

# Left and right gain of each channel after ITU-R BS.775-3, annex 4: centre and
# surrounds at -3 dB, the low-frequency channel left out.
_GAINS = {
    "L": (1.0, 0.0),
    "R": (0.0, 1.0),
    "C": (_HALF_POWER, _HALF_POWER),
    "E": (0.0, 0.0),
    "l": (_HALF_POWER, 0.0),
    "r": (0.0, _HALF_POWER),
    "b": (0.5, 0.5),
}

_WAVE_ORDER = {3: "LRC", 4: "LRlr", 5: "LRClr", 6: "LRCElr", 7: "LRCEblr", 8: "LRCElrlr"}
_VORBIS_ORDER = {3: "LCR", 4: "LRlr", 5: "LCRlr", 6: "LCRlrE", 7: "LCRlrbE", 8: "LCRlrlrE"}


def to_stereo(
    block: NDArray[np.float32], order: Literal["wave", "vorbis"] = "wave"
) -> tuple[Samples, int]:
    """Fold a block to two channels and take out what is not a number.

    One channel goes to both sides at 0 dB; two stay untouched. More are mixed
    down after ITU-R BS.775-3, then scaled by the larger sum of gains so that no
    mix can clip. Channels beyond eight have no agreed places: all go to both sides.

    Parameters
    ----------
    block : ndarray, shape (frames, channels), float32
        Samples as decoded.
    order : {"wave", "vorbis"}
        How the container orders its loudspeakers.

    Returns
    -------
    stereo : ndarray, shape (frames, 2), float32
        The mix.
    replaced : int
        How many decoded samples were NaN or infinite and became 0.

    Examples
    --------
    >>> to_stereo(np.array([[0.5]], dtype=np.float32))
    (array([[0.5, 0.5]], dtype=float32), 0)
    """
    finite = np.isfinite(block)
    replaced = block.size - int(np.count_nonzero(finite))
    if replaced:
        block = np.where(finite, block, np.float32(0))
    channels = block.shape[1]
    if channels == 1:
        return np.repeat(block, 2, axis=1), replaced
    if channels == 2:
        return block, replaced
    mixed: Samples = block @ _matrix(channels, order)
    return mixed, replaced


def _matrix(channels: int, order: Literal["wave", "vorbis"]) -> NDArray[np.float32]:
    """Give the gains, shape (channels, 2), with no column's sum above 1."""
    places = (_WAVE_ORDER if order == "wave" else _VORBIS_ORDER).get(channels)
    if places is None:
        return np.full((channels, 2), 1 / channels, dtype=np.float32)
    gains = np.array([_GAINS[place] for place in places])
    scaled: NDArray[np.float32] = (gains / gains.sum(axis=0).max()).astype(np.float32)
    return scaled
