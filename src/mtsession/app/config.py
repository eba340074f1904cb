"""Settings that the therapist may edit, and the few things the app remembers by itself."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from mtsession.errors import PlanError
from mtsession.timeline.events import LatencyMeasured, Noticed
from mtsession.timeline.midi_control import MidiControl
from mtsession.timeline.units import Micros

SETTINGS = "settings.toml"
REMEMBERED = "remembered.json"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `settings.toml` may hold; every key has a default.

    Attributes
    ----------
    ceiling_db : float
        Music and notes never play above this level (dB below full).
    markers : tuple of str
        What the keys 1 to 9 mark.
    measure : str
        The rating offered before and after.
    profile : str
        How far ahead sound is made: `low`, `default` or `soak` (safest).
    voice : bool
        Whether keyboards sound from the laptop.
    soundfont : str
        An .sf2 file that keyboards sound with, where a synth library is installed; empty for the
        piano that comes with mtsession.
    """

    ceiling_db: float = -3.0
    markers: tuple[str, ...] = (
        "settled", "laughed", "tearful", "eyes closed", "spoke", "joined in", "paused together",
        "restless", "note this",
    )  # fmt: skip
    measure: str = "Tension 0-10"
    profile: str | None = None
    voice: bool = True
    soundfont: str = ""


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What the app keeps from one session to the next.

    Attributes
    ----------
    output : str
        The output that was chosen, by its name; empty for the system's own choice.
    profile : str or None
        How far ahead sound is made, where that was chosen in the app; it comes before the
        settings' own.
    figures_hidden : bool
        Whether the figures of playing are kept from the screen.
    latencies : tuple of LatencyMeasured
        What was tapped with `mtsession midi calibrate`: one for each keyboard and output.
    duck_control : MidiControl or None
        The pedal or button that lowers the music while it is held.
    """

    level_db: float = -12.0
    output: str = ""
    profile: str | None = None
    figures_hidden: bool = False
    latencies: tuple[LatencyMeasured, ...] = ()
    duck_control: MidiControl | None = None


def load_config(folder: Path) -> Config:
    """Read `settings.toml`; defaults where there is none.

    Raises
    ------
    PlanError
        If the file has a fault, naming file and key.
    """
    path = folder / SETTINGS
    if not path.exists():
        return Config()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Config)
    except (msgspec.MsgspecError, OSError) as error:
        raise PlanError(
            f"{SETTINGS} cannot be used: {error}.",
            "Mend that line or delete the file to have the defaults back.",
        ) from error


def config_or_default(folder: Path) -> tuple[Config, Noticed | None]:
    """Read the settings; a faulty file is said and left alone, never in the way."""
    try:
        return load_config(folder), None
    except PlanError as error:
        notice = Noticed(t_us=Micros(0), topic="plan", message=error.message, hint=error.hint)
        return Config(), notice


def load_remembered(folder: Path) -> Remembered:
    """Give what was remembered; defaults where it is missing or unreadable."""
    try:
        return msgspec.json.decode((folder / REMEMBERED).read_bytes(), type=Remembered)
    except (OSError, msgspec.MsgspecError):
        return Remembered()  # a lost level is no loss: the default is a low one


def playing_on(remembered: Remembered, output: str | None) -> Remembered:
    """Give what was remembered, with another output for this once; None leaves the one chosen."""
    return remembered if output is None else msgspec.structs.replace(remembered, output=output)


def remember(folder: Path, change: Callable[[Remembered], Remembered]) -> None:
    """Change what is remembered, as it stands now; it is kept whole or not at all.

    Another program may have changed something else since this one read it.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=REMEMBERED)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(change(load_remembered(folder))))
    Path(name).replace(folder / REMEMBERED)
