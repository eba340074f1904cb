"""Sessions that are killed at a random moment: the screen's process and the engine's in turn."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from mtsession.timeline import events as ev
from proof.sessions import Kept, Session, Watch, files_with, interrupted, kill, read_back
from rig_support import Rig, VirtualKeyboard, find_rig

Victim = Literal["session", "engine"]
CLIENT = "CANARY-123"
TITLE = "Canary on the sill"
GRACE_SECONDS = 0.1
# Five seconds are the music's fade; the rest is room for a machine that has other work.
GONE_SECONDS = 9.0
NOTES_A_SECOND = 80
PLAN = f"""
version = 1
title = "{TITLE}"
when = "In tests."

[[segment]]
title = "{TITLE} again"
minutes = 0.26

[[segment.activity]]
method = "listening"
pieces = ["harbour"]
fade_in_s = 0
end_fade_s = 1
arc = [{{ hold = 80, minutes = 0.26 }}]

[[segment.activity]]
method = "breathing"
start_rate = 20
target_rate = 20
caution = false
cue = "swell"

[[segment.activity]]
method = "improvisation"
"""
LATEST_SECONDS: dict[Victim, float] = {"session": 10.0, "engine": 5.0}


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """How one kill went."""

    victim: Victim
    killed_at_s: float
    must_be_kept: int
    kept: int
    engine_gone_s: float | None
    music_again_s: float | None
    faults: list[str]


@contextmanager
def busy_hands() -> Iterator[None]:
    """Play a keyboard all the while, where there are MIDI ports, so that events come thick."""
    if not isinstance(find_rig(), Rig):
        yield
        return
    with VirtualKeyboard("mtsession-busy-hands") as keyboard:
        over = threading.Event()
        notes = [
            (place / NOTES_A_SECOND, bytes([0x90, 60 + place // 2 % 12, 40 * (1 - place % 2)]))
            for place in range(NOTES_A_SECOND)
        ]

        def play() -> None:
            while not over.is_set():
                keyboard.play(notes, lead_seconds=0.0)

        player = threading.Thread(target=play)
        player.start()
        try:
            yield
        finally:
            over.set()
            player.join()


def one_kill(folder: Path, victim: Victim, seed: int) -> Killed:
    """Run a session, kill one of its processes, and look at everything that is left."""
    dice = random.Random(f"{victim} {seed}")
    home = folder / f"{victim}-{seed}"
    plan = folder / "plan.toml"
    plan.write_text(PLAN)
    after = dice.uniform(0.0, LATEST_SECONDS[victim])
    with Session(plan, home, client=CLIENT, level=-12) as session:
        session.wait_begun()
        engine = session.engine()
        assert engine is not None
        watch = Watch(engine.pid)
        pause = threading.Event()
        pause.wait(after)
        at = kill(session.process.pid if victim == "session" else engine.pid)
        gone = watch.seconds_to_end(at, 12.0)
        code = session.finish()
        said = list(session.lines)
    faults: list[str] = []
    must = session.seen_before(at - GRACE_SECONDS)
    if named := files_with(home, CLIENT, TITLE):
        faults.append(f"in plain: {named}")
    offered = interrupted(home) if victim == "session" else []
    kept = read_back(home)
    faults += _whole(kept, must)
    if named := files_with(home, CLIENT, TITLE):
        faults.append(f"in plain after reading: {named}")
    again = None
    if victim == "session":
        if gone > GONE_SECONDS:
            faults.append(f"the engine lived on for {gone:.1f} s")
        if list(offered) != [kept.entry.id]:
            faults.append(f"offered {offered} instead of {kept.entry.id}")
        if kept.entry.ended:
            faults.append("it counts as ended")
    else:
        again, trouble = _went_on(kept)
        faults += trouble
        if code != 0 or interrupted(home):
            faults.append(f"ended with {code}: {said[-3:]}")
    return Killed(
        victim=victim,
        killed_at_s=round(after, 3),
        must_be_kept=must,
        kept=len(kept.numbers),
        engine_gone_s=round(gone, 3) if victim == "session" else None,
        music_again_s=again,
        faults=faults,
    )


def _whole(kept: Kept, must: int) -> list[str]:
    """Tell what is missing or wrong in the journal."""
    faults = []
    if kept.fault is not None:
        faults.append(f"journal: {kept.fault}")
    if kept.numbers != list(range(1, len(kept.numbers) + 1)):
        faults.append("there are gaps")
    if len(kept.numbers) < must:
        faults.append(f"{len(kept.numbers)} events kept of {must}")
    return faults


def _went_on(kept: Kept) -> tuple[float | None, list[str]]:
    """Give how long the music was away, and what did not go on after the engine was killed."""
    lost = kept.of(ev.EngineLost)
    if len(lost) != 1:
        return None, [f"{len(lost)} losses of the engine are told"]
    since = kept.events.index(lost[0])
    later = kept.events[since:]
    again = [each for each in later if isinstance(each, ev.EngineStarted) and each.restarted]
    music = [each for each in later if isinstance(each, ev.TrackStarted)]
    ended = kept.of(ev.SessionEnded)
    faults = [] if len(again) == 1 else [f"{len(again)} engines started again"]
    faults += [] if music else ["no music again"]
    if not ended or ended[0].reason != "planned":
        faults.append("it did not end as planned")
    if any(isinstance(each, ev.PortOpened) for each in kept.events) and not any(
        isinstance(each, ev.MidiReceived) for each in later[later.index(again[0]) if again else 0 :]
    ):
        faults.append("no notes arrive any more")
    away = round((music[0].t_us - lost[0].t_us) / 1e6, 3) if music else None
    return away, faults
