"""Events survive the journal: known ones whole, unknown and older ones unharmed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import Event, EventCodec, StoredEvent, UnknownEvent

CODEC = EventCodec(ev.CORE_EVENTS)
times = st.integers(0, 10**12)
texts = st.text(max_size=20)

examples = st.one_of(
    st.builds(ev.MarkerPlaced, t_us=times, marker=st.integers(1), label=texts),
    st.builds(ev.MidiReceived, t_us=times, port=st.integers(0, 9), data=st.binary(max_size=3)),
    st.builds(ev.SegmentStarted, t_us=times, segment=st.integers(0), title=texts, planned_us=times),
    st.builds(ev.LevelChanged, t_us=times, level_db=st.floats(-60, 0)),
    st.builds(
        ev.BeatGridRevised,
        t_us=times,
        grid=st.builds(
            BeatGrid,
            grid=st.integers(0),
            revision=st.integers(0),
            first_beat=st.integers(0),
            beats_us=st.sets(times, min_size=2, max_size=9).map(lambda s: tuple(sorted(s))),
        ),
    ),
)


@given(examples)
def test_an_event_comes_back_as_it_was(event: Event):
    stored = CODEC.encode(event)
    assert CODEC.decode(stored) == event
    assert CODEC.encode(CODEC.decode(stored)) == stored


@given(texts, st.integers(1, 9), st.binary(max_size=40), times)
def test_what_is_not_known_is_kept_as_it_came(name: str, version: int, payload: bytes, t_us: int):
    stored = StoredEvent(
        t_us=t_us, type="Unheard" + name, version=version, subject=None, payload=payload
    )
    event = CODEC.decode(stored)
    assert isinstance(event, UnknownEvent)
    assert CODEC.encode(event) == stored


def test_a_newer_version_and_a_broken_payload_are_kept_raw():
    for version, payload in ((99, b'{"t_us":1,"marker":1,"label":"x"}'), (1, b"{broken")):
        stored = StoredEvent(
            t_us=1, type="MarkerPlaced", version=version, subject=None, payload=payload
        )
        assert CODEC.encode(CODEC.decode(stored)) == stored


class Weighed(Event, frozen=True, kw_only=True):
    VERSION = 3
    grams: int
    note: str = ""


def test_an_older_version_is_lifted_step_by_step():
    codec = EventCodec(
        [Weighed],
        {
            ("Weighed", 1): lambda old: {"t_us": old["t_us"], "kg": old["kilos"]},
            ("Weighed", 2): lambda old: {"t_us": old["t_us"], "grams": old["kg"] * 1000},
        },
    )
    stored = StoredEvent(
        t_us=4, type="Weighed", version=1, subject=None, payload=b'{"t_us":4,"kilos":2}'
    )
    assert codec.decode(stored) == Weighed(t_us=4, grams=2000)


def test_an_older_payload_without_a_later_field_takes_its_default():
    stored = StoredEvent(
        t_us=4, type="PortOpened", version=1, subject=None,
        payload=b'{"t_us":4,"port":1,"name":"keys"}',
    )  # fmt: skip
    assert CODEC.decode(stored) == ev.PortOpened(t_us=4, port=1, name="keys")


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_at_the_door(bad: float):
    with pytest.raises(ValueError, match="not finite"):
        CODEC.encode(ev.LevelChanged(t_us=0, level_db=bad))


def test_two_types_of_one_name_and_strangers_are_refused():
    with pytest.raises(ValueError, match="two event types"):
        EventCodec([Weighed, Weighed])
    with pytest.raises(ValueError, match="not a registered"):
        CODEC.encode(Weighed(t_us=0, grams=1))
