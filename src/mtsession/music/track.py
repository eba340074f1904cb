"""A recording of the therapist's own, as a plan names it and as it is known once looked up."""

import math

import msgspec

from mtsession.timeline.units import Micros, micros

LOWEST_BPM, HIGHEST_BPM = 20.0, 300.0
LONGEST_TRACK_SECONDS = 24 * 3600.0


class Track(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One sound file of a programme.

    A plan needs to write `file` only; `resolve.resolve_tracks` looks up the rest.

    Attributes
    ----------
    file : str
        Its path, from the plan's folder; absolute once looked up.
    title : str or None
        What a person calls it; else its tag, else its file's name.
    bpm : float or None
        Its tempo, typed or from its tag; None where it is not known.
    first_beat_s : float or None
        When its first downbeat is, in seconds from its start; with `bpm` it gives a beat grid.
    beats_per_bar : int or None
        None where its bars are not known.
    gain_db : float
        Level against the programme's.
    words : bool or None
        Whether it is sung, and so plays whole and at its own tempo; None goes by its tags.
    duration_s : float or None
        How long it lasts; None until it is looked up.
    content_hash : str or None
        Names its content whatever its path; None until it is looked up. Typed in a
        plan, another content is refused.
    """

    file: str
    title: str | None = None
    bpm: float | None = None
    first_beat_s: float | None = None
    beats_per_bar: int | None = None
    gain_db: float = 0.0
    words: bool | None = None
    duration_s: float | None = None
    content_hash: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no recording can be."""
        if not self.file.strip():
            raise ValueError("`file`: it is empty.\nWrite the path of a sound file.")
        if self.bpm is not None and not LOWEST_BPM <= self.bpm <= HIGHEST_BPM:
            raise ValueError(
                f"`bpm`: {self.bpm:g} is not a tempo.\nWrite beats a minute from 20 to 300."
            )
        first = self.first_beat_s
        if first is not None and not 0 <= first <= LONGEST_TRACK_SECONDS:
            raise ValueError(
                f"`first_beat_s`: {first:g} cannot be.\nWrite the seconds before its first beat."
            )
        if self.beats_per_bar is not None and not 1 <= self.beats_per_bar <= 16:
            raise ValueError(f"`beats_per_bar`: {self.beats_per_bar} cannot be.\nWrite 1 to 16.")
        if not -60 <= self.gain_db <= 12:
            raise ValueError(
                f"`gain_db`: {self.gain_db:g} dB cannot be.\nWrite a number from -60 to 12."
            )
        length = self.duration_s
        if length is not None and not 0 < length <= LONGEST_TRACK_SECONDS:
            raise ValueError(f"`duration_s`: {length:g} cannot be.\nLeave it out.")

    @property
    def name(self) -> str:
        """Give its title, or its file's name without folder and ending."""
        if self.title:
            return self.title
        return self.file.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]

    @property
    def duration_us(self) -> Micros:
        """Give how long it lasts.

        Raises
        ------
        ValueError
            If it was not looked up yet.
        """
        if self.duration_s is None:
            raise ValueError(f"{self.name} was not looked up yet")
        return micros(self.duration_s)

    def beats_us(self) -> tuple[Micros, ...]:
        """Give its beats in its own time; none where tempo or first beat are not known.

        Beat 0 is the first downbeat; a pickup before it is not counted.
        """
        if self.bpm is None or self.first_beat_s is None or self.duration_s is None:
            return ()
        room = self.duration_s - self.first_beat_s
        count = math.floor(room * self.bpm / 60) + 1 if room > 0 else 0
        beats = tuple(micros(self.first_beat_s + beat * 60 / self.bpm) for beat in range(count))
        return beats if len(beats) > 1 else ()
