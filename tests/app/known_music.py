"""A small library of real files whose recordings are known without measuring them."""

import msgspec
import numpy as np
import soundfile

from mtsession.media.payload import payload_hash
from mtsession.music.recording import Analysis, Recording

RATE = 8_000


def made(folder, name, bpm, seconds=150.0, **more):
    """Write a sound file that clicks at a tempo, and give what the library would know of it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.wav"
    beats = np.arange(0.5, seconds, 60 / bpm)
    samples = np.zeros(round(seconds * RATE), dtype=np.float32)
    samples[(beats * RATE).astype(int)] = 0.5
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    times = tuple(round(float(beat), 6) for beat in beats)
    analysis = Analysis(
        duration_s=seconds, bpm=bpm, steady=True, beats_s=times, lufs=-23.0, true_peak_db=-6.0,
        key="C",
    )  # fmt: skip
    one = Recording(
        content=payload_hash(path), path=str(path), title=name, analysis=analysis, bpm=bpm,
        beats_s=times, downbeat=0, beats_per_bar=4,
    )  # fmt: skip
    return msgspec.structs.replace(one, **more)


class MadeLibrary:
    """What `app.library.Library` is to those who only read it."""

    def __init__(self, *recordings):
        self._recordings = recordings

    def recordings(self):
        return self._recordings
