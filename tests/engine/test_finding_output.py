import builtins
import sys
import types

import pytest

from mtsession.engine.output import find_device
from mtsession.errors import EngineError


class RefusedError(Exception):
    pass


def library(*, rates=(48_000,), device=True):
    def query_devices(kind):
        if not device:
            raise RefusedError("Error querying device -1")
        return {"name": "Speakers", "default_samplerate": 96_000.0}

    def check_output_settings(*, samplerate, **_):
        if samplerate not in rates:
            raise RefusedError("Invalid sample rate")

    return types.SimpleNamespace(
        PortAudioError=RefusedError,
        query_devices=query_devices,
        check_output_settings=check_output_settings,
    )


@pytest.mark.parametrize(("rates", "taken"), [((44_100, 48_000), 48_000), ((96_000,), 96_000)])
def test_the_first_usual_rate_that_the_card_takes_is_used(monkeypatch, rates, taken):
    monkeypatch.setitem(sys.modules, "sounddevice", library(rates=rates))
    _, device = find_device()
    assert (device.name, device.sample_rate) == ("Speakers", taken)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (library(device=False), "No sound output was found."),
        (library(rates=()), "The sound output Speakers accepts none of the usual sample rates."),
    ],
)
def test_an_output_that_cannot_be_used_is_told_with_its_mend(monkeypatch, found, message):
    monkeypatch.setitem(sys.modules, "sounddevice", found)
    with pytest.raises(EngineError) as told:
        find_device()
    assert told.value.message == message
    assert told.value.hint


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
