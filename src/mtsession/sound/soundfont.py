"""A soundfont of the therapist's own as a voice, where a synth library is installed."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np

from mtsession.errors import EngineError
from mtsession.media.stream import Samples

_FULL = 32_768.0
_GAIN = 0.4
_NOTE_OFF, _NOTE_ON, _CONTROL, _BEND = 0x80, 0x90, 0xB0, 0xE0
_BEND_CENTRE = 8_192


class SoundFont:
    """A soundfont's first instrument on every channel.

    Parameters
    ----------
    path : Path
        An `.sf2` or `.sf3` file.
    sample_rate : int
        Frames a second.
    voices : int
        How many notes may sound at once.

    Raises
    ------
    EngineError
        If no synth library is installed, or the file is none that it can read.
    """

    def __init__(self, path: Path, sample_rate: int, voices: int) -> None:
        try:
            library = importlib.import_module("fluidsynth")
        except (ImportError, OSError):
            raise EngineError(
                "The soundfont cannot be played: no synth library is installed.",
                "Install FluidSynth and `pip install pyfluidsynth`, or leave `soundfont` out of "
                "settings.toml.",
            ) from None
        if not path.is_file():
            raise EngineError(
                f"The soundfont {path.name} is not there.", "Mend `soundfont` in settings.toml."
            )
        self._synth: Any = library.Synth(
            gain=_GAIN, samplerate=float(sample_rate), channels=16, **{"synth.polyphony": voices}
        )
        number = self._synth.sfload(str(path))
        if number < 0:
            raise EngineError(
                f"{path.name} is no soundfont that can be read.",
                "Use an .sf2 file, and name it as `soundfont` in settings.toml.",
            )
        for channel in range(16):
            self._synth.program_select(channel, number, 0, 0)

    @property
    def sounding(self) -> bool:
        """Whether `render` has anything to do."""
        return bool(self._synth.get_active_voice_count())

    def take(self, data: bytes) -> None:
        """Take a MIDI message of three bytes."""
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == _NOTE_ON and data[2]:
            self._synth.noteon(channel, data[1], data[2])
        elif kind in {_NOTE_ON, _NOTE_OFF}:
            self._synth.noteoff(channel, data[1])
        elif kind == _CONTROL:
            self._synth.cc(channel, data[1], data[2])
        elif kind == _BEND:
            self._synth.pitch_bend(channel, data[1] + (data[2] << 7) - _BEND_CENTRE)

    def quiet(self) -> None:
        """End every note."""
        for channel in range(16):
            self._synth.all_sounds_off(channel)

    def render(self, out: Samples) -> None:
        """Add what sounds to `out`, shape (n, 2)."""
        made = self._synth.get_samples(len(out))
        out += np.asarray(made, dtype=np.float32).reshape(-1, 2) / _FULL
