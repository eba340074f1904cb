"""The words of `mtsession midi analyse` and `mtsession midi calibrate`."""

from pathlib import Path

from mtsession.cli.arguments_shared import Commands, add, add_json, number

SHORTEST_S, LONGEST_S = 5, 600


def add_analyse(actions: Commands) -> None:
    """Add the command's words."""
    analyse = add(
        actions, "analyse", "figures of Standard MIDI Files: playing, tempo, and between players",
        "Nothing is kept. The figures describe playing; they rate nobody.",
    )  # fmt: skip
    analyse.add_argument("files", type=Path, nargs="+", metavar="FILE", help="MIDI files")
    analyse.add_argument(
        "--players", metavar="WHO",
        help="who plays what: client=1,therapist=2 (tracks), client=channel:1, client=keys:0-59, "
        "or one (default: each track; of one track each channel)",
    )  # fmt: skip
    analyse.add_argument(
        "--window", type=_window, default=30.0, metavar="SECONDS",
        help="length of the windows of tempo and course, 5 to 600 (default: 30)",
    )  # fmt: skip
    add_json(analyse)
    analyse.set_defaults(room="midi_figures")


def add_calibrate(actions: Commands) -> None:
    """Add the command's words."""
    calibrate = add(
        actions, "calibrate", "tap along with clicks: how late a keyboard is with this output",
        "What is found is kept for this keyboard and this output, and taken off the timing of "
        "what is played to music. It holds the habit of whoever taps, too.",
    )  # fmt: skip
    calibrate.add_argument(
        "--output", metavar="NAME",
        help="play on this output, named as `mtsession doctor` does (default: the one chosen)",
    )  # fmt: skip
    add_json(calibrate)
    calibrate.set_defaults(room="midi_calibrate")


def _window(text: str) -> float:
    return number(text, SHORTEST_S, LONGEST_S, "a window in seconds")
