"""The sounds of a breath, for eyes that are closed."""

from mtsession.activities.breathing.events import BreathPaced
from mtsession.activities.breathing.settings import CueKind
from mtsession.protocol.commands import Cue, CueSound

PHASE_SOUNDS: tuple[CueSound | None, ...] = ("inhale", "hold", "exhale", None)


def phase_cues(paced: BreathPaced, kind: CueKind, gain_db: float) -> tuple[Cue, ...]:
    """Give the sounds of a breath, each at the beat on which its phase begins."""
    if kind == "none":
        return ()
    cues: list[Cue] = []
    beat = paced.first_beat
    for place, (counts, phase) in enumerate(zip(paced.counts, PHASE_SOUNDS, strict=True)):
        length = counts * paced.beats_per_count
        sound: CueSound | None = "click" if kind == "click" else phase
        # A swell lasts as long as its phase and falls silent in a hold; a tone marks each start.
        if counts and sound is not None and (kind, sound) != ("swell", "hold"):
            cues.append(
                Cue(
                    cue=paced.activity * 100_000 + paced.breath * 4 + place,
                    grid=paced.grid,
                    beat=beat,
                    sound=sound,
                    beats=length if kind == "swell" else min(1.0, length),
                    gain_db=gain_db,
                )
            )
        beat += length
    return tuple(cues)
