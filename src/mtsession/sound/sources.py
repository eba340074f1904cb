"""What the player needs of a source of sound, and how a programme item's source is opened."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeAlias

from mtsession.errors import MediaError
from mtsession.media.stream import Samples, SampleStream
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem, Source
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import Micros

_REHEARSAL_BPM = 66.0
_REHEARSAL_US = Micros(60_000_000)


class ReadyStream(Protocol):
    """A stream that is read ahead, so that reading it waits for nothing."""

    @property
    def ready(self) -> bool:
        """Whether enough is there to begin."""
        ...

    @property
    def starvations(self) -> int:
        """How many reads found too little."""
        ...

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where less came than was promised."""
        ...

    def read(self, n: int) -> Samples:
        """Give the next frames; fewer mean the end, `MediaError` a break."""
        ...

    def seek(self, frame: int) -> None:
        """Let the next `read` begin at a frame of the source."""
        ...


class Opening(Protocol):
    """A source that is being opened, perhaps by another thread."""

    def poll(self) -> ReadyStream | None:
        """Give the stream once it can be read; raise `MediaError` where it cannot."""
        ...

    def close(self) -> None:
        """Let go of it, without waiting."""
        ...


Opener: TypeAlias = Callable[[Source, int], Opening]
"""Begins to open a source at one of its frames."""


def prepare() -> None:
    """Load what decodes and composes ahead of time, so that the first source costs no more."""
    for name in ("mtsession.media.composer.stream", "mtsession.media.files", "soundfile", "av"):
        import_module(name)


def rehearse(sample_rate: int) -> Iterator[str]:
    """Begin each built-in piece once, so that its room and instruments are there when asked for.

    Yields
    ------
    str
        A piece's name at every step; whoever iterates may stop after any.
    """
    from mtsession.media.composer.catalogue import PIECES  # noqa: PLC0415 - as in `open_source`

    for name in PIECES:
        source = BuiltinSource(
            piece=name,
            tempo=TempoMap.constant(_REHEARSAL_BPM).points,
            duration_us=_REHEARSAL_US,
        )
        stream = open_source(source, sample_rate)
        yield name
        stream.read(1)
        stream.close()
        yield name


def open_source(source: Source, sample_rate: int) -> SampleStream:
    """Open a file or a built-in piece at the output's sample rate.

    Raises
    ------
    MediaError
        If it cannot be played.
    """
    if isinstance(source, BuiltinSource):
        # Composing and decoding are loaded when the first source wants them: an engine that
        # only keeps time starts without them.
        from mtsession.media.composer.stream import open_piece  # noqa: PLC0415

        try:
            tempo = TempoMap(source.tempo)
        except ValueError as error:
            raise MediaError(
                f"“{source.piece}” has no tempo it could follow: {error}.",
                "Give the piece a tempo between 40 and 120 in the plan.",
            ) from error
        return open_piece(
            name=source.piece,
            tempo=tempo,
            duration_us=source.duration_us,
            key=source.key,
            seed=source.seed,
            sample_rate=sample_rate,
        )
    from mtsession.media.files import open_file  # noqa: PLC0415

    return open_file(Path(source.path), sample_rate=sample_rate)


def beats_of(item: ProgrammeItem) -> tuple[int, ...]:
    """Give an item's beats in its source's time: as planned, or from the tempo composed along."""
    if item.beats_us or not isinstance(item.source, BuiltinSource):
        return item.beats_us
    try:
        return tuple(TempoMap(item.source.tempo).beats_until(item.source.duration_us))
    except ValueError:
        # The same tempo fails in `open_source`, which tells the therapist.
        return ()
