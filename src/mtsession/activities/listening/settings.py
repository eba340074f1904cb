"""What a plan may say about listening, and the programme that follows from it."""

from typing import Annotated

import msgspec

from mtsession.errors import MediaError, MusicError, PlanError
from mtsession.media.composer.catalogue import HIGHEST_BPM, LOWEST_BPM, PIECES, find_piece
from mtsession.music.arc import ArcPiece, arc_length, arc_tempo, check_arc, slice_tempo
from mtsession.music.playlist import Order, plan_tracks
from mtsession.music.programme import Fades, Programme, plan_pieces
from mtsession.music.track import Track
from mtsession.session.activity import Settings
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros, micros

LEAD_US = Micros(1_500_000)
"""From asking for music to its first sample; the engine has its first blocks ready by then."""

START = Micros(0)

DEFAULT_PIECES = ("harbour",)
DEFAULT_ARC = (ArcPiece(hold=66, minutes=30),)

FadeSeconds = Annotated[float, msgspec.Meta(ge=0, le=60)]


class ListeningSettings(Settings, frozen=True, kw_only=True, omit_defaults=True):
    """How music is listened to.

    Attributes
    ----------
    pieces : tuple of str
        Built-in pieces by name, composed along the arc. With neither pieces nor files
        named, Harbour plays.
    track : tuple of Track
        The therapist's own files instead; looked up by `music.resolve.resolve_settings`.
    arc : tuple of ArcPiece
        The tempo over time. Pieces need one; files may do without and play as listed. Where
        nothing at all is named, 66 BPM that goes round.
    order : {"arc", "as listed"}
        Whether files are put in the order that keeps nearest to the arc.
    repeat : bool
        The music goes round: files until the segment's end, and without one until stopped.
    runs_on : bool
        The music goes on into the segments after, as long as the arc, or until other music starts.
    allow_fast : bool
        The arc may change faster than 2 % a minute, or jump.
    """

    pieces: tuple[str, ...] | None = None
    track: tuple[Track, ...] | None = None
    arc: tuple[ArcPiece, ...] = ()
    order: Order = "arc"
    repeat: bool = False
    runs_on: bool = False
    allow_fast: bool = False
    crossfade_s: FadeSeconds = 8.0
    fade_in_s: FadeSeconds = 6.0
    end_fade_s: FadeSeconds = 8.0

    def __post_init__(self) -> None:
        """Refuse what names no music, or an arc that cannot be followed."""
        if self.pieces is None and self.track is None:
            self._say("pieces", DEFAULT_PIECES)
            if not self.arc:
                self._say("arc", DEFAULT_ARC)
                self._say("repeat", value=True)
        if not self.pieces and not self.track:
            raise ValueError(
                f"`{'track' if self.pieces is None else 'pieces'}`: there is no music in it.\n"
                f"Name built-in pieces ({', '.join(PIECES)}) or add [[segment.activity.track]]."
            )
        if self.pieces and self.track:
            raise ValueError(
                "`pieces`: built-in pieces and files do not share a programme.\n"
                "Keep one of them, or give each a segment of its own."
            )
        for place, name in enumerate(self.pieces or ()):
            try:
                find_piece(name)
            except MediaError as error:
                raise ValueError(f"`pieces[{place}]`: {error.message}\n{error.hint}") from None
        if self.pieces and not self.arc:
            raise ValueError(
                "`arc`: built-in pieces need a tempo.\nWrite arc = [{hold = 66, minutes = 5}]."
            )
        if self.arc:
            check_arc(self.arc, allow_fast=self.allow_fast)
        if self.pieces:
            self._check_range()

    def _say(self, name: str, value: object) -> None:
        """Fill in what was left unsaid, so that the record says what was meant."""
        msgspec.structs.force_setattr(self, name, value)

    def _check_range(self) -> None:
        """Keep built-in pieces in the range that they are composed for."""
        for place, piece in enumerate(self.arc):
            for key, bpm in (("hold", piece.hold), ("from", piece.start), ("to", piece.to)):
                if bpm is not None and not LOWEST_BPM <= bpm <= HIGHEST_BPM:
                    raise ValueError(
                        f"`arc[{place}].{key}`: built-in pieces cannot play at {bpm:g} BPM.\n"
                        f"Keep the arc between {LOWEST_BPM:g} and {HIGHEST_BPM:g}."
                    )

    @property
    def tempo(self) -> TempoMap | None:
        """Give the arc's tempo over time; None without an arc."""
        return arc_tempo(self.arc) if self.arc else None

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

        Raises
        ------
        MusicError
            If no music is left.
        """
        whole_us = self.length_us(planned_us)
        left_us = None if whole_us is None else Micros(max(LEAD_US, whole_us - from_us))
        tempo = self.tempo
        if tempo is not None and from_us:
            last_us = int(tempo.points[-1].t_us)
            tempo = slice_tempo(tempo, from_us, max(last_us, from_us + 1))
        fades = Fades(crossfade_us=micros(self.crossfade_s), end_us=micros(self.end_fade_s))
        if queue == ():
            raise MusicError("No music is left that can be played.", "Start listening anew.")
        if self.pieces and tempo is not None and left_us is not None:
            return plan_pieces(
                self.pieces if queue is None else queue,
                tempo,
                duration_us=left_us,
                first_number=first_number,
                seed=seed,
                fades=fades,
                goes_round=self.goes_round(planned_us),
            )
        tracks = self.track or ()
        by_file = {track.file: track for track in tracks}
        return plan_tracks(
            tracks if queue is None else [by_file[name] for name in queue],
            tempo,
            duration_us=left_us,
            first_number=first_number,
            order=self.order if queue is None else "as listed",
            repeat=self.repeat,
            fades=fades,
        )
