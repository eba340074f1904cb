import sys
from typing import get_args

import numpy as np
import pytest

from mtsession.errors import EngineError
from mtsession.protocol.commands import MadeVoice
from mtsession.sound.voices import VOICES, VoiceBank

RATE = 48_000


def played(bank, seconds, block=256):
    out = np.zeros((round(seconds * RATE), 2), dtype=np.float32)
    for at in range(0, len(out), block):
        bank.render(out[at : at + block])
    return out


def loudness(samples):
    return float(np.sqrt(np.mean(samples**2)))


def pitch_of(samples):
    spectrum = np.abs(np.fft.rfft(samples[:, 0] * np.hanning(len(samples))))
    return np.argmax(spectrum) * RATE / len(samples)


def test_a_note_sounds_at_its_pitch_and_dies_away():
    bank = VoiceBank(RATE)
    bank.feed(bytes((0x90, 70, 100)))
    heard = played(bank, 1.0)
    assert abs(pitch_of(heard) - 466.16) < 2.0
    assert loudness(heard[:9600]) > 4 * loudness(heard[-9600:])
    played(bank, 4.0)
    assert not bank.sounding


def test_release_waits_for_the_pedal():
    bank = VoiceBank(RATE)
    for message in ((0xB0, 64, 127), (0x90, 60, 100), (0x80, 60, 0)):
        bank.feed(bytes(message))
    assert loudness(played(bank, 0.5)[-4800:]) > 1e-3
    bank.feed(bytes((0xB0, 64, 0)))
    assert loudness(played(bank, 0.3)[-4800:]) == 0.0
    assert not bank.sounding


def test_louder_keys_sound_louder():
    soft, loud = VoiceBank(RATE), VoiceBank(RATE)
    soft.feed(bytes((0x90, 60, 30)))
    loud.feed(bytes((0x90, 60, 120)))
    assert loudness(played(loud, 0.2)) > 3 * loudness(played(soft, 0.2))


def test_more_notes_than_voices_and_strange_messages_do_no_harm():
    bank = VoiceBank(RATE)
    for number in range(300):
        bank.feed(bytes((0x90 | number % 16, number % 128, 1 + number % 127)))
    for message in (b"", b"\xc0\x05", bytes((0xE0, 1, 2)), bytes((0x80, 5, 0))):
        bank.feed(message)
    heard = played(bank, 0.1)
    assert len(bank._notes) <= VOICES
    assert np.isfinite(heard).all()


def test_quiet_releases_every_note_without_a_click():
    bank = VoiceBank(RATE)
    for pitch in (48, 55, 64):
        bank.feed(bytes((0x90, pitch, 110)))
    before = played(bank, 0.5)
    bank.quiet()
    after = played(bank, 0.5)
    assert np.abs(np.diff(after[:, 0])).max() <= np.abs(np.diff(before[:, 0])).max() * 1.2
    assert not after[round(0.03 * RATE) :].any()


def sounded(voice, pitch, seconds=1.0, velocity=100, held=True):
    bank = VoiceBank(RATE)
    bank.choose(voice)
    bank.feed(bytes((0x90, pitch, velocity)))
    if not held:
        bank.feed(bytes((0x80, pitch, 0)))
    return played(bank, seconds)


@pytest.mark.parametrize("voice", get_args(MadeVoice))
def test_every_voice_sounds_within_a_few_milliseconds_of_its_key(voice):
    for pitch in (24, 60, 100):
        heard = sounded(voice, pitch, 0.3)
        assert np.isfinite(heard).all()
        first = np.flatnonzero(np.abs(heard[:, 0]) > 10 ** (-60 / 20))[0]
        assert first < 0.012 * RATE, pitch
        assert np.abs(heard).max() < 0.4


def test_a_pad_lasts_as_long_as_its_key_and_has_its_pitch():
    heard = sounded("pad", 70, 9.0)
    assert loudness(heard[-RATE:]) > 0.3 * loudness(heard[RATE : 2 * RATE])
    assert pitch_of(heard[RATE : 3 * RATE]) == pytest.approx(466.16, rel=0.004)
    # Round its wave it goes without a seam.
    assert (
        np.abs(np.diff(heard[RATE:, 0])).max()
        < 3 * np.abs(np.diff(heard[RATE : RATE * 2, 0])).mean() * 3
    )
    bank = VoiceBank(RATE)
    bank.choose("pad")
    bank.feed(bytes((0x90, 60, 100)))
    played(bank, 1.0)
    bank.feed(bytes((0x80, 60, 0)))
    assert not played(bank, 1.0)[round(0.7 * RATE) :].any()


def test_a_drum_rings_out_whatever_the_key_does():
    held, tapped = sounded("drum", 60), sounded("drum", 60, held=False)
    np.testing.assert_array_equal(held, tapped)
    assert not held[round(0.9 * RATE) :].any()
    assert loudness(held[: RATE // 10]) > 10 * loudness(held[RATE // 2 :])


def test_another_voice_is_for_notes_to_come_and_leaves_none_hanging():
    bank = VoiceBank(RATE)
    bank.choose("pad")
    bank.feed(bytes((0x90, 60, 100)))
    played(bank, 0.5)
    bank.choose("drum")
    after = played(bank, 1.0)
    assert not after[round(0.7 * RATE) :].any()
    bank.feed(bytes((0x90, 60, 100)))
    np.testing.assert_array_equal(played(bank, 1.0), sounded("drum", 60))


def test_all_voices_together_stay_under_the_ceiling():
    for ceiling_db in (0.0, -3.0, -20.0):
        bank = VoiceBank(RATE)
        bank.open(ceiling_db)
        for pitch in range(30, 94):
            bank.feed(bytes((0x90, pitch, 127)))
        assert np.abs(played(bank, 0.5)).max() <= 10 ** (ceiling_db / 20) * (1 + 1e-6)
    one = VoiceBank(RATE)
    one.open(-20.0)
    one.feed(bytes((0x90, 60, 100)))
    np.testing.assert_allclose(played(one, 0.5), 0.1 * sounded("piano", 60, 0.5), rtol=1e-5)


def test_a_voice_more_than_there_are_takes_the_oldest_without_a_click():
    bank = VoiceBank(RATE)
    for pitch in range(30, 30 + VOICES):
        bank.feed(bytes((0x90, pitch, 20)))
    before = played(bank, 0.5)
    bank.feed(bytes((0x90, 100, 1)))
    after = played(bank, 0.1)
    assert np.abs(np.diff(after[:, 0])).max() <= np.abs(np.diff(before[:, 0])).max()
    assert len(bank._notes) == VOICES


def test_a_soundfont_that_cannot_be_played_says_why(monkeypatch, tmp_path):
    bank = VoiceBank(RATE)
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    with pytest.raises(EngineError, match="no synth library is installed"):
        bank.ready("soundfont", str(tmp_path / "own.sf2"))
    monkeypatch.setitem(sys.modules, "fluidsynth", FakeLibrary)
    other = VoiceBank(RATE)
    with pytest.raises(EngineError, match="is not there"):
        other.ready("soundfont", str(tmp_path / "own.sf2"))
    # The piano stands in, and each wish for the soundfont is told so.
    for _ in range(2):
        with pytest.raises(EngineError, match="a piano sounds"):
            other.ready("soundfont", "")
    other.choose("soundfont")
    other.feed(bytes((0x90, 60, 100)))
    np.testing.assert_array_equal(played(other, 0.5), sounded("piano", 60, 0.5))


class FakeLibrary:
    """A synth library that plays a square for each key that is down."""

    class Synth:
        def __init__(self, **settings):
            self.settings, self.down, self.told = settings, set(), []

        def sfload(self, path):
            return 3 if path.endswith("own.sf2") else -1

        def program_select(self, *chosen):
            self.told.append(chosen)

        def noteon(self, channel, key, velocity):
            self.down.add((channel, key))

        def noteoff(self, channel, key):
            self.down.discard((channel, key))

        def all_sounds_off(self, channel):
            self.down = {each for each in self.down if each[0] != channel}

        def get_active_voice_count(self):
            return len(self.down)

        def get_samples(self, n):
            return np.full(2 * n, 8192, dtype=np.int16)


def test_a_soundfont_plays_what_the_keys_do(monkeypatch, tmp_path):
    (tmp_path / "own.sf2").write_bytes(b"RIFF")
    monkeypatch.setitem(sys.modules, "fluidsynth", FakeLibrary)
    bank = VoiceBank(RATE)
    bank.ready("soundfont", str(tmp_path / "own.sf2"))
    bank.choose("soundfont")
    assert not played(bank, 0.01).any()
    bank.feed(bytes((0x90, 60, 100)))
    np.testing.assert_allclose(played(bank, 0.1), 0.25)
    bank.quiet()
    assert not played(bank, 0.1).any()
    (tmp_path / "other.sf2").write_bytes(b"")
    with pytest.raises(EngineError, match="no soundfont that can be read"):
        VoiceBank(RATE).ready("soundfont", str(tmp_path / "other.sf2"))
