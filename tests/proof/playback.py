"""What a long programme that was led by hand sounded like, measured on captured samples.

Its music is made so that faults show: steady tones, in which a click has nothing to hide behind;
steady noise, whose level stands still; and clicks, whose places are known. A soft hum lies under
all of it, so that a run of zeros is a gap.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy import signal

from mtsession.timeline import events as ev
from mtsession.timeline.event import Event

Samples = NDArray[np.float32]
Kind = Literal["tones", "noise", "clicks"]
Span = tuple[float, float]
"""From and until, in seconds of the session."""

RATE = 48_000
SHORTEST_GAP = 64
TONES_HZ = ((131.0, 196.3, 330.7, 521.9), (147.1, 220.9, 349.3, 587.7))
HUM_HZ, HUM = 55.0, 0.004
ABOVE_HZ = 5_000.0
CLICK_SECONDS = 0.004
WINDOW_SECONDS = 0.05
AVERAGE_WINDOWS = 6
CLICKS_IN_A_ROW = 8


def made(kind: Kind, seconds: float, bpm: float, *, seed: int = 1) -> Samples:
    """Give steady stereo music of a kind, shape (frames, 2); beat 0 is at its first frame."""
    t = np.arange(round(seconds * RATE)) / RATE
    hum = HUM * np.sin(2 * np.pi * HUM_HZ * t)
    if kind == "noise":
        sound = np.random.default_rng(seed).normal(0, 0.06, (len(t), 2))
    elif kind == "tones":
        sides = [sum(np.sin(2 * np.pi * hz * t) for hz in side) for side in TONES_HZ]
        sound = 0.03 * np.stack(sides, axis=1)
    else:
        sound = np.repeat(_clicks(len(t), bpm)[:, None], 2, axis=1)
    return (sound + hum[:, None]).astype(np.float32)


def _clicks(frames: int, bpm: float) -> NDArray[np.float64]:
    length = round(CLICK_SECONDS * RATE)
    t = np.arange(length) / RATE
    click = 0.5 * np.sin(2 * np.pi * 3_000 * t) * np.exp(-t / (CLICK_SECONDS / 6))
    track = np.zeros(frames + length)
    for at in np.rint(np.arange(0, frames / RATE, 60 / bpm) * RATE).astype(int):
        track[at : at + length] += click
    return track[:frames]


def write(path: Path, kind: Kind, seconds: float, bpm: float, *, seed: int = 1) -> None:
    """Write a made recording."""
    soundfile.write(path, made(kind, seconds, bpm, seed=seed), RATE, subtype="PCM_24")


def gaps(samples: Samples, spans: Iterable[Span], zero: float) -> list[tuple[float, int]]:
    """Give (second of the session, frames) of each run of pure zeros within spans of music.

    Parameters
    ----------
    zero : float
        The second of the capture at which the session's time is 0.
    """
    found = []
    for start, part in _parts(samples, spans, zero):
        hush = np.all(part == 0, axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], hush.astype(np.int8), [0]])))
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if end - begin >= SHORTEST_GAP:
                found.append((round(start + begin / RATE, 3), end - begin))
    return found


def clicks_in_tones(
    samples: Samples, spans: Iterable[Span], zero: float
) -> tuple[float, list[float]]:
    """Give the loudest of what lies above 5 kHz in steady tones, in dB of their RMS, and where.

    The places, in seconds of the session, are those within 12 dB of the loudest, at most ten.
    """
    high = signal.butter(8, ABOVE_HZ, "highpass", fs=RATE, output="sos")
    loudest, places = -np.inf, list[tuple[float, float]]()
    for start, part in _parts(samples, spans, zero):
        rms = np.sqrt(np.square(part, dtype=np.float64).mean())
        rest = np.abs(signal.sosfiltfilt(high, part.astype(np.float64), axis=0)).max(axis=1)
        rest = rest[RATE // 100 : -RATE // 100]
        n = len(rest) // 480 * 480
        peaks = 20 * np.log10(rest[:n].reshape(-1, 480).max(axis=1) / rms + 1e-12)
        loudest = max(loudest, float(peaks.max(initial=-np.inf)))
        places += [(float(db), start + 0.01 + place * 0.01) for place, db in enumerate(peaks)]
    near = sorted((pair for pair in places if pair[0] > loudest - 12), reverse=True)[:10]
    return loudest, [round(at, 2) for _, at in near]


def level_steps(samples: Samples, spans: Iterable[Span], zero: float) -> tuple[float, float]:
    """Give the largest step of level in 50 ms of steady noise, in dB, and its second.

    Each side of the 50 ms is averaged over 300 ms, in which noise itself keeps within a tenth
    of a decibel.
    """
    size = round(WINDOW_SECONDS * RATE)
    largest, at = 0.0, 0.0
    for start, part in _parts(samples, spans, zero):
        n = len(part) // size
        power = np.square(part[: n * size], dtype=np.float64).reshape(n, -1).mean(axis=1)
        if n < 2 * AVERAGE_WINDOWS + 1:
            continue
        sums = np.concatenate([[0.0], np.cumsum(power)])
        means = (sums[AVERAGE_WINDOWS:] - sums[:-AVERAGE_WINDOWS]) / AVERAGE_WINDOWS
        before, after = means[: -AVERAGE_WINDOWS - 1], means[AVERAGE_WINDOWS + 1 :]
        steps = np.abs(10 * np.log10(after / before))
        if steps.max() > largest:
            largest = float(steps.max())
            at = start + (int(steps.argmax()) + AVERAGE_WINDOWS + 0.5) * WINDOW_SECONDS
    return largest, round(at, 2)


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """Tempo of captured clicks against the journal's.

    Attributes
    ----------
    worst_percent : float
        Over any eight clicks in a row.
    offset_ms : tuple of float
        Least and greatest of heard less journal, about its median.
    by_minute_ms : tuple of float
        Its median in each minute in turn, about the same: what drifts shows here.
    """

    clicks: int
    missing_at_s: tuple[float, ...]
    worst_percent: float
    worst_at_s: float
    offset_ms: tuple[float, float]
    by_minute_ms: tuple[float, ...]

    @property
    def missing(self) -> int:
        """How many beats of the journal nothing was heard on."""
        return len(self.missing_at_s)


def delivered(
    samples: Samples,
    spans: Iterable[Span],
    zero: float,
    beats: NDArray[np.float64],
    *,
    seconds_of: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> Delivered:
    """Hold captured clicks against the journal's beats, both in seconds of the session.

    Parameters
    ----------
    seconds_of : callable, optional
        Gives the session's seconds of frames of the capture, where its clock is not the
        session's.
    """
    clicks, missing = 0, list[float]()
    worst, worst_at = 0.0, 0.0
    offsets, places = [], []
    for start, part in _parts(samples, spans, zero):
        frames = click_frames(part) + round((zero + start) * RATE)
        heard = frames / RATE - zero if seconds_of is None else seconds_of(frames)
        due = beats[(beats > start + 0.1) & (beats < start + len(part) / RATE - 0.1)]
        if not len(heard) or not len(due):
            missing += due.tolist()
            continue
        nearest = heard[np.abs(heard[None, :] - due[:, None]).argmin(axis=1)]
        there = np.abs(nearest - due) < 0.2
        missing += due[~there].tolist()
        clicks += int(np.sum(there))
        offsets.append((nearest - due)[there])
        places.append(due[there])
        span = CLICKS_IN_A_ROW - 1
        for place in range(len(due) - span):
            if there[place : place + span + 1].all():
                took = nearest[place + span] - nearest[place]
                off = abs(took / (due[place + span] - due[place]) - 1) * 100
                if off > worst:
                    worst, worst_at = float(off), float(due[place])
    every = np.concatenate(offsets) if offsets else np.zeros(1)
    about = 1000 * (every - np.median(every))
    minutes = (np.concatenate(places) if places else np.zeros(1)) // 60
    by_minute = [float(np.median(about[minutes == minute])) for minute in np.unique(minutes)]
    return Delivered(
        clicks=clicks,
        missing_at_s=tuple(round(at, 1) for at in missing),
        worst_percent=round(worst, 4),
        worst_at_s=round(worst_at, 1),
        offset_ms=(round(float(about.min()), 3), round(float(about.max()), 3)),
        by_minute_ms=tuple(round(each, 3) for each in by_minute),
    )


def click_frames(samples: Samples) -> NDArray[np.float64]:
    """Give where clicks are, to a part of a frame: the middle of each one's energy."""
    high = signal.butter(4, 1_500.0, "highpass", fs=RATE, output="sos")
    energy = np.square(signal.sosfiltfilt(high, samples.mean(axis=1, dtype=np.float64)))
    length = round(CLICK_SECONDS * RATE)
    smooth = signal.fftconvolve(energy, np.ones(length), mode="same")
    if not smooth.max(initial=0.0) > 0:
        return np.zeros(0)
    peaks, _ = signal.find_peaks(smooth, height=0.1 * smooth.max(), distance=RATE // 4)
    middles = []
    for peak in peaks:
        first = max(0, peak - 2 * length)
        part = energy[first : peak + 2 * length]
        middles.append(first + float(np.average(np.arange(len(part)), weights=part)))
    return np.array(middles)


def heard_beats(events: Sequence[Event]) -> NDArray[np.float64]:
    """Give the beats of all grids, as the journal holds them last, in seconds of the session."""
    known: dict[int, dict[int, int]] = {}
    for event in events:
        if isinstance(event, ev.BeatGridRevised):
            beats = known.setdefault(event.grid.grid, {})
            first, ends = event.grid.first_beat, event.grid.ends_us
            for number in [n for n in beats if n >= first]:
                del beats[number]
            for place, t_us in enumerate(event.grid.beats_us):
                if ends is None or t_us < ends:
                    beats[first + place] = t_us
    times = sorted(t_us for beats in known.values() for t_us in beats.values())
    return np.array(times, dtype=np.float64) / 1e6


def alone(events: Sequence[Event], *, margin_s: float = 0.5) -> list[tuple[str, Span]]:
    """Give title and span of each track while nothing else sounds, a margin off its ends."""
    spans: dict[int, tuple[str, float, float]] = {}
    for event in events:
        if isinstance(event, ev.TrackStarted):
            spans[event.item] = (event.title, event.t_us / 1e6, float("inf"))
        elif isinstance(event, ev.TrackEnded):
            title, begun, _ = spans[event.item]
            spans[event.item] = (title, begun, event.t_us / 1e6)
    edges = sorted({at for _, *ends in spans.values() for at in ends if np.isfinite(at)})
    found = []
    for begin, end in itertools.pairwise(edges):
        there = [title for title, first, last in spans.values() if first <= begin and end <= last]
        if len(there) == 1 and end - begin > 2 * margin_s:
            found.append((there[0], (begin + margin_s, end - margin_s)))
    return found


def without(spans: Iterable[Span], left_out: Iterable[Span]) -> list[Span]:
    """Give what is left of spans when others are taken out of them."""
    left = list(spans)
    for begin, end in left_out:
        left = [
            piece
            for first, last in left
            for piece in ((first, min(last, begin)), (max(first, end), last))
            if piece[1] - piece[0] > 0
        ]
    return left


def _parts(samples: Samples, spans: Iterable[Span], zero: float) -> Iterable[tuple[float, Samples]]:
    """Give the exact second at which each span begins, and its samples."""
    for begin, end in spans:
        first, last = round((zero + begin) * RATE), round((zero + end) * RATE)
        first, last = max(first, 0), min(last, len(samples))
        if last - first > RATE:
            yield first / RATE - zero, samples[first:last]
