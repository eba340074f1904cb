"""What the loudspeaker gets is what rendering writes: proved on captured samples."""

import numpy as np
import pytest
import soundfile
from heard import lag_of, mtsession, render, residual_db

FILES_PLAN = """
version = 1
title = "Recordings"
when = "In tests."

[[segment]]
title = "Listen"
minutes = 0.25

[[segment.activity]]
method = "listening"
fade_in_s = 1
crossfade_s = 3
end_fade_s = 2
arc = [{ hold = 72, minutes = 0.25 }]

[[segment.activity.track]]
file = "one.flac"
bpm = 70

[[segment.activity.track]]
file = "two.mp3"
bpm = 74
"""

BUILTIN_PLAN = """
version = 1
title = "Built-in music and breathing"
when = "In tests."

[[segment]]
title = "Listen"
minutes = 0.15

[[segment.activity]]
method = "listening"
fade_in_s = 1
end_fade_s = 2
pieces = ["harbour"]
arc = [{ hold = 72, minutes = 0.3 }]
runs_on = true

[[segment]]
title = "Breathe"
minutes = 0.15

[[segment.activity]]
method = "breathing"
ratio = [2, 4]
caution = false
cue = "swell"
"""


def made_recording(path, seconds: float, *, rate: int, seed: int) -> None:
    """Write soft noisy chords, so that a lag of one sample shows."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    tones = sum(
        np.sin(2 * np.pi * f * t + p)
        for f, p in zip(rng.uniform(90, 2000, 9), rng.uniform(0, 6, 9), strict=True)
    )
    samples = np.stack([tones, np.roll(tones, 7)], axis=1) * 0.02
    samples += rng.normal(0, 0.01, samples.shape)
    with soundfile.SoundFile(path, "w", samplerate=rate, channels=2) as file:
        for start in range(0, len(samples), 65_536):
            file.write(samples[start : start + 65_536])


@pytest.mark.parametrize("plan", ["files", "builtin"])
def test_what_is_heard_is_what_is_rendered(plan, capture, tmp_path, monkeypatch):
    monkeypatch.setenv("MTSESSION_AUDIO", "soak")
    made_recording(tmp_path / "one.flac", 10, rate=44_100, seed=1)
    made_recording(tmp_path / "two.mp3", 10, rate=48_000, seed=2)
    path = tmp_path / "plan.toml"
    path.write_text(FILES_PLAN if plan == "files" else BUILTIN_PLAN)
    written, _ = render(path, tmp_path)
    with capture(tail_seconds=1.0) as heard:
        done = mtsession("run", path, "--headless", "--level", -6)
    assert done.returncode == 0, done.stderr
    assert "in the record" in done.stdout
    lag = lag_of(heard.samples, written)
    # Music that still plays when the session ends is faded at the moment it really ends.
    planned = len(written) if plan == "files" else int(17.7 * 48_000)
    worst = residual_db(heard.samples, written[:planned], lag)
    assert worst.max() < -60, f"{worst.max():.1f} dB in window {worst.argmax()} at lag {lag}"
