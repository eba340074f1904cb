"""What a programme costs: one number, the less the better. `docs/programmes.md` says it in words.

Everything is weighed against one minute at 3 BPM from the arc, which costs 1.
"""

import hashlib
from functools import cache

from mtsession.music.planning.keys import fifths_apart
from mtsession.music.planning.values import DISLIKED, LIKED, Material

OFF_BPM = 3.0
STRAIN_RATE = 0.05
STRAIN_MINUTE = 0.1
NEUTRAL_MINUTE = 2.0
DISLIKED_MINUTE = 10.0
UNKNOWN_TEMPO_MINUTE = 6.0
UNSTEADY_MINUTE = 0.5

REPEATED = 8.0
CUT = 0.5
LEFT_EARLY = 1.0
SHORT = 1.5
SHORT_SECONDS = 60.0

FIFTH = 0.15
UNKNOWN_KEY = 0.3
APART = 0.2
JUMP_BPM = 3.0
JUMP = 0.5

GAP_SECONDS = 15.0
LONG_GAP_SECONDS = 60.0
GAP_MINUTE = 24.0

VARIETY = 0.3


def minute_cost(material: Material) -> float:
    """Give what each minute of a recording costs, whatever the arc."""
    liking = {LIKED: 0.0, DISLIKED: DISLIKED_MINUTE}.get(material.liking, NEUTRAL_MINUTE)
    if material.bpm is None:
        return liking + UNKNOWN_TEMPO_MINUTE
    return liking + (0.0 if material.steady else UNSTEADY_MINUTE)


def off_cost(off: float, strain: float) -> float:
    """Give what distance from the arc and stretching cost, from their integrals over seconds."""
    return (off / OFF_BPM**2 + STRAIN_MINUTE * strain / STRAIN_RATE**2) / 60


def gap_cost(seconds: float) -> float:
    """Give what music that is missing costs: little for some seconds, much for minutes.

    Examples
    --------
    >>> gap_cost(15.0), gap_cost(60.0), gap_cost(120.0)
    (1.0, 16.0, 40.0)
    """
    short = min(max(seconds, 0.0), LONG_GAP_SECONDS)
    return (short / GAP_SECONDS) ** 2 + max(0.0, seconds - LONG_GAP_SECONDS) / 60 * GAP_MINUTE


@cache
def key_cost(one: str | None, other: str | None) -> float:
    """Give what two neighbours' keys cost; next to one another on the circle of fifths, nothing."""
    apart = fifths_apart(one, other)
    return UNKNOWN_KEY if apart is None else FIFTH * max(0, apart - 1)


def jump_cost(before_bpm: float | None, after_bpm: float | None) -> float:
    """Give what a jump of the heard tempo from one recording to the next costs."""
    if before_bpm is None or after_bpm is None:
        return 0.0
    return JUMP * ((after_bpm - before_bpm) / JUMP_BPM) ** 2


def variety_cost(content: str, seed: int) -> float:
    """Give a small amount that is a recording's own for this seed, the same on every machine."""
    digest = hashlib.blake2b(f"{seed}:{content}".encode(), digest_size=4).digest()
    return VARIETY * int.from_bytes(digest, "big") / 2**32
