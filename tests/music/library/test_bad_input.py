"""A folder with everything that is wrong with somebody's files, measured for real."""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mtsession.music.library.scan import scan
from music.library.bad_folder import LONG_NAME, make_bad, make_good, make_not_a_number


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "music"
    made.mkdir()
    return made


def test_bad_files_have_one_line_each_and_the_good_ones_are_in(catalogue, folder):
    good = [*make_good(folder), make_not_a_number(folder)]
    lines = make_bad(folder) | {"nan.wav": "holds 201 samples that are no numbers"}
    if sys.platform == "linux":
        (folder / os.fsdecode(b"caf\xe9.wav")).write_bytes(b"sound")
        lines["caf\ufffd.wav"] = "a name that is not text"
    if getattr(os, "geteuid", lambda: 0)() != 0:
        (folder / "closed.wav").write_bytes(b"sound")
        (folder / "closed.wav").chmod(0)
        lines["closed.wav"] = "may not be read by this user account"
    too_long = folder / f"{LONG_NAME * 2}.wav"
    lines[too_long.name] = "File name too long"
    report = scan([folder, too_long], catalogue)
    said = {Path(fault.path).name: fault.message for fault in report.faults}
    assert len(said) == len(report.faults)
    assert said.keys() == lines.keys()
    for name, message in said.items():
        assert re.search(lines[name], message), message
        assert message.isprintable()
    listed = {Path(each.path).name: each for each in catalogue.recordings()}
    assert set(good) - set(listed) <= {"mislabelled.mp3", "good.flac"}
    for name in good:
        if name in listed:
            assert listed[name].analysis is not None
            assert (listed[name].fault is None) == (name not in lines)
    assert listed["good.mp3"].bpm == pytest.approx(72, rel=0.01)
    assert listed["silence.wav"].bpm is None
    assert listed["words.mp3"].fault == said["words.mp3"]
    again = scan([folder], catalogue)
    assert again.progress.analysed == again.progress.known == 0


@pytest.mark.soak
def test_three_hours_are_measured(catalogue, folder):
    block = np.random.default_rng(0).standard_normal((60 * 8_000, 1)).astype(np.float32) * 0.1
    with soundfile.SoundFile(folder / "long.flac", "w", 8_000, 1) as file:
        for _ in range(180):
            file.write(block)
    report = scan([folder], catalogue, workers=1)
    (recording,) = catalogue.recordings()
    assert report.faults == ()
    assert recording.duration_s == pytest.approx(3 * 3600, abs=1)
