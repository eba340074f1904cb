"""The page says what happened, in plain words, and nothing else."""

import msgspec
import pytest

from mtsession.errors import ReportError
from mtsession.protocol.sections import Figure, Section
from mtsession.protocol.summary import CourseLine, MarkLine, MeasureLine, NoticeLine, Summary
from mtsession.report.export import as_json, as_markdown, write
from mtsession.report.page import as_text, minutes, page
from mtsession.timeline.clock import WallTime
from mtsession.timeline.units import MINUTE

WALL = WallTime(unix_us=1_804_860_120_000_000, utc_offset_s=0, zone="UTC")


def later(us: int) -> WallTime:
    return WallTime(unix_us=WALL.unix_us + us, utc_offset_s=0, zone="UTC")


FULL = Summary(
    session="s",
    client="K-17",
    started=WALL,
    ended_at=later(33 * MINUTE),
    duration_us=33 * MINUTE,
    plan_title="One to one",
    course=(
        CourseLine(title="Check-in", planned_us=5 * MINUTE, done_us=7 * MINUTE),
        CourseLine(title="Listen", planned_us=None, done_us=90_000_000),
    ),
    sections=(
        Section(activity=1, method="listening", title="Listen", line="Music: Harbour 80 to 72"),
        Section(activity=2, method="listening", title="Listen", line="Music: Harbour 66"),
        Section(
            activity=3, method="improvisation", title="Improvise", line="client, 412 notes",
            figures=(Figure(label="notes | all", text="412", key="notes", value=412, n=412),),
        ),
    ),
    marks=(MarkLine(t_us=MINUTE, wall=later(19 * MINUTE), label="laughed"),),
    measures=(MeasureLine(measure="Tension 0-10", source="client", before=7, after=None),),
    notes=("Playing was *easier* than breathing.",),
    notices=(NoticeLine(t_us=0, text="no sound"), NoticeLine(t_us=9, text="no sound")),
    captured=("client keyboard",),
    not_captured=("voice", "guitar"),
    ended="planned",
    app_version="1",
)  # fmt: skip
EMPTY = Summary(
    session="s", client=None, started=None, ended_at=None, duration_us=0, plan_title="", course=(),
    sections=(), marks=(), measures=(), notes=(), notices=(), captured=(), not_captured=(),
    ended=None, app_version="",
)  # fmt: skip


def test_what_the_therapist_saw_is_told_as_theirs():
    line = MeasureLine(measure="interest", source="therapist", before=None, after=6.0)
    told = as_text(msgspec.structs.replace(FULL, measures=(line,)))
    assert "interest, as the therapist saw it: 6 of 10" in told


def test_the_page_reads_as_it_should():
    assert as_text(FULL).splitlines() == [
        "DRAFT. K-17, 12 Mar 2027 14:02-14:35 (33 min)",
        "Plan: One to one",
        "Planned/done min: check-in 5/7, listen -/1.5",
        "Music: Harbour 80 to 72; Harbour 66",
        "client, 412 notes",
        "Captured: client keyboard",
        "Not captured: voice, guitar",
        "Marks: 14:21 laughed",
        "Tension 0-10 (client): 7 before",
        "Note: Playing was *easier* than breathing.",
        "Technical: no sound",
        "Ended as planned.",
        "Response / meaning / plan: [therapist writes]",
        "Signed:",
    ]


def test_an_empty_interrupted_session_still_has_a_page():
    lines = [str(line) for line in page(EMPTY)]
    assert lines[0] == "DRAFT. No client assigned"
    assert "interrupted" in lines[1]


def test_markdown_escapes_what_people_wrote_and_lists_figures():
    text = as_markdown(FULL)
    assert r"Playing was \*easier\* than breathing." in text
    assert r"| notes \| all | 412 | 412 |" in text
    assert "not the client's measured state" in text


def test_json_gives_the_summary_back():
    assert msgspec.json.decode(as_json(FULL), type=Summary) == FULL


def test_an_export_is_whole_or_not_there(tmp_path):
    path = tmp_path / "new" / "summary.md"
    write(path, "one")
    write(path, "two")
    assert path.read_text() == "two"
    assert [each.name for each in path.parent.iterdir()] == ["summary.md"]
    with pytest.raises(ReportError, match="cannot be written"):
        write(path / "below-a-file.md", "x")


@pytest.mark.parametrize(
    ("us", "told"), [(0, "0"), (45_000_000, "0.75"), (10 * MINUTE, "10"), (629_000_000, "10")]
)
def test_minutes_are_told_as_people_say_them(us: int, told: str):
    assert minutes(us) == told
