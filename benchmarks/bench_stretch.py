"""The time-stretch on sounds of known truth: clicks, a chord, bass drums, a tone; and its speed.

Rubber Band R3 (pylibrb, real-time mode, blocks of 256) and python-stretch are measured in the same
run, each in a venv of its own. A peer whose sound cannot be had is named with the reason.
"""

import time
from pathlib import Path

import numpy as np
import peers
import ratios

from mtsession.protocol.sources import RatePoint
from mtsession.sound.rates import RateMap
from mtsession.sound.stretch import Stretch
from mtsession.sound.stretch_shape import Effort, shape_at
from sound import stretch_measures as measure

TIMEOUT_SECONDS = 1_800
RATE = 48_000
HOP = 256
SECONDS = 180.0
PEER_SECONDS = 45.0
SPEED_SECONDS = 30.0
RUNS = 5
BUDGET_SHARE = 0.25
SLOWEST = 15
TONE_HZ, TURNED = 440.0, 0.7

PEERS = {
    "rubber_band_r3": ["pylibrb==0.1.2", "numpy==2.4.6"],
    "python_stretch": ["python-stretch==0.3.1", "numpy==2.4.6"],
}

TARGETS = {
    "click_sd_ms": 0.1,
    "drift_ms": 0.5,
    "smear_ms": 1.6,
    "pre_echo_db": -45.0,
    "residual_db": -40.0,
    "rise_ratio": 2.0,
    "pitch_cents": 1.0,
    "wobble_cents": 2.0,
    "stereo_degrees": 0.5,
}

RUBBER_BAND = """
import json, sys, time
import numpy as np
import pylibrb as rb
asked = json.loads(sys.stdin.read())
options = rb.Option.PROCESS_REALTIME | rb.Option.ENGINE_FINER | rb.Option.THREADING_NEVER
options |= rb.Option.CHANNELS_TOGETHER
spent = []
for source, target in asked["files"]:
    x = np.load(source).T
    stretcher = rb.RubberBandStretcher(asked["rate"], 2, options, 1 / asked["rates"][0], 1.0)
    stretcher.set_max_process_size(8192)
    begun = time.process_time()
    stretcher.process(np.zeros((2, stretcher.get_preferred_start_pad()), dtype=np.float32))
    parts = [stretcher.retrieve_available()]
    # One rate for every 256 frames heard, as ours is asked: by where the output stands.
    heard, at = parts[0].shape[1], 0
    while at < x.shape[1]:
        hop = min(max(0, heard) // 256, len(asked["rates"]) - 1)
        stretcher.time_ratio = 1 / asked["rates"][hop]
        stretcher.process(np.ascontiguousarray(x[:, at : at + 256]), at + 256 >= x.shape[1])
        at += 256
        parts.append(stretcher.retrieve_available())
        heard += parts[-1].shape[1]
    y = np.concatenate(parts, axis=1)[:, stretcher.get_start_delay() :]
    spent.append(time.process_time() - begun)
    np.save(target, np.ascontiguousarray(y.T))
print(json.dumps(spent))
"""

PYTHON_STRETCH = """
import json, sys, time
import numpy as np
from python_stretch.Signalsmith import Stretch
asked = json.loads(sys.stdin.read())
spent = []
for source, target in asked["files"]:
    x = np.load(source).T
    begun = time.process_time()
    stretch = Stretch()
    stretch.preset(2, asked["rate"])
    if len(set(asked["rates"])) == 1:
        stretch.setTimeFactor(asked["rates"][0])
        y = stretch.process(np.ascontiguousarray(x))
    else:
        # It takes a rate for each call and begins each call anew: a second at a time does it good.
        parts, at, place = [], 0.0, 0
        while place < x.shape[1]:
            hop = min(sum(p.shape[1] for p in parts) // 256, len(asked["rates"]) - 1)
            stretch.setTimeFactor(asked["rates"][hop])
            parts.append(stretch.process(np.ascontiguousarray(x[:, place : place + asked["rate"]])))
            place += asked["rate"]
        y = np.concatenate(parts, axis=1)
    spent.append(time.process_time() - begun)
    np.save(target, np.ascontiguousarray(y.T))
print(json.dumps(spent))
"""

PROGRAMS = {"rubber_band_r3": RUBBER_BAND, "python_stretch": PYTHON_STRETCH}


def cases() -> list[str]:
    return ["at 0.85", "glide 1.0 to 0.8", "speed"]


def run(case: str, folder: Path) -> dict[str, object]:
    folder.mkdir(parents=True, exist_ok=True)
    return speed(folder) if case == "speed" else quality(case, folder)


def quality(case: str, folder: Path) -> dict[str, object]:
    """Measure ours on four sounds of three minutes, and the peers on shorter ones of the same."""
    truth = Truth(case, SECONDS)
    heard = {name: stretched(sound, truth.map) for name, sound in truth.sounds.items()}
    ours = truth.judge(heard)
    missed = [name for name, most in TARGETS.items() if ours[name] > most]
    figures: dict[str, object] = {
        "ours": ours,
        "missed": missed,
        "seconds": SECONDS,
        "seconds_of_peers": PEER_SECONDS,
        "passed": not missed,
    }
    shorter = Truth(case, PEER_SECONDS)
    for peer in PEERS:
        figures[peer] = peer_figures(peer, folder, shorter)
    for path in folder.glob("*.npy"):
        path.unlink()
    return {"told": told(ours, figures), **figures}


class Truth:
    """Four sounds, how they are to be stretched, and when their clicks and drums are due."""

    def __init__(self, case: str, length: float) -> None:
        points = [RatePoint(t_us=0, rate=0.85)]
        if case.startswith("glide"):
            # The glide reaches its end with the sound.
            ends_us = round(length / 0.9 * 1e6)
            points = [RatePoint(t_us=0, rate=1.0), RatePoint(t_us=ends_us, rate=0.8)]
        self.map = RateMap(points, RATE)
        clicks, self.clicked = measure.clicks(length, RATE)
        kicks, self.kicked = measure.kicks(length, RATE)
        t = measure.seconds(length, RATE)
        left, right = (0.3 * np.cos(2 * np.pi * TONE_HZ * t + turn) for turn in (0.0, TURNED))
        self.sounds = {
            "clicks": clicks,
            "kicks": kicks,
            "chord": measure.chord(length, RATE),
            "tone": measure.stereo(left, right),
        }

    def judge(self, heard: dict[str, np.ndarray], *, delay: int = 0) -> dict[str, float]:
        """Measure the sounds as they are heard, so many frames late."""
        clicked = self.map.heard_of(self.clicked) + delay
        kicked = self.map.heard_of(self.kicked) + delay
        figures = measure.click_figures(heard["clicks"], RATE, clicked)
        figures |= measure.chord_figures(heard["chord"], RATE)
        figures |= measure.tone_figures(heard["tone"], RATE, TONE_HZ, turned=TURNED)
        figures |= measure.kick_figures(
            heard["kicks"], self.sounds["kicks"], RATE, kicked, self.kicked
        )
        return {name: round(value, 4) for name, value in figures.items()}


def told(ours: dict[str, float], figures: dict[str, object]) -> str:
    """Give the figures in a few words, R3's in brackets."""
    peer = figures["rubber_band_r3"]
    other = peer if isinstance(peer, dict) else {}

    def both(name: str, digits: int) -> str:
        beside = f" ({other[name]:.{digits}f})" if name in other else ""
        return f"{ours[name]:.{digits}f}{beside}"

    return (
        f"clicks SD {both('click_sd_ms', 3)} ms, drift {both('drift_ms', 2)} ms, "
        f"smear {both('smear_ms', 2)} ms, pre-echo {both('pre_echo_db', 0)} dB, "
        f"chord {both('residual_db', 0)} dB, kick rise x{both('rise_ratio', 2)}, "
        f"pitch {both('pitch_cents', 3)} cents, wobble {both('wobble_cents', 2)} cents, "
        f"stereo {both('stereo_degrees', 2)} degrees; in brackets Rubber Band R3"
    )


def stretched(sound: np.ndarray, map_: RateMap) -> np.ndarray:
    stretch = Stretch(
        Blocks(sound), sample_rate=RATE, rate=lambda heard: map_.mean_rate(heard, HOP)
    )
    return stretch.read(3 * len(sound))


class Blocks:
    """A source in memory."""

    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples
        self.at = 0

    def read(self, n: int) -> np.ndarray:
        block = self.samples[self.at : self.at + n]
        self.at += len(block)
        return block


def peer_figures(peer: str, folder: Path, truth: Truth) -> object:
    """Measure a peer, or say why it cannot be."""
    files = []
    for name, sound in truth.sounds.items():
        np.save(folder / f"{name}.npy", sound)
        files.append([str(folder / f"{name}.npy"), str(folder / f"{peer}-{name}.npy")])
    hops = round(float(truth.map.heard_of(PEER_SECONDS * RATE)) / HOP) + 1
    rates = [truth.map.mean_rate(hop * HOP, HOP) for hop in range(hops)]
    try:
        python = peers.venv(peer, PEERS[peer])
        peers.run(python, PROGRAMS[peer], {"rate": RATE, "rates": rates, "files": files})
    except peers.PeerError as error:
        return str(error)
    heard = {name: np.load(folder / f"{peer}-{name}.npy") for name in truth.sounds}
    first = round(float(truth.map.heard_of(truth.clicked[0])))
    delay = int(np.abs(heard["clicks"][: first + RATE // 5, 0]).argmax()) - first
    return {**truth.judge(heard, delay=delay), "its_delay": delay}


def speed(folder: Path) -> dict[str, object]:
    """Measure how fast all kinds of sound at once are stretched, and how long one read takes.

    What else the machine does only ever adds time: what the quietest of the runs took is told
    beside what is judged, the median of speeds and the reads of all runs.
    """
    noise = np.random.default_rng(1).normal(0, 0.02, (round(SPEED_SECONDS * RATE), 2))
    sound = (
        measure.kicks(SPEED_SECONDS, RATE)[0]
        + measure.clicks(SPEED_SECONDS, RATE, every=0.25)[0]
        + measure.chord(SPEED_SECONDS, RATE)
        + noise.astype(np.float32)
    )
    np.save(folder / "mixed.npy", sound)
    heard_seconds = SPEED_SECONDS / 0.85
    hops: list[float] = []
    p99s: list[float] = []

    def ours() -> float:
        taken = hop_times(sound, "full")
        hops.extend(taken[1:])
        p99s.append(ratios.quantile(taken[1:], 0.99) * 1e3)
        return heard_seconds / sum(taken)

    figures: dict[str, object] = {}
    speeds: list[float] = []
    for peer, requirements in PEERS.items():
        asked = {
            "rate": RATE,
            "rates": [0.85],
            "files": [[str(folder / "mixed.npy"), str(folder / "heard.npy")]],
        }
        try:
            python = peers.venv(peer, requirements)

            def theirs(python=python, peer=peer, asked=asked) -> float:
                return heard_seconds / peers.run(python, PROGRAMS[peer], asked)[0]

            mine, other = ratios.paired(ours, theirs, runs=RUNS)
        except peers.PeerError as error:
            figures[peer] = str(error)
            continue
        speeds += mine
        figures[peer] = {
            "real_time_factor": round(ratios.quantile(other, 0.5), 1),
            "ours_to_its": ratios.ratio(mine, other),
        }
    speeds = speeds or [ours() for _ in range(RUNS)]
    factor = ratios.quantile(speeds, 0.5)
    p99_ms = ratios.quantile(hops, 0.99) * 1e3
    budget_ms = HOP / RATE * 1e3
    little = hop_times(sound, "low")
    little_p99 = ratios.quantile(little[1:], 0.99) / (shape_at(RATE, "low").hop / RATE)
    for path in folder.glob("*.npy"):
        path.unlink()
    return {
        "told": f"{factor:.1f}x real time of one core's time (at least {SLOWEST}; quietest "
        f"run {max(speeds):.1f}), 99 % of reads of {HOP} frames within {p99_ms:.2f} ms "
        f"(at most {BUDGET_SHARE * budget_ms:.2f}; quietest run {min(p99s):.2f}), "
        + ", ".join(f"{peer} {value_of(figures[peer])}" for peer in PEERS)
        + f"; at low effort {heard_seconds / sum(little):.1f}x, {little_p99:.0%} of a hop's time",
        "real_time_factor": round(factor, 1),
        "slowest": round(min(speeds), 1),
        "fastest": round(max(speeds), 1),
        "p50_ms": round(ratios.quantile(hops, 0.5) * 1e3, 3),
        "p99_ms": round(p99_ms, 3),
        "longest_ms": round(max(hops) * 1e3, 3),
        "p99_ms_of_each_run": [round(each, 3) for each in p99s],
        "first_read_excluded": True,
        "low_effort": {
            "real_time_factor": round(heard_seconds / sum(little), 1),
            "p99_of_a_hops_time": round(little_p99, 3),
        },
        **figures,
        "passed": factor >= SLOWEST and p99_ms <= BUDGET_SHARE * budget_ms,
    }


def hop_times(sound: np.ndarray, effort: Effort) -> list[float]:
    """Give the core's time that each read of a hop takes."""
    stretch = Stretch(Blocks(sound), sample_rate=RATE, rate=0.85, effort=effort)
    taken = []
    block = sound
    while len(block):
        begun = time.process_time()
        block = stretch.read(stretch.hop)
        taken.append(time.process_time() - begun)
    return taken


def value_of(figures: object) -> str:
    """Give a peer's speed, or why there is none."""
    return f"{figures['real_time_factor']}x" if isinstance(figures, dict) else str(figures)
