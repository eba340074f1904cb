"""Recordings for the phases of a breath: found beside the plan, or refused in a sentence."""

import wave
from pathlib import Path

import numpy as np
import pytest

from mtsession.app.plans import load_plan
from mtsession.errors import MtSessionError

PLAN = """
version = 1
title = "Spoken"
when = "In tests."

[[segment]]
title = "Breathe"
minutes = 1

[[segment.activity]]
method = "breathing"
cue = "spoken"
spoken = {spoken}
"""


def record(path: Path, seconds: float) -> None:
    """Make a WAV file of a soft tone."""
    samples = (3000 * np.sin(np.arange(round(seconds * 8000)) / 5)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())


def opened(folder: Path, spoken: str):
    path = folder / "plan.toml"
    path.write_text(PLAN.format(spoken=spoken), encoding="utf-8")
    return load_plan(path).segments[0].activities[0].settings


def test_recordings_are_found_beside_the_plan_and_by_their_whole_path(tmp_path):
    record(tmp_path / "in.wav", 1.0)
    record(tmp_path / "out.wav", 1.5)
    settings = opened(tmp_path, f'{{ inhale = "in.wav", exhale = "{tmp_path / "out.wav"}" }}')
    assert settings.spoken.inhale == str(tmp_path / "in.wav")
    assert settings.spoken.exhale == str(tmp_path / "out.wav")
    assert settings.spoken.hold == settings.spoken.rest == ""


@pytest.mark.parametrize(
    ("spoken", "said"),
    [
        ('{ inhale = "in.wav", exhale = "gone.wav" }', "gone.wav"),
        ('{ inhale = "in.wav", exhale = "." }', "spoken.exhale"),
        ('{ inhale = "in.wav", exhale = "words.wav" }', "spoken.exhale"),
        ('{ inhale = "in.wav", exhale = "long.wav" }', "11 s"),
        ('{ inhale = "in.wav", exhale = "none.wav" }', "no sound"),
        ('{ inhale = "in.wav", exhale = "\\u0000" }', "spoken.exhale"),
        ('{ inhale = "in.wav" }', "not named"),
        ('{ inhale = "in.wav", exhale = "in.wav", sigh = "in.wav" }', "sigh"),
        ('"in.wav"', "spoken"),
    ],
)
def test_what_cannot_be_said_in_a_breath_is_refused(tmp_path, spoken, said):
    record(tmp_path / "in.wav", 1.0)
    record(tmp_path / "long.wav", 11.0)
    record(tmp_path / "none.wav", 0.0)
    (tmp_path / "words.wav").write_text("breathe in", encoding="utf-8")
    with pytest.raises(MtSessionError) as refused:
        opened(tmp_path, spoken)
    assert said in str(refused.value)
