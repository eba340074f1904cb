import numpy as np

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
