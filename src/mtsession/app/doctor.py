"""Looks at this machine: what works, what is missing, and the mend."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import msgspec

from mtsession.app.config import load_remembered
from mtsession.app.library import CATALOGUE, Library
from mtsession.app.paths import places
from mtsession.app.power import battery
from mtsession.engine.outputs import OutputList, list_outputs, pick
from mtsession.errors import MtSessionError
from mtsession.midi.ports import list_ports
from mtsession.records.vault import Vault

PACKAGES = (
    "mtsession", "textual", "numpy", "msgspec", "apsw-sqlite3mc", "cryptography", "sounddevice",
    "soundfile", "soxr", "av", "scipy", "python-rtmidi", "mido",
)  # fmt: skip
PACKAGE_MENDS = {"python-rtmidi": "pip install -c constraints.txt '.[midi]'"}
# A session's journal takes a few megabytes an hour; the rest is for the system's own needs.
LOW_DISK_BYTES = 100_000_000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: `ok`, `missing` (a session still runs) or `fault`."""

    topic: str
    state: Literal["ok", "missing", "fault"]
    text: str
    mend: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything; no finding stops the next."""
    checks: tuple[tuple[str, Callable[[], list[Finding]]], ...] = (
        ("versions", _versions),
        ("sound", _sound),
        ("MIDI", _midi),
        ("records", _records),
        ("library", _library),
        ("music files", _formats),
        ("terminal", _terminal),
        ("power", _power),
    )
    return tuple(finding for topic, check in checks for finding in _guarded(topic, check))


def _guarded(topic: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    """Turn what a check stumbles over into its finding."""
    try:
        return check()
    except MtSessionError as error:
        text, mend = error.message, error.hint
    except (OSError, msgspec.MsgspecError) as error:
        text, mend = f"cannot be looked at ({type(error).__name__})", "Try again."
    return [Finding(topic=topic, state="fault", text=text, mend=mend)]


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
                        mend=PACKAGE_MENDS.get(name, f"pip install {name}"))
            )  # fmt: skip
    return found


def _sound() -> list[Finding]:
    """List the outputs: asked in a process of its own, for a driver may end the one that asks."""
    found = list_outputs()
    if found.message:
        missing = "PortAudio is not installed" in found.message
        return [
            Finding(topic="sound output", state="missing", text=found.message.rstrip("."),
                    mend=_portaudio_mend() if missing else found.hint)
        ]  # fmt: skip
    names = "; ".join(
        f"{each.full} (default)" if each.default else each.full for each in found.outputs
    )
    return [_output(found), Finding(topic="all outputs", state="ok", text=names)]


def _output(found: OutputList) -> Finding:
    """Tell which output plays: the one that was chosen, or the system's own."""
    chosen = load_remembered(places().config).output
    output = pick(found.outputs, chosen) if chosen else found.default
    if output is None:
        text = f"the chosen one is not there: {chosen}" if chosen else "the system names no default"
        return Finding(topic="sound output", state="missing", text=text,
                       mend="Plug it in, or choose another: O on the home screen.")  # fmt: skip
    how = "chosen" if chosen else "the default"
    text = f"{output.name}, {how}, {output.rate} Hz ({found.version})"
    return Finding(topic="sound output", state="ok", text=text)


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
    refused = _why_not_writable(data)
    if refused is not None:
        return [
            Finding(topic="records", state="fault", text=f"{data} cannot be written to: {refused}",
                    mend="A session would only be kept while mtsession stays open. Mend the "
                    "folder, or name another in MTSESSION_HOME.")
        ]  # fmt: skip
    if not Vault.exists(data):
        text = f"none yet; they begin with the first session, in {data}"
        return [Finding(topic="records", state="ok", text=text)]
    if Vault.open_public(data).claimed:
        return [_room(data), Finding(topic="records", state="ok", text=f"{data}, encrypted")]
    return [
        _room(data),
        Finding(topic="records", state="missing", text=f"{data}, no passphrase chosen yet",
                mend="To read them, choose one: mtsession vault init"),
    ]  # fmt: skip


def _library() -> list[Finding]:
    path = places().data / CATALOGUE
    if not path.exists():
        text = f"empty; mtsession library scan DIR begins it, in {path}"
        return [Finding(topic="library", state="ok", text=text)]
    with Library() as library:
        recordings, notices = library.recordings(), library.notices
    gone = sum(not each.present for each in recordings)
    were = "it was" if gone == 1 else "they were"
    aside = f", {gone} of them not where {were}" if gone else ""
    count = "1 recording" if len(recordings) == 1 else f"{len(recordings)} recordings"
    text = f"{count}{aside}, in {path}"
    found = [Finding(topic="library", state="ok", text=text)]
    return found + [Finding(topic="library", state="missing", text=each) for each in notices]


def _formats() -> list[Finding]:
    """Ask the decoders what they read here: system builds of them leave some out."""
    import av  # noqa: PLC0415  (only the doctor asks)
    import soundfile  # noqa: PLC0415

    major = soundfile.available_formats()
    ogg = soundfile.available_subtypes("OGG") if "OGG" in major else {}
    av_codecs = av.codecs_available
    readable = {
        "WAV": "WAV" in major,
        "AIFF": "AIFF" in major,
        "FLAC": "FLAC" in major,
        "OGG": "VORBIS" in ogg or "vorbis" in av_codecs,
        "Opus": "OPUS" in ogg or "opus" in av_codecs,
        "MP3": "MP3" in major or "mp3" in av_codecs,
        "M4A with AAC": "aac" in av_codecs,
        "M4A with ALAC": "alac" in av_codecs,
    }
    can = ", ".join(name for name, found in readable.items() if found)
    findings = [Finding(topic="music files", state="ok", text=f"{can} can be read")]
    cannot = ", ".join(name for name, found in readable.items() if not found)
    if cannot:
        findings.append(
            Finding(topic="music files", state="missing", text=f"{cannot} cannot be read",
                    mend="pip install --force-reinstall soundfile av")
        )  # fmt: skip
    return findings


def _why_not_writable(folder: Path) -> str | None:
    """Try the nearest folder that exists; None where a file can be made in it."""
    while not folder.is_dir():
        if folder.exists() or folder == folder.parent:
            return f"{folder} is no folder"
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return (error.strerror or "no reason given").lower()


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free"
    if free < LOW_DISK_BYTES:
        return Finding(topic="disk", state="missing", text=text, mend="Free some space.")
    return Finding(topic="disk", state="ok", text=text)


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
