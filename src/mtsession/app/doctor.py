"""Looks at this machine: what works, what is missing, and the mend."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import msgspec

from mtsession.app.paths import places
from mtsession.app.power import battery
from mtsession.midi.ports import list_ports
from mtsession.records.vault import Vault

PACKAGES = (
    "mtsession", "textual", "numpy", "msgspec", "apsw-sqlite3mc", "cryptography", "sounddevice",
    "soundfile", "soxr", "av", "python-rtmidi", "mido",
)  # fmt: skip
PROBE = """
import json, sounddevice as sd
out = sd.query_devices(kind="output")
names = [d["name"] for d in sd.query_devices() if d["max_output_channels"] > 0]
print(json.dumps({"version": sd.get_portaudio_version()[1], "default": out["name"],
                  "rate": out["default_samplerate"], "outputs": names}))
"""
PROBE_SECONDS = 20


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: `ok`, `missing` (a session still runs) or `fault`."""

    topic: str
    state: Literal["ok", "missing", "fault"]
    text: str
    mend: str = ""


class SoundProbe(msgspec.Struct):
    """What the sound library says of this machine."""

    version: str
    default: str
    rate: float
    outputs: list[str]


def examine() -> tuple[Finding, ...]:
    """Look at everything; no finding stops the next."""
    checks: tuple[Callable[[], list[Finding]], ...] = (
        _versions,
        _sound,
        _midi,
        _records,
        _terminal,
        _power,
    )
    return tuple(finding for check in checks for finding in check())


def _versions() -> list[Finding]:
    found = []
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    found.append(Finding(topic="Python", state="ok", text=python))
    for name in PACKAGES:
        try:
            found.append(Finding(topic=name, state="ok", text=version(name)))
        except PackageNotFoundError:
            found.append(
                Finding(topic=name, state="missing", text="not installed",
                        mend=f"pip install {name}")
            )  # fmt: skip
    return found


def _sound() -> list[Finding]:
    """Ask in a process of its own: a driver that crashes must not take the doctor with it."""
    try:
        asked = subprocess.run(  # noqa: S603  (our own interpreter and text)
            [sys.executable, "-c", PROBE],
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
            text=True,
        )
    except subprocess.TimeoutExpired:
        return [
            Finding(topic="sound", state="fault", text="the sound system does not answer",
                    mend="Restart the sound service, or the laptop.")
        ]  # fmt: skip
    if asked.returncode == 0:
        probe = msgspec.json.decode(asked.stdout.strip().splitlines()[-1], type=SoundProbe)
        text = f"{probe.default}, {probe.rate:.0f} Hz ({probe.version})"
        others = ", ".join(probe.outputs)
        return [
            Finding(topic="sound output", state="ok", text=text),
            Finding(topic="all outputs", state="ok", text=others),
        ]
    if "PortAudio library not found" in asked.stderr:
        return [
            Finding(topic="sound output", state="missing", text="PortAudio is not installed",
                    mend=_portaudio_mend())
        ]  # fmt: skip
    return [
        Finding(topic="sound output", state="missing", text="no output device was found",
                mend="Connect a loudspeaker or headphones and check the system's sound settings.")
    ]  # fmt: skip


def _portaudio_mend() -> str:
    if sys.platform == "linux":
        if shutil.which("apt"):
            return "sudo apt install libportaudio2"
        if shutil.which("dnf"):
            return "sudo dnf install portaudio"
        return "Install your system's PortAudio package."
    return "pip install --force-reinstall sounddevice"


def _midi() -> list[Finding]:
    ports = list_ports()
    if ports.message:
        return [Finding(topic="MIDI", state="missing", text=ports.message, mend=ports.hint)]
    names = ", ".join(ports.inputs)
    if not names:
        return [
            Finding(topic="MIDI inputs", state="missing", text="no keyboard is connected",
                    mend="Connect one; it is found while the session runs.")
        ]  # fmt: skip
    return [Finding(topic="MIDI inputs", state="ok", text=names)]


def _records() -> list[Finding]:
    data = places().data
    if not Vault.exists(data):
        text = f"none yet; it is made at the first session, in {data}"
        return [Finding(topic="vault", state="ok", text=text)]
    if Vault.open_public(data).claimed:
        return [Finding(topic="vault", state="ok", text=f"{data}, with a passphrase")]
    return [
        Finding(topic="vault", state="missing", text=f"{data}, no passphrase chosen yet",
                mend="mtsession vault passphrase")
    ]  # fmt: skip


def _terminal() -> list[Finding]:
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "none")
    text = f"{size.columns}x{size.lines}, {term}"
    if size.columns < 80 or size.lines < 24:
        return [
            Finding(topic="terminal", state="missing", text=text,
                    mend="Make the window at least 80 by 24 characters.")
        ]  # fmt: skip
    return [Finding(topic="terminal", state="ok", text=text)]


def _power() -> list[Finding]:
    low = battery()
    if low is None:
        return [Finding(topic="power", state="ok", text="mains, or enough charge")]
    return [Finding(topic="power", state="missing", text=low, mend="Plug the laptop in.")]
