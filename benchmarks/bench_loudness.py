"""Loudness and true peak: EBU Tech 3341, filtering every sample, oversampling every sample."""

import math
import time
from pathlib import Path

import numpy as np
import soundfile
from ratios import paired, ratio, told
from scipy.signal import resample_poly

from media.made_sounds import RATE
from mtsession.media.composer.catalogue import PIECES
from mtsession.media.composer.stream import open_piece
from mtsession.media.loudness import gated, integrated_loudness
from mtsession.music.analysis.analyse import analyse_file
from mtsession.music.analysis.levels import LevelMeter
from mtsession.music.analysis.lowband import low_band
from mtsession.music.analysis.reader import Reader
from mtsession.music.analysis.true_peak import TruePeakMeter
from mtsession.timeline.tempo_map import TempoMap

SEQUENCES = {
    "1": ([(-23, 20)], -23),
    "2": ([(-33, 20)], -33),
    "3": ([(-36, 10), (-23, 60), (-36, 10)], -23),
    "4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    "5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
}
MOST_LU = 0.1
MOST_LU_ON_MUSIC = 0.05
MOST_LOW_DB = 0.1
RUNS = 5


def cases() -> list[str]:
    return ["tech-3341", "music", "true-peak", "speed"]


def run(case: str, folder: Path) -> dict[str, object]:
    return {
        "tech-3341": _tech_3341,
        "music": _music,
        "true-peak": _true_peak,
        "speed": _speed,
    }[case](folder)


def _tech_3341(folder: Path) -> dict[str, object]:
    """Analyse the five sequences as files."""
    errors = {}
    for rate in (RATE, 48_000):
        for name, (course, truth) in SEQUENCES.items():
            parts = []
            for level, seconds in course:
                t = np.arange(round(seconds * rate)) / rate
                parts.append(10 ** (level / 20) * np.sin(2 * np.pi * 1_000 * t))
            tone = np.concatenate(parts)
            path = folder / "sequence.wav"
            soundfile.write(path, np.stack([tone, tone], axis=1), rate, subtype="FLOAT")
            errors[f"{name} at {rate}"] = round((analyse_file(path).lufs or 0) - truth, 3)
    largest = max(abs(error) for error in errors.values())
    return {
        "told": f"sequences 1 to 5 within {largest:.2f} LU, {MOST_LU} allowed",
        "errors_lu": errors,
        "passed": largest <= MOST_LU,
    }


def _pieces(folder: Path) -> dict[str, tuple[Path, np.ndarray]]:
    """Give a minute of each built-in piece, from its swelling start."""
    made = {}
    for name in PIECES:
        stream = open_piece(
            name=name,
            tempo=TempoMap.constant(70.0),
            duration_us=60_000_000,
            key="",
            seed=1,
            sample_rate=RATE,
        )
        sound = stream.read(stream.frames)
        path = folder / f"{name}.wav"
        soundfile.write(path, sound, RATE, subtype="FLOAT")
        made[name] = (path, sound)
    return made


def _music(folder: Path) -> dict[str, object]:
    """Compare with the meter that filters every sample."""
    errors = {}
    for name, (path, sound) in _pieces(folder).items():
        truth = integrated_loudness(sound, RATE)
        errors[name] = round((analyse_file(path).lufs or 0) - (truth or 0), 3)
    largest = max(abs(error) for error in errors.values())
    return {
        "told": f"within {largest:.3f} LU of filtering every sample, {MOST_LU_ON_MUSIC} allowed",
        "errors_lu": errors,
        "passed": largest <= MOST_LU_ON_MUSIC,
    }


def _true_peak(folder: Path) -> dict[str, object]:
    """Compare with oversampling everything by four, on soft, driven and clipped music."""
    lows = {}
    for name, (path, sound) in _pieces(folder).items():
        for drive in (1.0, 8.0, 40.0):
            driven = np.clip(sound * drive, -1, 1) if drive > 10 else np.tanh(sound * drive)
            soundfile.write(path, driven, RATE, subtype="FLOAT")
            full = 20 * math.log10(np.abs(resample_poly(driven, 4, 1, axis=0)).max())
            lows[f"{name} driven {drive:.0f}x"] = round(full - analyse_file(path).true_peak_db, 3)
    return {
        "told": f"at most {max(lows.values()):.2f} dB below oversampling everything "
        f"({MOST_LOW_DB} allowed), at most {-min(lows.values()):.2f} dB above",
        "low_db": lows,
        "passed": max(lows.values()) <= MOST_LOW_DB,
    }


def _speed(folder: Path) -> dict[str, object]:
    """Measure both meters, with the low band they need, beside their plain ways."""
    path, sound = _pieces(folder)["lantern"]

    def levels() -> float:
        begin = time.process_time()
        with Reader(path) as reader:
            meter = LevelMeter(rate=reader.rate, factor=reader.factor)
            for stretch in reader.stretches():
                low = low_band(stretch, factor=reader.factor, context=reader.context)
                meter.add(stretch.body, *low)
        gated(meter.finish())
        return time.process_time() - begin

    def filtering() -> float:
        begin = time.process_time()
        integrated_loudness(sound, RATE)
        return time.process_time() - begin

    def peak() -> float:
        begin = time.process_time()
        with Reader(path) as reader:
            meter = TruePeakMeter(row_frames=reader.row_frames, context=reader.context)
            for stretch in reader.stretches():
                meter.add(stretch)
        return time.process_time() - begin

    def oversampling() -> float:
        begin = time.process_time()
        np.abs(resample_poly(sound, 4, 1, axis=0)).max()
        return time.process_time() - begin

    by_levels = ratio(*paired(levels, filtering, runs=RUNS))
    by_peak = ratio(*paired(peak, oversampling, runs=RUNS))
    return {
        "told": f"loudness with reading the file {told(by_levels, 'filtering')}; "
        f"true peak with reading the file {told(by_peak, 'oversampling everything')}",
        "levels_to_filtering": by_levels,
        "peak_to_oversampling": by_peak,
        "passed": by_levels["ratio_of_medians"] < 1 and by_peak["ratio_of_medians"] < 1,
    }
