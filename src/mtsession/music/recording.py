"""What a recording is: what was measured of it, what the therapist decided, and the two as one.

Plain values, so that planning, screen and command line need neither the analysis
nor the disk.
"""

from typing import Literal

import msgspec

ANALYSIS_VERSION = 3
"""Raised when measuring anew would give other figures; older ones are then measured again."""

OVERVIEW_RATE = 20
"""Peaks a second of a recording's overview."""

HowDecided = Literal["doubled", "halved", "typed", "tapped", "shifted", "as measured"]


class TempoCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A tempo that a recording may be heard at; the weights of all of them add up to 1."""

    bpm: float
    weight: float


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of a recording. Absent is None, with its reason in `reasons`.

    Attributes
    ----------
    duration_s : float
        Decoded length.
    bpm : float or None
        Tempo to two decimals; None where there is no steady pulse.
    candidates : tuple of TempoCandidate
        `bpm` first, then its rivals, the heaviest first.
    confidence : float or None
        How often such an answer is right, 0 to 1 (calibrated).
    steady : bool or None
        Whether beat intervals vary by less than 8 % (their coefficient of variation).
    ibi_cv : float or None
        That coefficient.
    beats_s : tuple of float
        Beat times in seconds from the recording's start, rising; empty without a pulse.
    downbeat : int or None
        Index in `beats_s` of the first downbeat, where it can be heard.
    beats_per_bar : int or None
        Beats in a bar, where they can be heard.
    lufs : float or None
        Integrated loudness, ITU-R BS.1770-4; None for silence.
    true_peak_db : float or None
        dBTP, BS.1770-4 annex 2; None for silence.
    key : str or None
        Such as "C", "F#" or "Am".
    key_confidence : float or None
        0 to 1.
    intro_s, outro_s : float or None
        How long it stays quiet at its start and end.
    overview : bytes
        Peaks, `OVERVIEW_RATE` a second, full scale at 255.
    fault : str or None
        What is wrong with the file although it could be measured, in one sentence: it was cut
        short, or is damaged from some place on; then this is what was measured up to there.
    reasons : dict
        Why a field is None, by its name, in a few plain words.
    version : int
        `ANALYSIS_VERSION` when it was measured.
    """

    duration_s: float
    bpm: float | None = None
    candidates: tuple[TempoCandidate, ...] = ()
    confidence: float | None = None
    steady: bool | None = None
    ibi_cv: float | None = None
    beats_s: tuple[float, ...] = ()
    downbeat: int | None = None
    beats_per_bar: int | None = None
    lufs: float | None = None
    true_peak_db: float | None = None
    key: str | None = None
    key_confidence: float | None = None
    intro_s: float | None = None
    outro_s: float | None = None
    overview: bytes = b""
    fault: str | None = None
    reasons: dict[str, str] = msgspec.field(default_factory=dict)
    version: int = ANALYSIS_VERSION


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The pulse that a lock wrote down: whatever is measured later, this one counts.

    Attributes
    ----------
    bpm : float
        Its tempo.
    beat_s : float or None
        One of its beats, a downbeat where one was known; None where no beats were.
    downbeat : bool
        Whether that beat begins a bar.
    beats_per_bar : int or None
        Beats in a bar, where they were known.
    """

    bpm: float
    beat_s: float | None = None
    downbeat: bool = False
    beats_per_bar: int | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the therapist decided of a recording's pulse; it stands above what was measured.

    Attributes
    ----------
    bpm : float or None
        The tempo that counts; None leaves it as measured.
    first_beat_s : float or None
        A beat (the first downbeat, where bars are known) in seconds from the start.
    beats_per_bar : int or None
        Beats in a bar.
    downbeat_shift : int
        Beats that the bar's start is moved by.
    how : str
        How it came about.
    locked : bool
        No rescan and no later version of the analysis changes it.
    held : Held or None
        What counted when it was locked.
    """

    bpm: float | None = None
    first_beat_s: float | None = None
    beats_per_bar: int | None = None
    downbeat_shift: int = 0
    how: HowDecided = "as measured"
    locked: bool = False
    held: Held | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One recording of the library, as its catalogue holds it.

    Attributes
    ----------
    content : str
        Names its audio, whatever its path or tags (64 hexadecimal digits).
    path : str
        Where it lies now, absolute.
    present : bool
        False where the last scan of its folder did not find it.
    title : str
        Its tag, or its file's name.
    artist, album : str or None
        Its tags.
    tag_bpm : float or None
        The tempo its tags state.
    words : bool or None
        Whether it is sung: as the therapist said, else as its tags say.
    labels : tuple of str
        The therapist's own words for it.
    analysis : Analysis or None
        None where it could not be measured.
    fault : str or None
        Why not, in one sentence.
    decision : Decision
        What the therapist decided.
    bpm : float or None
        The tempo that counts: decided, else measured, else its tag's.
    beats_s : tuple of float
        Its beats at that tempo.
    downbeat, beats_per_bar : int or None
        Its bars, as `Analysis` has them.
    """

    content: str
    path: str
    present: bool = True
    title: str
    artist: str | None = None
    album: str | None = None
    tag_bpm: float | None = None
    words: bool | None = None
    labels: tuple[str, ...] = ()
    analysis: Analysis | None = None
    fault: str | None = None
    decision: Decision = Decision()
    bpm: float | None = None
    beats_s: tuple[float, ...] = ()
    downbeat: int | None = None
    beats_per_bar: int | None = None

    @property
    def duration_s(self) -> float | None:
        """Give its length; None where it could not be measured."""
        return None if self.analysis is None else self.analysis.duration_s


class Taste(msgspec.Struct, frozen=True, kw_only=True):
    """What a client likes, dislikes and must never be played, as content names."""

    likes: frozenset[str] = frozenset()
    dislikes: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
