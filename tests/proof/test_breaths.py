"""A breath's phases begin on the beat that is heard."""

from proof.breaths import measure, write_plan
from proof.sessions import Session, read_back, show


def test_breath_phases_are_heard_on_their_beats(rig, capture, tmp_path):
    plan = write_plan(
        tmp_path,
        minutes=0.38,
        arc="[{ from = 100, to = 76, minutes = 0.38 }]",
        ratio=[2, 3],
        start=24,
        target=15,
        own=0.05,
        ramp=0.25,
    )
    with (
        capture(tail_seconds=1.0) as heard,
        Session(plan, tmp_path / "home", level=-6, MTSESSION_AUDIO="soak") as session,
    ):
        assert session.finish() == 0, session.lines
    kept = read_back(tmp_path / "home")
    found = measure(heard.samples, kept)
    show(found)
    assert found.phases_heard == found.phases_told >= 12
    assert found.on_another_beat == found.beats_missing == 0
    assert found.largest_off_ms <= 10
