"""Real recordings of four formats in one session: what is heard against what rendering writes."""

from pathlib import Path

import numpy as np
import soundfile

from app.heard import Samples, lag_of, render, residual_db
from media.made_sounds import write
from mtsession.timeline.events import TrackFailed, TrackStarted
from proof.sessions import Session, read_back
from rig_support import RATE, Capture, Rig, find_rig

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "audio"
OGG = ("Kevin_MacLeod_-_Vibe_Ace.ogg", "147793__setuniman__sweet-waltz-0i-22mi.ogg")
MADE = {
    "ragtime.mp3": "442789__lena-orsa__happy-music-pistachio-ice-cream-ragtime.ogg",
    "dance.m4a": "Hungarian_Dance_number_5_-_Allegro_in_F_sharp_minor_(string_orchestra).ogg",
}
MINUTES = 3
LARGEST_DB = -60.0
TIMEOUT_SECONDS = 600
PLAN = """
version = 1
title = "Recordings"
when = "In tests."

[[segment]]
title = "Listen"
minutes = {minutes}

[[segment.activity]]
method = "listening"
order = "as listed"
crossfade_s = 6
{tracks}
"""
TRACK = '\n[[segment.activity.track]]\nfile = "{file}"\nbpm = {bpm}\n'


def lags_along(heard: Samples, written: Samples, lag: int) -> list[list[float]]:
    """Give [second, lag] wherever the lag changes: once where no sound was dropped or put in."""
    changes: list[list[float]] = []
    for second in range(5, len(written) // RATE - 5, 5):
        part = slice(second * RATE, (second + 2) * RATE)
        if np.abs(written[part]).max() < 1e-3:
            continue
        near = lag_of(
            heard[max(0, part.start + lag - RATE) : part.stop + lag + RATE], written[part]
        )
        here = near + max(0, part.start + lag - RATE) - part.start
        if not changes or changes[-1][1] != here:
            changes.append([second, here])
    return changes


def run(_case: str, folder: Path) -> dict[str, object]:
    if not isinstance(rig := find_rig(), Rig):
        return {"skipped": rig}
    if not DATA.is_dir():
        return {"skipped": "real recordings are not here (../shared/data)"}
    for name, source in MADE.items():
        samples, rate = soundfile.read(DATA / source, dtype="float32", always_2d=True)
        write(folder / name, np.repeat(samples, 2, axis=1)[:, :2], rate)
    files = [DATA / OGG[0], folder / "ragtime.mp3", folder / "dance.m4a", DATA / OGG[1]]
    tracks = "".join(TRACK.format(file=file, bpm=72 + place) for place, file in enumerate(files))
    plan = folder / "recordings.toml"
    plan.write_text(PLAN.format(minutes=MINUTES, tracks=tracks))
    written, _ = render(plan, folder, level=-6)
    home = folder / f"home-{len(list(folder.glob('home-*')))}"
    with (
        Capture(rig, tail_seconds=1.0) as heard,
        Session(plan, home, level=-6, MTSESSION_AUDIO="soak") as session,
    ):
        code = session.finish(MINUTES * 60 + 120)
    kept = read_back(home)
    planned = written[: MINUTES * 60 * RATE]
    lag = lag_of(heard.samples, planned)
    residual = residual_db(heard.samples, planned, lag)
    off = np.flatnonzero(residual >= LARGEST_DB)
    played = [event.title for event in kept.of(TrackStarted)]
    return {
        "played": played,
        "failed": len(kept.of(TrackFailed)),
        "exit_code": code,
        "lag_frames": lag,
        "windows_of_100_ms": len(residual),
        "worst_db": round(float(residual.max()), 1),
        "worst_at_s": round(int(residual.argmax()) / 10, 1),
        "windows_too_far_off": len(off),
        "first_too_far_off_s": float(off[0] / 10) if len(off) else None,
        "lags_along_the_way": lags_along(heard.samples, planned, lag),
        "passed": code == 0 and len(played) == len(files) and bool(residual.max() < LARGEST_DB),
    }
