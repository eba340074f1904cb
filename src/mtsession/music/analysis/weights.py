"""What was fitted: the network that weighs tempi and the rules for confidence, read once."""

from functools import cache
from importlib import resources
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

FILE = "tempo_weights.json"

Floats = NDArray[Any]


class Rule(msgspec.Struct, frozen=True):
    """A logistic rule: figures are centred, scaled, and weighed with their products."""

    mean: list[float]
    spread: list[float]
    terms: list[float]


class Weights(msgspec.Struct, frozen=True):
    """One hidden layer beside a straight line: scores = tanh(x W + b) v + x u; and two rules."""

    hidden: list[list[float]]
    bias: list[float]
    out: list[float]
    straight: list[float]
    right: Rule
    heard: Rule


@cache
def weights() -> Weights:
    """Read the file that lies beside this module."""
    raw = resources.files("mtsession.music.analysis").joinpath(FILE).read_bytes()
    return msgspec.json.decode(raw, type=Weights)


@cache
def network() -> tuple[Floats, Floats, Floats, Floats]:
    """Give the network's weights as arrays: hidden, bias, out, straight."""
    kept = weights()
    hidden, bias, out, straight = (
        np.array(row, np.float32) for row in (kept.hidden, kept.bias, kept.out, kept.straight)
    )
    return hidden, bias, out, straight
