"""What is said of a scan, as pure functions."""

from hypothesis import given
from hypothesis import strategies as st

from mtsession.app.scan_words import fault_line, fault_lines, progress_words, report_words
from mtsession.music.library.reports import ScanProgress, ScanReport
from mtsession.music.library.walk import ScanFault

BAD = ScanFault(path="/music/bad.mp3", message="“bad.mp3” holds no sound.")


def test_a_scan_is_told_in_plain_figures():
    assert progress_words(ScanProgress()) == "0 of 0 files; getting ready"
    slow = ScanProgress(found=40, done=12, files_per_s=0.4, failed=2, now="a\x1b.mp3")
    assert progress_words(slow) == "12 of 40 files, 24 a minute, 2 with faults; a .mp3"
    progress = ScanProgress(found=40, done=12, analysed=9, unchanged=2, known=3, failed=1)
    report = ScanReport(progress=progress, faults=(BAD,), missing=2, seconds=65.0)
    assert report_words(report) == (
        "40 files in 1 min 5 s: 9 measured, 2 as before, 3 moved, copied or tagged anew, "
        "1 with faults, 2 no longer there."
    )
    stopped = ScanReport(progress=progress, cancelled=True)
    assert report_words(stopped).startswith("12 of 40 files in 1 s: ")


def test_a_fault_names_its_file_once():
    assert fault_line(BAD) == "/music/bad.mp3 holds no sound."
    assert fault_lines(BAD) == ("bad.mp3 holds no sound.", "/music")
    plain = ScanFault(path="/music", message="It may not be read.")
    assert fault_line(plain) == "/music: It may not be read."
    assert fault_lines(ScanFault(path="/", message="“/” is not there.")) == ("/ is not there.", "/")


@given(st.builds(ScanFault, path=st.text(min_size=1), message=st.text(min_size=1)))
def test_any_fault_is_one_line_that_steers_no_terminal(fault):
    assert fault_line(fault).isprintable()
    assert all(line.isprintable() for line in fault_lines(fault))
