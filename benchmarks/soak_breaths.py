"""Ten minutes of breaths on a gliding arc: each phase against its beat, in the captured sound.

"arc": the music follows its plan alone. "led": from 76 to 58, and led by hand three times: its
clicks are stretched then, and the guide's own cues are not.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from mtsession.activities.listening.events import TempoLed
from proof.breaths import measure, write_plan
from proof.led_breaths import play_led
from proof.sessions import Kept, Session, read_back
from rig_support import Capture, Rig, find_rig

MINUTES = 10
LARGEST_OFF_MS = 10.0
P99_OFF_MS = 5.0
TIMEOUT_SECONDS = 900
LEADS = ((120.0, "down"), (300.0, "faster"), (450.0, "re-join"))


def cases() -> list[str]:
    return ["arc", "led"]


def run(case: str, folder: Path) -> dict[str, object]:
    if not isinstance(rig := find_rig(), Rig):
        return {"skipped": rig}
    return {"arc": along_the_arc, "led": led_by_hand}[case](rig, folder)


def along_the_arc(rig: Rig, folder: Path) -> dict[str, object]:
    """Let the music go from 84 to 60 and back to 72."""
    with TemporaryDirectory(dir=folder) as empty:
        plan = write_plan(
            Path(empty),
            minutes=MINUTES,
            arc="[{ from = 84, to = 60, minutes = 5 }, { from = 60, to = 72, minutes = 5 }]",
            ratio=[2, 4],
            start=14,
            target=7,
            own=1,
            ramp=6,
        )
        home = Path(empty) / "home"
        with (
            Capture(rig, tail_seconds=1.0) as heard,
            Session(plan, home, level=-6, MTSESSION_AUDIO="soak") as session,
        ):
            code = session.finish(MINUTES * 60 + 120)
        return {"exit_code": code, **figures(heard, read_back(home))}


def led_by_hand(rig: Rig, folder: Path) -> dict[str, object]:
    """Let the music go from 76 to 58, and lead it by hand on its way."""
    with TemporaryDirectory(dir=folder) as empty:
        plan = write_plan(
            Path(empty),
            minutes=MINUTES,
            arc=f"[{{ from = 76, to = 58, minutes = {MINUTES} }}]",
            ratio=[2, 4],
            start=12,
            target=6,
            own=1,
            ramp=4,
        )
        home = Path(empty) / "home"
        with Capture(rig, tail_seconds=1.0) as heard:
            play_led(plan, home, LEADS)
        kept = read_back(home)
        leads = [each.what for each in kept.of(TempoLed)]
        found = figures(heard, kept)
        # There is no plan left against which sound could be found dropped; gaps are told as beats.
        found.pop("dropped_sound_ms")
        return {**found, "leads": leads, "passed": found["passed"] and len(leads) == len(LEADS)}


def figures(heard: Capture, kept: Kept) -> dict[str, object]:
    """Give where phases fell, and whether all did on their own beats."""
    found = measure(heard.samples, kept)
    return {
        "minutes": MINUTES,
        **msgspec.to_builtins(found),
        "passed": found.phases_heard == found.phases_told
        and found.phases_left_out == found.on_another_beat == found.beats_missing == 0
        and found.p99_off_ms <= P99_OFF_MS
        and found.largest_off_ms <= LARGEST_OFF_MS,
    }
