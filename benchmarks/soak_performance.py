"""A dense minute of a real performance, played into a session while its music sounds."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from proof.performance import BARE_MORE_MS, play_over_music
from rig_support import Rig, find_rig

SECONDS = 60.0
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TIMEOUT_SECONDS = 300


def run(_case: str, folder: Path) -> dict[str, object]:
    if not isinstance(rig := find_rig(), Rig):
        return {"skipped": rig}
    if not DATA.is_dir():
        return {"skipped": "real recordings are not here (../shared/data)"}
    with TemporaryDirectory(dir=folder) as empty:
        played = play_over_music(Path(empty), DATA, SECONDS)
    return {
        "seconds_played": SECONDS,
        **msgspec.to_builtins(played),
        "allowed_above_bare_ms": BARE_MORE_MS,
        "skipped": played.unproven,
        "passed": played.passed,
    }
