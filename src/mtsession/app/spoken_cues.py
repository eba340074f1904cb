"""Recordings of the therapist's own voice for the phases of a breath: found, and checked."""

from pathlib import Path

import msgspec

from mtsession.activities.breathing.settings import BreathingSettings, Spoken
from mtsession.errors import MediaError, PlanError

LONGEST_SECONDS = 10.0


def settle_spoken(settings: BreathingSettings, folder: Path) -> BreathingSettings:
    """Look up the recordings that a plan names, from the plan's own folder on.

    Raises
    ------
    PlanError
        If one is missing, is no sound, is empty or too long to be said in a breath.
    """
    named = msgspec.structs.asdict(settings.spoken)
    if settings.cue != "spoken" or not any(named.values()):
        return settings
    found = {phase: _checked(phase, folder, name) if name else "" for phase, name in named.items()}
    return msgspec.structs.replace(settings, spoken=Spoken(**found))


def _checked(phase: str, folder: Path, name: str) -> str:
    # Reading sound needs libraries that most sessions never load.
    from mtsession.media.files import open_file  # noqa: PLC0415

    key = f"`spoken.{phase}` of the breathing"
    try:
        path = folder / Path(name).expanduser()
        stream = open_file(path, sample_rate=None)
    except (MediaError, RuntimeError, ValueError) as error:
        message = error.message if isinstance(error, MediaError) else "The path cannot be read."
        hint = "Give a WAV file beside the plan, or its whole path."
        raise PlanError(f"{key}: {message}", hint) from error
    try:
        frames, rate = stream.frames, stream.sample_rate
    finally:
        stream.close()
    if frames == 0:
        raise PlanError(f"{key}: “{path.name}” holds no sound.", "Record it again.")
    if frames is not None and frames > LONGEST_SECONDS * rate:
        raise PlanError(
            f"{key}: “{path.name}” lasts {frames / rate:.0f} s.",
            f"Record one word or two: at most {LONGEST_SECONDS:g} s.",
        )
    return str(path)
