"""How long a recording stays quiet at its start and end.

Quiet is what integrated loudness leaves out as well: more than 10 LU below it. The measure is the
loudness of 400 ms, so that a soft click in silence is no beginning; within the first 400 ms
that are not quiet, music begins with the first tenth of a second that is not.
"""

import numpy as np
from numpy.typing import NDArray

from mtsession.media.loudness import (
    HOPS_PER_BLOCK,
    HOPS_PER_SECOND,
    RELATIVE_GATE_LU,
    lufs_of,
    momentary,
)


def quiet_edges(
    powers: NDArray[np.float64], *, lufs: float, duration_s: float
) -> tuple[float, float]:
    """Measure intro and outro.

    Parameters
    ----------
    powers : ndarray, shape (hops,)
        K-weighted mean square of each tenth of a second.
    lufs : float
        Integrated loudness of them.
    duration_s : float
        Length of the recording.

    Returns
    -------
    intro_s, outro_s : float
        Seconds; 0 where it begins, or ends, at its usual level.

    Examples
    --------
    >>> quiet_edges(np.array([0.0] * 20 + [0.1] * 50), lufs=-10.7, duration_s=7.0)
    (2.0, 0.0)
    """
    gate = lufs + RELATIVE_GATE_LU
    heard = np.flatnonzero(momentary(powers) >= gate)
    loud = lufs_of(powers) >= gate
    first, last = int(heard[0]), int(heard[-1]) + HOPS_PER_BLOCK
    begin = first + int(loud[first : first + HOPS_PER_BLOCK].argmax())
    end = last - int(loud[last - HOPS_PER_BLOCK : last][::-1].argmax())
    rest = round(duration_s - end / HOPS_PER_SECOND, 2)
    return begin / HOPS_PER_SECOND, rest if rest * HOPS_PER_SECOND >= 1 else 0.0
