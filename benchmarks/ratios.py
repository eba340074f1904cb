"""Paired measurements: two things in turn, A B A B, so that a busy machine weighs on both."""

import statistics
from collections.abc import Callable, Sequence


def paired(
    ours: Callable[[], float], peer: Callable[[], float], *, runs: int
) -> tuple[list[float], list[float]]:
    """Measure both in turn, each once before that counts."""
    ours(), peer()
    first, second = [], []
    for _ in range(runs):
        first.append(ours())
        second.append(peer())
    return first, second


def ratio(ours: Sequence[float], peer: Sequence[float]) -> dict[str, float]:
    """Give the ratio of medians, and the quartiles of the ratios pair by pair."""
    pairs = [a / b for a, b in zip(ours, peer, strict=True)]
    low, _, high = statistics.quantiles(pairs, n=4)
    return {
        "ratio_of_medians": round(statistics.median(ours) / statistics.median(peer), 3),
        "pair_quartile_low": round(low, 3),
        "pair_quartile_high": round(high, 3),
        "pairs": len(pairs),
    }


def told(figures: dict[str, float], than: str) -> str:
    """Say a ratio in a few words, for the table."""
    low, high = figures["pair_quartile_low"], figures["pair_quartile_high"]
    return f"{figures['ratio_of_medians']:.2f}x {than} (middle half {low:.2f} to {high:.2f})"


def quantile(values: Sequence[float], share: float) -> float:
    """Give a quantile as one of the values themselves."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
