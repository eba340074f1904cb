"""Which notes sound when: a piece written phrase by phrase over a tempo.

A phrase is four chords. It depends on the seed and its number alone, so that any place in a piece
of any length can be written without what lies before.
"""

import functools
import itertools

import msgspec
import numpy as np

from mtsession.media.composer.arrangements import Arrangement, PadPart, StruckPart
from mtsession.media.composer.dice import dice
from mtsession.media.composer.harmony import (
    APPROACH,
    PROGRESSIONS,
    Chord,
    Key,
    chord_on,
    lead,
    pitches_of,
)
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros, frames_at, micros_at

CHORDS_A_PHRASE = 4
CODA_SECONDS = 8.0
LONGEST_RING_SECONDS = 7.0
# The pulse grows a little against the bed as the tempo rises; at 1 each note would keep its
# strength, and slow tempi would lose the beat's company, at 0 fast ones would bury each note.
PULSE_EXPONENT = 0.75
_PHRASES_KEPT = 8


class StruckNote(msgspec.Struct, frozen=True, kw_only=True):
    """One note of a struck instrument, from its exact frame."""

    start: int
    instrument: str
    pitch: int
    gain: float


class PadNote(msgspec.Struct, frozen=True, kw_only=True):
    """One held voice: it rises over `rise` frames from `start` and leaves over `leave` from `end`.

    A voice that the chord before or after holds as well passes by equal amplitude (`tied_in`,
    `tied_out`), since it is the same wave; others pass by equal power.
    """

    start: int
    end: int
    rise: int
    leave: int
    tied_in: bool
    tied_out: bool
    timbre: str
    pitch: int
    gain: float


class Phrase(msgspec.Struct, frozen=True):
    """The notes that start in one phrase, in order of their making."""

    struck: tuple[StruckNote, ...]
    pads: tuple[PadNote, ...]


class Score:
    """A piece over a tempo, written on demand.

    Parameters
    ----------
    arrangement : Arrangement
        What is to be played.
    beats_per_bar : int
        The piece's metre.
    key : Key
        Root and whether it is minor.
    tempo : TempoMap
        Beats over time; beat 0 is the first downbeat.
    duration_us : int
        Length of the piece in microseconds.
    seed : int
        0 to 2**64 - 1.
    sample_rate : int
        Frames a second.
    """

    def __init__(
        self,
        arrangement: Arrangement,
        *,
        beats_per_bar: int,
        key: Key,
        tempo: TempoMap,
        duration_us: int,
        seed: int,
        sample_rate: int,
    ) -> None:
        self._plan = arrangement
        self._key = key
        self._mode = arrangement.minor if key.minor else arrangement.major
        self._tempo = tempo
        self._seed = seed
        self._rate = sample_rate
        self._bar_beats = beats_per_bar
        self._slot_beats = beats_per_bar * arrangement.bars_a_chord
        coda_us = Micros(max(0, duration_us - round(CODA_SECONDS * 1e6)))
        self._coda_slot = int(tempo.beat_at(coda_us) // self._slot_beats)
        self.phrase = functools.lru_cache(maxsize=_PHRASES_KEPT)(self._phrase)

    def phrases_between(self, start: int, end: int) -> list[Phrase]:
        """Give the phrases of which anything can sound between two frames."""
        ringing = max(0, start - round(LONGEST_RING_SECONDS * self._rate))
        first = max(0, self._phrase_at(ringing) - 1)
        return [self.phrase(number) for number in range(first, self._phrase_at(end) + 1)]

    def level(self, bpm: float) -> float:
        """Give the gain at a tempo that keeps the loudness of the whole."""
        plan = self._plan
        pulse = sum(part.share * part.chance for part in plan.struck)
        bed = plan.ambience_share + sum(part.share for part in plan.pads)
        return float((bed + pulse * (bpm / 60.0) ** PULSE_EXPONENT) ** -0.5)

    def bpm_at_frame(self, frame: int) -> float:
        """Give the tempo at a frame."""
        return self._tempo.bpm_at(micros_at(frame, self._rate))

    def _phrase_at(self, frame: int) -> int:
        beat = self._tempo.beat_at(micros_at(frame, self._rate))
        return int(beat // (self._slot_beats * CHORDS_A_PHRASE))

    def _frame_of(self, beat: float) -> int:
        return int(frames_at(self._tempo.time_of(beat), self._rate))

    def _dice(self, purpose: int, number: int) -> np.random.Generator:
        """Give the dice of one purpose and place; only `random()` is asked of them."""
        return dice(self._seed, (purpose << 40) + number)

    def _phrase(self, number: int) -> Phrase:
        """Write one phrase."""
        slots = range(number * CHORDS_A_PHRASE, (number + 1) * CHORDS_A_PHRASE)
        struck: list[StruckNote] = []
        for index, part in enumerate(self._plan.struck):
            struck.extend(self._struck(part, self._dice(10 + index, number), slots))
        pads: list[PadNote] = []
        for pad in self._plan.pads:
            pads.extend(self._held(pad, slots))
        return Phrase(tuple(struck), tuple(pads))

    def _progression(self, phrase: int) -> tuple[int, ...]:
        """Choose by shuffled rounds, so that all are heard before one returns."""
        bank = PROGRESSIONS[self._mode]
        around, place = divmod(phrase, len(bank))
        order = np.argsort(self._dice(2, around).random(len(bank)), kind="stable")
        return bank[int(order[place])]

    def _chord(self, slot: int) -> Chord:
        """Give a slot's chord; the last ones come to rest."""
        degree = self._progression(slot // CHORDS_A_PHRASE)[slot % CHORDS_A_PHRASE]
        if slot >= self._coda_slot or slot == 0:
            degree = 0
        elif slot == self._coda_slot - 1:
            degree = APPROACH[self._mode]
        return chord_on(degree, key=self._key, mode=self._mode, colour=self._plan.colour)

    def _voices(self, pad: PadPart, slot: int) -> tuple[int, ...]:
        """Lead the voices from the phrase's first chord to a slot's."""
        voices: tuple[int, ...] | None = None
        for each in range(slot - slot % CHORDS_A_PHRASE, slot + 1):
            voices = lead(self._chord(each), voices, *pad.register)
        return voices or ()

    def _crossfade(self, slot: int) -> int:
        """Give the frames over which the slot before passes into this one."""
        edges = [self._frame_of(self._slot_beats * max(0, s)) for s in (slot - 1, slot, slot + 1)]
        shortest = min(
            after - before for before, after in itertools.pairwise(edges) if after > before
        )
        return min(round(self._plan.crossfade_seconds * self._rate), int(0.45 * shortest))

    def _held(self, pad: PadPart, slots: range) -> list[PadNote]:
        """Write the held voices of a phrase."""
        notes: list[PadNote] = []
        for slot in slots:
            before = self._voices(pad, slot - 1) if slot else ()
            after = self._voices(pad, slot + 1)
            start = self._frame_of(slot * self._slot_beats)
            end = self._frame_of((slot + 1) * self._slot_beats)
            gain = (pad.share / 4) ** 0.5 * self.level(self.bpm_at_frame(start))
            rise, leave = self._crossfade(slot), self._crossfade(slot + 1)
            notes.extend(
                PadNote(
                    start=start,
                    end=end,
                    rise=rise,
                    leave=leave,
                    tied_in=v in before,
                    tied_out=v in after,
                    timbre=pad.timbre,
                    pitch=v,
                    gain=gain,
                )
                for v in self._voices(pad, slot)
            )
        return notes

    def _struck(
        self, part: StruckPart, chance: np.random.Generator, slots: range
    ) -> list[StruckNote]:
        """Write one struck part of a phrase from a figure chosen for it."""
        sits_out, choice, lift = chance.random(3)
        if sits_out >= part.chance:
            return []
        figure = part.figures[int(choice * len(part.figures))]
        raised = int(lift * (part.lift + 1))
        # Each figure carries the same energy a beat, so that none is louder than the others.
        norm = (part.every * self._bar_beats / sum(v * v for _, _, v in figure)) ** 0.5
        notes: list[StruckNote] = []
        bars = len(slots) * self._plan.bars_a_chord
        for bar in range(0, bars, part.every):
            chord = self._chord(slots[0] + bar // self._plan.bars_a_chord)
            ladder = self._ladder(part, chord)
            first_beat = (slots[0] * self._plan.bars_a_chord + bar) * self._bar_beats
            swell = norm * (0.94 + 0.12 * np.sin(np.pi * (bar + 0.5) / bars))
            for beat, rung, velocity in figure:
                # Strengths stray by a tenth, times never.
                strength = velocity * swell * (0.9 + 0.2 * chance.random())
                pitch = _rung(ladder, rung + raised)
                notes.append(self._note(part, first_beat + beat, pitch, strength))
        return notes

    def _note(self, part: StruckPart, beat: float, pitch: int, strength: float) -> StruckNote:
        """Place a note on its frame, at the strength its tempo asks for."""
        start = self._frame_of(beat)
        bpm = self.bpm_at_frame(start)
        energy = part.share * (bpm / 60.0) ** (PULSE_EXPONENT - 1)
        gain = float(strength * energy**0.5 * self.level(bpm))
        return StruckNote(start=start, instrument=part.instrument, pitch=pitch, gain=gain)

    @staticmethod
    def _ladder(part: StruckPart, chord: Chord) -> tuple[int, ...]:
        """Give the pitches a part may take from a chord, rising."""
        if part.roots:
            return pitches_of(Chord(tones=(chord.root,)), *part.register)
        return pitches_of(chord, *part.register)


def _rung(ladder: tuple[int, ...], rung: int) -> int:
    """Give a rung's pitch; above the top the figure turns back, so that no note is hammered."""
    top = len(ladder) - 1
    return ladder[rung if rung <= top else max(0, 2 * top - rung)]
