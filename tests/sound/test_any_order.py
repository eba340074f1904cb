"""Whatever is asked for, in whatever order: nothing breaks, bursts or is left sounding."""

from collections import Counter

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mtsession.errors import MediaError
from mtsession.protocol import commands as ask
from mtsession.protocol.sources import RatePoint
from mtsession.sound.limiter import CEILING
from mtsession.timeline.events import (
    BeatGridRevised,
    CueMissed,
    CueSounded,
    MusicPaused,
    MusicResumed,
    TrackEnded,
    TrackStarted,
)
from mtsession.timeline.units import SECOND, Micros
from sound.fakes import RATE, MadeStream, Studio, item, sine

START = 1_000
PATHS = ["tone", "high", "gone", "breaks", "short"]


def sounds():
    tone = sine(220, seconds=12)
    return {
        "tone": tone,
        "high": sine(523, seconds=12),
        "gone": MediaError("It is not there.", ""),
        "breaks": MadeStream(tone, breaks_at=RATE),
        "short": tone[: RATE // 2],
    }


RATES = st.lists(
    st.tuples(st.integers(0, 4 * SECOND), st.floats(0.8, 1.2) | st.just(1.0)), max_size=2
).map(lambda pairs: tuple(RatePoint(t_us=Micros(t), rate=r) for t, r in sorted(pairs)))


@st.composite
def programmes(draw):
    first = draw(st.integers(1, 4)) * 10
    items = []
    start = 0.0
    for index in range(draw(st.integers(1, 3))):
        seconds = draw(st.floats(0.5, 3.0))
        fade = draw(st.floats(0.0, 0.4))
        path = draw(st.sampled_from(PATHS))
        items.append(
            item(first + index, path, start=start, seconds=seconds, fade_in=fade, fade_out=fade,
                 beats=[0.25 * k for k in range(20)], rate=draw(RATES))
        )  # fmt: skip
        start += seconds - fade
    return ask.PlayProgramme(
        owner=draw(st.integers(1, 2)),
        items=tuple(items),
        at_us=draw(st.none() | st.integers(0, 4 * SECOND)),
        position_us=Micros(draw(st.integers(0, SECOND))),
        fade_in_us=Micros(draw(st.integers(0, SECOND))),
        gives_way=draw(st.booleans()),
    )


OWNERS = st.integers(1, 2)
FADES = st.integers(0, SECOND)
OTHERS = st.one_of(
    st.builds(
        ask.StopProgramme,
        owner=OWNERS,
        fade_us=FADES,
        at_us=st.none() | st.integers(0, 3 * SECOND),
    ),
    st.builds(ask.SkipItem, owner=OWNERS, fade_us=FADES),
    st.builds(ask.PauseMusic, fade_us=FADES),
    st.builds(ask.ResumeMusic, fade_us=FADES),
    st.builds(ask.SetDuck, owner=OWNERS, on=st.booleans()),
    st.builds(ask.SetLevel, level_db=st.floats(-60, 20), glide_us=FADES),
    st.builds(
        ask.StartPulse,
        owner=OWNERS,
        grid=st.just(99),
        bpm=st.floats(30, 200),
        at_us=st.integers(0, SECOND),
    ),
    st.builds(ask.StopPulse, grid=st.just(99)),
    st.builds(ask.CancelCues, owner=OWNERS),
    st.builds(ask.GoQuiet, fade_us=FADES),
)
REVISIONS = programmes().map(
    lambda asked: ask.ReviseProgramme(owner=asked.owner, items=asked.items, asked=1)
)
STEPS = st.lists(st.tuples(st.integers(0, SECOND), programmes() | REVISIONS | OTHERS), max_size=14)


def numbered(items, number):
    """Give every item a number that no programme before has used."""
    return tuple(msgspec.structs.replace(each, item=1000 * number + each.item) for each in items)


@settings(max_examples=60)
@given(STEPS)
def test_nothing_breaks_and_quiet_always_ends_it(steps):
    studio = Studio(sounds(), start_us=START)
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0))
    now = 0
    newest: dict[int, int] = {}
    for number, (pause_us, command) in enumerate(steps):
        now += pause_us
        studio.until(now / SECOND)
        if isinstance(command, ask.PlayProgramme):
            fresh = numbered(command.items, number)
            newest[command.owner] = number
            asked = msgspec.structs.replace(command, items=fresh)
            cues = tuple(
                ask.Cue(cue=1000 * number + k, grid=grid, beat=k + 0.5, sound="inhale", beats=2.0)
                for k, grid in enumerate([fresh[0].grid, 99])
            )
            studio.send(asked, ask.ScheduleCues(owner=command.owner, cues=cues))
        elif isinstance(command, ask.ReviseProgramme):
            # Some of its items are those that play, some new.
            items = numbered(command.items, newest.get(command.owner, number))
            studio.send(msgspec.structs.replace(command, items=items))
        else:
            studio.send(command)
    studio.until(now / SECOND + 0.3)
    studio.engine.quiet()
    quiet_at = len(studio.heard)
    studio.until(now / SECOND + 2.0)

    heard = studio.heard
    assert np.isfinite(heard).all()
    assert np.abs(heard).max(initial=0.0) <= CEILING
    # The limiter holds back the last thousandths, so the frame of "now" is a little further on.
    assert not heard[quiet_at + round(0.028 * RATE) :].any()

    started = Counter(event.item for event in studio.of(TrackStarted))
    ended = Counter(event.item for event in studio.of(TrackEnded))
    assert started == ended
    assert max(started.values(), default=1) == 1
    paused, resumed = len(studio.of(MusicPaused)), len(studio.of(MusicResumed))
    assert resumed <= paused
    cues = [event.cue for event in studio.of(CueSounded) + studio.of(CueMissed)]
    assert len(cues) == len(set(cues))
    revisions: dict[int, int] = {}
    for event in studio.of(BeatGridRevised):
        assert event.grid.revision == revisions.get(event.grid.grid, -1) + 1
        revisions[event.grid.grid] = event.grid.revision
