"""What a plan may say about listening, and the programme that follows from it."""

from typing import Annotated, Literal

import msgspec

from mtsession.activities.listening.programmes import plan_music, take_listed
from mtsession.activities.listening.wish import LibraryWish
from mtsession.errors import MediaError, MusicError, PlanError
from mtsession.media.composer.catalogue import HIGHEST_BPM, LOWEST_BPM, PIECES, find_piece
from mtsession.music.arc import (
    NO_START,
    ArcPiece,
    arc_length,
    arc_tempo,
    check_arc,
    says_start,
)
from mtsession.music.planning.values import Material, Rules
from mtsession.music.playlist import Order, materials_of
from mtsession.music.programme import Programme
from mtsession.music.track import Track
from mtsession.session.activity import Settings
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros

LEAD_US = Micros(1_500_000)
"""From asking for music to its first sample; the engine has its first blocks ready by then."""

START = Micros(0)

DEFAULT_PIECES = ("harbour",)
DEFAULT_ARC = (ArcPiece(hold=66, minutes=30),)

FadeSeconds = Annotated[float, msgspec.Meta(ge=0, le=60)]
StartBpm = Annotated[float, msgspec.Meta(ge=20, le=300)]


class ListeningSettings(Settings, frozen=True, kw_only=True, omit_defaults=True):
    """How music is listened to.

    Attributes
    ----------
    pieces : tuple of str
        Built-in pieces by name, composed along the arc. With neither pieces nor files
        named, Harbour plays.
    track : tuple of Track
        The therapist's own files instead; looked up by `music.resolve.resolve_tracks`.
    library : LibraryWish
        Recordings of the library instead, chosen along the arc when the plan is opened.
    playlist : str
        A playlist's file instead, from the plan's folder.
    arc : tuple of ArcPiece
        The tempo over time. Pieces need one; files may do without and play as listed. Where
        nothing at all is named, 66 BPM that goes round.
    start_bpm : float
        The tempo to begin with, where the arc does not say it.
    order : {"arc", "as listed"}
        Whether files are put in the order that keeps nearest to the arc.
    repeat : bool
        The music goes round: files until the segment's end, and without one until stopped.
    runs_on : bool
        The music goes on into the segments after, as long as the arc, or until other music starts.
    allow_fast : bool
        The arc may change faster than 2 % a minute, or jump.
    source : {"programme", "live", "outside"}
        Who makes the music at first: the app, the therapist's own playing, or something else in
        the room. The programme is what a key turns to.
    title : str
        What is played, where the app does not play it.
    lowest_rate, highest_rate : float
        How far listed files may be slowed and quickened to meet the arc.
    target_lufs : float
        The loudness that recordings are brought to.
    material, spare : tuple of Material
        What was chosen of library or playlist, in order, and what may take its place; filled in
        when the plan is opened, as are `rules`, what it keeps to, and `notes`, what was not
        as asked.
    """

    pieces: tuple[str, ...] | None = None
    track: tuple[Track, ...] | None = None
    library: LibraryWish | None = None
    playlist: str | None = None
    arc: tuple[ArcPiece, ...] = ()
    start_bpm: StartBpm | None = None
    order: Order = "arc"
    repeat: bool = False
    runs_on: bool = False
    allow_fast: bool = False
    source: Literal["programme", "live", "outside"] = "programme"
    title: str = ""
    crossfade_s: FadeSeconds = 8.0
    fade_in_s: FadeSeconds = 6.0
    end_fade_s: FadeSeconds = 8.0
    lowest_rate: Annotated[float, msgspec.Meta(ge=0.85, le=1.0)] = 0.95
    highest_rate: Annotated[float, msgspec.Meta(ge=1.0, le=1.1)] = 1.05
    target_lufs: Annotated[float, msgspec.Meta(ge=-40, le=-14)] = -23.0
    material: tuple[Material, ...] = ()
    spare: tuple[Material, ...] = ()
    rules: Rules = Rules()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what names no music, or an arc that cannot be followed."""
        if self.pieces is None and self.track is None and not self._own:
            self._say("pieces", DEFAULT_PIECES)
            if not self.arc:
                self._say("arc", DEFAULT_ARC)
                self._say("repeat", value=True)
        self._check_sources()
        if self.pieces and not self.arc:
            raise ValueError(
                "`arc`: built-in pieces need a tempo.\nWrite arc = [{hold = 66, minutes = 5}]."
            )
        if self.library is not None and not self.arc:
            raise ValueError(
                "`arc`: the library is chosen from by tempo.\n"
                "Write arc = [{from = 72, to = 62, minutes = 15}]."
            )
        if self.arc:
            check_arc(self.arc, allow_fast=self.allow_fast, start_bpm=self._start_or_any)
        if self.pieces:
            self._check_range()

    @property
    def _own(self) -> bool:
        return self.library is not None or self.playlist is not None

    @property
    def _start_or_any(self) -> float | None:
        """Give the first tempo; where only the session will say it, one that makes no glide."""
        if self.start_bpm is not None or says_start(self.arc):
            return self.start_bpm
        first = next(piece for piece in self.arc if not piece.silence)
        return first.to or first.u

    def _check_sources(self) -> None:
        """Refuse music from nowhere, or from two places."""
        if not self.pieces and not self.track and not self._own:
            raise ValueError(
                f"`{'track' if self.pieces is None else 'pieces'}`: there is no music in it.\n"
                f"Name built-in pieces ({', '.join(PIECES)}) or add [[segment.activity.track]]."
            )
        if self.pieces and self.track:
            raise ValueError(
                "`pieces`: built-in pieces and files do not share a programme.\n"
                "Keep one of them, or give each a segment of its own."
            )
        named = ("pieces", self.pieces), ("track", self.track), ("library", self.library)
        for key, value in (*named, ("playlist", self.playlist)):
            other = "playlist" if self.playlist is not None else "library"
            if self._own and value and key != other:
                raise ValueError(
                    f"`{key}`: it does not share a programme with `{other}`.\n"
                    "Keep one of them, or give each a segment of its own."
                )
        changed = (self.lowest_rate, self.highest_rate) != (0.95, 1.05)
        if changed and (self.pieces or self.library is not None):
            raise ValueError(
                f"`{'lowest_rate' if self.lowest_rate != 0.95 else 'highest_rate'}`: here it is "
                "for `track` and `playlist`.\nWrite it under [segment.activity.library], or "
                "leave it out: built-in pieces are composed at their tempo."
            )
        for place, name in enumerate(self.pieces or ()):
            try:
                find_piece(name)
            except MediaError as error:
                raise ValueError(f"`pieces[{place}]`: {error.message}\n{error.hint}") from None

    def _say(self, name: str, value: object) -> None:
        """Fill in what was left unsaid, so that the record says what was meant."""
        msgspec.structs.force_setattr(self, name, value)

    def _check_range(self) -> None:
        """Keep built-in pieces in the range that they are composed for."""
        if self.start_bpm is not None and not LOWEST_BPM <= self.start_bpm <= HIGHEST_BPM:
            raise ValueError(
                f"`start_bpm`: built-in pieces cannot play at {self.start_bpm:g} BPM.\n"
                f"Keep it between {LOWEST_BPM:g} and {HIGHEST_BPM:g}."
            )
        for place, piece in enumerate(self.arc):
            tempi = {"hold": piece.hold, "from": piece.start, "to": piece.to}
            for key, bpm in (tempi | {"u": piece.u, "back_to": piece.back_to}).items():
                if bpm is not None and not LOWEST_BPM <= bpm <= HIGHEST_BPM:
                    raise ValueError(
                        f"`arc[{place}].{key}`: built-in pieces cannot play at {bpm:g} BPM.\n"
                        f"Keep the arc between {LOWEST_BPM:g} and {HIGHEST_BPM:g}."
                    )

    @property
    def tempo(self) -> TempoMap | None:
        """Give the arc's tempo over time; None without an arc.

        Raises
        ------
        ValueError
            If neither the arc nor `start_bpm` says where it begins.
        """
        return arc_tempo(self.arc, self.start_bpm) if self.arc else None

    @property
    def listed(self) -> tuple[str, ...]:
        """Give the pieces or files by name, in the order that they were written in."""
        if self.material:
            return tuple(dict.fromkeys(each.path for each in self.material))
        return self.pieces or tuple(track.file for track in self.track or ())

    def material_of(self, path: str) -> Material | None:
        """Give what is known of a recording of the library or the playlist."""
        known = (*self.material, *self.spare)
        return next((each for each in known if each.path == path), None)

    def goes_round(self, planned_us: Micros | None) -> bool:
        """Tell whether the programme begins again when it is over."""
        return self.repeat and (planned_us is None or self.runs_on)

    def length_us(self, planned_us: Micros | None) -> Micros | None:
        """Give how long the programme is to last; None plays each file once.

        The lead of the start is taken off, so that the music is over at its segment's end.

        Raises
        ------
        PlanError
            If the arc is longer than the segment that holds it.
        """
        arc_us = arc_length(self.arc) if self.arc else None
        if planned_us is None or (self.runs_on and arc_us is not None):
            return arc_us
        if arc_us is not None and arc_us > planned_us and self.arc != DEFAULT_ARC:
            raise PlanError(
                f"`arc`: it lasts {arc_us / 60e6:g} minutes, the segment {planned_us / 60e6:g}.",
                "Shorten the arc, or write runs_on = true to let the music go on.",
            )
        return Micros(max(LEAD_US, planned_us - LEAD_US))

    def programme(
        self,
        *,
        planned_us: Micros | None,
        first_number: int,
        seed: int,
        from_us: Micros = START,
        queue: tuple[str, ...] | None = None,
        along: tuple[ArcPiece, ...] | None = None,
        choose: bool = True,
    ) -> Programme:
        """Plan the music, or what is left of it.

        Parameters
        ----------
        planned_us : Micros or None
            Length of the segment.
        from_us : Micros
            Where in the arc the programme begins.
        queue : tuple of str, optional
            The pieces or files that may play, by name or path, in this order.
        along : tuple of ArcPiece, optional
            What the arc became when the tempo was led.
        choose : bool
            Whether recordings of the library may be chosen anew among the queue.

        Raises
        ------
        MusicError
            If no music is left.
        """
        if self.arc and self.start_bpm is None and not says_start(self.arc):
            message, _, hint = NO_START.partition("\n")
            raise MusicError(message, hint)
        whole_us = self.length_us(planned_us)
        left_us = None if whole_us is None else Micros(max(LEAD_US, whole_us - from_us))
        wanted = self
        if along is not None:
            # Listed files are put in order by the plan's own arc, once.
            if self.track and not self.material:
                wanted = take_listed(self, materials_of(self.track), planned_us)
            wanted = msgspec.structs.replace(wanted, arc=along, start_bpm=None, allow_fast=True)
        programme = plan_music(
            wanted,
            planned_us=planned_us,
            first_number=first_number,
            seed=seed,
            from_us=from_us,
            left_us=left_us,
            queue=queue,
            choose=choose,
        )
        if queue is None and not from_us and self.notes:
            notes = tuple(dict.fromkeys((*self.notes, *programme.notes)))
            return msgspec.structs.replace(programme, notes=notes)
        return programme
