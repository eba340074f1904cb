"""Small instruments, so that a keyboard without sound of its own is heard."""

from collections import deque
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import EngineError
from mtsession.media.stream import Samples
from mtsession.protocol.commands import MadeVoice, VoiceName
from mtsession.sound import instruments
from mtsession.sound.instruments import INSTRUMENTS
from mtsession.sound.ramp import gain_of
from mtsession.sound.soundfont import SoundFont

VOICES = 64
_MOST_FADING = 32
_QUIET_SECONDS = 0.025
_GIVE_WAY_SECONDS = 0.001
_RECOVERY_SECONDS = 0.5
_VELOCITY_POWER = 1.5

_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_SUSTAIN, _ALL_SOUND_OFF, _ALL_NOTES_OFF = 64, 120, 123
_PEDAL_DOWN = 64


class _Note:
    """One note that sounds."""

    __slots__ = (
        "_age", "_attack", "_gain", "_place", "_released", "_round", "_step", "_wave", "channel",
        "damped", "held", "let_go_frames", "pitch", "stolen",
    )  # fmt: skip

    def __init__(
        self, voice: MadeVoice, channel: int, pitch: int, velocity: int, sample_rate: int
    ) -> None:
        instrument = INSTRUMENTS[voice]
        self._wave, self._step = instruments.reading(voice, pitch, sample_rate)
        self._round = instrument.goes_round
        self._attack = instrument.attack_seconds * sample_rate
        self._gain = instrument.level * (velocity / 127.0) ** _VELOCITY_POWER
        self._place = 0.0
        self._age = 0
        self._released: tuple[float, float] | None = None
        self.channel = channel
        self.pitch = pitch
        self.held = True
        self.stolen = False
        self.damped = instrument.damped
        self.let_go_frames = instrument.release_seconds * sample_rate

    def release(self, frames: float) -> None:
        """Let it fade; a quicker release outdoes a slower one."""
        share = 1.0 if self._released is None else self._released[0]
        self._released = (share, min(frames, (self._released or (0, 1e12))[1]))

    def render(self, out: NDArray[np.float32]) -> bool:
        """Add it to `out`, shape (n,); tell whether it goes on."""
        n, length = len(out), len(self._wave)
        place = self._place + self._step * np.arange(n)
        whole = place.astype(np.intp)
        inside = n
        if self._round:
            part = (place - whole).astype(np.float32)
            whole %= length
            after = (whole + 1) % length
        else:
            inside = int(np.searchsorted(whole, length - 1))
            whole = whole[:inside]
            part = (place[:inside] - whole).astype(np.float32)
            after = whole + 1
        sound = self._wave[whole] * (1.0 - part) + self._wave[after] * part
        gain: NDArray[np.float32] | float = self._gain
        left = 1.0
        if self._released is not None:
            share, frames = self._released
            falling = np.maximum(0.0, share - (np.arange(1, inside + 1) / frames))
            left = share - n / frames
            self._released = (left, frames)
            gain = (self._gain * falling * falling).astype(np.float32)
        if self._age < self._attack:
            rising = np.minimum(1.0, (self._age + np.arange(1, inside + 1)) / self._attack)
            gain = (gain * rising).astype(np.float32)
        out[:inside] += sound * gain
        self._age += n
        self._place = self._place + self._step * n
        if self._round:
            self._place %= length
        return inside == n and left > 0.0


class VoiceBank:
    """Plays MIDI notes: 64 voices, sustain pedal, velocity, under the session's ceiling.

    `feed`, `choose` and `quiet` may be called from any thread; `render` by one.

    Attributes
    ----------
    font : SoundFont or None
        What the voice "soundfont" plays with; a piano stands in without one.
    """

    def __init__(self, sample_rate: int) -> None:
        self.font: SoundFont | None = None
        self._rate = sample_rate
        self._arrived: deque[bytes | VoiceName] = deque()
        self._notes: list[_Note] = []
        self._pedal: set[int] = set()
        self._voice: VoiceName = "piano"
        self._font_path = ""
        self._ceiling = 1.0
        self._way = 1.0

    @property
    def sounding(self) -> bool:
        """Whether `render` has anything to do."""
        font = self.font
        return bool(self._notes or self._arrived or (font is not None and font.sounding))

    def ready(self, voice: VoiceName | None, soundfont: str) -> None:
        """Make a voice, and open a soundfont's file; not on the thread that renders.

        Raises
        ------
        EngineError
            If a soundfont is named or wanted that cannot be played: then the piano stands in.
        """
        made: MadeVoice = "piano" if voice is None or voice == "soundfont" else voice
        instruments.prepare(made, self._rate)
        if soundfont and self._font_path != soundfont:
            self._font_path = soundfont
            self.font = SoundFont(Path(soundfont).expanduser(), self._rate, VOICES)
        if voice == "soundfont" and self.font is None:
            raise EngineError(
                "There is no soundfont to play with, so a piano sounds.",
                'Name one in settings.toml: soundfont = "/path/of/own.sf2"',
            )

    def feed(self, data: bytes) -> None:
        """Take a MIDI message for the next block."""
        self._arrived.append(data)

    def choose(self, voice: VoiceName) -> None:
        """Let the notes to come sound otherwise; those that sound are let go."""
        self._arrived.append(bytes((_CONTROL, _ALL_NOTES_OFF, 0)))
        self._arrived.append(voice)

    def open(self, ceiling_db: float) -> None:
        """Keep all notes together under a ceiling (dB below full), and each as much softer."""
        self._ceiling = gain_of(min(ceiling_db, 0.0))

    def quiet(self) -> None:
        """Release every note within a few hundredths of a second."""
        self._arrived.append(bytes((_CONTROL, _ALL_SOUND_OFF, 0)))

    def render(self, out: Samples) -> None:
        """Add what sounds to `out`, shape (n, 2)."""
        while self._arrived:
            arrived = self._arrived.popleft()
            if isinstance(arrived, bytes):
                self._handle(arrived)
            else:
                self._voice = arrived
        font = self.font
        if not self._notes and (font is None or not font.sounding):
            return
        mono = np.zeros(len(out), dtype=np.float32)
        self._notes = [note for note in self._notes if note.render(mono)]
        both = np.repeat(mono[:, None], 2, axis=1)
        if font is not None and font.sounding:
            font.render(both)
        out += self._bounded(both)

    def _bounded(self, sound: Samples) -> Samples:
        """Hold notes that add up under the ceiling: give way at once, come back slowly."""
        peak = float(np.abs(sound).max())
        wanted = 1.0 if peak <= 1.0 else 1.0 / peak
        back = min(1.0, self._way + len(sound) / (_RECOVERY_SECONDS * self._rate))
        before, self._way = self._way, min(wanted, back)
        if before == self._way == 1.0:
            sound *= np.float32(self._ceiling)
            return sound
        steps = np.minimum(1.0, np.arange(1, len(sound) + 1) / (_GIVE_WAY_SECONDS * self._rate))
        way = (before + (self._way - before) * steps).astype(np.float32)
        sound *= way[:, None]
        np.clip(sound, -1.0, 1.0, out=sound)
        sound *= np.float32(self._ceiling)
        return sound

    def _handle(self, data: bytes) -> None:
        if len(data) < 3:
            return
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == _CONTROL and data[1] in {_ALL_SOUND_OFF, _ALL_NOTES_OFF}:
            self._end_all(at_once=data[1] == _ALL_SOUND_OFF)
        elif self._voice == "soundfont" and self.font is not None:
            self.font.take(data)
        elif kind == _NOTE_ON and data[2]:
            self._strike(channel, data[1], data[2])
        elif kind in {_NOTE_ON, _NOTE_OFF}:
            self._let_go(channel, data[1])
        elif kind == _CONTROL and data[1] == _SUSTAIN:
            self._pedal_moved(channel, down=data[2] >= _PEDAL_DOWN)

    def _end_all(self, *, at_once: bool) -> None:
        self._pedal.clear()
        for note in self._notes:
            note.held = False
            if at_once or note.damped:
                note.release(_QUIET_SECONDS * self._rate if at_once else note.let_go_frames)
        if self.font is not None:
            self.font.quiet()

    def _strike(self, channel: int, pitch: int, velocity: int) -> None:
        for note in self._notes:
            if (note.channel, note.pitch) == (channel, pitch):
                note.held = False
                note.release(_QUIET_SECONDS * self._rate)
        sounding = [note for note in self._notes if not note.stolen]
        if len(sounding) >= VOICES:
            sounding[0].stolen = True
            sounding[0].release(_QUIET_SECONDS * self._rate)
        fading = [note for note in self._notes if note.stolen]
        if len(fading) > _MOST_FADING:
            self._notes.remove(fading[0])
        voice: MadeVoice = "piano" if self._voice == "soundfont" else self._voice
        self._notes.append(_Note(voice, channel, pitch, velocity, self._rate))

    def _let_go(self, channel: int, pitch: int) -> None:
        for note in self._notes:
            if (note.channel, note.pitch) == (channel, pitch) and note.held:
                note.held = False
                if note.damped and channel not in self._pedal:
                    note.release(note.let_go_frames)

    def _pedal_moved(self, channel: int, *, down: bool) -> None:
        if down:
            self._pedal.add(channel)
            return
        self._pedal.discard(channel)
        for note in self._notes:
            if note.channel == channel and note.damped and not note.held:
                note.release(note.let_go_frames)
