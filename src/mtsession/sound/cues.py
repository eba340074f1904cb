"""The sounds that belong to beats: a swell or tones to breathe with, a click to measure with."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtsession.media.stream import Samples
from mtsession.protocol.commands import CueSound
from mtsession.sound.ramp import Ramp, gain_of

CLICK_LEVEL = np.array([0.8, -0.6], dtype=np.float32)
_LOOP_FRAMES = 1 << 18
_SWELL_DB = -30.0
_EDGE_SECONDS = 0.08
_DARK_HZ = (90.0, 500.0)
_BRIGHT_HZ = (250.0, 1800.0)
# In is a fifth above out, a hold between them; low and plain, so that they suit most music.
_TONE_HZ: dict[CueSound, float] = {"tone in": 329.63, "tone out": 220.0, "tone hold": 261.63}
_TONE_PARTIALS = ((1, 1.0), (2, 0.22), (3, 0.06))
_TONE_DB = -14.0
# Slow enough that the beat's own attack is heard first, and alone.
_TONE_ATTACK_SECONDS = 0.09
_TONE_DECAY_SECONDS = 0.55
_HELD_TONE_DB = -3.0


@lru_cache(maxsize=4)
def _surf(sample_rate: int) -> tuple[Samples, Samples]:
    """Give two loops of steady noise, dark and bright, each with an RMS of 1."""
    rng = np.random.default_rng(20)
    frequencies = np.fft.rfftfreq(_LOOP_FRAMES, 1.0 / sample_rate)
    loops = []
    for low, high in (_DARK_HZ, _BRIGHT_HZ):
        shape = 1.0 / np.sqrt(1.0 + (low / np.maximum(frequencies, 1.0)) ** 4)
        shape /= np.sqrt(1.0 + (frequencies / high) ** 4)
        phases = rng.uniform(0.0, 2 * np.pi, (len(frequencies), 2))
        noise = np.fft.irfft(shape[:, None] * np.exp(1j * phases), axis=0)
        loops.append((noise / np.sqrt(np.mean(noise**2))).astype(np.float32))
    return loops[0], loops[1]


def prepare(sample_rate: int) -> None:
    """Make the noise ahead of time, so that the first cue costs no more than the others."""
    _surf(sample_rate)


class CueVoice:
    """One cue as it sounds.

    An inhale grows louder and brighter to its end, an exhale sinks from there; a tone
    rises softly and dies away; a click is one sample, exactly at the cue's frame.

    Parameters
    ----------
    frame, frames : int
        Where it begins and how long it lasts.
    """

    def __init__(
        self, sound: CueSound, *, frame: int, frames: int, gain_db: float, sample_rate: int
    ) -> None:
        self._sound = sound
        self._frame = frame
        self._frames = 1 if sound == "click" else max(1, frames)
        self._gain = gain_of(gain_db)
        self._rate = sample_rate
        self._leaving = Ramp(1.0)
        self._end = frame + self._frames

    def over_by(self, frame: int) -> bool:
        """Tell whether nothing of it sounds from `frame` on."""
        return frame >= self._end

    def leave(self, frame: int, frames: int) -> None:
        """Fade it before its end."""
        self._leaving.to(0.0, frame=frame, frames=frames)
        self._end = min(self._end, frame + frames)

    def render(self, frame: int, out: Samples) -> None:
        """Add the frames from `frame` on to `out`, shape (n, 2)."""
        first = max(frame, self._frame)
        n = min(frame + len(out), self._end) - first
        if n <= 0:
            return
        at = first - self._frame
        if self._sound == "click":
            part = CLICK_LEVEL[None, :] * np.float32(self._gain)
        elif self._sound in _TONE_HZ:
            part = self._tone(at, n)
        else:
            part = self._swell(at, n)
        place = first - frame
        out[place : place + n] += part * self._leaving.over(first, n)

    def _swell(self, at: int, n: int) -> Samples:
        frames = np.arange(at, at + n)
        x = frames / self._frames
        fullness = np.sin(np.pi / 2 * (x if self._sound == "inhale" else 1.0 - x)) ** 2
        loudness = (0.1 + 0.9 * fullness) * self._edges(frames, _EDGE_SECONDS)
        dark, bright = _surf(self._rate)
        # From the cue itself, not from the engine's frames: rendering must give the same samples.
        turned = frames % _LOOP_FRAMES
        bloom = fullness.astype(np.float32)[:, None]
        noise = dark[turned] * (1.0 - 0.6 * bloom) + bright[turned] * (0.6 * bloom)
        level = np.float32(self._gain * gain_of(_SWELL_DB))
        swell: Samples = noise * loudness.astype(np.float32)[:, None] * level
        return swell

    def _tone(self, at: int, n: int) -> Samples:
        frames = np.arange(at, at + n)
        seconds = frames / self._rate
        turn = 2 * np.pi * _TONE_HZ[self._sound] * seconds
        wave = sum(level * np.sin(part * turn) for part, level in _TONE_PARTIALS)
        loudness = np.exp(-seconds / _TONE_DECAY_SECONDS)
        loudness *= self._edges(frames, _TONE_ATTACK_SECONDS)
        level_db = _TONE_DB + (_HELD_TONE_DB if self._sound == "tone hold" else 0.0)
        tone = wave * loudness * (self._gain * gain_of(level_db))
        both: Samples = np.repeat(tone.astype(np.float32)[:, None], 2, axis=1)
        return both

    def _edges(self, frames: NDArray[np.int64], seconds: float) -> NDArray[np.float64]:
        """Give the raised cosine with which a cue begins and ends."""
        edge = min(seconds * self._rate, self._frames / 4)
        share = np.clip(np.minimum(frames, self._frames - frames) / edge, 0.0, 1.0)
        edges: NDArray[np.float64] = 0.5 - 0.5 * np.cos(np.pi * share)
        return edges
