"""Keys, modes and chords, and the way from one voicing to the next."""

import functools
import itertools
import re

import msgspec

from mtsession.errors import MediaError

MODES = {
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
}
# Four chords a phrase, by degree from 0; each starts at rest and leads softly back to it.
# Diminished chords are left out.
PROGRESSIONS: dict[str, tuple[tuple[int, ...], ...]] = {
    "ionian": ((0, 5, 3, 4), (0, 3, 0, 4), (0, 2, 3, 0), (0, 4, 5, 3), (0, 3, 1, 4)),
    "dorian": ((0, 3, 0, 6), (0, 6, 3, 0), (0, 2, 3, 0), (0, 3, 4, 6)),
    "lydian": ((0, 1, 0, 4), (0, 1, 5, 4), (0, 4, 1, 0), (0, 2, 1, 0)),
    "mixolydian": ((0, 6, 3, 0), (0, 4, 3, 0), (0, 3, 6, 3), (0, 5, 3, 0)),
    "aeolian": ((0, 5, 2, 6), (0, 3, 5, 6), (0, 5, 3, 4), (0, 2, 5, 3)),
}
# The chord before the last one: the fourth, whose fall to the tonic ("Amen") asks for nothing;
# where the mode's fourth is diminished, the second.
APPROACH = {"ionian": 3, "dorian": 3, "lydian": 1, "mixolydian": 3, "aeolian": 3}

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(r"([A-G])([#b]?)(m?)")
KEY_CHOICES = "C, Db, D, Eb, E, F, F#, G, Ab, A, Bb or B, with m for minor (such as F#m)"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A root as a pitch class (C is 0) and whether the third is minor."""

    root: int
    minor: bool


def parse_key(text: str) -> Key:
    """Read a key such as "C", "Db" or "F#m".

    Raises
    ------
    MediaError
        If the text names no key; the hint lists those there are.

    Examples
    --------
    >>> parse_key("F#m")
    Key(root=6, minor=True)
    """
    match = _KEY.fullmatch(text.strip())
    if match is None:
        raise MediaError(f'There is no key "{text}".', f"Choose {KEY_CHOICES}.")
    letter, accidental, minor = match.groups()
    shift = {"": 0, "#": 1, "b": -1}[accidental]
    return Key(root=(_LETTERS[letter] + shift) % 12, minor=bool(minor))


class Chord(msgspec.Struct, frozen=True, kw_only=True):
    """Pitch classes of a chord, root first, then third, fifth and colour."""

    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        """Give the pitch class the bass plays."""
        return self.tones[0]


def chord_on(degree: int, *, key: Key, mode: str, colour: int | None) -> Chord:
    """Stack thirds on a degree of the mode, with one soft colour tone where it is soft.

    Parameters
    ----------
    degree : int
        0 to 6.
    colour : int or None
        Scale steps above the root of the fourth tone (6 a seventh, 8 a ninth), or None. It is
        left out where it would lie a semitone from another tone of the chord.
    """
    scale = MODES[mode]

    def tone(step: int) -> int:
        return (key.root + scale[(degree + step) % 7]) % 12

    triad = (tone(0), tone(2), tone(4))
    if colour is None:
        return Chord(tones=triad)
    extra = tone(colour)
    if any((extra - other) % 12 in {1, 11} for other in triad):
        return Chord(tones=triad)
    return Chord(tones=(*triad, extra))


def pitches_of(chord: Chord, low: int, high: int) -> tuple[int, ...]:
    """Give the chord's MIDI pitches from `low` to `high`, both included, rising."""
    return tuple(p for p in range(low, high + 1) if p % 12 in chord.tones)


@functools.lru_cache(maxsize=256)
def lead(chord: Chord, before: tuple[int, ...] | None, low: int, high: int) -> tuple[int, ...]:
    """Choose four voices for a chord that move least from those before.

    Each voice's way counts by its square, so that two small steps are liked better than one
    leap; voices closer than a whole tone, wide gaps and a drift from the middle cost a little,
    a missing third or root costs a lot.

    Parameters
    ----------
    before : tuple of int or None
        Four rising MIDI pitches, or None at the start of a phrase.
    low, high : int
        The register, MIDI pitches, both included.

    Returns
    -------
    tuple of int
        Four rising MIDI pitches.
    """
    middle = (low + high) / 2

    def cost(voices: tuple[int, ...]) -> float:
        missing = len(set(chord.tones[:3]) - {v % 12 for v in voices}) + (
            len(chord.tones) > 3 and chord.tones[3] not in {v % 12 for v in voices}
        )
        gaps = [upper - lower for lower, upper in itertools.pairwise(voices)]
        crowd = sum(8.0 * (gap < 2) + 0.5 * max(0, gap - 7) ** 2 for gap in gaps)
        drift = 0.6 * (sum(voices) / 4 - middle) ** 2
        if before is None:
            return 12.0 * missing + crowd + drift
        moves = [now - then for now, then in zip(voices, before, strict=True)]
        parallel = 6.0 * (len(set(moves)) == 1 and moves[0] != 0)
        return 12.0 * missing + crowd + drift / 4 + parallel + sum(m * m for m in moves) / 2

    # `min` keeps the first of equals, and combinations come in a fixed order.
    return min(itertools.combinations(pitches_of(chord, low, high), 4), key=cost)
