"""A long programme led by hand on the screen, captured: gaps, clicks, levels, tempo, memory.

"twenty minutes": seven made recordings, six crossfades, thirty commands, a library scan beside
it all the while. Of what is captured: no run of zeros; in steady tones nothing above 5 kHz that
tones do not have; in steady noise no step of level but where the level was asked to change; any
eight clicks in a row at the tempo that the journal says; every command heard in time.

"an hour": clicks only, and a command every two minutes: memory stands still, and what is heard
keeps to the journal.

"at the usual latency": five minutes at the profile that a therapist has; each command is heard
150 ms after its key at the latest.
"""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from soak_session import watch

from mtsession.timeline import events as ev
from proof import playback
from proof.sessions import Kept, read_back
from rig_support import Capture, find_rig

TIMEOUT_SECONDS = 5_000
LEAD_SECONDS = 30.0
LATE_MS = 80.0
WORST_CLICK_DB = -60.0
LARGEST_STEP_DB = 0.5
WORST_TEMPO_PERCENT = 0.2
LARGEST_DRIFT_MS = 2.0
MOST_KB_A_MINUTE = 200.0
RAMP_SECONDS = 3.0
FADE_SECONDS = 6.0
SCANNED_FILES = 40
PLAN = """
version = 1
title = "Led by hand"
when = "In measurements."

[[segment]]
title = "Settle in"
minutes = 0.5

[[segment.activity]]
method = "words"

[[segment]]
title = "Listen"
minutes = {minutes}

[[segment.activity]]
method = "listening"
order = "as listed"
crossfade_s = 10
arc = [{{ from = 66, to = 64, minutes = {minutes} }}]
{tracks}
"""
TRACK = """
[[segment.activity.track]]
file = "{file}"
bpm = {bpm}
first_beat_s = 0
beats_per_bar = 4
"""
# What is done, and undone soon: at a recording's own tempo 5 % either way is all it may change.
LEADS = (
    "slower", "undo", "up", "down", "faster", "re-join", "hold tempo", "duck", "duck",
    "hold tempo", "down", -16.0, "re-join", -14.0, "slower", "start tempo", "re-join", "faster",
    "undo", "up", "undo", "hold tempo", "slower", "re-join", "duck", "duck", "down", "undo",
    "faster", "re-join",
)  # fmt: skip
WHOLE = ("tones", "tones", "noise", "noise", "clicks", "clicks", "clicks")
CASES = {"at the usual latency": 5.0, "twenty minutes": 20.0, "an hour": 60.0}
USUAL = "at the usual latency"
SOON_MS = 150.0


def cases() -> list[str]:
    return [*CASES]


def run(case: str, folder: Path) -> dict[str, object]:
    rig = find_rig()
    if isinstance(rig, str):
        return {"skipped": rig}
    minutes, hour = CASES[case], case == "an hour"
    with TemporaryDirectory(dir=folder) as empty:
        here = Path(empty)
        kinds = ("clicks",) * 7 if hour else WHOLE
        plan, script = here / "plan.toml", here / "script.json"
        plan.write_text(PLAN.format(minutes=minutes, tracks=_tracks(here, kinds, minutes)))
        times = np.linspace(LEAD_SECONDS + 20, LEAD_SECONDS + minutes * 60 - 25, len(LEADS))
        script.write_text(json.dumps([*zip(times.tolist(), LEADS, strict=True)]))
        notes, home = here / "notes.jsonl", here / "home"
        with (
            _scanning(here, busy=case == "twenty minutes") as scans,
            Capture(rig, tail_seconds=1.0) as heard,
        ):
            figures = watch(
                plan,
                home,
                notes,
                script,
                seconds=minutes * 60 + LEAD_SECONDS,
                audio="default" if case == USUAL else "soak",
            )
        lines = [json.loads(line) for line in notes.read_text().splitlines()]
        kept = read_back(home)
        offset = lines[-1]["offset_us"] / 1e6
        found = _measure(heard, kept, offset)
    last = lines[-1]
    figures |= {
        "minutes": minutes,
        "scans": None if scans is None else scans.count,
        "underruns": last["underruns"],
        "starved": last["starved"],
        **found,
    }
    failed = _failed(figures, case)
    return {"told": _told(figures, failed), **figures, "failed": failed, "passed": not failed}


def _tracks(folder: Path, kinds: tuple[str, ...], minutes: float) -> str:
    """Write the recordings, each with room for the crossfade and for a slower tempo."""
    texts = []
    seconds = minutes * 60 / len(kinds) * 1.03 + 12
    for number, (kind, bpm) in enumerate(zip(kinds, itertools.cycle((66, 65, 64)), strict=False)):
        file = folder / f"{number} {kind}.flac"
        playback.write(file, kind, seconds, bpm, seed=number)
        texts.append(TRACK.format(file=file, bpm=bpm))
    return "".join(texts)


class _Scans:
    """A library scan, begun again with an empty catalogue whenever it is done."""

    def __init__(self, folder: Path) -> None:
        self._music = folder / "music"
        self._home = folder / "scans"
        self._music.mkdir()
        for number in range(SCANNED_FILES):
            playback.write(self._music / f"{number}.flac", "clicks", 60, 60 + number, seed=number)
        self.count = 0
        self._over = threading.Event()

    def go_on(self) -> None:
        """Scan until told to stop."""
        while not self._over.is_set():
            home = self._home / str(self.count)
            command = [sys.executable, "-m", "mtsession", "library", "scan", str(self._music)]
            self._process = subprocess.Popen(
                command,
                env=os.environ | {"MTSESSION_HOME": str(home)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            self._process.wait()
            self.count += 1

    def stop(self) -> None:
        """End the scan that goes on."""
        self._over.set()
        self._process.terminate()


@contextmanager
def _scanning(folder: Path, *, busy: bool) -> Iterator[_Scans | None]:
    """Let a library scan run beside, over and over, or none."""
    if not busy:
        yield None
        return
    scans = _Scans(folder)
    thread = threading.Thread(target=scans.go_on)
    thread.start()
    try:
        yield scans
    finally:
        scans.stop()
        thread.join()


def _measure(heard: Capture, kept: Kept, offset: float) -> dict[str, object]:
    """Measure each kind of music where it sounds alone.

    Parameters
    ----------
    offset : float
        Seconds of `perf_counter` at which the session's time is 0.
    """
    samples, zero = heard.samples, offset - heard.second_of(0)
    played = playback.alone(kept.events)
    spans = {
        kind: [span for title, span in played if kind in title]
        for kind in ("tones", "noise", "clicks")
    }
    first = min(event.t_us for event in kept.of(ev.TrackStarted)) / 1e6
    last = max(event.t_us for event in kept.of(ev.TrackEnded)) / 1e6
    ramps = [
        (event.t_us / 1e6 - 0.5, event.t_us / 1e6 + RAMP_SECONDS)
        for event in kept.of(ev.WishMade)
        if event.what in {"SetLevel", "ToggleDuck"}
    ]
    click_db, click_places = playback.clicks_in_tones(samples, spans["tones"], zero)
    step_db, step_at = playback.level_steps(samples, playback.without(spans["noise"], ramps), zero)
    # In a fade the faintest clicks are under what counts as one.
    steady = [
        (max(begin, first + FADE_SECONDS), min(end, last - FADE_SECONDS))
        for begin, end in spans["clicks"]
    ]
    tempo = playback.delivered(
        samples,
        steady,
        zero,
        playback.heard_beats(kept.events),
        seconds_of=lambda frames: heard.seconds_of(frames) - offset,
    )
    gaps = playback.gaps(samples, [(first + 2, last - FADE_SECONDS)], zero)
    wished = {event.asked: event for event in kept.of(ev.WishMade) if event.what != "End"}
    applied = {event.asked: event.t_us for event in reversed(kept.of(ev.CommandApplied))}
    each_late = [
        (wish.what, round(wish.t_us / 1e6, 1), round((applied[asked] - wish.t_us) / 1000, 1))
        for asked, wish in wished.items()
        if asked in applied
    ]
    late = [ms for _, _, ms in each_late]
    ready = kept.of(ev.EngineStarted)
    return {
        "tracks": len(kept.of(ev.TrackStarted)),
        "failed_tracks": len(kept.of(ev.TrackFailed)),
        "fault": kept.fault,
        "gaps": gaps[:20],
        "gap_count": len(gaps),
        "loudest_click_db": None if not spans["tones"] else round(click_db, 1),
        "click_places_s": click_places,
        "largest_step_db": round(step_db, 3),
        "step_at_s": step_at,
        "clicks": tempo.clicks,
        "clicks_missing": tempo.missing,
        "missing_at_s": list(tempo.missing_at_s),
        "worst_tempo_percent": tempo.worst_percent,
        "worst_tempo_at_s": tempo.worst_at_s,
        "offset_ms": list(tempo.offset_ms),
        "offset_by_minute_ms": list(tempo.by_minute_ms),
        "wishes": len(wished),
        "applied": len(late),
        "applied_after_ms": {
            "median": round(float(np.median(late)), 1) if late else None,
            "largest": max(late) if late else None,
        },
        "latest": sorted(each_late, key=lambda told: -told[2])[:6],
        "latency_ms": ready[0].latency_us / 1000 if ready else None,
    }


def _failed(figures: dict, case: str) -> list[str]:
    """Name what does not hold."""
    late = figures["applied_after_ms"]["largest"] or 0.0
    drift = max(figures["offset_by_minute_ms"]) - min(figures["offset_by_minute_ms"])
    slope = max(figures[name]["kb_a_minute_median_of_slopes"] for name in ("app", "engine"))
    click = figures["loudest_click_db"]
    # Where recordings are short, slower ones leave no time for the last of them.
    least = len(WHOLE) - (case == USUAL)
    checks = {
        "gaps": figures["gap_count"] == 0,
        "clicks in tones": click is None or click <= WORST_CLICK_DB,
        "steps of level": figures["largest_step_db"] <= LARGEST_STEP_DB,
        "tempo": figures["worst_tempo_percent"] <= WORST_TEMPO_PERCENT,
        "missing clicks": figures["clicks_missing"] == 0,
        "commands": figures["applied"] == figures["wishes"] == len(LEADS),
        "late commands": late <= (figures["latency_ms"] or 0.0) + LATE_MS,
        "tracks": figures["tracks"] >= least and not figures["failed_tracks"],
        "record": figures["fault"] is None and figures["exit_code"] == 0,
    }
    if case == USUAL:
        checks["late commands"] = late <= min(SOON_MS, (figures["latency_ms"] or 0.0) + LATE_MS)
    if case == "an hour":
        checks |= {"drift": drift <= LARGEST_DRIFT_MS, "memory": slope <= MOST_KB_A_MINUTE}
    return [name for name, holds in checks.items() if not holds]


def _told(figures: dict, failed: list[str]) -> str:
    click = figures["loudest_click_db"]
    tones = "" if click is None else f"tones {click} dB, noise {figures['largest_step_db']} dB, "
    return (
        f"{figures['gap_count']} gaps, {tones}tempo {figures['worst_tempo_percent']} %, "
        f"commands {figures['applied_after_ms']['largest']} ms, offset {figures['offset_ms']} ms"
        + (f"; not: {', '.join(failed)}" if failed else "")
    )
