"""Ten minutes of a session on the screen: no gap in what is heard, no growth but the events'.

The app runs on a pseudo-terminal of 120x40, with music and the breathing guide, at the
profile of 100 ms; the sound card's monitor is recorded as a whole. Afterwards the same plan
is rendered, and what was heard is held against it: at one whole number of frames of lag
throughout, the residual of every window of 100 ms stays below -60 dB of the programme's RMS.
A block left out, put in or moved fails every window after it or its own. Beside it, on a
second sink, the least that can play (`steady.py`) is recorded too, at the same latency: gaps
that it has as well are the machine's. Memory that is the
process's own (RssAnon) is read every five seconds of the app and of its engine; the slope is that
after two minutes, when pieces are composed and screens drawn. Underruns count from the music on.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import soundfile
from numpy.typing import NDArray
from terminal import Terminal, cpu_seconds

from rig_support import Rig, find_rig

TIMEOUT_SECONDS = 1_800
HERE = Path(__file__).parent
MINUTES = {"two minutes": 2.0, "ten minutes": 10.0}
RATE = 48_000
WINDOW = RATE // 10
BLOCK = 60 * RATE
LEAD_SECONDS = 30
SHORTEST = 64
BESIDE = "beside"
SOAK_LATENCY_SECONDS = 0.1
AUDIBLE = 1e-5
LEAVING_SECONDS = 15.0
WORST_DB = -60.0
SAMPLE_SECONDS = 5.0
WARM_SECONDS = 120.0
MOST_KB_A_MINUTE = 200.0
PLAN = """
version = 1
title = "Long"
when = "In measurements."

# The engine is ready before the music is due, as it is when a therapist presses Enter.
[[segment]]
title = "Settle in"
minutes = 0.5

[[segment.activity]]
method = "words"

[[segment]]
title = "Listen and breathe"
minutes = {minutes}

[[segment.activity]]
method = "listening"
pieces = ["harbour"]
arc = [{{ hold = 72, minutes = {minutes} }}]

[[segment.activity]]
method = "breathing"
ratio = [2, 4]
caution = false
cue = "swell"
"""


def cases() -> list[str]:
    return ["ten minutes"]


def run(case: str, folder: Path) -> dict[str, object]:
    rig = find_rig()
    if isinstance(rig, str):
        return {"skipped": rig}
    minutes = MINUTES[case]
    plan, home = folder / "plan.toml", folder / f"home-{os.getpid()}"
    plan.write_text(PLAN.format(minutes=minutes), encoding="utf-8")
    heard = folder / "heard.f32"
    session = _play(rig, plan, home, heard, seconds=minutes * 60 + LEAD_SECONDS)
    written = folder / "written.wav"
    subprocess.run(
        [sys.executable, "-m", "mtsession", "render", str(plan), "--out", str(written)],
        check=True,
        env={**os.environ, "MTSESSION_HOME": str(home)},
        stderr=subprocess.DEVNULL,
    )
    sound = _compare(heard, written)
    whole = sound["windows_above"] == 0 and session["underruns"] == 0
    slope = max(session["app"]["kb_a_minute"], session["engine"]["kb_a_minute"])
    rest = session["exit_code"] == 0 and slope <= MOST_KB_A_MINUTE
    if whole:
        heard.unlink(), written.unlink()
    gaps, beside = sound["silences_put_in_count"], session["bare_player"]["gaps"]
    answer: dict[str, object] = {
        "told": f"{gaps} gaps ({beside} in a bare player beside), "
        f"median residual {sound['median_db']} dB; memory "
        f"{session['app']['kb_a_minute']} and {session['engine']['kb_a_minute']} KB a minute",
        "minutes": minutes,
        "sound": sound,
        **session,
        "passed": whole and rest,
    }
    if not whole and rest and beside:
        answer["skipped"] = f"{gaps} gaps, but a bare player had {beside} as well: a busy machine"
    return answer


def _play(rig: Rig, plan: Path, home: Path, heard: Path, *, seconds: float) -> dict[str, object]:
    """Run the app to the end of its plan while the monitors are recorded."""
    notes, beside = plan.with_name("notes.jsonl"), plan.with_name("steady.f32")
    notes.unlink(missing_ok=True)
    with _steady(beside), _recording(rig.sink, heard):
        figures = watch(plan, home, notes, seconds=seconds)
    bare = _gaps_of_steady(beside)
    beside.unlink()
    lines = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    last = lines[-1]
    return {
        "events": last["events"],
        "underruns": last["underruns"] - _before_music(lines),
        "underruns_before_music": _before_music(lines),
        "starved": last["starved"],
        "silent": last["silent"],
        "redraws_a_second": round(last["turns"] / (last["t_us"] / 1e6), 1),
        "bare_player": bare,
        **figures,
    }


def _before_music(lines: list[dict[str, object]]) -> int:
    """Give the underruns of the silence in which the engine loads its libraries."""
    early = [line["underruns"] or 0 for line in lines if line["t_us"] < LEAD_SECONDS * 1_000_000]
    return max(early, default=0)


@contextmanager
def _recording(sink: str, path: Path) -> Iterator[None]:
    """Record a sink's monitor into a file of stereo float samples."""
    recorder = ["parec", "--raw", "--format=float32le", f"--rate={RATE}", "--channels=2"]
    with path.open("wb") as file:
        recording = subprocess.Popen([*recorder, f"--device={sink}.monitor"], stdout=file)
        try:
            yield
        finally:
            recording.terminate()
            recording.wait()


@contextmanager
def _steady(path: Path) -> Iterator[None]:
    """Play and record the bare peer on a sink of its own."""
    sink = ["module-null-sink", f"sink_name={BESIDE}", f"rate={RATE}", "channels=2"]
    words = ["pactl", "load-module", *sink, "format=float32le", "norewinds=1"]
    module = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    command = [sys.executable, str(HERE / "steady.py"), str(SOAK_LATENCY_SECONDS)]
    environment = {**os.environ, "PULSE_SINK": BESIDE}
    try:
        with (
            _recording(BESIDE, path),
            subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as player,
        ):
            yield
            assert player.stdin is not None
            player.stdin.close()
    finally:
        subprocess.run(["pactl", "unload-module", module], check=True)


def _gaps_of_steady(path: Path) -> dict[str, object]:
    """Count the silences between the first and the last steady sample."""
    heard = np.abs(np.fromfile(path, dtype="<f4").reshape(-1, 2)[:, 0]) > AUDIBLE
    played = np.flatnonzero(heard)
    if not len(played):
        return {"gaps": None, "gap_frames": None}
    edges = np.flatnonzero(np.diff(heard[played[0] : played[-1] + 1].astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return {
        "gaps": len(lengths),
        "gap_frames": int(lengths.sum()),
        "seconds": round(float(played[-1] - played[0]) / RATE, 1),
    }


def watch(
    plan: Path, home: Path, notes: Path, *more: Path, seconds: float, audio: str = "soak"
) -> dict[str, object]:
    """Read the screen and the memory until the app has ended."""
    command = [sys.executable, str(HERE / "watched_app.py"), *map(str, (plan, notes, *more))]
    environment = {"MTSESSION_HOME": str(home), "MTSESSION_AUDIO": audio}
    samples: list[tuple[float, int, int]] = []
    with Terminal(command, environment=environment) as terminal:
        terminal.wait_for(b"Settle in")
        pids = {"app": terminal.pid, "engine": _engine_of(terminal.pid)}
        began, painted = time.perf_counter(), terminal.painted_bytes
        busy = {name: cpu_seconds(pid) for name, pid in pids.items()}
        figures: dict[str, object] = {}
        left_at: float | None = None
        while terminal.code is None:
            now = time.perf_counter() - began
            if now > seconds + 120:
                raise RuntimeError("the app did not end after its plan")
            terminal.read(within_seconds=0.5)
            last = _last_note(notes)
            if last.get("left"):
                left_at = left_at or now
                if now > left_at + LEAVING_SECONDS:
                    break
            elif last.get("state") == "ended":
                terminal.press(b"\r")
                terminal.read(within_seconds=1)
            if now < len(samples) * SAMPLE_SECONDS or last.get("state") == "ended":
                continue
            samples.append((now, own_kb(pids["app"]), own_kb(pids["engine"])))
            painted_kb = (terminal.painted_bytes - painted) / 1024
            figures["painted_kb_a_second"] = round(painted_kb / max(now, 1), 1)
            for name, pid in pids.items():
                share = (cpu_seconds(pid) - busy[name]) / max(now, 1)
                figures[f"{name}_processor_share"] = round(share, 3)
        figures["exit_code"] = terminal.code
    notes.with_name("memory.json").write_text(json.dumps(samples), encoding="utf-8")
    times = np.array([one[0] for one in samples])
    return {
        **figures,
        "app": growth(times, np.array([one[1] for one in samples])),
        "engine": growth(times, np.array([one[2] for one in samples])),
    }


def _last_note(notes: Path) -> dict[str, object]:
    """Give the last whole line that the watcher wrote."""
    if not notes.is_file():
        return {}
    whole = notes.read_text(encoding="utf-8").rpartition("\n")[0]
    return json.loads(whole.rpartition("\n")[2]) if whole else {}


def _engine_of(pid: int) -> int:
    """Give the engine's process: the child that holds the most memory."""
    children = psutil.Process(pid).children(recursive=True)
    return max(children, key=lambda child: child.memory_info().rss).pid


def own_kb(pid: int) -> int:
    """Give the memory that is a process's own and no file's, in KiB."""
    with Path(f"/proc/{pid}/status").open(encoding="ascii") as file:
        for line in file:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0


def growth(seconds: NDArray[np.float64], kb: NDArray[np.int64]) -> dict[str, float]:
    """Give the slope after the first two minutes: least squares, and the median of all slopes."""
    late = seconds >= min(WARM_SECONDS, seconds[-1] / 2)
    x, y = seconds[late] / 60, kb[late].astype(float)
    first, second = np.triu_indices(len(x), 1)
    slopes = (y[second] - y[first]) / (x[second] - x[first])
    return {
        "kb_a_minute": round(float(np.polyfit(x, y, 1)[0]), 1),
        "kb_a_minute_median_of_slopes": round(float(np.median(slopes)), 1),
        "first_kb": int(kb[0]),
        "kb_after_warm": int(y[0]),
        "last_kb": int(y[-1]),
        "kb_every_five_minutes": [int(each) for each in y[:: round(300 / SAMPLE_SECONDS)]],
        "samples": len(x),
    }


def _compare(heard: Path, written: Path) -> dict[str, object]:
    """Hold what was heard against what was rendered, a minute at a time."""
    captured = np.memmap(heard, dtype="<f4", mode="r").reshape(-1, 2)
    frames = soundfile.info(written).frames
    lag = _lag(captured, written)
    residual, power, gaps = [], 0.0, []
    for number, block in enumerate(soundfile.blocks(written, BLOCK, dtype="float64")):
        begin = number * BLOCK
        part = captured[lag + begin : lag + begin + len(block)].astype(np.float64)
        n = min(len(part), len(block)) // WINDOW * WINDOW
        power += float(np.square(block[:n]).sum())
        squares = np.square(part[:n] - block[:n]).reshape(-1, WINDOW * 2)
        residual.append(squares.mean(axis=1))
        if residual[-1].max() > 0:
            gaps += [(begin + at, length) for at, length in silences(part[:n], block[:n])]
    windows = np.concatenate(residual)
    programme = power / (2 * frames)
    db = 10 * np.log10(windows / programme + 1e-20)
    above = np.flatnonzero(db >= WORST_DB)
    return {
        "lag_frames": lag,
        "windows": len(db),
        "windows_above": len(above),
        "first_above_s": None if not len(above) else round(above[0] * 0.1, 1),
        "worst_db": round(float(db.max()), 1),
        "worst_at_s": round(int(db.argmax()) * 0.1, 1),
        "median_db": round(float(np.median(db)), 1),
        "programme_dbfs": round(10 * np.log10(programme), 1),
        "silences_put_in": [[round(at / RATE, 3), length] for at, length in gaps[:20]],
        "silences_put_in_count": len(gaps),
        "seconds_compared": round(len(db) * 0.1, 1),
    }


def silences(heard: NDArray[np.float64], written: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Give (frame, length) of each run of pure zeros heard where something was written."""
    hush = np.all(heard == 0, axis=1) & np.any(np.abs(written) > AUDIBLE, axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], hush.astype(np.int8), [0]])))
    starts, ends = edges[::2], edges[1::2]
    # Music crosses zero now and then: neighbours less than a block apart are one silence.
    runs: list[list[int]] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if runs and start - runs[-1][1] < SHORTEST:
            runs[-1][1] = end
        else:
            runs.append([start, end])
    return [(start, end - start) for start, end in runs if end - start >= SHORTEST]


def _lag(captured: NDArray[np.float32], written: Path) -> int:
    """Seek ten seconds of the rendering in the first of the capture."""
    start, length = (LEAD_SECONDS + 10) * RATE, 10 * RATE
    needle = soundfile.read(written, frames=length, start=start, dtype="float64")[0][:, 0]
    hay = captured[: 120 * RATE, 0].astype(np.float64)
    size = 1 << (len(hay) + length).bit_length()
    match = np.fft.irfft(np.fft.rfft(hay, size) * np.conj(np.fft.rfft(needle, size)), size)
    return int(np.argmax(match[: len(hay)])) - start
