"""What each piece is made of: modes, instruments, figures and how loud each stands.

Shares are K-weighted power at 60 beats a minute; only their proportions matter, for the whole is
brought to -23 LUFS.
"""

import msgspec

from mtsession.media.composer.space import Acoustics

Figure = tuple[tuple[float, int, float], ...]
"""Notes of one bar: beat in the bar, rung of the chord's ladder in the register, velocity."""


class PadPart(msgspec.Struct, frozen=True, kw_only=True):
    """Four held voices of one timbre; register in MIDI pitches, both included."""

    timbre: str
    register: tuple[int, int]
    share: float


class StruckPart(msgspec.Struct, frozen=True, kw_only=True):
    """Notes of one instrument that keep the beat.

    Parameters
    ----------
    figures : tuple of Figure
        One is chosen for each phrase.
    roots : bool
        Whether the ladder holds the chord's root alone, as a bass plays it.
    chance : float
        How likely the part is to play in a phrase; parts that carry the beat have 1.
    every : int
        Bars from one start of the figure to the next.
    lift : int
        The highest number of rungs by which a phrase may be moved up.
    """

    instrument: str
    register: tuple[int, int]
    share: float
    figures: tuple[Figure, ...]
    roots: bool = False
    chance: float = 1.0
    every: int = 1
    lift: int = 0


class Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """One piece's orchestra and its room.

    Parameters
    ----------
    major, minor : str
        The mode for a major and for a minor key.
    colour : int or None
        Scale steps above the root of the fourth tone of chords.
    bars_a_chord : int
        Harmonic rhythm.
    crossfade_seconds : float
        How long one chord's voices pass into the next.
    ambience : str or None
        A name in `AMBIENCES`.
    acoustics : Acoustics
        The room of the struck instruments.
    trim_db : float
        Measured once: what the sum of shares misses -23 LUFS by.
    """

    major: str
    minor: str
    colour: int | None
    pads: tuple[PadPart, ...]
    struck: tuple[StruckPart, ...]
    acoustics: Acoustics
    bars_a_chord: int = 2
    crossfade_seconds: float = 1.4
    ambience: str | None = None
    ambience_share: float = 0.0
    trim_db: float = 0.0


_BASS = StruckPart(
    instrument="bass",
    register=(36, 47),
    share=0.03,
    roots=True,
    figures=(((0, 0, 1.0), (2, 0, 0.7)),),
)

ARRANGEMENTS = {
    "harbour": Arrangement(
        major="ionian",
        minor="aeolian",
        colour=8,
        pads=(PadPart(timbre="warm", register=(50, 69), share=0.50),),
        struck=(
            _BASS,
            StruckPart(
                instrument="harp",
                register=(58, 79),
                share=0.16,
                lift=2,
                figures=(
                    ((0, 0, 0.7), (1, 1, 0.7), (2, 2, 0.8), (3, 1, 0.7)),
                    ((0, 1, 0.7), (1, 2, 0.7), (2, 3, 0.8), (3, 2, 0.7)),
                    ((0, 2, 0.7), (1, 0, 0.7), (2, 1, 0.8), (3, 3, 0.6)),
                    ((0, 0, 0.7), (1, 2, 0.7), (2, 1, 0.8), (3, 2, 0.6), (3.5, 3, 0.4)),
                ),
            ),
        ),
        ambience="ocean",
        ambience_share=0.22,
        acoustics=Acoustics(ring_seconds=3.0, wet=0.45),
        trim_db=0.20,
    ),
    "lantern": Arrangement(
        major="ionian",
        minor="aeolian",
        colour=8,
        pads=(PadPart(timbre="thin", register=(53, 70), share=0.48),),
        struck=(
            StruckPart(
                instrument="felt",
                register=(41, 52),
                share=0.03,
                roots=True,
                figures=(((0, 0, 1.0),), ((0, 0, 1.0), (2, 0, 0.8))),
            ),
            StruckPart(
                instrument="felt",
                register=(55, 76),
                share=0.16,
                lift=2,
                figures=(
                    ((0, 2, 0.7), (1, 1, 0.7), (2, 3, 0.8), (3, 1, 0.7)),
                    ((0, 0, 0.7), (1, 1, 0.7), (2, 2, 0.8), (3, 3, 0.7)),
                    ((0, 3, 0.7), (1, 2, 0.7), (2, 1, 0.8), (3, 2, 0.7)),
                    ((0, 1, 0.7), (1, 2, 0.7), (2, 4, 0.8), (2.5, 3, 0.5), (3, 2, 0.6)),
                ),
            ),
        ),
        acoustics=Acoustics(ring_seconds=3.2, wet=0.45),
        trim_db=0.24,
    ),
    "meadow": Arrangement(
        major="lydian",
        minor="dorian",
        colour=None,
        pads=(PadPart(timbre="strings", register=(54, 73), share=0.52),),
        struck=(
            StruckPart(
                instrument="nylon",
                register=(40, 51),
                share=0.02,
                roots=True,
                figures=(((0, 0, 1.0),),),
            ),
            StruckPart(
                instrument="nylon",
                register=(52, 74),
                share=0.14,
                lift=1,
                figures=(
                    ((0, 1, 0.7), (1, 2, 0.75), (2, 3, 0.75)),
                    ((0, 3, 0.7), (1, 2, 0.75), (1.5, 1, 0.5), (2, 2, 0.7)),
                    ((0, 0, 0.7), (0.5, 1, 0.5), (1, 2, 0.75), (2, 3, 0.7), (2.5, 2, 0.5)),
                    ((0, 2, 0.7), (1, 3, 0.75), (2, 4, 0.7)),
                ),
            ),
        ),
        acoustics=Acoustics(ring_seconds=3.0, wet=0.40),
        trim_db=0.19,
    ),
    "chapel": Arrangement(
        major="mixolydian",
        minor="dorian",
        colour=None,
        pads=(
            PadPart(timbre="choir", register=(53, 72), share=0.42),
            PadPart(timbre="organ", register=(43, 60), share=0.20),
        ),
        struck=(
            _BASS,
            StruckPart(
                instrument="felt",
                register=(50, 65),
                share=0.10,
                lift=1,
                figures=(
                    ((0, 0, 0.7), (1, 1, 0.7), (2, 2, 0.8), (3, 1, 0.7)),
                    ((0, 0, 0.7), (1, 2, 0.7), (2, 1, 0.8), (3, 2, 0.7)),
                ),
            ),
            StruckPart(
                instrument="bell",
                register=(67, 84),
                share=0.03,
                lift=3,
                every=2,
                figures=(((0, 0, 1.0),), ((0, 1, 1.0), (2, 0, 0.6))),
            ),
        ),
        crossfade_seconds=2.0,
        acoustics=Acoustics(ring_seconds=4.5, wet=0.50),
    ),
    "brook": Arrangement(
        major="mixolydian",
        minor="dorian",
        colour=8,
        pads=(PadPart(timbre="glass", register=(52, 71), share=0.45),),
        struck=(
            _BASS,
            StruckPart(
                instrument="kalimba",
                register=(60, 81),
                share=0.14,
                lift=1,
                figures=(
                    ((0, 0, 0.7), (0.5, 2, 0.5), (1, 1, 0.7),
                     (2, 3, 0.8), (2.5, 2, 0.5), (3, 1, 0.7)),
                    ((0, 3, 0.7), (1, 2, 0.7), (1.5, 1, 0.5),
                     (2, 0, 0.8), (3, 2, 0.7), (3.5, 3, 0.5)),
                    ((0, 1, 0.7), (0.5, 2, 0.5), (1, 3, 0.7),
                     (2, 2, 0.8), (3, 0, 0.7), (3.5, 1, 0.5)),
                    ((0, 2, 0.7), (1, 0, 0.7), (1.5, 1, 0.5),
                     (2, 4, 0.8), (2.5, 3, 0.5), (3, 2, 0.7)),
                ),
            ),
        ),
        ambience="brook",
        ambience_share=0.20,
        acoustics=Acoustics(ring_seconds=2.8, wet=0.40),
        trim_db=0.20,
    ),
    "dusk": Arrangement(
        major="ionian",
        minor="aeolian",
        colour=6,
        pads=(PadPart(timbre="warm", register=(48, 65), share=0.48),),
        struck=(
            _BASS,
            StruckPart(
                instrument="keys",
                register=(52, 70),
                share=0.16,
                lift=1,
                figures=(
                    (
                        (0, 0, 0.6), (0.04, 1, 0.5), (0.08, 2, 0.5), (0.12, 3, 0.4),
                        (1, 2, 0.5), (2, 1, 0.55), (2.04, 3, 0.4), (3, 2, 0.5),
                    ),
                    (
                        (0, 0, 0.65), (0.05, 2, 0.5), (0.1, 3, 0.4),
                        (1, 1, 0.5), (2, 2, 0.6), (3, 1, 0.5),
                    ),
                ),
            ),
            StruckPart(
                instrument="bell",
                register=(67, 82),
                share=0.02,
                lift=2,
                every=4,
                chance=0.6,
                figures=(((1, 1, 1.0),), ((2, 0, 1.0),)),
            ),
        ),
        ambience="wind",
        ambience_share=0.15,
        acoustics=Acoustics(ring_seconds=3.2, wet=0.42),
        trim_db=0.08,
    ),
}  # fmt: skip
