"""How long planning half an hour from 1 000 recordings takes, beside taking the nearest in turn."""

import random
import statistics
import time
from pathlib import Path

from ratios import paired, ratio

from mtsession.music.arc import ArcPiece
from mtsession.music.planner import Material, Rules, plan_programme
from mtsession.music.planning.asked import Asked
from mtsession.music.planning.layout import Layout, Spot
from mtsession.music.planning.search import Search

RECORDINGS = 1000
RUNS = 9
SLOWEST_SECONDS = 1.0
KEYS = ("C", "G", "D", "A", "F", "Bb", "Am", "Em", "Dm", "F#m", None)

ARCS = {
    "down": (
        ArcPiece(hold=80, minutes=3),
        ArcPiece(to=62, minutes=20),
        ArcPiece(hold=62, minutes=7),
    ),
    "u": (ArcPiece(start=76, u=62, minutes=30),),
    "steps": (ArcPiece(hold=74, minutes=6), ArcPiece(to=66, minutes=24, steps=4)),
}


def cases() -> list[str]:
    return list(ARCS)


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001  (the runner's contract)
    material, arc = library(RECORDINGS), ARCS[case]
    costs: dict[str, float] = {}

    def ours() -> float:
        began = time.process_time()
        costs["ours"] = plan_programme(material, arc).cost
        return time.process_time() - began

    def peer() -> float:
        began = time.process_time()
        costs["greedy"] = greedy(material, arc)
        return time.process_time() - began

    first, second = paired(ours, peer, runs=RUNS)
    seconds = statistics.median(first)
    layout = Asked(arc, None, None, 0).layout(material, Rules())
    least = Search(layout).least
    greedily = statistics.median(second)
    return {
        "told": f"{1000 * seconds:.0f} ms of one core (nearest in turn {1000 * greedily:.0f} ms); "
        f"cost {costs['ours']:.2f} beside {costs['greedy']:.2f}, none below {least:.2f}",
        "milliseconds": round(1000 * seconds, 1),
        "slowest_milliseconds": round(1000 * max(first), 1),
        "recordings": RECORDINGS,
        "minutes": 30,
        "cost": round(costs["ours"], 3),
        "greedy_cost": round(costs["greedy"], 3),
        "no_cost_below": round(least, 3),
        **ratio(first, second),
        "passed": seconds < SLOWEST_SECONDS and costs["ours"] <= costs["greedy"],
    }


def greedy(material: list[Material], arc: tuple[ArcPiece, ...]) -> float:
    """Let each place have what costs least there; the same lay-out, rules and cost."""
    layout: Layout = Asked(arc, None, None, 0).layout(material, Rules())
    spots: list[tuple[int, Spot]] = []
    played: set[int] = set()
    for stretch, (_, until) in enumerate(layout.stretches):
        before: Spot | None = None
        while before is None or before.end < until - 1e-6:
            choices = [
                (dear(layout, before, spot), spot)
                for candidate in layout.candidates
                if candidate.index not in played
                for spot in layout.spots(before, candidate, stretch)
            ]
            if not choices:
                break
            before = min(choices, key=lambda each: each[0])[1]
            played.add(before.candidate.index)
            spots.append((stretch, before))
    return layout.cost_of(spots)


def dear(layout: Layout, before: Spot | None, spot: Spot) -> float:
    """Give what a second of a recording costs at its place."""
    return layout.spot_cost(spot) / (spot.end - spot.start) + layout.join_cost(before, spot)


def library(count: int) -> list[Material]:
    dice = random.Random(1)
    made = []
    for place in range(count):
        bpm, seconds = round(dice.uniform(50, 130), 2), round(dice.uniform(120, 420), 2)
        first, bar = dice.uniform(0, 2), dice.choice((3, 4, 4))
        beats = tuple(first + beat * 60 / bpm for beat in range(int((seconds - first) * bpm / 60)))
        made.append(
            Material(
                content=f"{place:064x}", path=f"/music/{place}.flac", title=f"Track {place}",
                bpm=bpm, duration_s=seconds, key=dice.choice(KEYS), words=dice.random() < 0.3,
                beats_s=beats, downbeat=0, beats_per_bar=bar,
                liking=dice.choice((0, 0, 0, 0, 1, -1)),
            )
        )  # fmt: skip
    return made
