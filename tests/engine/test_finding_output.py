import builtins
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtsession.engine.output import find_device
from mtsession.engine.outputs import OutputInfo, OutputList, list_outputs, pick, play_tone
from mtsession.errors import EngineError


class RefusedError(Exception):
    pass


class Library:
    """Stands where sounddevice does: some outputs, the first of them the default."""

    PortAudioError = RefusedError

    def __init__(self, *names, rates=(48_000,)):
        self._names = names or ("Speakers",)
        self._rates = rates

    def query_devices(self, kind=None):
        listed = [
            {
                "index": place,
                "name": name,
                "hostapi": 0,
                "default_samplerate": 96_000.0,
                "max_output_channels": 0 if name == "Microphone" else 2,
            }
            for place, name in enumerate(self._names)
        ]
        if kind is None:
            return listed
        usable = [each for each in listed if each["max_output_channels"]]
        if not usable:
            raise RefusedError("Error querying device -1")
        return usable[0]

    def query_hostapis(self):
        return ({"name": "ALSA"},)

    def check_output_settings(self, *, samplerate, **_):
        if samplerate not in self._rates:
            raise RefusedError("Invalid sample rate")


@pytest.fixture
def there(monkeypatch):
    def put(*names, **more):
        monkeypatch.setitem(sys.modules, "sounddevice", Library(*names, **more))

    return put


@pytest.mark.parametrize(("rates", "taken"), [((44_100, 48_000), 48_000), ((96_000,), 96_000)])
def test_the_first_usual_rate_that_the_card_takes_is_used(there, rates, taken):
    there(rates=rates)
    _, device = find_device()
    assert (device.name, device.sample_rate) == ("Speakers", taken)


@pytest.mark.parametrize(
    ("names", "rates", "message"),
    [
        (("Microphone",), (48_000,), "No sound output was found."),
        (("Speakers",), (), "The sound output Speakers accepts none of the usual sample rates."),
    ],
)
def test_an_output_that_cannot_be_used_is_told_with_its_mend(there, names, rates, message):
    there(*names, rates=rates)
    with pytest.raises(EngineError) as told:
        find_device()
    assert told.value.message == message
    assert told.value.hint


def test_the_output_that_was_chosen_is_used(there):
    there("Speakers", "Microphone", "Headphones")
    _, device = find_device("Headphones, ALSA")
    assert (device.place, device.name, device.full) == (2, "Headphones", "Headphones, ALSA")
    assert device.missed == ""


def test_the_default_stands_in_for_a_chosen_output_that_is_not_there(there):
    there("Speakers", "Microphone")
    _, device = find_device("Headphones, ALSA")
    assert (device.name, device.missed) == ("Speakers", "Headphones, ALSA")


def test_without_portaudio_the_mend_is_its_package(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return real(name, *rest, **more)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(EngineError) as told:
        find_device()
    assert told.value.hint == "sudo apt install libportaudio2"


def output(name, index=0, system="ALSA"):
    return OutputInfo(index=index, name=name, system=system, rate=48_000)


@given(names=st.lists(st.text(min_size=1), min_size=1, unique=True), data=st.data())
def test_a_full_name_means_its_own_output_among_any_others(names, data):
    outputs = [output(name, place) for place, name in enumerate(names)]
    one = data.draw(st.sampled_from(outputs))
    assert pick(outputs, one.full) is one


def test_names_find_an_output_on_another_card_number_and_by_a_part_that_is_its_own():
    usb, board, also = (
        output("USB: DAC (hw:2,0)", 0),
        output("PCH: Analog (hw:0,0)", 1),
        output("x", 2),
    )
    outputs = [usb, board, also]
    assert pick(outputs, "USB: DAC (hw:1,0), ALSA") is usb
    assert pick(outputs, "analog") is board
    assert pick(outputs, "a") is None
    assert pick(outputs, "Headphones, ALSA") is None
    assert pick(outputs, "") is None


def test_one_name_on_two_systems_is_told_apart():
    mme, wasapi = output("Speakers", 0, "MME"), output("Speakers", 1, "Windows WASAPI")
    assert pick([mme, wasapi], "Speakers, Windows WASAPI") is wasapi
    assert pick([mme, wasapi], "Speakers") is mme


def test_the_outputs_are_listed_by_a_process_of_its_own_with_the_default_marked(rig):
    found = list_outputs()
    assert found.message == ""
    assert found.default is not None
    assert found.default.name == "default"
    assert {each.system for each in found.outputs} == {"ALSA", "JACK Audio Connection Kit"}
    assert isinstance(found, OutputList)


def test_the_tone_rises_from_silence_softly_and_goes_again(capture):
    import numpy as np

    with capture() as heard:
        assert play_tone("default, ALSA") == ""
    sound = np.abs(heard.samples[:, 0])
    begins, ends = np.flatnonzero(sound > 1e-5)[[0, -1]]
    peak = float(sound.max())
    assert 20 * np.log10(peak) == pytest.approx(-30.0, abs=0.5)
    assert 2.0 < (ends - begins) / 48_000 < 2.6
    tenth = sound[begins : begins + 4_800].max()
    assert tenth < 0.05 * peak
    assert np.abs(np.diff(heard.samples[:, 0])).max() < 1.1 * peak * 2 * np.pi * 330 / 48_000


def test_a_tone_for_an_output_that_is_not_there_is_refused_in_words(rig):
    assert "Headphones" in play_tone("Headphones, ALSA")
