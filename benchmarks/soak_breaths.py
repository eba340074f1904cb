"""Ten minutes of breaths on a gliding arc: each phase against its beat, in the captured sound."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from proof.breaths import measure, write_plan
from proof.sessions import Session, read_back
from rig_support import Capture, Rig, find_rig

MINUTES = 10
LARGEST_OFF_MS = 10.0
TIMEOUT_SECONDS = 900


def run(_case: str, folder: Path) -> dict[str, object]:
    if not isinstance(rig := find_rig(), Rig):
        return {"skipped": rig}
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
        found = measure(heard.samples, read_back(home))
    return {
        "minutes": MINUTES,
        "exit_code": code,
        **msgspec.to_builtins(found),
        "passed": code == 0
        and found.phases_heard == found.phases_told
        and found.on_another_beat == found.beats_missing == 0
        and found.largest_off_ms <= LARGEST_OFF_MS,
    }
