"""Commands and reports come through the pipe as they were sent."""

import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.protocol import commands as cmd
from mtsession.protocol import reports as rep
from mtsession.protocol import wire
from mtsession.protocol.sources import BuiltinSource, FileSource, ProgrammeItem
from mtsession.timeline.tempo_map import TempoPoint

times = st.integers(0, 2**53)
sources = st.one_of(
    st.builds(FileSource, path=st.text()),
    st.builds(
        BuiltinSource,
        piece=st.text(),
        duration_us=times,
        tempo=st.lists(st.builds(TempoPoint, t_us=times, bpm=st.floats(20, 240)), max_size=3).map(
            tuple
        ),
    ),
)
items = st.builds(
    ProgrammeItem,
    item=times,
    source=sources,
    title=st.text(),
    start_us=times,
    duration_us=times,
    beats_us=st.lists(times, max_size=5).map(tuple),
)


@given(st.lists(items, max_size=3).map(tuple), st.none() | times)
def test_a_programme_comes_through(programme: tuple[ProgrammeItem, ...], at_us: int | None):
    sent = cmd.PlayProgramme(owner=1, items=programme, at_us=at_us)
    assert wire.decode_command(wire.encode(sent)) == sent


def test_every_command_and_report_has_its_own_tag():
    for union in (cmd.AnyCommand, rep.AnyReport):
        kinds = typing.get_args(union)
        assert len({kind.__struct_config__.tag for kind in kinds}) == len(kinds)
    named = {kind for kind in vars(cmd).values() if isinstance(kind, type)}
    missing = {
        kind for kind in named if issubclass(kind, cmd.Command) and kind is not cmd.Command
    } - set(typing.get_args(cmd.AnyCommand))
    assert not missing


def test_a_report_comes_through():
    sent = rep.Status(t_us=5, level_dbfs=None, underruns=0, quiet=True)
    assert wire.decode_report(wire.encode(sent)) == sent


@given(st.binary(max_size=30))
def test_noise_on_the_pipe_is_told_as_such(data: bytes):
    with pytest.raises(msgspec.MsgspecError):
        wire.decode_command(b"\xc1" + data)
