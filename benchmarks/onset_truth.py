"""Recorded onsets with beats that people checked, cut into windows of 30 seconds."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tempo_truth import acc1, acc2, f_measure

from mtsession.activities.improvisation.metrics.arrays import (
    NoteArrays,
    from_rows,
    note_arrays,
    window,
)
from mtsession.activities.improvisation.note import Note
from mtsession.activities.improvisation.notes import pair
from mtsession.midi.smf import read_smf

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
WINDOW_S = 30
STEADY_CV = 0.08
FEWEST_BEATS = 8


@dataclass
class Window:
    """One window, and the beats in it in seconds."""

    kind: str
    half: str
    notes: NoteArrays
    beats_s: NDArray[np.float64]

    @property
    def bpm(self) -> float:
        return 60 / float(np.median(np.diff(self.beats_s)))

    @property
    def cv(self) -> float:
        gaps = np.diff(self.beats_s)
        return float(gaps.std() / gaps.mean())

    def of(self, kind: str) -> bool:
        if kind == "steady":
            return self.kind == "asap" and self.cv < STEADY_CV
        return self.kind == kind


def columns(notes: list[Note]) -> NoteArrays:
    """Give a whole file's notes as columns."""
    last = max((note.end_us or note.start_us for note in notes), default=0)
    return note_arrays(notes, 0, last + 1)


def longest_performance() -> Path | None:
    found = sorted((DATA / "asap").glob("*.mid"), key=lambda path: path.stat().st_size)
    return found[-1] if found else None


def windows() -> list[Window]:
    """Give every window.

    Weights were fitted on the first of each two files ("tuned"). Settings were compared
    with the other half in view, so what it gives is a little kinder than unseen playing.
    """
    found: list[Window] = []
    for index, path in enumerate(sorted((DATA / "asap").glob("*.mid"))):
        beats = _first_column(path.with_name(path.stem + ".beats.txt"))
        found += _cut("asap", index, columns(pair(read_smf(path))), beats)
    for index, path in enumerate(sorted((DATA / "jazz_trio").glob("*_mix.txt"))):
        beats = _first_column(path)
        played = {
            voice: _first_column(path.with_name(path.name.replace("_mix", f"_{voice}")))
            for voice in ("drums", "bass", "piano")
        }
        found += _cut("drums", index, _strikes(played["drums"]), beats)
        found += _cut("trio", index, _strikes(np.concatenate(list(played.values()))), beats)
    return found


def judged(rows: list) -> dict[str, float]:
    """Give shares of right tempi, of windows answered and of all, and of beats; ours and theirs."""
    if not rows:
        return {"windows": 0}
    table = [_judge(*row) for row in rows]
    answered = [row for row in table if row["answered"]]
    steady = [row for row in table if row["steady"]]
    names = ("acc1", "acc2", "f", "either")
    said = {name: _mean(answered, name) for name in names}
    return {
        "windows": len(table),
        "answered": _mean(table, "answered"),
        "called_steady": _mean(table, "steady"),
        **said,
        **{f"{name}_of_all": _mean(table, name) for name in names},
        **{f"{name}_where_steady": _mean(steady, name) for name in names},
        **{name: _mean(table, name) for name in ("peer_acc1", "peer_acc2", "peer_f")},
        **{
            f"{name}_where_answered": _mean(answered, name)
            for name in ("peer_acc1", "peer_acc2", "peer_f")
        },
    }


def clarity_follows_evenness(data: list[Window], pulses: list) -> float:
    """Give the rank correlation of pulse clarity with how even the checked beats are."""
    rows = [(pulse.clarity or 0.0, -each.cv) for each, pulse in zip(data, pulses, strict=True)]
    ranks = np.argsort(np.argsort(np.array(rows), axis=0), axis=0)
    return round(float(np.corrcoef(ranks.T)[0, 1]), 3)


def good_enough(rows: dict[str, dict[str, float]]) -> bool:
    """Tell whether the goals hold over all files."""
    asap, steady = rows["asap/all"], rows["steady/all"]
    drums, trio = rows["drums/all"], rows["trio/all"]
    margins = all(
        asap[name] >= asap[f"peer_{name}_where_answered"] + 0.10 for name in ("acc1", "acc2", "f")
    )
    octaves = steady["acc2"] >= 0.92 and steady["either"] >= 0.85 and steady["answered"] >= 0.7
    jazz = drums["acc1"] > 0.85 and drums["acc2"] >= 0.99 and drums["f"] > 0.85
    three = trio["acc1"] > 0.80 and trio["acc2"] >= 0.99 and trio["f"] > 0.80
    return margins and octaves and jazz and three and _ahead(steady)


def _ahead(steady: dict[str, float]) -> bool:
    return steady["acc1"] >= steady["peer_acc1_where_answered"] + 0.10


def _judge(each: Window, pulse, peer) -> dict[str, float]:
    bpm, beats = peer
    ours = np.array(pulse.beats_us) / 1e6
    theirs = np.array(beats) + each.notes.from_us / 1e6
    right = acc1(pulse.bpm, each.bpm)
    rival = acc1(pulse.rival_bpm, each.bpm)
    return {
        "answered": pulse.bpm is not None,
        "steady": pulse.steady,
        "acc1": right,
        "acc2": acc2(pulse.bpm, each.bpm),
        "either": right or rival,
        "f": f_measure(ours, each.beats_s),
        "peer_acc1": acc1(bpm, each.bpm),
        "peer_acc2": acc2(bpm, each.bpm),
        "peer_f": f_measure(theirs, each.beats_s),
    }


def _mean(rows: list[dict[str, float]], name: str) -> float:
    return round(float(np.mean([row[name] for row in rows])), 3) if rows else 0.0


def _cut(kind: str, index: int, notes: NoteArrays, beats: NDArray[np.float64]) -> list[Window]:
    end = max(beats[-1], notes.onset_us[-1] / 1e6)
    found = []
    for start in range(0, int(end), WINDOW_S):
        part = window(notes, start * 1_000_000, (start + WINDOW_S) * 1_000_000)
        inside = beats[(beats >= start) & (beats < start + WINDOW_S)]
        if len(inside) >= FEWEST_BEATS and start + WINDOW_S / 2 <= end:
            half = "other" if index % 2 else "tuned"
            found.append(Window(kind, half, part, inside))
    return found


def _strikes(times: NDArray[np.float64]) -> NoteArrays:
    starts = np.rint(np.sort(times) * 1e6).astype(int).tolist()
    rows = [(start, 60, 64, start + 50_000, start + 50_000) for start in starts]
    return from_rows(rows, 0, starts[-1] + 60_000)


def _first_column(path: Path) -> NDArray[np.float64]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return np.array([float(line.split()[0]) for line in lines if line.strip()])
