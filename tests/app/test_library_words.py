"""What is said of a recording, as pure functions."""

import msgspec

from mtsession.app.library_words import (
    confidence_words,
    sound_sentence,
    standing_sentence,
    tempo_mark,
    tempo_sentence,
)
from mtsession.music.recording import Analysis, Decision, Recording, Taste
from ui.memory_library import broken, made


def changed(recording: Recording, **fields: object) -> Recording:
    return msgspec.structs.replace(recording, **fields)


def test_signs_tell_where_a_tempo_comes_from():
    one = made(0)
    assert tempo_mark(one) == ""
    assert tempo_mark(changed(one, decision=Decision(how="tapped", bpm=50.0))) == "m"
    assert tempo_mark(changed(one, decision=Decision(how="typed", bpm=50.0, locked=True))) == "L"
    assert tempo_mark(changed(one, analysis=Analysis(duration_s=9.0), bpm=60.0)) == "t"
    assert tempo_mark(made(2)) == "?"


def test_no_pulse_is_said_in_one_sentence():
    one = made(6)
    assert tempo_sentence(one) == "No steady pulse was found: no beat repeats."
    plain = changed(one, analysis=Analysis(duration_s=9.0))
    assert tempo_sentence(plain) == "No steady pulse was found."
    full = changed(one, analysis=Analysis(duration_s=9.0, reasons={"bpm": "no steady pulse"}))
    assert tempo_sentence(full) == "No steady pulse."


def test_a_tempo_is_told_with_its_rivals_and_how_sure_it_is():
    assert tempo_sentence(made(0)) == "48 BPM, as measured, sure (95 %). Else 96 (29 %)."
    locked = changed(made(0), bpm=96.0, decision=Decision(bpm=96.0, how="doubled", locked=True))
    assert tempo_sentence(locked) == "96 BPM, doubled by you, locked. Else 48 (71 %)."
    assert confidence_words(0.8) == "fairly sure (80 %)"
    assert confidence_words(None) == "how sure is not known"
    assert tempo_sentence(broken(4)) == "The file ends in the middle: copy it again."


def test_sound_and_standing_are_told_in_plain_words():
    analysis = made(0).analysis
    said = "key Am (vague) · -16.0 LUFS, peak -0.5 dB · its tempo wavers"
    assert sound_sentence(analysis) == f"{said} · quiet start 2 s"
    assert sound_sentence(Analysis(duration_s=3.0)) == "silent"
    taste = Taste(never=frozenset({made(2).content}))
    assert standing_sentence(made(2), taste, "K-17") == (
        "Never for K-17. Without words. Labels: calm, for sleep."
    )
