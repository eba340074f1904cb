"""The test piece: one sharp click on each beat, by which timing is proved."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mtsession.media.composer.space import CHUNK
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import frames_at, micros_at

Samples = NDArray[np.float32]

_CLICK_LEVEL = 0.5
_CLICK_SECONDS = 0.004


def click_chunks(tempo: TempoMap, sample_rate: int) -> Callable[[int], Samples]:
    """Make the renderer of the test clicks: full level on the beat's frame, then gone.

    Parameters
    ----------
    tempo : TempoMap
        Where the beats lie.
    sample_rate : int
        Frames a second.

    Returns
    -------
    callable
        Gives chunk k, shape (2, CHUNK), of any k from 0.
    """
    frames = round(_CLICK_SECONDS * sample_rate)
    fall = np.exp(-5.0 * np.arange(frames) / frames) * (1 - np.arange(frames) / frames)
    click = (_CLICK_LEVEL * fall).astype(np.float32)

    def render(index: int) -> Samples:
        out = np.zeros((2, CHUNK), np.float32)
        start = index * CHUNK
        beat = max(0, int(tempo.beat_at(micros_at(max(0, start - frames), sample_rate))) - 1)
        while (at := frames_at(tempo.time_of(beat), sample_rate)) < start + CHUNK:
            begin, end = max(at, start), min(at + frames, start + CHUNK)
            if begin < end:
                out[:, begin - start : end - start] += click[begin - at : end - at]
            beat += 1
        return out

    return render
