"""What is played is kept: all of it, in order and in time, even when the cable comes loose."""

import pytest

from mtsession.timeline import events as ev
from proof.performance import (
    burst,
    dense_part,
    is_note,
    play_over_music,
    play_rows,
    received,
    write_plan,
)
from proof.sessions import Session, read_back, show
from rig_support import VirtualKeyboard


def test_a_real_performance_is_kept_whole_and_in_time(rig, shared_data, tmp_path):
    played = play_over_music(tmp_path, shared_data, 10.0)
    show(played)
    if played.unproven:
        pytest.skip(played.unproven)
    assert played.passed, played


@pytest.mark.soak
def test_a_burst_of_a_thousand_messages_a_second_is_kept_whole(rig, tmp_path):
    played = play_rows(tmp_path, burst(10.0), 10.0)
    show(played)
    if played.unproven:
        pytest.skip(played.unproven)
    # How late a stamp may be is told by playing that hands can play; here every message counts.
    assert (played.kept, played.same_in_order, played.fault) == (10_000, True, None)
    assert played.notes_in_file == played.notes_sent == 5_000


@pytest.mark.soak
def test_a_port_that_vanishes_amid_a_take_is_told_and_comes_back(rig, shared_data, tmp_path):
    rows = dense_part(shared_data, 3.0)
    wanted = [message for _, message in rows]
    name = "mtsession-loose-cable"
    with Session(write_plan(tmp_path, 20), tmp_path / "home", level=-12) as session:
        with VirtualKeyboard(name) as keyboard:
            session.wait_line(f"MIDI: {name}")
            session.wait_line("playing")
            keyboard.play(rows)
        session.wait_line("went away")
        with VirtualKeyboard(name) as keyboard:
            session.wait_line("is back")
            keyboard.play(rows)
            assert session.finish() == 0, session.lines
    kept = read_back(tmp_path / "home")
    assert kept.fault is None
    (first, again) = [each for each in kept.of(ev.PortOpened) if name in each.name]
    (lost,) = [each for each in kept.of(ev.PortLost) if name in each.name]
    assert again.restored
    assert first.port == lost.port == again.port
    assert first.t_us < lost.t_us < again.t_us
    before, after = (
        [each.data for each in received(kept) if low <= each.t_us < high]
        for low, high in ((first.t_us, lost.t_us), (again.t_us, 1e12))
    )
    assert before == wanted
    assert after == wanted
    assert [each.reason for each in kept.of(ev.SessionEnded)] == ["planned"]
    (section,) = [each for each in kept.summary.sections if each.method == "improvisation"]
    assert f" {2 * sum(is_note(message) for message in wanted)} notes" in section.line
    assert any("while the port was away" in each for each in section.not_captured)
    assert not kept.of(ev.TrackFailed, ev.EngineLost, ev.OutputLost)
