"""A real performance, played into a session while its music sounds."""

import io
import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import mido
import msgspec
import numpy as np

from mtsession.app.takes import take_file
from mtsession.midi.smf import read_smf
from mtsession.timeline.events import MidiReceived
from proof.sessions import Kept, Session, read_back
from rig_support import VirtualKeyboard

PROBE = Path(__file__).parents[1] / "midi" / "probe.py"
PIECE = "Chopin__Etudes_op_10__7__Namirovsky02.mid"
DENSE_FROM_US = 14_087_860
BARE_MORE_MS = 1.0
BURST_PER_S = 1_000
PLAN = """
version = 1
title = "Playing over music"
when = "In tests."

[[segment]]
title = "Play"
minutes = {minutes}

[[segment.activity]]
method = "listening"
pieces = ["harbour"]
arc = [{{ hold = 72, minutes = {minutes} }}]

[[segment.activity]]
method = "improvisation"
"""


def write_plan(folder: Path, seconds: float) -> Path:
    """Write a plan in which music sounds and is played over for some seconds."""
    path = folder / "play.toml"
    path.write_text(PLAN.format(minutes=round(seconds / 60, 4)))
    return path


def dense_part(data: Path, seconds: float) -> list[tuple[float, bytes]]:
    """Give the densest stretch of a recorded study: seconds from its start, and messages."""
    rows = read_smf(data / "asap" / PIECE)
    end_us = DENSE_FROM_US + seconds * 1e6
    part = [(t_us, message) for t_us, message in rows if DENSE_FROM_US <= t_us < end_us]
    return [((t_us - part[0][0]) / 1e6, message) for t_us, message in part]


class BareProbe:
    """The plainest listener there can be, in a process of its own."""

    def __init__(self, port: str) -> None:
        self._port = port
        self.heard: list[tuple[int, bytes]] = []

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(PROBE), self._port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline()) == "ready"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        answer, _ = self._process.communicate(timeout=20)
        self.heard = [(t_us, bytes(message)) for t_us, message in json.loads(answer)]


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent, and what of it was kept."""

    messages: int
    kept: int
    same_in_order: bool
    first_lost: int | None
    bare_kept: int
    bare_same_in_order: bool
    notes_sent: int
    notes_in_summary: str
    notes_in_file: int
    p99_ms: float
    worst_ms: float
    bare_p99_ms: float
    bare_worst_ms: float
    fault: str | None

    @property
    def unproven(self) -> str:
        """Say why it proves nothing: where the MIDI server itself loses messages, all lose some."""
        if self.bare_same_in_order:
            return ""
        heard = f"{self.bare_kept} of {self.messages}"
        return f"the bare probe heard {heard} messages, not as they were sent: too busy a machine"

    @property
    def passed(self) -> bool:
        """Whether nothing was lost or late."""
        return (
            self.same_in_order
            and self.fault is None
            and self.notes_in_file == self.notes_sent
            and f" {self.notes_sent} notes" in self.notes_in_summary
            and self.p99_ms <= self.bare_p99_ms + BARE_MORE_MS
        )


def play_over_music(folder: Path, data: Path, seconds: float) -> Played:
    """Play a real performance for some seconds into a session, a bare probe beside it."""
    return play_rows(folder, dense_part(data, seconds), seconds)


def burst(seconds: float) -> list[tuple[float, bytes]]:
    """Give a thousand messages a second: keys of the whole keyboard, struck and let go in turn."""
    rows = []
    for index in range(round(seconds * BURST_PER_S / 2)):
        key = 21 + index * 37 % 88
        at = 2 * index / BURST_PER_S
        rows.append((at, bytes([0x90, key, 1 + index % 127])))
        rows.append((at + 1 / BURST_PER_S, bytes([0x80, key, index % 128])))
    return rows


def play_rows(folder: Path, rows: list[tuple[float, bytes]], seconds: float) -> Played:
    """Play messages into a session while its music sounds, a bare probe beside it."""
    plan = write_plan(folder, seconds + 9)
    name = "mtsession-performer"
    with (
        VirtualKeyboard(name) as keyboard,
        BareProbe(name) as probe,
        Session(plan, folder / "home", level=-12) as session,
    ):
        session.wait_line(f"MIDI: {name}")
        session.wait_line("playing")
        sent = keyboard.play(rows)
        assert session.finish(seconds + 60) == 0, session.lines
    return _judged(read_back(folder / "home"), rows, sent, probe.heard)


def _judged(
    kept: Kept,
    rows: list[tuple[float, bytes]],
    sent: list[float],
    bare: list[tuple[int, bytes]],
) -> Played:
    taken = received(kept)
    wanted = [message for _, message in rows]
    whole = [message for _, message in bare] == wanted
    same = [event.data for event in taken] == wanted
    ours = off_ms([event.t_us for event in taken], sent) if same else np.full(1, 1e6)
    theirs = off_ms([t_us for t_us, _ in bare], sent) if whole else np.zeros(1)
    section = next(each for each in kept.summary.sections if each.method == "improvisation")
    return Played(
        messages=len(wanted),
        kept=len(taken),
        same_in_order=same,
        bare_kept=len(bare),
        bare_same_in_order=whole,
        first_lost=first_lost([event.data for event in taken], wanted),
        notes_sent=sum(is_note(message) for message in wanted),
        notes_in_summary=section.line,
        notes_in_file=notes_in(take_file(kept.events)),
        p99_ms=round(float(np.percentile(ours, 99)), 3),
        worst_ms=round(float(ours.max()), 3),
        bare_p99_ms=round(float(np.percentile(theirs, 99)), 3),
        bare_worst_ms=round(float(theirs.max()), 3),
        fault=kept.fault,
    )


def received(kept: Kept) -> list[MidiReceived]:
    """Give every message of the record."""
    return [event for event in kept.events if isinstance(event, MidiReceived)]


def first_lost(taken: list[bytes], wanted: list[bytes]) -> int | None:
    """Give the place of the first message that is not where it was sent; None if all are."""
    for place, message in enumerate(wanted):
        if place >= len(taken) or taken[place] != message:
            return place
    return None


def is_note(message: bytes) -> bool:
    """Tell a note's start."""
    return message[0] & 0xF0 == 0x90 and message[2] > 0


def notes_in(file: bytes) -> int:
    """Count the notes of a MIDI file."""
    song = mido.MidiFile(file=io.BytesIO(file))
    return sum(each.type == "note_on" and each.velocity > 0 for each in song)


def off_ms(stamps_us: list[int], sent: list[float]) -> np.ndarray:
    """Give how far each stamp is from its sending, less the median, in milliseconds."""
    late = np.asarray(stamps_us) / 1000 - np.asarray(sent) * 1000
    return np.abs(late - np.median(late))
