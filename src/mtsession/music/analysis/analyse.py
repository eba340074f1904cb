"""Everything that is measured of a recording, in one pass over its samples."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from threadpoolctl import ThreadpoolController

from mtsession.errors import MediaError
from mtsession.media.loudness import gated
from mtsession.music.analysis.edges import quiet_edges
from mtsession.music.analysis.key import KeyMeter
from mtsession.music.analysis.levels import LevelMeter
from mtsession.music.analysis.lowband import low_band
from mtsession.music.analysis.onsets import ANALYSIS_RATE, OnsetMeter
from mtsession.music.analysis.overview import Overview
from mtsession.music.analysis.pulse import find_pulse
from mtsession.music.analysis.reader import Reader, Stretch
from mtsession.music.analysis.true_peak import TruePeakMeter
from mtsession.music.cancelling import Cancelled, never
from mtsession.music.recording import Analysis

_SHORTEST_LOUDNESS_S = 0.4


class StoppedError(MediaError):
    """The analysis was stopped before its end, as asked."""


def analyse_file(path: Path, *, cancelled: Cancelled = never) -> Analysis:
    """Measure a sound file, decoding it once; memory hardly grows with its length.

    Loudness and true peak are those of the stereo that is played: one channel is heard on both
    sides, more than two as `media.channels` mixes them down.

    Parameters
    ----------
    path : Path
        A sound file on this computer.
    cancelled : callable
        Asked every few seconds of sound; True stops the analysis.

    Returns
    -------
    Analysis
        With a reason for each field that is None. A file that is cut short or damaged
        further on is measured up to there, and `fault` says so.

    Raises
    ------
    MediaError
        If the file cannot be read as sound; `StoppedError` if it was stopped.

    Examples
    --------
    >>> analyse_file(Path("slow waltz.mp3")).bpm  # doctest: +SKIP
    66.02
    """
    # Threads of the algebra library wait for one another in a busy loop; workers have a core each.
    with _thread_pools().limit(limits=1), Reader(path) as reader:
        meters = _Meters(reader)
        for stretch in reader.stretches():
            if cancelled():
                raise StoppedError(
                    f"“{path.name}” was not measured to its end.", "Measure it again."
                )
            meters.add(stretch)
        return meters.finish(reader)


@cache
def _thread_pools() -> ThreadpoolController:
    """Look for them once: all are loaded with this module."""
    return ThreadpoolController()


class _Meters:
    """What listens to the recording as it goes by."""

    def __init__(self, reader: Reader) -> None:
        self._factor, self._context = reader.factor, reader.context
        low_rate = reader.rate / reader.factor
        self._levels = LevelMeter(rate=reader.rate, factor=reader.factor)
        self._peak = TruePeakMeter(row_frames=reader.row_frames, context=reader.context)
        self._key = KeyMeter(rate=low_rate)
        self._onsets = OnsetMeter()
        self._overview = Overview(rate=reader.rate, row_frames=reader.row_frames)
        self._resampler = (
            None
            if low_rate == ANALYSIS_RATE
            else soxr.ResampleStream(low_rate, ANALYSIS_RATE, 1, dtype="float32", quality="LQ")
        )

    def add(self, stretch: Stretch) -> None:
        """Take the next rows."""
        middle, side = low_band(stretch, factor=self._factor, context=self._context)
        self._overview.add(stretch.peaks)
        self._peak.add(stretch)
        self._levels.add(stretch.body, middle, side)
        self._key.add(middle)
        self._onsets.add(
            middle if self._resampler is None else self._resampler.resample_chunk(middle)
        )

    def finish(self, reader: Reader) -> Analysis:
        """Put together what was found."""
        if self._resampler is not None:
            self._onsets.add(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        duration_s = reader.frames / reader.rate
        pulse = find_pulse(self._onsets.finish())
        powers = self._levels.finish()
        lufs = gated(powers)
        key = self._key.finish()
        highest = float(self._peak.highest)
        reasons = dict(pulse.reasons)
        intro_s = outro_s = None
        if lufs is None:
            short = duration_s < _SHORTEST_LOUDNESS_S
            reason = "shorter than 0.4 s" if short else "silent: nothing above -70 LUFS"
            reasons |= dict.fromkeys(("lufs", "intro_s", "outro_s"), reason)
        else:
            intro_s, outro_s = quiet_edges(powers, lufs=lufs, duration_s=duration_s)
        if highest == 0:
            reasons["true_peak_db"] = "silent"
        if key.reason is not None:
            reasons |= dict.fromkeys(("key", "key_confidence"), key.reason)
        return Analysis(
            duration_s=duration_s,
            bpm=pulse.bpm,
            candidates=pulse.candidates,
            confidence=pulse.confidence,
            steady=pulse.steady,
            ibi_cv=pulse.ibi_cv,
            beats_s=pulse.beats_s,
            downbeat=pulse.downbeat,
            beats_per_bar=pulse.beats_per_bar,
            lufs=None if lufs is None else round(lufs, 2),
            true_peak_db=round(20 * math.log10(highest), 2) if highest > 0 else None,
            key=key.name,
            key_confidence=key.confidence,
            intro_s=intro_s,
            outro_s=outro_s,
            overview=self._overview.finish(frames=reader.frames),
            fault=reader.fault,
            reasons=reasons,
        )
