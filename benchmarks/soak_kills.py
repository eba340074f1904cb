"""Twenty sessions killed outright at random moments, their screen's process and engine in turn."""

from pathlib import Path
from tempfile import TemporaryDirectory

from proof.kills import GRACE_SECONDS, Victim, busy_hands, one_kill

KILLS = 20
VICTIMS: tuple[Victim, ...] = ("session", "engine")
TIMEOUT_SECONDS = 180


def cases() -> list[str]:
    return [f"{place + 1:02}-{VICTIMS[place % 2]}" for place in range(KILLS)]


def run(case: str, folder: Path) -> dict[str, object]:
    number, victim = case.split("-")
    with busy_hands(), TemporaryDirectory(dir=folder) as empty:
        killed = one_kill(Path(empty), VICTIMS[victim == "engine"], 1000 + int(number))
    return {
        "killed": killed.victim,
        "after_s": killed.killed_at_s,
        "events_told_more_than_ms_before": round(GRACE_SECONDS * 1000),
        "must_be_kept": killed.must_be_kept,
        "kept": killed.kept,
        "engine_gone_after_s": killed.engine_gone_s,
        "music_again_after_s": killed.music_again_s,
        "faults": killed.faults,
        "passed": not killed.faults,
    }
