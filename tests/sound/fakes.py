"""Sources whose every sample is known, for tests of what plays them."""

import numpy as np

from mtsession.engine.offline import OfflineEngine
from mtsession.errors import MediaError
from mtsession.protocol import commands as ask
from mtsession.protocol.reports import Happened
from mtsession.protocol.sources import FileSource, ProgrammeItem
from mtsession.timeline.clock import ManualClock
from mtsession.timeline.event import EventCodec
from mtsession.timeline.events import CORE_EVENTS
from mtsession.timeline.units import SECOND, Micros

RATE = 48_000
START = 7_000_003
CODEC = EventCodec(CORE_EVENTS)


class MadeStream:
    """A stream of given samples that may break at a frame, or starve at some reads."""

    def __init__(self, samples, *, breaks_at=None, starves=()):
        self.samples = np.asarray(samples, dtype=np.float32)
        self.breaks_at = breaks_at
        self.starves = set(starves)
        self.reads = 0
        self.starvations = 0
        self.ready = True
        self.fault = None
        self.at = 0
        self.closed = False
        self.sample_rate = RATE
        self.frames = len(self.samples)

    def read(self, n, *, wait=None):
        self.reads += 1
        if self.reads in self.starves:
            self.starvations += 1
            return np.zeros((n, 2), dtype=np.float32)
        end = len(self.samples) if self.breaks_at is None else self.breaks_at
        block = self.samples[self.at : min(self.at + n, end)]
        if not len(block) and self.breaks_at is not None:
            raise MediaError("The file is damaged.", "Choose another.")
        self.at += len(block)
        return block.copy()

    def seek(self, frame):
        self.at = frame

    def close(self):
        self.closed = True


class Made:
    """An opening that is there at once, later, or never."""

    def __init__(self, stream=None, *, error=None, after=0):
        self.stream = stream
        self.error = error
        self.after = after
        self.closed = False

    def poll(self):
        if self.error is not None:
            raise self.error
        self.after -= 1
        return None if self.after >= 0 else self.stream

    def close(self):
        self.closed = True


def constant(value, seconds=20.0):
    return np.full((round(seconds * RATE), 2), value, dtype=np.float32)


def sine(hz, seconds=20.0, level=0.25):
    t = np.arange(round(seconds * RATE)) / RATE
    return np.repeat((level * np.sin(2 * np.pi * hz * t)).astype(np.float32)[:, None], 2, axis=1)


def ramp(seconds=20.0):
    """Samples that tell their own frame: frame f is f / 2**22 on the left, exact in float32."""
    f = np.arange(round(seconds * RATE), dtype=np.float32) / np.float32(2**22)
    return np.stack([f, -f], axis=1)


def item(
    number, path="a", *, start=0.0, seconds=4.0, fade_in=0.0, fade_out=0.0, beats=None, **more
):
    grid_beats = () if beats is None else tuple(round(b * SECOND) for b in beats)
    return ProgrammeItem(
        item=number,
        source=FileSource(path=path),
        title=path,
        start_us=Micros(round(start * SECOND)),
        duration_us=Micros(round(seconds * SECOND)),
        fade_in_us=Micros(round(fade_in * SECOND)),
        fade_out_us=Micros(round(fade_out * SECOND)),
        grid=number if beats is not None else None,
        beats_us=grid_beats,
        **more,
    )


class Studio:
    """An offline engine on made sources, with what it said and rendered."""

    def __init__(self, sounds, *, start_us=7_000_003):
        self.clock = ManualClock(start_us)
        self.sounds = sounds
        self.blocks = []
        self.reports = []
        self.engine = OfflineEngine(
            self.clock, sink=lambda b: self.blocks.append(b.copy()), open_stream=self._open
        )
        self.engine.start(self.reports.append)

    def _open(self, source, sample_rate):
        made = self.sounds[source.path]
        if isinstance(made, MediaError):
            raise made
        return MadeStream(made) if isinstance(made, np.ndarray) else made

    def send(self, *commands):
        for command in commands:
            self.engine.send(command)

    def until(self, seconds):
        self.engine.advance_to(Micros(round(seconds * SECOND)))

    @property
    def heard(self):
        return np.concatenate(self.blocks)

    @property
    def events(self):
        return [CODEC.decode(r.event) for r in self.reports if isinstance(r, Happened)]

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def us(seconds):
    return Micros(round(seconds * SECOND))


def opened(sounds, **level):
    studio = Studio(sounds)
    studio.send(ask.OpenSession(offset_us=START, level_db=level.get("level_db", 0.0)))
    return studio


def play(*items, at=0.0, fade=0.0, owner=1, position=0.0):
    return ask.PlayProgramme(
        owner=owner,
        items=items,
        at_us=None if at is None else us(at),
        fade_in_us=us(fade),
        position_us=us(position),
    )
