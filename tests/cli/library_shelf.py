"""A library with known recordings, put in the catalogue without measuring anything."""

from pathlib import Path

import numpy as np
import soundfile

from mtsession.app.library import CATALOGUE
from mtsession.app.paths import places
from mtsession.media.tags import Tags
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.intake import Intake, Stamp
from mtsession.music.recording import Analysis, TempoCandidate

HARBOUR, HYMN, MARCH, SILENCE = ("a1" * 32, "b2" * 32, "c3" * 32, "d4" * 32)
STAMP = Stamp(size=1, mtime_ns=1)
RATE = 22_050


def measured(bpm: float | None, *, confidence: float = 0.95, key: str | None = "C") -> Analysis:
    """Make an analysis of two minutes with even beats in bars of four."""
    if bpm is None:
        return Analysis(duration_s=120.0, reasons={"bpm": "no steady pulse"})
    return Analysis(
        duration_s=120.0,
        bpm=bpm,
        candidates=(TempoCandidate(bpm=bpm, weight=0.8), TempoCandidate(bpm=2 * bpm, weight=0.2)),
        confidence=confidence,
        steady=True,
        beats_s=tuple(0.5 + 60 / bpm * beat for beat in range(int(119 * bpm / 60))),
        downbeat=0,
        beats_per_bar=4,
        lufs=-18.0,
        true_peak_db=-1.5,
        key=key,
        key_confidence=0.8,
    )


def fill(folder: Path) -> None:
    """Put four recordings into this test's catalogue; the march's file is gone."""
    with Catalogue.open(places().data / CATALOGUE) as catalogue:
        intake = Intake(catalogue.database)
        for content, name, tags, found in (
            (HARBOUR, "harbour.flac", Tags(title="Harbour at night", artist="J. Roe"),
             measured(66.0, key="Am")),
            (HYMN, "hymn.mp3", Tags(title="=Hymn\x1b[31m", words=True),
             measured(72.5, confidence=0.4)),
            (MARCH, "march.ogg", Tags(title="March to the harbour"), measured(104.0)),
            (SILENCE, "rain.wav", Tags(), measured(None)),
        ):  # fmt: skip
            intake.keep_measured(str(folder / name), STAMP, content, tags, analysis=found)
        intake.mark_present([], [str(folder / "march.ogg")])


def write_clicks(path: Path, *, bpm: float = 60.0, seconds: float = 20.0) -> Path:
    """Write a short tick on each beat, in the format that the name asks for."""
    wave = np.zeros(int(RATE * seconds))
    tick = 0.5 * np.sin(2 * np.pi * 880 * np.arange(900) / RATE) * np.linspace(1, 0, 900)
    for start in np.arange(0.2, seconds - 0.1, 60 / bpm):
        first = int(start * RATE)
        wave[first : first + len(tick)] += tick
    soundfile.write(path, wave, RATE)
    return path
