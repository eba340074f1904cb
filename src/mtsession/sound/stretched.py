"""An item's source heard at a tempo that follows the item's rates, whatever becomes of them."""

from mtsession.errors import MediaError
from mtsession.media.stream import Samples
from mtsession.protocol.sources import Source
from mtsession.sound.rates import RateMap
from mtsession.sound.sources import Opener, ReadyStream
from mtsession.sound.stretch import Stretch
from mtsession.sound.stretch_shape import Effort, shape_at


class StretchedStream:
    """A stream counted in heard frames, over one that is read ahead in its own.

    Parameters
    ----------
    stream : ReadyStream
        The source, sought to where heard frame `first` takes it from.
    rates : RateMap
        From the item's first heard frame and the source's first that is heard.
    skipped : int
        Frames of the source that are left out before that.
    first : int
        The heard frame that the next `read` begins with.
    effort : {"full", "low"}
        How much work the stretch may be.
    """

    def __init__(
        self,
        stream: ReadyStream,
        *,
        rates: RateMap,
        skipped: int,
        first: int,
        sample_rate: int,
        effort: Effort = "full",
    ) -> None:
        self._stream = stream
        self._rates = rates
        self._skipped = skipped
        self._first = first
        self._rate = sample_rate
        self._effort: Effort = effort
        self._shape = shape_at(sample_rate, effort)
        self._stretch = self._begun()

    @property
    def ready(self) -> bool:
        """Whether enough is there to begin, with the windows that reach beyond the first frame."""
        while not self._stretch.prepared:
            if not self._stream.ready:
                return False
            self._stretch.prepare()
        return self._stream.ready

    @property
    def starvations(self) -> int:
        """How many reads of the source found too little."""
        return self._stream.starvations

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where less came than was promised."""
        return self._stream.fault

    def read(self, n: int) -> Samples:
        """Give the next heard frames; fewer mean the end, `MediaError` a break."""
        return self._stretch.read(n)

    def seek(self, frame: int) -> None:
        """Let the next `read` begin at a heard frame."""
        self._stream.seek(source_frame(self._rates, self._skipped, frame))
        self._first = frame
        self._stretch = self._begun()

    @property
    def free_from(self) -> int:
        """The first heard frame from which other rates can be followed."""
        return self._first + self._stretch.free_from

    def heard_from(self, frame: int) -> int:
        """Give the first heard frame that other rates from a frame on (`free_from`) reach."""
        return self._first + self._stretch.heard_from(frame - self._first)

    def follow(self, rates: RateMap) -> None:
        """Go on at other rates, which up to `free_from` are what they were."""
        self._rates = rates
        self._stretch.follow(self._mean_rate)

    def restart(self, rates: RateMap) -> None:
        """Begin at other rates; nothing may have been read yet."""
        before = source_frame(self._rates, self._skipped, self._first)
        self._rates = rates
        if source_frame(rates, self._skipped, self._first) == before:
            # What was read ahead already is what is wanted.
            self._stretch.restart(self._mean_rate, start=self._part)
        else:
            self.seek(self._first)

    def warm(self) -> None:
        """Do a little of what it needs to be ready, so that no block has to do all of it."""
        if self._stream.ready and not self._stretch.prepared:
            self._stretch.prepare()

    def _begun(self) -> Stretch:
        """Begin at the first heard frame, at the part of a frame that the source stands at."""
        return Stretch(self._stream, sample_rate=self._rate, rate=self._mean_rate, start=self._part)

    @property
    def _part(self) -> float:
        place = self._skipped + self._rates.source_at(self._first)
        return place - round(place)

    def _mean_rate(self, heard: int) -> float:
        """Give the rate of the hop that begins so many frames after the first."""
        return self._rates.mean_rate(self._first + heard, self._shape.hop)


class StretchedOpening:
    """A source being opened, to be heard at an item's rates.

    Parameters
    ----------
    opener : callable
        Opens the source itself.
    first : int
        The heard frame to begin with.
    """

    def __init__(
        self,
        opener: Opener,
        source: Source,
        *,
        rates: RateMap,
        skipped: int,
        first: int,
        sample_rate: int,
        effort: Effort = "full",
    ) -> None:
        self._sought = source_frame(rates, skipped, first)
        self._opening = opener(source, self._sought)
        self._rates = rates
        self._skipped = skipped
        self._first = first
        self._rate = sample_rate
        self._effort: Effort = effort
        self._stream: StretchedStream | None = None

    def poll(self) -> StretchedStream | None:
        """Give the stream once it can be read; raise `MediaError` where it cannot."""
        if self._stream is None:
            stream = self._opening.poll()
            if stream is not None:
                begins = source_frame(self._rates, self._skipped, self._first)
                if begins != self._sought:
                    stream.seek(begins)
                self._stream = StretchedStream(
                    stream,
                    rates=self._rates,
                    skipped=self._skipped,
                    first=self._first,
                    sample_rate=self._rate,
                    effort=self._effort,
                )
        return self._stream

    def restart(self, rates: RateMap) -> None:
        """Let it begin at other rates; nothing may have been read yet."""
        self._rates = rates
        if self._stream is not None:
            self._stream.restart(rates)

    def warm(self) -> None:
        """Do a little ahead of the first read."""
        try:
            stream = self.poll()
        except MediaError:
            # It is raised again, and told, when the item is due.
            return
        if stream is not None:
            stream.warm()

    def close(self) -> None:
        """Let go of it, without waiting."""
        self._opening.close()


class Refused:
    """The opening of an item that cannot be played as it is asked for."""

    def __init__(self, error: MediaError) -> None:
        self._error = error

    def poll(self) -> None:
        """Raise the reason."""
        raise self._error

    def close(self) -> None:
        """Hold nothing, so do nothing."""


def source_frame(rates: RateMap, skipped: int, heard: int) -> int:
    """Give the source's frame nearest to what is heard at a frame."""
    return round(skipped + rates.source_at(heard))
