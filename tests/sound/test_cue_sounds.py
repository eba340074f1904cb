"""Sounds to breathe with: soft tones that leave the beat alone, and a voice that was recorded."""

import numpy as np
import pytest

from mtsession.errors import MediaError
from mtsession.protocol import commands as ask
from mtsession.sound.cue_list import CueList
from mtsession.sound.cues import CueVoice
from mtsession.sound.pulse import Pulse
from mtsession.timeline.events import CueMissed, CueSounded
from mtsession.timeline.units import SECOND
from sound.fakes import RATE, START, Made, MadeStream, Studio, constant, us


def opened(sounds):
    studio = Studio(sounds)
    studio.send(ask.OpenSession(offset_us=START, level_db=0.0))
    return studio


TONES = {"tone in": 329.63, "tone out": 220.0, "tone hold": 261.63}


def alone(sound, *, seconds=2.0, gain_db=0.0):
    """Give a cue as it sounds without music."""
    frames = round(seconds * RATE)
    voice = CueVoice(sound, frame=0, frames=frames, gain_db=gain_db, sample_rate=RATE)
    out = np.zeros((frames, 2), dtype=np.float32)
    for at in range(0, frames, 256):
        voice.render(at, out[at : at + 256])
    return out


@pytest.mark.parametrize(("sound", "hz"), TONES.items())
def test_a_tone_has_its_pitch_and_dies_away(sound, hz):
    heard = alone(sound)[:, 0]
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    assert np.fft.rfftfreq(len(heard), 1 / RATE)[spectrum.argmax()] == pytest.approx(hz, abs=0.5)
    early, late = heard[: RATE // 2], heard[-RATE // 2 :]
    assert np.abs(late).max() < 0.2 * np.abs(early).max()
    assert abs(heard[0]) < 1e-4
    assert abs(heard[-1]) < 1e-4


@pytest.mark.parametrize("sound", [*TONES, "inhale", "exhale"])
def test_a_cue_leaves_the_attack_of_its_beat_free(sound):
    heard = np.abs(alone(sound, seconds=4.0))
    assert heard[: round(0.012 * RATE)].max() < 0.12 * heard.max()
    assert heard.max() < 0.3


def test_in_and_out_differ_from_one_another_and_from_the_swell():
    loud = {name: alone(name, seconds=2.0)[:, 0] for name in ("tone in", "tone out", "inhale")}
    for one in loud:
        for other in loud:
            if one != other:
                together = np.corrcoef(loud[one], loud[other])[0, 1]
                assert abs(together) < 0.1


def test_a_cue_has_a_level_of_its_own():
    full, soft = alone("tone in"), alone("tone in", gain_db=-20.0)
    assert np.allclose(soft * 10, full, atol=1e-5)


def spoken(sound, *, beats=4.0):
    """Let a recording be said on the first beat of a pulse at 60."""
    studio = opened({"in.wav": sound})
    studio.send(ask.StartPulse(owner=2, grid=8, bpm=60.0, at_us=us(0)))
    cue = ask.Cue(cue=1, grid=8, beat=1.0, sound="spoken", beats=beats, recording="in.wav")
    studio.send(ask.ScheduleCues(owner=2, cues=(cue,)))
    return studio


def test_a_recording_is_heard_from_its_first_sample_on_its_beat():
    stream = MadeStream(constant(0.2, 0.5))
    studio = spoken(stream)
    studio.until(3.0)
    loud = np.flatnonzero(np.abs(studio.heard[:, 0]) > 0.1)
    beat = studio.of(CueSounded)[0].t_us
    assert loud[0] == round(beat * RATE / SECOND)
    assert beat == SECOND
    assert loud[-1] - loud[0] == pytest.approx(0.5 * RATE, abs=300)


def test_a_recording_that_outlasts_its_phase_is_faded_at_the_end_of_it():
    studio = spoken(constant(0.2, 8.0), beats=2.0)
    studio.until(5.0)
    level = np.abs(studio.heard[:, 0])
    assert level[round(2.9 * RATE)] == pytest.approx(0.2, abs=0.01)
    assert level[3 * RATE + 60 :].max() < 1e-6
    assert np.abs(np.diff(level[RATE + 100 :])).max() < 0.01


def test_a_recording_that_cannot_be_played_is_left_out_with_its_reason():
    gone = spoken(MediaError("It is gone."))
    gone.until(3.0)
    assert [event.why for event in gone.of(CueMissed)] == ["It is gone."]
    assert not gone.of(CueSounded)
    assert np.abs(gone.heard).max() == 0


def waiting(opening):
    """Give a list with one spoken cue on beat 1 of a grid, and what it tells."""
    told = []
    cues = CueList(RATE, lambda frame, event: told.append(event), lambda source, first: opening)
    pulse = Pulse(grid=8, sample_rate=RATE)
    pulse.run(60.0, beat=0, at=0, beats_per_bar=None)
    cue = ask.Cue(cue=1, grid=8, beat=1.0, sound="spoken", beats=1.0, recording="in.wav")
    cues.add(2, (cue,))
    cues.resolve(0, {8: pulse.grid_frames(0)}, expected=set(), holds=lambda grid, frame: False)
    return cues, told


def test_a_recording_that_is_late_is_left_out_and_its_file_let_go():
    opening = Made(MadeStream(constant(0.2)), after=10**6)
    cues, told = waiting(opening)
    out = np.zeros((256, 2), dtype=np.float32)
    cues.render(RATE - 10, out)
    assert [event.why for event in told] == ["its recording was not ready in time"]
    assert opening.closed
    assert np.abs(out).max() == 0


def test_a_recording_that_is_cancelled_or_over_lets_go_of_its_file():
    cancelled, over = Made(MadeStream(constant(0.2))), Made(MadeStream(constant(0.2, 0.1)))
    waiting(cancelled)[0].cancel(2, 0, 480)
    assert cancelled.closed
    cues, _ = waiting(over)
    for frame in range(RATE - 10, RATE * 2 + 1_000, 256):
        cues.render(frame, np.zeros((256, 2), dtype=np.float32))
    assert over.closed
