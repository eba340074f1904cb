"""A small instrument, so that a keyboard without sound of its own is heard."""

from collections import deque
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mtsession.media.stream import Samples

VOICES = 64
_TABLE_SECONDS = 3.0
_TABLE_STEP = 4
_RELEASE_SECONDS = 0.15
_QUIET_SECONDS = 0.025
_LEVEL = 0.22
_A4 = 69

_NOTE_OFF, _NOTE_ON, _CONTROL = 0x80, 0x90, 0xB0
_SUSTAIN, _ALL_SOUND_OFF, _ALL_NOTES_OFF = 64, 120, 123
_PEDAL_DOWN = 64


@lru_cache(maxsize=64)
def _table(pitch: int, sample_rate: int) -> NDArray[np.float32]:
    """Give a struck string's decay at a pitch: partials that die the faster the higher they are."""
    t = np.arange(round(_TABLE_SECONDS * sample_rate)) / sample_rate
    base = 440.0 * 2.0 ** ((pitch - _A4) / 12.0)
    slowness = 2.0 ** ((_A4 - pitch) / 24.0)
    wave = np.zeros(len(t))
    for partial in range(1, 8):
        frequency = base * partial * np.sqrt(1.0 + 4e-4 * partial**2)
        if frequency < 0.45 * sample_rate:
            decay = np.exp(-t * (1.2 + 0.9 * partial) / slowness)
            wave += partial**-1.4 * decay * np.sin(2 * np.pi * frequency * t)
    attack = np.minimum(1.0, t / 0.004)
    tail = np.clip((_TABLE_SECONDS - t) / 0.2, 0.0, 1.0)
    table: NDArray[np.float32] = (wave * attack * tail / 1.6).astype(np.float32)
    return table


def _root_of(pitch: int) -> int:
    """Give the pitch whose table serves a pitch: at most two semitones away."""
    return round(pitch / _TABLE_STEP) * _TABLE_STEP


def prepare(sample_rate: int) -> None:
    """Make every table ahead of time: too slow to do while a note waits."""
    for root in range(_root_of(21), _root_of(108) + 1, _TABLE_STEP):
        _table(root, sample_rate)


class _Note:
    """One string that sounds."""

    __slots__ = ("_gain", "_place", "_released", "_step", "_table", "channel", "held", "pitch")

    def __init__(self, channel: int, pitch: int, velocity: int, sample_rate: int) -> None:
        root = min(max(_root_of(pitch), _root_of(21)), _root_of(108))
        self.channel = channel
        self.pitch = pitch
        self.held = True
        self._table = _table(root, sample_rate)
        self._step = 2.0 ** ((pitch - root) / 12.0)
        self._gain = _LEVEL * (velocity / 127.0) ** 1.5
        self._place = 0.0
        self._released: tuple[float, float] | None = None

    def release(self, seconds_in_frames: float) -> None:
        """Let it go; a quicker release outdoes a slower one."""
        share = 1.0 if self._released is None else self._released[0]
        self._released = (share, min(seconds_in_frames, (self._released or (0, 1e12))[1]))

    def render(self, out: NDArray[np.float32]) -> bool:
        """Add it to `out`, shape (n,); tell whether it goes on."""
        n = len(out)
        place = self._place + self._step * np.arange(n)
        whole = place.astype(np.intp)
        inside = int(np.searchsorted(whole, len(self._table) - 1))
        whole = whole[:inside]
        part = (place[:inside] - whole).astype(np.float32)
        sound = self._table[whole] * (1.0 - part) + self._table[whole + 1] * part
        gain: NDArray[np.float32] | float = self._gain
        left = 1.0
        if self._released is not None:
            share, frames = self._released
            falling = np.maximum(0.0, share - (np.arange(1, inside + 1) / frames))
            left = share - n / frames
            self._released = (left, frames)
            gain = (self._gain * falling * falling).astype(np.float32)
        out[:inside] += sound * gain
        self._place = self._place + self._step * n
        return inside == n and left > 0.0


class VoiceBank:
    """Plays MIDI notes: 64 voices, sustain pedal, velocity.

    `feed` may be called from any thread; `render` by one.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._arrived: deque[bytes] = deque()
        self._notes: list[_Note] = []
        self._pedal: set[int] = set()

    @property
    def sounding(self) -> bool:
        """Whether `render` has anything to do."""
        return bool(self._notes or self._arrived)

    def feed(self, data: bytes) -> None:
        """Take a MIDI message for the next block."""
        self._arrived.append(data)

    def quiet(self) -> None:
        """Release every note within a few hundredths of a second."""
        self._arrived.append(bytes((_CONTROL, _ALL_SOUND_OFF, 0)))

    def render(self, out: Samples) -> None:
        """Add what sounds to `out`, shape (n, 2)."""
        while self._arrived:
            self._handle(self._arrived.popleft())
        if not self._notes:
            return
        mono = np.zeros(len(out), dtype=np.float32)
        self._notes = [note for note in self._notes if note.render(mono)]
        out += mono[:, None]

    def _handle(self, data: bytes) -> None:
        if len(data) < 3:
            return
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == _NOTE_ON and data[2]:
            self._strike(channel, data[1], data[2])
        elif kind in {_NOTE_ON, _NOTE_OFF}:
            self._let_go(channel, data[1])
        elif kind == _CONTROL and data[1] == _SUSTAIN:
            self._pedal_moved(channel, down=data[2] >= _PEDAL_DOWN)
        elif kind == _CONTROL and data[1] in {_ALL_SOUND_OFF, _ALL_NOTES_OFF}:
            seconds = _QUIET_SECONDS if data[1] == _ALL_SOUND_OFF else _RELEASE_SECONDS
            self._pedal.clear()
            for note in self._notes:
                note.held = False
                note.release(seconds * self._rate)

    def _strike(self, channel: int, pitch: int, velocity: int) -> None:
        for note in self._notes:
            if (note.channel, note.pitch) == (channel, pitch):
                note.held = False
                note.release(_QUIET_SECONDS * self._rate)
        if len(self._notes) >= VOICES:
            self._notes[0].release(_QUIET_SECONDS * self._rate)
            self._notes = self._notes[-(VOICES - 1) :]
        self._notes.append(_Note(channel, pitch, velocity, self._rate))

    def _let_go(self, channel: int, pitch: int) -> None:
        for note in self._notes:
            if (note.channel, note.pitch) == (channel, pitch) and note.held:
                note.held = False
                if channel not in self._pedal:
                    note.release(_RELEASE_SECONDS * self._rate)

    def _pedal_moved(self, channel: int, *, down: bool) -> None:
        if down:
            self._pedal.add(channel)
            return
        self._pedal.discard(channel)
        for note in self._notes:
            if note.channel == channel and not note.held:
                note.release(_RELEASE_SECONDS * self._rate)
