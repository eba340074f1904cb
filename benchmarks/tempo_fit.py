"""Fits what chooses the tempo, on made music and on performances with known beats.

python benchmarks/tempo_fit.py [--pieces 160] [--check]

The weights go to src/mtsession/music/analysis/tempo_weights.json. A third of the pieces is left
out of each of three more fits, whole performances at a time, and the answers for what was left
out are scored; these fits go to tempo_left_out.json, so that the benchmark can ask, of each
performance, one that has not seen it. With --check nothing is written.
"""

import argparse
import hashlib
import json
import pickle
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import soxr
import tempo_music
import tempo_noise
import tempo_truth
from numpy.typing import NDArray
from scipy.optimize import minimize

from mtsession.music.analysis import onsets as onset_rows
from mtsession.music.analysis.beats import find_beats
from mtsession.music.analysis.confidence import Evidence, apply_rule, terms
from mtsession.music.analysis.onsets import ANALYSIS_RATE, OnsetMeter, Onsets
from mtsession.music.analysis.periodicity import PERIODS_S, measure_periodicity
from mtsession.music.analysis.tempo import choose_candidates
from mtsession.music.analysis.weights import FILE, Rule, Weights

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "src" / "mtsession" / "music" / "analysis" / FILE
LEFT_OUT = ROOT / "benchmarks" / "tempo_left_out.json"
KEPT = ROOT / "out" / "tempo"
HIDDEN, EPOCHS, BATCH, RATE, DECAY = 20, 24, 32, 3e-3, 1e-4
TOLERANCE = 0.035
FOLDS = 3
NETS = 2
NOISES = 24
PERFORMED = "performance"

Floats = NDArray[np.float32]


@dataclass
class Example:
    """The onsets of a recording whose tempo is known; 0 where it has none."""

    group: str
    style: str
    bpm: float
    onsets: Onsets
    ibi_cv: float = 0.0


def onsets_of(sound: Floats) -> Onsets:
    """Take in mono sound at the analysis' rate."""
    meter = OnsetMeter()
    meter.add(sound)
    return meter.finish()


def made(pieces: int) -> list[Example]:
    """Make so many pieces of every style; each style is kept until its sources change."""
    sources = [ROOT / "benchmarks" / f"tempo_{name}.py" for name in ("music", "styles", "sounds")]
    sources.append(Path(onset_rows.__file__))
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]
    found = []
    for style in tempo_music.STYLES + tempo_music.OTHERS:
        path = KEPT / f"{style}-{pieces}-{mark}.pickle"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            every = (tempo_music.make(style, seed) for seed in range(pieces))
            rows = [(one.seed, truth(one), onsets_of(one.sound(ANALYSIS_RATE))) for one in every]
            path.write_bytes(pickle.dumps(rows))
        rows = pickle.loads(path.read_bytes())
        found += [Example(f"{style}{seed}", style, bpm, onsets) for seed, bpm, onsets in rows]
    return found


def truth(piece: tempo_music.Piece) -> float:
    """Give the tempo it was written at; of one that is freely played, its usual interval's."""
    return float(60 / np.median(np.diff(piece.beats_s))) if piece.style == "played" else piece.bpm


def performed() -> list[Example]:
    """Take excerpts of the performances."""
    found = []
    for file in tempo_truth.rendered(KEPT / "performances"):
        for one in tempo_truth.excerpts(file):
            low = soxr.resample(one.sound, tempo_truth.RATE, ANALYSIS_RATE)
            onsets = onsets_of(low.astype(np.float32))
            found.append(Example(file.stem, PERFORMED, one.bpm, onsets, one.ibi_cv))
    return found


def without_pulse() -> list[Example]:
    """Make what has no tempo."""
    return [
        Example(f"{kind}{seed}", kind, 0.0, onsets_of(tempo_noise.make(kind, seed, ANALYSIS_RATE)))
        for kind in tempo_noise.KINDS
        for seed in range(NOISES)
    ]


class Net:
    """One hidden layer beside a straight line, fitted by Adam to the logarithmic score."""

    def __init__(self, features: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.parts: list[Floats] = [
            rng.normal(0, features**-0.5, (features, HIDDEN)).astype(np.float32),
            np.zeros(HIDDEN, np.float32),
            rng.normal(0, HIDDEN**-0.5, HIDDEN).astype(np.float32),
            rng.normal(0, 0.01, features).astype(np.float32),
        ]

    def scores(self, x: Floats) -> tuple[Floats, Floats]:
        hidden, bias, out, straight = self.parts
        layer = np.tanh(x @ hidden + bias)
        return layer, layer @ out + x @ straight

    def shares(self, x: Floats) -> Floats:
        scores = self.scores(x)[1]
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        return likely / likely.sum(axis=1, keepdims=True)

    def fit(self, x: Floats, near: Floats, seed: int) -> None:
        """Raise the share of the periods near the truth, shape (examples, periods)."""
        rng = np.random.default_rng(seed)
        mean = [np.zeros_like(part) for part in self.parts]
        power = [np.zeros_like(part) for part in self.parts]
        turn = 0
        for epoch in range(EPOCHS):
            pace = RATE * (0.5 * (1 + np.cos(np.pi * epoch / EPOCHS)) + 0.02)
            order = rng.permutation(len(x))
            for first in range(0, len(x), BATCH):
                turn += 1
                batch = order[first : first + BATCH]
                for n, slope in enumerate(self._slopes(x[batch], near[batch])):
                    mean[n] = 0.9 * mean[n] + 0.1 * slope
                    power[n] = 0.999 * power[n] + 0.001 * slope**2
                    size = np.sqrt(power[n] / (1 - 0.999**turn)) + 1e-8
                    self.parts[n] = self.parts[n] - pace * mean[n] / (1 - 0.9**turn) / size

    def _slopes(self, x: Floats, near: Floats) -> list[Floats]:
        hidden, _, out, straight = self.parts
        layer, scores = self.scores(x)
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = likely / likely.sum(axis=1, keepdims=True)
        right = shares * near
        pull = (shares - right / (right.sum(axis=1, keepdims=True) + 1e-9)) / len(x)
        back = pull[..., None] * out * (1 - layer * layer)
        both = ((0, 1), (0, 1))
        return [
            np.tensordot(x, back, both) + DECAY * hidden,
            back.sum((0, 1)),
            np.tensordot(pull, layer, both) + DECAY * out,
            np.tensordot(pull, x, both) + DECAY * straight,
        ]


def prepared(examples: list[Example]) -> tuple[Floats, Floats]:
    """Give features, shape (examples, periods, features), and which periods are right."""
    rows = [measure_periodicity(each.onsets).features for each in examples]
    away = [np.abs(np.log(PERIODS_S * each.bpm / 60)) for each in examples]
    return np.stack(rows).astype(np.float32), (np.stack(away) <= TOLERANCE).astype(np.float32)


def fit(x: Floats, near: Floats) -> Net:
    """Fit nets on features as they are and make one of them, whose scores are their mean.

    The features' mean and spread are folded into the weights.
    """
    mean, spread = x.mean(axis=(0, 1)), x.std(axis=(0, 1)) + 1e-4
    scaled = (x - mean) / spread
    whole = Net(x.shape[2], 0)
    parts = []
    for seed in range(NETS):
        net = Net(x.shape[2], seed)
        net.fit(scaled, near, seed)
        hidden, bias, out, straight = net.parts
        hidden, straight = hidden / spread[:, None], straight / spread / NETS
        parts.append((hidden, bias - mean @ hidden, out / NETS, straight))
    joined = list(zip(*parts, strict=True))
    whole.parts = [np.concatenate(rows, axis=-1) for rows in joined[:3]]
    whole.parts.append(np.sum(joined[3], axis=0))
    return whole


def fold_of(group: str) -> int:
    """Say which fit a performance, or a made piece, is left out of."""
    return zlib.crc32(group.encode()) % FOLDS


def left_out(examples: list[Example], x: Floats, near: Floats) -> tuple[Floats, list[Net]]:
    """Give the shares by fits that had not seen an example's group, and those fits."""
    fold = np.array([fold_of(each.group) for each in examples])
    shares = np.zeros(x.shape[:2], np.float32)
    nets = []
    for number in range(FOLDS):
        out = fold == number
        nets.append(fit(x[~out], near[~out]))
        shares[out] = nets[-1].shares(x[out])
    return shares, nets


def network_without(group: str) -> tuple[Floats, ...]:
    """Read the network that was fitted without a performance, as `weights.network` gives it."""
    parts = json.loads(LEFT_OUT.read_text(encoding="utf-8"))[fold_of(group)]
    return tuple(np.array(part, np.float32) for part in parts)


def score(examples: list[Example], shares: Floats) -> dict[str, str]:
    """Score the heaviest tempo of each example, by style."""
    gathered = np.stack([np.convolve(row, np.ones(7), "same") for row in shares])
    found = 60 / PERIODS_S[gathered.argmax(axis=1)]
    told = {}
    for style in dict.fromkeys(each.style for each in examples):
        pairs = [(f, e.bpm) for f, e in zip(found, examples, strict=True) if e.style == style]
        one = np.mean([tempo_truth.acc1(bpm, truth) for bpm, truth in pairs])
        two = np.mean([tempo_truth.acc2(bpm, truth) for bpm, truth in pairs])
        told[style] = f"Acc1 {one:.3f} Acc2 {two:.3f} of {len(pairs)}"
    return told


def evidence_for(each: Example, shares: Floats) -> tuple[Evidence, float]:
    """Give what speaks for the answer that these shares lead to, and the answer in BPM."""
    periodicity = measure_periodicity(each.onsets)
    period, weight = choose_candidates(shares)[0]
    beats = find_beats(each.onsets, periodicity, period)
    found = Evidence.of(each.onsets, periodicity, beats, shares=shares, weight=weight)
    return found, 60 / beats.period_s


def fit_rule(evidence: list[Evidence], right: Floats, counts: Floats, ease: float) -> Rule:
    """Fit a logistic rule; `ease` keeps its terms small, those of products smaller."""
    figures = np.array([each.figures() for each in evidence])
    mean, spread = figures.mean(axis=0), figures.std(axis=0)
    x = terms(np.clip((figures - mean) / spread, -3, 3))
    hold = np.full(x.shape[1], ease)
    hold[0], hold[1 + figures.shape[1] :] = 0.0, 3 * ease

    def cost(weight: Floats) -> tuple[float, Floats]:
        score = x @ weight
        off = 1 / (1 + np.exp(-score)) - right
        likely = counts @ np.logaddexp(0, np.where(right > 0, -score, score))
        return float(likely + (hold * weight**2).sum()), x.T @ (counts * off) + 2 * hold * weight

    best = minimize(cost, np.zeros(x.shape[1]), jac=True).x
    return Rule(mean.round(5).tolist(), spread.round(5).tolist(), best.round(5).tolist())


def fit_right(evidence: list[Evidence], right: Floats) -> Rule:
    """Fit how often an answer is right."""
    return fit_rule(evidence, right, np.ones(len(right)), 2.0)


def fit_heard(music: list[Evidence], noise: list[Evidence], counts: Floats) -> Rule:
    """Fit what tells music with a pulse from sound without one."""
    heard = np.repeat([1.0, 0.0], [len(music), len(noise)])
    return fit_rule(music + noise, heard, np.append(counts, np.ones(len(noise))), 0.5)


def check_rules(
    examples: list[Example], evidence: list[Evidence], right: Floats, noise: list[Evidence]
) -> None:
    """Fit both rules on one half and print how they do on the other."""
    half = np.array([zlib.crc32(each.group.encode()) % 2 for each in examples])
    said = np.zeros(len(examples))
    heard = np.zeros(len(examples))
    none = []
    for number in (0, 1):
        fitted = [n for n in range(len(examples)) if half[n] == number]
        rule = fit_right([evidence[n] for n in fitted], right[fitted])
        pulse = fit_heard([evidence[n] for n in fitted], noise[number::2], counts(examples)[fitted])
        for n in np.flatnonzero(half != number):
            said[n] = apply_rule(rule, evidence[n])
            heard[n] = apply_rule(pulse, evidence[n])
        none += [apply_rule(pulse, each) < 0.25 for each in noise[1 - number :: 2]]
    performed_ones = np.array([each.style == PERFORMED for each in examples])
    for name, which in (("made", ~performed_ones), ("performed", performed_ones)):
        print(f"{name}: a pulse heard in {(heard[which] >= 0.25).mean():.3f}")
        for low, high in ((0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 0.95), (0.95, 1.1)):
            inside = which & (said >= low) & (said < high)
            if inside.any():
                told = f"said {said[inside].mean():.2f} right {right[inside].mean():.2f}"
                print(f"   {told} of {inside.sum()}")
    print(f"no pulse heard in {np.mean(none):.3f} of what has none")


def counts(examples: list[Example]) -> Floats:
    """Weigh made music more: its tempo is to be found, a free performance's may be missed."""
    return np.array([0.7 if each.style == PERFORMED else 2.0 for each in examples])


def write(net: Net, right: Rule, heard: Rule, path: Path = WEIGHTS) -> None:
    """Write the weights, five significant digits of each."""
    kept = Weights(*short(net), right, heard)
    path.write_bytes(msgspec.json.encode(kept) + b"\n")


def short(net: Net) -> list[list[object]]:
    """Give its weights with five significant digits, hidden, bias, out and straight."""
    return [np.vectorize(lambda value: float(f"{value:.5g}"))(part).tolist() for part in net.parts]


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pieces", type=int, default=160)
    parser.add_argument("--check", action="store_true", help="score what was left out instead")
    asked = parser.parse_args()
    examples = made(asked.pieces) + performed()
    x, near = prepared(examples)
    shares, nets = left_out(examples, x, near)
    net = fit(x, near)
    # Six styles are enough for the rules, in equal number with the performances.
    kept = [n for n, each in enumerate(examples) if _is_for_rules(each, asked.pieces)]
    found = [evidence_for(examples[n], shares[n]) for n in kept]
    right = np.array(
        [float(tempo_truth.acc1(f[1], examples[n].bpm)) for f, n in zip(found, kept, strict=True)]
    )
    evidence = [each for each, _ in found]
    chosen = [examples[n] for n in kept]
    noise = []
    for each in without_pulse():
        features = measure_periodicity(each.onsets).features.astype(np.float32)
        noise.append(evidence_for(each, net.shares(features[None])[0])[0])
    for style, told in score(examples, shares).items():
        print(f"{style:12} {told}")
    check_rules(chosen, evidence, right, noise)
    if not asked.check:
        write(net, fit_right(evidence, right), fit_heard(evidence, noise, counts(chosen)))
        kept_nets = [short(each) for each in nets]
        LEFT_OUT.write_text(json.dumps(kept_nets, separators=(",", ":")) + "\n", encoding="utf-8")


def _is_for_rules(each: Example, pieces: int) -> bool:
    if each.style not in tempo_music.STYLES:
        return each.style == PERFORMED
    return int(each.group.removeprefix(each.style)) >= 0.7 * pieces


if __name__ == "__main__":
    main()
