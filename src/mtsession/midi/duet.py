"""A built-in improvisation of two keyboards, for showing how a take looks.

One key, five tones, so that nothing clashes. The client plays phrases and
waits; the therapist answers with the client's own figure, bent a little, and
keeps a soft ground under both. Midway they play together, and at the end they
find the same last note.
"""

import random
import re

from mtsession.errors import MidiError
from mtsession.protocol.commands import ScriptedMessage
from mtsession.timeline.units import Micros

MAJOR = (0, 2, 4, 7, 9)
MINOR = (0, 3, 5, 7, 10)
ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
CLIENT_CENTRE, THERAPIST_CENTRE, GROUND_CENTRE = 72, 60, 40
# Phrases as lengths in beats; a negative one is a rest.
RHYTHMS = (
    (1.0, 1.0, 2.0),
    (0.5, 0.5, 1.0, 2.0),
    (1.0, 0.5, 0.5, 1.0, 1.0),
    (1.5, 0.5, 2.0),
    (0.5, 0.5, 0.5, 0.5, 2.0),
    (1.0, -1.0, 1.0, 1.0),
)
JITTER_SD_US = 12_000
SHORTEST_US = 50_000
REPEAT_US = 10_000
ON, OFF, CONTROL, SUSTAIN = 0x90, 0x80, 0xB0, 64

Phrase = tuple[tuple[float, int], ...]
"""Lengths in beats and steps of the scale; a rest has a negative length."""


class _Hand:
    """One player's messages as they are written down."""

    def __init__(self, dice: random.Random, scale: "_Scale", beat_us: float, end_us: int) -> None:
        self._dice = dice
        self._scale = scale
        self._beat_us = beat_us
        self._end_us = end_us
        self._notes: list[tuple[int, int, int, int]] = []
        self._pedals: list[tuple[int, int]] = []

    def note(self, beat: float, beats: float, step: int, *, centre: int, velocity: float) -> None:
        """Play one note a little early or late, its end before the end of all."""
        start = max(0, round(beat * self._beat_us + self._dice.gauss(0, JITTER_SD_US)))
        stop = min(start + round(beats * self._beat_us), self._end_us - 1000)
        loud = min(110, max(24, round(velocity + self._dice.gauss(0, 4))))
        self._notes.append((start, stop, self._scale.pitch(step, centre), loud))

    def pedal(self, beat: float, beats: float) -> None:
        """Hold the sustain pedal for a while."""
        start = round(beat * self._beat_us)
        self._pedals.append((start, min(start + round(beats * self._beat_us), self._end_us)))

    def messages(self) -> list[ScriptedMessage]:
        """Give everything in order of time; a key is let go before it is struck again."""
        written: list[tuple[int, int, bytes]] = []
        next_start: dict[int, int] = {}
        for start, stop, pitch, loud in sorted(self._notes, reverse=True):
            end = min(stop, next_start.get(pitch, stop + REPEAT_US) - REPEAT_US)
            if end - start >= SHORTEST_US:
                written.append((start, 1, bytes([ON, pitch, loud])))
                written.append((end, 0, bytes([OFF, pitch, 0])))
                next_start[pitch] = start
        for start, stop in self._pedals:
            if stop > start:
                written.append((start, 2, bytes([CONTROL, SUSTAIN, 127])))
                written.append((stop, 2, bytes([CONTROL, SUSTAIN, 0])))
        return [ScriptedMessage(t_us=Micros(t), data=data) for t, _, data in sorted(written)]


class _Scale:
    """Five tones of a key, counted in steps from its root."""

    def __init__(self, key: str) -> None:
        match = re.fullmatch(r"([A-G])([#b]?)(m?)", key.strip())
        if match is None:
            raise MidiError(f'There is no key "{key}".', "Choose one such as C, Eb or F#m.")
        letter, accidental, minor = match.groups()
        self._root = (ROOTS[letter] + {"#": 1, "b": -1, "": 0}[accidental]) % 12
        self._tones = MINOR if minor else MAJOR

    def pitch(self, step: int, centre: int) -> int:
        """Give the pitch so many steps from the root that lies nearest a centre."""
        root = centre + (self._root - centre + 6) % 12 - 6
        octave, tone = divmod(step, len(self._tones))
        return root + 12 * octave + self._tones[tone]


def duet(
    *, seed: int, duration_us: int, bpm: float, key: str
) -> tuple[list[ScriptedMessage], list[ScriptedMessage]]:
    """Compose a duet of a client's and a therapist's keyboard; the same seed gives the same duet.

    Parameters
    ----------
    seed : int
        Which duet.
    duration_us : int
        No message lies beyond it, and nothing is left sounding.
    bpm : float
        Tempo that the players keep, with a human's jitter (SD 12 ms).
    key : str
        Such as `C`, `Eb` or `F#m`.

    Returns
    -------
    client, therapist : list of ScriptedMessage
        In order of time.

    Raises
    ------
    MidiError
        If the key, the tempo or the duration makes no music.

    Examples
    --------
    >>> client, therapist = duet(seed=1, duration_us=20_000_000, bpm=72, key="C")
    >>> len(client) > 0 and len(therapist) > 0
    True
    """
    if not (20 <= bpm <= 240 and duration_us > 0):
        raise MidiError(
            "A duet needs a tempo of 20-240 and a length.", "Give, for example, 72 and 50 s."
        )
    dice = random.Random(seed)  # noqa: S311 - music, not secrets
    scale, beat_us = _Scale(key), 60e6 / bpm
    client = _Hand(dice, scale, beat_us, duration_us)
    therapist = _Hand(dice, scale, beat_us, duration_us)
    beats = duration_us / beat_us
    _ground(therapist, dice, beats)
    _conversation(client, therapist, dice, beats)
    return client.messages(), therapist.messages()


def _ground(therapist: _Hand, dice: random.Random, beats: float) -> None:
    """Lay a soft open fifth under every second bar, now and then with the pedal."""
    for bar in range(1, int(beats // 4), 2):
        beat = 4.0 * bar
        root = dice.choice((0, 0, 3, 4))
        for step in (root, root + 3):
            therapist.note(beat, 6.0, step, centre=GROUND_CENTRE, velocity=40)
        if dice.random() < 0.4:
            therapist.pedal(beat + 0.5, 6.5)


def _conversation(client: _Hand, therapist: _Hand, dice: random.Random, beats: float) -> None:
    """Let them take turns, then play at once, then end on one note."""
    beat, turn, last = 0.0, 0, max(4.0, beats - 4.0)
    while beat + 8.0 <= last:
        rise = min(1.0, beat / (0.6 * beats))
        phrase = _phrase(dice)
        together = 0.55 < beat / beats < 0.8
        _play(client, phrase, beat, centre=CLIENT_CENTRE, velocity=46 + 30 * rise)
        answer = beat if together else beat + 4.0
        _play(
            therapist, _bent(phrase, dice), answer, centre=THERAPIST_CENTRE, velocity=50 + 12 * rise
        )
        if dice.random() < 0.25:
            client.pedal(beat + 0.25, 3.5)
        turn += 1
        # A breath after each exchange; after every third a longer silence, which is part of it.
        beat += (4.0 if together else 8.0) + (4.0 if turn % 3 == 0 else 0.0)
    client.note(last, 3.0, 0, centre=CLIENT_CENTRE, velocity=44)
    therapist.note(last, 3.0, 0, centre=THERAPIST_CENTRE, velocity=42)
    therapist.note(last, 3.0, 3, centre=GROUND_CENTRE, velocity=38)


def _phrase(dice: random.Random) -> Phrase:
    """Invent a bar: a rhythm, and steps that wander by one or two."""
    step, phrase = dice.randint(-2, 3), []
    for length in dice.choice(RHYTHMS):
        phrase.append((length, step))
        step = min(6, max(-4, step + dice.choice((-2, -1, -1, 0, 1, 1, 2))))
    return tuple(phrase)


def _bent(phrase: Phrase, dice: random.Random) -> Phrase:
    """Answer with the same rhythm: as it was, turned upside down, or a step aside."""
    kind = dice.choice(("same", "turned", "aside"))
    first = phrase[0][1]
    if kind == "turned":
        return tuple((length, 2 * first - step) for length, step in phrase)
    return tuple((length, step + (kind == "aside")) for length, step in phrase)


def _play(hand: _Hand, phrase: Phrase, beat: float, *, centre: int, velocity: float) -> None:
    """Play a phrase with an arch of loudness, the notes a little apart."""
    for index, (length, step) in enumerate(phrase):
        if length > 0:
            arch = 8.0 if 0 < index < len(phrase) - 1 else 0.0
            hand.note(beat, 0.85 * length, step, centre=centre, velocity=velocity + arch)
        beat += abs(length)
