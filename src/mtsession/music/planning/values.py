"""What the planner is given and what it gives, as plain values."""

import msgspec

from mtsession.music.arc import ArcPiece
from mtsession.protocol.sources import RatePoint
from mtsession.timeline.tempo_map import TempoPoint
from mtsession.timeline.units import Micros

LIKED, NEUTRAL, DISLIKED = 1, 0, -1


class Material(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One recording that may be played, with all that planning asks of it.

    Attributes
    ----------
    content : str
        Names its audio, whatever its path or tags.
    bpm : float or None
        The tempo that counts for it; None where there is none.
    duration_s : float
        Its whole length.
    key : str or None
        Such as "C", "F#" or "Am".
    words : bool
        Whether it is sung.
    steady : bool
        False where its beats wander, so that its tempo is a mean only.
    beats_s : tuple of float
        Its beats in seconds from its start, rising; empty where they are not known.
    downbeat, beats_per_bar : int or None
        Index in `beats_s` of the first downbeat, and beats in a bar; None where not known.
    gain_db : float
        What brings it to the loudness of the programme.
    intro_s, outro_s : float
        How long it stays quiet at its start and end.
    liking : int
        1 liked, 0 neither, -1 disliked. What must never be played is not in the material.
    from_s, to_s : float or None
        What of it is played, in seconds of its own; None leaves that to the planner.
    after_silence : int
        How many planned silences it comes after, in a programme that is laid out.
    """

    content: str
    path: str
    title: str
    bpm: float | None
    duration_s: float
    key: str | None = None
    words: bool = False
    steady: bool = True
    beats_s: tuple[float, ...] = ()
    downbeat: int | None = None
    beats_per_bar: int | None = None
    gain_db: float = 0.0
    intro_s: float = 0.0
    outro_s: float = 0.0
    liking: int = NEUTRAL
    from_s: float | None = None
    to_s: float | None = None
    after_silence: int = 0


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What the planner must keep to.

    Attributes
    ----------
    lowest_rate, highest_rate : float
        Heard tempo over a recording's own, at most so far from 1.
    words_lowest_rate, words_highest_rate : float
        The same for what is sung.
    words_whole : bool
        What is sung is never cut; it is chosen only where all of it has room.
    crossfade_s : float
        Overlap of neighbours; up to a bar longer, so that downbeats meet.
    fade_in_s : float
        Fade-in after planned silence.
    end_fade_s : float
        Fade where a recording is cut at the end of the time.
    leave_early : bool
        What is not sung may be left before its end, once the arc has left its reach.
    near_keys : bool
        Prefer neighbours whose keys are close on the circle of fifths.
    seed : int
        Another seed chooses otherwise among what fits equally well.
    """

    lowest_rate: float = 0.95
    highest_rate: float = 1.05
    words_lowest_rate: float = 1.0
    words_highest_rate: float = 1.0
    words_whole: bool = True
    crossfade_s: float = 8.0
    fade_in_s: float = 6.0
    end_fade_s: float = 8.0
    leave_early: bool = True
    near_keys: bool = True
    seed: int = 0

    def rates(self, material: Material) -> tuple[float, float]:
        """Give the lowest and the highest rate that a recording may be played at."""
        if material.bpm is None:
            return 1.0, 1.0
        if material.words:
            return self.words_lowest_rate, self.words_highest_rate
        return self.lowest_rate, self.highest_rate


class PlannedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One recording's place in a programme.

    Attributes
    ----------
    material : Material
        What is played; its `from_s` and `to_s` say which part of it.
    start_us : Micros
        When it begins, from the programme's start.
    duration_us : Micros
        How long it is heard, fades included.
    rate : tuple of RatePoint
        Heard tempo over its own, by heard time from its start; empty plays it as it is.
    tempo : tuple of TempoPoint
        Its heard tempo by programme time; empty where its tempo is not known.
    off_bpm : float or None
        How far its heard tempo lies from the arc on average.
    """

    material: Material
    start_us: Micros
    duration_us: Micros
    fade_in_us: Micros = Micros(0)
    fade_out_us: Micros = Micros(0)
    rate: tuple[RatePoint, ...] = ()
    tempo: tuple[TempoPoint, ...] = ()
    off_bpm: float | None = None

    @property
    def end_us(self) -> Micros:
        """Give when it is over, in the programme's time."""
        return Micros(self.start_us + self.duration_us)

    @property
    def planned_bpm(self) -> tuple[float, float] | None:
        """Give its heard tempo at its start and end."""
        if not self.tempo:
            return None
        return round(self.tempo[0].bpm, 2), round(self.tempo[-1].bpm, 2)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A programme along an arc.

    Attributes
    ----------
    arc : tuple of TempoPoint
        The tempo that was asked for.
    silences : tuple of (Micros, Micros)
        When silence is planned.
    duration_us : Micros
        How long the arc was to last.
    end_us : Micros
        When the last recording is over.
    notes : tuple of str
        What could not be done, and what would help.
    cost : float
        What `docs/programmes.md` describes; lower is better.
    exact : bool
        Whether nothing cheaper is possible: every choice was looked at.
    pieces, start_bpm, rules
        What was asked for, so that the plan can be kept as a playlist.
    """

    items: tuple[PlannedItem, ...]
    arc: tuple[TempoPoint, ...]
    silences: tuple[tuple[Micros, Micros], ...] = ()
    duration_us: Micros
    end_us: Micros
    notes: tuple[str, ...] = ()
    cost: float = 0.0
    exact: bool = False
    pieces: tuple[ArcPiece, ...] = ()
    start_bpm: float | None = None
    rules: Rules = Rules()
