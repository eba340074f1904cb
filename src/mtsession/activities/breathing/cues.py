"""The sounds of a breath, for eyes that are closed."""

from mtsession.activities.breathing.events import BreathPaced
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.protocol.commands import Cue, CueSound

Sounds = tuple[CueSound | None, CueSound | None, CueSound | None, CueSound | None]

# A swell falls silent where the breath is held; tones and recordings say that it is.
PHASE_SOUNDS: dict[str, Sounds] = {
    "none": (None, None, None, None),
    "swell": ("inhale", None, "exhale", None),
    "tone": ("tone in", "tone hold", "tone out", "tone hold"),
    "spoken": ("spoken", "spoken", "spoken", "spoken"),
    "click": ("click", "click", "click", None),
}
# A tone says that a phase begins and dies away; it does not last through a long one.
TONE_BEATS = 2.0


def phase_cues(paced: BreathPaced, settings: BreathingSettings) -> tuple[Cue, ...]:
    """Give the sounds of a breath, each at the beat on which its phase begins."""
    cues: list[Cue] = []
    beat = paced.first_beat
    spoken = settings.spoken
    recordings = (spoken.inhale, spoken.hold, spoken.exhale, spoken.rest)
    for place, sound in enumerate(PHASE_SOUNDS[settings.cue]):
        length = paced.counts[place] * paced.beats_per_count
        wanted = bool(length) and (sound != "spoken" or bool(recordings[place]))
        if sound is not None and wanted:
            cues.append(
                Cue(
                    cue=paced.activity * 100_000 + paced.breath * 4 + place,
                    grid=paced.grid,
                    beat=beat,
                    sound=sound,
                    beats=min(TONE_BEATS, length) if settings.cue == "tone" else length,
                    gain_db=settings.cue_db,
                    recording=recordings[place] if sound == "spoken" else "",
                )
            )
        beat += length
    return tuple(cues)
