"""Events kept small: as they came, whatever thread asks, and lighter than the objects."""

import threading

import hypothesis.strategies as st
from hypothesis import given

from mtsession.app.kept_events import KeptEvents
from mtsession.app.registry import event_codec
from mtsession.timeline import events as ev
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.event import StoredEvent, UnknownEvent

CODEC = event_codec()


def kept(events):
    store = KeptEvents(CODEC)
    assert [store.add(CODEC.encode(event)) for event in events] == [*range(1, len(events) + 1)]
    return store


def grid_revised(t_us, beats=120):
    times = tuple(t_us + beat * 833_333 for beat in range(beats))
    grid = BeatGrid(grid=1, revision=t_us, first_beat=0, beats_us=times)
    return ev.BeatGridRevised(t_us=t_us, grid=grid)


ANY = st.one_of(
    st.builds(grid_revised, st.integers(0, 10**12), st.integers(2, 200)),
    st.builds(ev.NoteWritten, t_us=st.integers(0, 10**12), text=st.text(max_size=3_000)),
)


@given(st.lists(ANY, max_size=80))
def test_they_come_back_as_they_were(events):
    store = kept(events)
    assert [*store] == events
    assert len(store) == len(events)
    assert store[2:-1] == tuple(events[2:-1])
    assert not events or store[-1] == events[-1]


def test_what_this_program_does_not_know_is_kept_too():
    stored = StoredEvent(t_us=3, type="OfTomorrow", version=9, subject=None, payload=b'{"t_us":3}')
    (one,) = kept([UnknownEvent(t_us=3, stored=stored)])
    assert one.stored == stored


def test_whoever_reads_sees_a_beginning_of_what_is_there():
    store, over = KeptEvents(CODEC), threading.Event()
    events = [grid_revised(t_us) for t_us in range(600)]
    seen = []

    def read():
        while not over.is_set():
            seen.append([*store])

    reader = threading.Thread(target=read)
    reader.start()
    for event in events:
        store.add(CODEC.encode(event))
    over.set()
    reader.join()
    assert seen
    assert all(part == events[: len(part)] for part in seen)
    assert [*store] == events
