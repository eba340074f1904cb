"""An audition on a real sound card: the place that is said against the place that is captured."""

import time

import numpy as np
import pytest
import soundfile

from mtsession.app.audition import Audition
from mtsession.engine.client import EngineClient
from mtsession.music.recording import Analysis, Recording
from rig_support import RATE

PER_SECOND = 0.01
FILE_RATE = 44_100
NEAR_SECONDS = 0.03
PATIENCE_SECONDS = 20.0

pytestmark = pytest.mark.rig


def heard_place(heard, second: float) -> float:
    """Give the place in the file that was captured at a second of the clock."""
    frame = heard.frame_at(second)
    return float(np.median(heard.samples[frame - 48 : frame + 48, 0])) / PER_SECOND


def test_what_is_said_to_be_heard_is_what_the_sound_card_plays(rig, capture, tmp_path):
    path = tmp_path / "rise.wav"
    seconds = np.arange(30 * FILE_RATE) / FILE_RATE
    soundfile.write(path, (seconds * PER_SECOND).astype(np.float32), FILE_RATE, subtype="FLOAT")
    one = Recording(
        content="ab" * 32, path=str(path), title="Rise", analysis=Analysis(duration_s=30.0)
    )
    engine = EngineClient(profile="default")
    audition = Audition(engine, level_db=0.0, ceiling_db=0.0)
    engine.start(audition.report)
    said: list[tuple[float, float]] = []
    try:
        with capture() as heard:
            audition.play(one, from_s=4.0)
            until = time.monotonic() + PATIENCE_SECONDS
            while len(said) < 8 and time.monotonic() < until:
                heard.wait_frames(heard.frames + RATE // 4)
                engine.beat()
                audition.pump()
                place = audition.heard_before(0.0)
                # The fade-in tells nothing of the place.
                if place is not None and place > 6.5:
                    said.append((time.perf_counter(), place))
    finally:
        audition.close()
        engine.close()
    assert len(said) == 8
    off = [place - heard_place(heard, second) for second, place in said]
    assert np.abs(np.median(off)) < NEAR_SECONDS, off
    assert np.ptp(off) < NEAR_SECONDS, off
