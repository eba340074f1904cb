"""Which sound outputs this machine has, which one a name means, and a soft tone to try one.

The sound library looks at the machine once, as it is loaded, and some drivers end the process
that asks. So whoever wants to know asks a short-lived process (`python -m
mtsession.engine.outputs list`), and what is playing is not disturbed.
"""

import math
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from mtsession.errors import EngineError

LOOK_SECONDS = 15.0
TONE_HZ = 330.0
TONE_DB = -30.0
TONE_SECONDS = 2.4
_TAIL_SECONDS = 0.3
_RATES = (48_000, 44_100)
_LEAST_URGENT = 10
# ALSA numbers cards as they come: "(hw:1,0)" today is "(hw:2,0)" after it was plugged in again.
_PLACE = re.compile(r"\s*\((hw|plughw):\d+,\d+\)$")


class OutputInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One output as the sound library lists it.

    Attributes
    ----------
    index : int
        Its place in this look at the machine; another look may number otherwise.
    system : str
        The sound system that it is reached through, such as ALSA or Core Audio.
    rate : int
        Frames a second that it takes by itself.
    default : bool
        Whether the system uses it where no choice was made.
    """

    index: int
    name: str
    system: str
    rate: int
    default: bool = False

    @property
    def full(self) -> str:
        """The name with its sound system: what a choice is remembered by."""
        return f"{self.name}, {self.system}"


class OutputList(msgspec.Struct, frozen=True, kw_only=True):
    """What there is, or why there is nothing: then a sentence, and the mend."""

    outputs: tuple[OutputInfo, ...] = ()
    version: str = ""
    message: str = ""
    hint: str = ""

    @property
    def default(self) -> OutputInfo | None:
        """The output that the system uses where no choice was made."""
        return next((each for each in self.outputs if each.default), None)


def load_library() -> Any:
    """Load PortAudio; only ever in a process that may look at devices.

    Raises
    ------
    EngineError
        With the mend, where it is missing or does not start.
    """
    try:
        import sounddevice  # noqa: PLC0415 - loading it starts PortAudio, which may be missing
    except OSError as error:
        raise EngineError(
            "The sound library PortAudio is not installed.", "sudo apt install libportaudio2"
        ) from error
    except Exception as error:
        raise EngineError(
            f"The sound library PortAudio does not start ({error}).",
            "Look at the sound settings of the system, then restart the sound.",
        ) from error
    return sounddevice


def describe(library: Any) -> tuple[OutputInfo, ...]:
    """List the outputs that a loaded library saw when it was loaded."""
    try:
        default = library.query_devices(kind="output")["index"]
    except (library.PortAudioError, ValueError):
        default = None
    systems = library.query_hostapis()
    return tuple(
        OutputInfo(
            index=each["index"],
            name=each["name"],
            system=systems[each["hostapi"]]["name"],
            rate=int(each["default_samplerate"]),
            default=each["index"] == default,
        )
        for each in library.query_devices()
        if each["max_output_channels"] > 0
    )


def pick(outputs: Sequence[OutputInfo], wanted: str) -> OutputInfo | None:
    """Give the output that a name means; None where it is not there.

    The full name counts first, then the name alone, then the name less the place at which the
    system happens to list it, then a part that only one of them has.

    Examples
    --------
    >>> usb = OutputInfo(index=3, name="USB Audio (hw:1,0)", system="ALSA", rate=48_000)
    >>> pick([usb], "USB Audio (hw:2,0), ALSA") is usb
    True
    >>> pick([usb], "usb") is usb
    True
    """
    for key in (_full, _name, _lasting):
        for each in outputs:
            if key(each) == wanted or (key is _lasting and key(each) == _without_place(wanted)):
                return each
    part = wanted.casefold()
    alike = [each for each in outputs if part and part in each.full.casefold()]
    return alike[0] if len(alike) == 1 else None


def _full(output: OutputInfo) -> str:
    return output.full


def _name(output: OutputInfo) -> str:
    return output.name


def _lasting(output: OutputInfo) -> str:
    return f"{_PLACE.sub('', output.name)}, {output.system}"


def _without_place(wanted: str) -> str:
    name, comma, system = wanted.rpartition(", ")
    return f"{_PLACE.sub('', name)}, {system}" if comma else wanted


def usable_rate(library: Any, output: OutputInfo) -> int | None:
    """Give the first usual rate that an output takes in stereo, or its own; None for none."""
    for rate in dict.fromkeys((*_RATES, output.rate)):
        try:
            library.check_output_settings(
                device=output.index, channels=2, dtype="float32", samplerate=rate
            )
        except (library.PortAudioError, ValueError):
            continue
        return rate
    return None


def list_outputs(timeout: float = LOOK_SECONDS) -> OutputList:
    """Ask a short-lived process what there is; may take a second, so it is a worker's task."""
    try:
        said = _ask("list", timeout=timeout)
        return msgspec.json.decode(said, type=OutputList)
    except subprocess.TimeoutExpired:
        return OutputList(
            message="The sound system does not answer.",
            hint="Restart the sound service, or the laptop.",
        )
    except (OSError, msgspec.MsgspecError):
        return OutputList(
            message="The sound system breaks off when it is asked what there is.",
            hint="Look at the sound settings of the system.",
        )


def play_tone(output: str, level_db: float = TONE_DB) -> str:
    """Let a soft tone rise and fall on an output, from a process of its own; a worker's task.

    Parameters
    ----------
    output : str
        A name as `pick` takes it; an empty one is the system's own choice.
    level_db : float
        Its loudest moment, in dB below full; never above `TONE_DB`.

    Returns
    -------
    str
        A sentence on what went wrong; empty where it was played.
    """
    try:
        said = _ask("tone", output, f"{min(level_db, TONE_DB):g}", timeout=LOOK_SECONDS)
        found = msgspec.json.decode(said, type=OutputList)
    except subprocess.TimeoutExpired:
        return "The output does not ask for sound."
    except (OSError, msgspec.MsgspecError):
        return "The tone could not be played."
    return f"{found.message} {found.hint}".strip()


def _ask(*words: str, timeout: float) -> bytes:
    """Run this module; give the last line that it wrote, for libraries may write before it."""
    answered = subprocess.run(  # noqa: S603  (our own interpreter and module)
        [sys.executable, "-m", "mtsession.engine.outputs", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=timeout,
        check=False,
    )
    lines = answered.stdout.splitlines()
    return lines[-1] if lines else b""


# In the process that is asked


def _look() -> OutputList:
    library = load_library()
    outputs = describe(library)
    version = str(library.get_portaudio_version()[1])
    if outputs:
        return OutputList(outputs=outputs, version=version)
    return OutputList(
        version=version,
        message="No sound output was found.",
        hint="Plug in or switch on a sound device.",
    )


def _tone(wanted: str, level_db: float) -> OutputList:
    """Play the tone and wait for its end."""
    import threading  # noqa: PLC0415 - only the tone waits

    import numpy as np  # noqa: PLC0415 - listing does without

    library = load_library()
    outputs = describe(library)
    output = pick(outputs, wanted) if wanted else OutputList(outputs=outputs).default
    if output is None:
        raise EngineError(f"The output {wanted or 'asked for'} is not there.", "")
    rate = usable_rate(library, output)
    if rate is None:
        raise EngineError(f"{output.name} accepts none of the usual sample rates.", "")
    t = np.arange(round((TONE_SECONDS + _TAIL_SECONDS) * rate)) / rate
    # One slow swell: no step at either end, and its loudest moment is in the middle.
    swell = np.where(t < TONE_SECONDS, 0.5 - 0.5 * np.cos(2 * math.pi * t / TONE_SECONDS), 0.0)
    wave = (10 ** (level_db / 20) * swell * np.sin(2 * math.pi * TONE_HZ * t)).astype("float32")
    ended, done = threading.Event(), 0

    def fill(out: Any, frames: int, _time: Any, _status: Any) -> None:
        nonlocal done
        part = wave[done : done + frames, None]
        out[: len(part)] = part
        out[len(part) :] = 0.0
        done += frames
        if done >= len(wave):
            raise library.CallbackStop

    try:
        with library.OutputStream(
            device=output.index, channels=2, dtype="float32", samplerate=rate,
            callback=fill, finished_callback=ended.set,
        ):  # fmt: skip
            ended.wait(2 * TONE_SECONDS + 2.0)
    except library.PortAudioError as error:
        raise EngineError(
            f"{output.name} cannot be opened.", "Another program, or this session, may hold it."
        ) from error
    return OutputList(outputs=(output,))


def _main(words: Sequence[str]) -> None:
    if hasattr(os, "nice"):
        # The music of the process that asks comes first.
        os.nice(_LEAST_URGENT)
    try:
        answer = _look() if words[0] == "list" else _tone(words[1], float(words[2]))
    except EngineError as error:
        answer = OutputList(message=error.message, hint=error.hint)
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(answer) + b"\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
