"""Duos made from known lag, jitter, turns and imitation, to see whether they are found again."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, from_rows, onset_groups
from mtsession.activities.improvisation.metrics.imitation import imitation
from mtsession.activities.improvisation.metrics.phrases import phrases
from mtsession.activities.improvisation.metrics.timing import phase_correction
from mtsession.activities.improvisation.metrics.together import asynchrony
from mtsession.activities.improvisation.metrics.turns import response, turns
from mtsession.activities.improvisation.metrics.value import Value
from mtsession.activities.improvisation.metrics.whole import TakeWhole, analyse

MINUTE = 60_000_000
Row = tuple[int, int, int, int, int]


@dataclass
class Duo:
    """Two players and the truth about them."""

    players: list[NoteArrays]
    truth: dict[str, float] = field(default_factory=dict)


def crowd(n: int, seed: int = 1) -> NoteArrays:
    """Give a lot of notes, chords among them."""
    dice = np.random.default_rng(seed)
    at = np.cumsum(dice.choice([4_000, 150_000, 300_000], n)).tolist()
    rows = [
        (start, int(dice.integers(21, 108)), int(dice.integers(1, 128)), start + long, start + long)
        for start, long in zip(at, dice.integers(50_000, 600_000, n).tolist(), strict=True)
    ]
    return from_rows(rows, 0, at[-1] + 700_000)


def beating(seed: int, minutes: float = 3) -> Duo:
    """Make two who strike one beat together: the second late by a lag, with jitter."""
    dice = np.random.default_rng(seed)
    period = dice.uniform(0.5, 0.8)
    lag, jitter = dice.uniform(-0.015, 0.02), dice.uniform(0.006, 0.012)
    count = int(minutes * 60 / period) - 3
    first = 0.5 + np.cumsum(period + dice.normal(0, 0.008, count))
    second = first + lag + dice.normal(0, jitter, count)
    span = round(minutes * MINUTE)
    players = [_struck(times, dice, span) for times in (first, second)]
    return Duo(players, {"lag_ms": -lag * 1000, "jitter_ms": jitter * 1000})


def correcting(seed: int, minutes: float = 3) -> Duo:
    """Make a second player who takes back a known share of each asynchrony."""
    dice = np.random.default_rng(seed)
    period, alpha = 0.6, dice.uniform(0.2, 0.9)
    count = int(minutes * 60 / period) - 3
    first = 0.5 + period * np.arange(1, count + 1)
    away = np.zeros(count)
    for k in range(1, count):
        away[k] = (1 - alpha) * away[k - 1] + dice.normal(0, 0.010)
    span = round(minutes * MINUTE)
    return Duo([_struck(t, dice, span) for t in (first, first - away)], {"alpha": alpha})


def conversing(seed: int, minutes: float = 20) -> Duo:
    """Make two who take turns: phrases answered with a known share, delay, and imitation."""
    dice = np.random.default_rng(seed)
    answers, imitates = dice.uniform(0.35, 0.85), dice.uniform(0.25, 0.75)
    delay_s = dice.uniform(1.2, 2.2)
    rows: list[list[Row]] = [[], []]
    at, span = 1.0, round(minutes * MINUTE)
    while at < minutes * 60 - 25:
        melody = _melody(dice)
        end = _phrase(rows[0], at, melody, dice)
        if dice.random() < answers:
            begin = end + delay_s * math.exp(dice.normal(0, 0.35))
            same = dice.random() < imitates
            transposed = [tone + 5 for tone in melody]
            end = _phrase(rows[1], begin, transposed if same else _melody(dice), dice)
            at = end + dice.uniform(1.5, 4)
        else:
            at = end + dice.uniform(8.5, 12)
    players = [from_rows(part, 0, span) for part in rows]
    truth = {
        "answered": answers,
        "delay_ms": delay_s * 1000,
        "imitated": answers * imitates,
    }
    return Duo(players, truth)


def alternating(seed: int, minutes: float = 6) -> Duo:
    """Make two who pass the floor to and fro after a known time, the same in both directions."""
    dice = np.random.default_rng(seed)
    gap_s = dice.uniform(0.4, 1.2)
    rows: list[list[Row]] = [[], []]
    at, turn, span = 1.0, 0, round(minutes * MINUTE)
    while at < minutes * 60 - 12:
        end = _phrase(rows[turn % 2], at, _melody(dice), dice)
        at = end + gap_s * math.exp(dice.normal(0, 0.4))
        turn += 1
    players = [from_rows(part, 0, span) for part in rows]
    return Duo(players, {"floor_ms": gap_s * 1000, "switches": turn - 1})


def strangers(seed: int, minutes: float = 5) -> Duo:
    """Make two who do not hear one another: phrases, rests and tempi of their own."""
    span = round(minutes * MINUTE)
    players = []
    for part in range(2):
        dice = np.random.default_rng((seed, part))
        rows: list[Row] = []
        at = dice.uniform(0, 5)
        while at < minutes * 60 - 8:
            at = _phrase(rows, at, _melody(dice), dice) + dice.gamma(4, 1.2) + 1.0
        players.append(from_rows(rows, 0, span))
    return Duo(players)


def duo(seed: int, minutes: float = 20) -> Duo:
    """Make a long, busy duo for measuring speed: both play most of the time."""
    span = round(minutes * MINUTE)
    players = []
    for part in range(2):
        dice = np.random.default_rng((seed, part))
        rows: list[Row] = []
        at = 1.0
        while at < minutes * 60 - 8:
            for _ in range(3):
                at = _phrase(rows, at, _melody(dice), dice) + 0.1
            at += dice.uniform(0.5, 3)
        players.append(from_rows(rows, 0, span))
    return Duo(players)


def recovered(cases: int) -> dict[str, int]:
    """Count for each truth how often the stated interval holds it."""
    held: dict[str, int] = {}

    def note(name: str, value: Value, truth: float) -> None:
        held.setdefault(name, 0)
        if value.low is not None and value.high is not None:
            held[name] += value.low <= truth <= value.high

    for seed in range(cases):
        beat = beating(seed)
        apart = _pair(beat).asynchrony
        note("lag", apart.mean_ms, beat.truth["lag_ms"])
        note("jitter", apart.sd_ms, beat.truth["jitter_ms"])
        kept = correcting(seed)
        a, b = (onset_groups(player.onset_us) for player in kept.players)
        note("correction", phase_correction((b - a) / 1e6), kept.truth["alpha"])
        talk = conversing(seed)
        answer = _response(talk.players, surrogates=0)
        note("answered", answer.share, talk.truth["answered"])
        note("delay", answer.delay_ms, talk.truth["delay_ms"])
        taken = alternating(seed)
        passed = turns([phrases(player) for player in taken.players], taken.players[0].span_us)
        note("floor", passed.transfer_ms, taken.truth["floor_ms"])
        echo = imitation(*talk.players, surrogates=20)
        note("imitation", echo.exact_share, talk.truth["imitated"])
    return held


def false_alarms(cases: int) -> dict[str, int]:
    """Count how often two strangers lie above what 95 of 100 shifts give."""
    rules: dict[str, Callable[[list[NoteArrays]], Value]] = {
        "strikes together": lambda two: (
            asynchrony(
                *(onset_groups(player.onset_us) for player in two), 600_000,
                span_us=two[0].window_us,
            ).matched_share
        ),
        "answers": lambda two: _response(two, surrogates=200).share,
        "imitation": lambda two: imitation(*two).match,
    }  # fmt: skip
    alarms = dict.fromkeys(rules, 0)
    for seed in range(cases):
        two = strangers(1000 + seed).players
        for name, rule in rules.items():
            value = rule(two)
            if value.value is not None and value.chance_high is not None:
                alarms[name] += value.value > value.chance_high
    return alarms


def _pair(made: Duo):
    take: TakeWhole = analyse(made.players, surrogates=0)
    return take.pairs[0]


def _response(two: list[NoteArrays], *, surrogates: int):
    asked, other = (phrases(player) for player in two)
    return response(asked, [other], span_us=two[0].window_us, surrogates=surrogates)


def _struck(times: np.ndarray, dice: np.random.Generator, span: int) -> NoteArrays:
    starts = np.rint(times * 1e6).astype(int).tolist()
    rows = [(t, 60, int(dice.integers(50, 90)), t + 100_000, t + 100_000) for t in starts]
    return from_rows([row for row in rows if 0 <= row[0] < span], 0, span)


def _melody(dice: np.random.Generator) -> list[int]:
    steps = dice.integers(-7, 8, int(dice.integers(5, 9)))
    return (66 + np.clip(np.cumsum(steps), -24, 24)).tolist()


def _phrase(rows: list[Row], at: float, melody: list[int], dice: np.random.Generator) -> float:
    """Write a phrase down and give when its last key is up."""
    end = at
    for pitch in melody:
        start = round(at * 1e6)
        end = at + 0.22
        rows.append((start, pitch, int(dice.integers(40, 100)), round(end * 1e6), round(end * 1e6)))
        at += float(dice.choice([0.25, 0.5])) + dice.normal(0, 0.01)
    return end
