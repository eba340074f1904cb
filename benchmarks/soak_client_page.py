"""The client's page against the journal: three minutes of breaths, with and without a slow road.

A browser without a window shows the page of a real session. In each frame that first shows a
phase the page notes the wall's time; the journal says when the phase was to begin, by its
anchor on the same clock. On the slow road every part of what passes between laptop and page
waits between 0 and 50 ms, each for itself, in both directions.
"""

import asyncio
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from display.browser import Browser, find_browser
from mtsession.activities.breathing.events import BreathPaced
from mtsession.timeline.events import BeatGridRevised, ClockAnchored
from proof.sessions import Kept, read_back
from proof.slow_road import SlowRoad

TIMEOUT_SECONDS = 600
MINUTES = 3.0
LONGEST_MS = {"straight": 0.0, "slow road": 50.0}
LARGEST_OFF_MS = 25.0
HERE = Path(__file__).resolve().parent
PLAN = """
version = 1
title = "Breaths on a page"
when = "In measurements."

# The browser is there before the first breath.
[[segment]]
title = "Settle in"
minutes = 0.4

[[segment.activity]]
method = "words"

[[segment]]
title = "Breathe"
minutes = {minutes}

[[segment.activity]]
method = "listening"
pieces = ["harbour"]
arc = [{{ from = 76, to = 58, minutes = {minutes} }}]
allow_fast = true

[[segment.activity]]
method = "breathing"
start_rate = 16
target_rate = 9
own_rate_minutes = 1
ramp_minutes = 1.5
caution = false
"""
WATCH = """
window.seen = [];
window.watched = (one, at) => {
  if (one === null) return;
  const last = seen.length ? seen[seen.length - 1] : null;
  if (last === null || last.starts !== one.starts_us) {
    if (last !== null && last.phase === one.phase) {
      last.starts = one.starts_us;  // the same phase, whose time is known better now
    } else {
      seen.push({ phase: one.phase, starts: one.starts_us, at: performance.timeOrigin + at });
    }
  }
};
"""


def cases() -> list[str]:
    return [*LONGEST_MS]


def run(case: str, folder: Path) -> dict[str, object]:
    path = find_browser()
    if path is None:
        return {"skipped": "no Chromium on this machine"}
    with TemporaryDirectory(dir=folder) as empty:
        plan, home = Path(empty) / "plan.toml", Path(empty) / "home"
        plan.write_text(PLAN.format(minutes=MINUTES), encoding="utf-8")
        seen, code = asyncio.run(_watch(path, plan, home, LONGEST_MS[case]))
        kept = read_back(home)
    told = _phase_starts(kept)
    shown = np.array([one["at"] for one in seen])
    off = np.array([one - told[np.abs(told - one).argmin()] for one in shown])
    late = np.abs(off)
    p99 = float(np.percentile(late, 99))
    return {
        "told": f"p99 {p99:.1f} ms of {len(off)} phases, at most {late.max():.1f}",
        "longest_delay_ms": LONGEST_MS[case],
        "phases": len(off),
        "phases_told": len(told),
        "off_ms": {
            "median": round(float(np.median(off)), 2),
            "p99": round(p99, 2),
            "largest": round(float(late.max()), 2),
        },
        "farthest_off": [(int(n), round(float(off[n]), 1)) for n in np.argsort(-late)[:5]],
        "exit_code": code,
        "passed": code == 0 and p99 <= LARGEST_OFF_MS and len(off) >= len(told) - 2,
    }


async def _watch(path: str, plan: Path, home: Path, longest_ms: float) -> tuple[list[dict], int]:
    command = [sys.executable, str(HERE.parent / "tests" / "proof" / "paged_desk.py")]
    road = SlowRoad(longest_ms)
    with subprocess.Popen([*command, str(plan), str(home)], stdout=subprocess.PIPE) as session:
        try:
            address = (await asyncio.to_thread(session.stdout.readline)).decode().strip()
            async with road.open() as port:
                browser = Browser(
                    path, f"--proxy-server=127.0.0.1:{port}", "--proxy-bypass-list=<-loopback>"
                )
                try:
                    async with browser.tab() as page:
                        await page.ask("Page.navigate", url=address)
                        await page.until("typeof answers === 'object' && answers.length > 0")
                        await page.value(WATCH)
                        await asyncio.to_thread(session.wait)
                        return await page.value("seen"), session.returncode
                finally:
                    browser.close()
        finally:
            if session.poll() is None:
                session.kill()


def _phase_starts(kept: Kept) -> np.ndarray:
    """Give when each phase began, by the last that the journal holds of its beats; wall, in ms."""
    anchor = next(event for event in kept.events if isinstance(event, ClockAnchored))
    zero_ms = (anchor.wall.unix_us - anchor.t_us) / 1000
    grids = {e.grid.grid: {} for e in kept.of(BeatGridRevised)}
    for event in kept.of(BeatGridRevised):
        beats = grids[event.grid.grid]
        beats.update(enumerate(event.grid.beats_us, event.grid.first_beat))
    starts = []
    for paced in kept.of(BreathPaced):
        beats = grids.get(paced.grid, {})
        beat = paced.first_beat
        for counts in paced.counts:
            if counts and beat == int(beat) and int(beat) in beats:
                starts.append(zero_ms + beats[int(beat)] / 1000)
            beat += counts * paced.beats_per_count
    return np.array(starts)
