"""Keyboards that sound from the laptop: work for 64 voices, and time from key to sound."""

import time
from pathlib import Path
from typing import get_args

import numpy as np

from engine.processes import Live
from mtsession.protocol import commands as ask
from mtsession.sound import instruments
from mtsession.sound.voices import VOICES, VoiceBank
from mtsession.timeline.events import PortOpened
from rig_support import Capture, Rig, VirtualKeyboard, find_rig

TIMEOUT_SECONDS = 300
RATE, BLOCK = 48_000, 256
BLOCKS = 400
SHARE_OF_BLOCK = 0.6
NOTES, APART_S, LENGTH_S = 40, 1.2, 0.2
AUDIBLE = 1e-3
LARGEST_P95_MS = 30.0


def cases() -> list[str]:
    return ["effort", *(f"key {voice}" for voice in get_args(ask.MadeVoice))]


def run(case: str, folder: Path) -> dict[str, object]:  # noqa: ARG001 - every bench takes it
    return _effort() if case == "effort" else _key(case.removeprefix("key "))


def _effort() -> dict[str, object]:
    """Time blocks of 64 notes at once, the most that the sound card's callback has to add."""
    allowed_ms = BLOCK / RATE * 1000
    median_ms = {}
    for voice in get_args(ask.MadeVoice):
        instruments.prepare(voice, RATE)
        bank = VoiceBank(RATE)
        bank.choose(voice)
        spent = []
        for number in range(BLOCKS):
            if number % 60 == 0:
                for pitch in range(30, 30 + VOICES):
                    bank.feed(bytes((0x90, pitch, 90)))
            block = np.zeros((BLOCK, 2), dtype=np.float32)
            begin = time.process_time()
            bank.render(block)
            spent.append((time.process_time() - begin) * 1000)
        median_ms[voice] = round(float(np.median(spent)), 2)
    told = ", ".join(f"{voice} {spent} ms" for voice, spent in median_ms.items())
    return {
        "told": f"a block of {allowed_ms:.1f} ms with {VOICES} voices: {told}",
        "median_ms": median_ms,
        "passed": max(median_ms.values()) < SHARE_OF_BLOCK * allowed_ms,
    }


def _key(voice: str) -> dict[str, object]:
    """Time from a key's message to the first sample heard of it, in the low profile."""
    if not isinstance(rig := find_rig(), Rig):
        return {"skipped": rig}
    rows = []
    for number in range(NOTES):
        # Not at multiples of a block's length.
        at = number * APART_S + 0.0007 * number
        rows += [(at, bytes([0x90, 60, 110])), (at + LENGTH_S, bytes([0x80, 60, 0]))]
    with (
        VirtualKeyboard("mtsession-voices") as keyboard,
        Live(profile="low") as live,
        Capture(rig, tail_seconds=1.0) as heard,
    ):
        live.open()
        live.event(PortOpened, lambda event: keyboard.port in event.name)
        live.client.send(ask.SetVoice(on=True, voice=voice))
        live.pass_time(2.0)
        keyboard.start(rows)
        live.pass_time(NOTES * APART_S + 1.0)
        sent = keyboard.finish()[::2]
    loud = np.flatnonzero(np.abs(heard.samples).max(axis=1) > AUDIBLE)
    late_ms = []
    for second in sent:
        after = loud[np.searchsorted(loud, heard.frame_at(second)) :]
        if len(after):
            late_ms.append((heard.second_of(int(after[0])) - second) * 1000)
    if len(late_ms) < NOTES or max(late_ms) > APART_S * 1000:
        return {"told": f"{len(late_ms)} of {NOTES} notes were heard", "passed": False}
    median, p95 = (float(np.percentile(late_ms, share)) for share in (50, 95))
    return {
        "told": f"{voice}: {median:.1f} ms from key to sound (95 of 100 within {p95:.1f} ms), "
        f"low profile, at most {LARGEST_P95_MS:.0f} ms",
        "median_ms": round(median, 2),
        "p95_ms": round(p95, 2),
        "worst_ms": round(max(late_ms), 2),
        "passed": p95 <= LARGEST_P95_MS,
    }
