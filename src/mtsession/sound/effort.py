"""How much work a stretch may be on this machine: told, or measured before anything sounds."""

import os
import time

import numpy as np

from mtsession.sound.stretch import Stretch
from mtsession.sound.stretch_shape import Effort, shape_at

ENVIRONMENT = "MTSESSION_STRETCH"
_HOPS = 32
_MOST_SHARE = 0.25
_SLOWER = 0.9


class _Noise:
    """Noise without end, in which every window has its peaks."""

    def __init__(self) -> None:
        made = np.random.default_rng(1).normal(0.0, 0.1, (1 << 14, 2))
        self._made = made.astype(np.float32)

    def read(self, n: int) -> np.ndarray:
        return np.resize(self._made, (n, 2))


def chosen(sample_rate: int) -> Effort:
    """Give what the environment says, else `low` where full effort takes too long here."""
    told = os.environ.get(ENVIRONMENT, "")
    if told == "low":
        return "low"
    if told == "full":
        return "full"
    return "low" if share_of_hop(sample_rate) > _MOST_SHARE else "full"


def share_of_hop(sample_rate: int, effort: Effort = "full") -> float:
    """Measure how much of a hop's own time its work takes: what nine in ten keep to.

    The thread's own time counts, so that a busy machine is not taken for a slow one.
    """
    hop = shape_at(sample_rate, effort).hop
    stretch = Stretch(_Noise(), sample_rate=sample_rate, rate=_SLOWER, effort=effort)
    while not stretch.prepared:
        stretch.prepare()
    taken = []
    for _ in range(_HOPS):
        begun = time.thread_time()
        stretch.read(hop)
        taken.append(time.thread_time() - begun)
    return float(np.quantile(taken, 0.9)) * sample_rate / hop
