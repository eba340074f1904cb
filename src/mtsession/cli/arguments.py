"""What may stand on the command line."""

import argparse
import math
from pathlib import Path

LOWEST_DB = -60.0
RATES_HZ = (8_000, 192_000)
LONGEST_CODE = 40

_Commands = argparse._SubParsersAction


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that takes long."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002  (argparse's signature)
        values: object,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        from importlib.metadata import version  # noqa: PLC0415  (see above)

        print(f"mtsession {version('mtsession')}")
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of every command; each names the module that does it as `room`."""
    parser = argparse.ArgumentParser(
        prog="mtsession",
        description="A music therapist's desk for a session. Without a command it opens the app.",
        epilog="Each command has its own help: mtsession run --help. Exit codes: 0 done, 1 the job "
        "failed (a line says what, and what to do), 2 wrong usage; a session that was stopped from "
        "outside gives 128 and the signal's number, 130 for Ctrl+C.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version")
    parser.set_defaults(room="screen")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_demo(commands)
    _add_run(commands)
    _add_render(commands)
    _add_plans(commands)
    _add_midi(commands)
    _add_sessions(commands)
    _add_vault(commands)
    doctor = _add(commands, "doctor", "what works on this machine, and how to mend what does not")
    _add_json(doctor)
    doctor.set_defaults(room="doctor")
    return parser


def _add(
    commands: "_Commands[argparse.ArgumentParser]", name: str, words: str, more: str = ""
) -> argparse.ArgumentParser:
    """Add a command whose help opens with what the list of commands says of it."""
    told = f"{words[0].upper()}{words[1:]}. {more}".strip()
    return commands.add_parser(name, help=words, description=told, allow_abbrev=False)


def _add_demo(commands: "_Commands[argparse.ArgumentParser]") -> None:
    demo = _add(
        commands, "demo", "a whole session of about three minutes, by itself",
        "Nothing of it enters your records. Without a terminal it prints what happens.",
    )  # fmt: skip
    demo.add_argument("--headless", action="store_true", help="print what happens; no screen")
    demo.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N",
        help="N times as fast, 0.1 to 1000; other than 1 without sound card and MIDI ports",
    )  # fmt: skip
    demo.add_argument(
        "--out", type=Path, default=Path("out/demo"), metavar="DIR",
        help="where summary and take go, in plain (default: out/demo)",
    )  # fmt: skip
    demo.set_defaults(room="demo")


def _add_run(commands: "_Commands[argparse.ArgumentParser]") -> None:
    run = _add(commands, "run", "run a plan", "Without a terminal it prints what happens.")
    run.add_argument("plan", metavar="PLAN", help="a plan's file, or the name of a shipped plan")
    _add_client(run)
    run.add_argument("--headless", action="store_true", help="print what happens; no screen")
    run.add_argument(
        "--level", type=_level, metavar="DB",
        help="level of the music where there is no screen, -60 to 0 (default: the last one)",
    )  # fmt: skip
    run.add_argument("--sequence-fd", type=_descriptor, metavar="N", help=argparse.SUPPRESS)
    run.set_defaults(room="run")


def _add_render(commands: "_Commands[argparse.ArgumentParser]") -> None:
    render = _add(
        commands, "render", "write a plan's sound and events, faster than it plays",
        "Nothing of it enters your records; what it writes is not encrypted.",
    )  # fmt: skip
    render.add_argument("plan", metavar="PLAN", help="a plan's file, or the name of a shipped plan")
    render.add_argument(
        "--out", type=Path, required=True, metavar="WAV", help="the sound: stereo, 24 bits"
    )
    render.add_argument(
        "--events", type=Path, metavar="JSONL", help="the events, one JSON object a line"
    )
    render.add_argument(
        "--rate", type=_rate, default=48_000, metavar="HZ", help="sample rate (default: 48000)"
    )
    _add_client(render)
    render.add_argument(
        "--level", type=_level, metavar="DB", help="level of the music (default: as a session's)"
    )
    render.set_defaults(room="render")


def _add_plans(commands: "_Commands[argparse.ArgumentParser]") -> None:
    plans = _add(commands, "plans", "the plans that come with mtsession")
    _add_json(plans)
    plans.set_defaults(room="plans", action="list")
    playlist = _add(commands, "playlist", "check a plan before it is used")
    actions = playlist.add_subparsers(title="commands", required=True, metavar="check")
    check = _add(actions, "check", "tell file, line and key of each fault of a plan")
    check.add_argument("plan", metavar="PLAN", help="a plan's file, or the name of a shipped plan")
    _add_json(check)
    check.set_defaults(room="plans", action="check")


def _add_midi(commands: "_Commands[argparse.ArgumentParser]") -> None:
    midi = _add(commands, "midi", "MIDI ports")
    actions = midi.add_subparsers(title="commands", required=True, metavar="ports")
    ports = _add(actions, "ports", "list the MIDI ports there are")
    _add_json(ports)
    ports.set_defaults(room="midi")


def _add_sessions(commands: "_Commands[argparse.ArgumentParser]") -> None:
    sessions = _add(commands, "sessions", "the sessions in your records; needs the passphrase")
    actions = sessions.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = _add(actions, "list", "every session, newest first")
    show = _add(actions, "show", "one session's summary")
    export = _add(
        actions, "export", "write one session out of the vault",
        "What is written is not encrypted: keep it as you keep paper.",
    )  # fmt: skip
    for parser in (show, export):
        parser.add_argument("id", metavar="ID", help="its id, or the first characters of it")
    for parser in (listing, show):
        _add_json(parser)
    export.add_argument(
        "--format", choices=("md", "json", "mid"), required=True,
        help="the summary as Markdown or JSON, or a take as a MIDI file",
    )  # fmt: skip
    export.add_argument("--out", type=Path, metavar="FILE", help="default: the screen (not mid)")
    export.add_argument(
        "--take", type=int, default=1, metavar="N", help="which of the session's takes (mid)"
    )
    for action, parser in (("list", listing), ("show", show), ("export", export)):
        _add_passphrase(parser)
        parser.set_defaults(room="sessions", action=action)


_VAULT = {
    "init": ("make the vault and choose its passphrase", ""),
    "passphrase": (
        "choose or change the passphrase",
        "With --recovery the printed recovery key stands in for one that was lost.",
    ),
    "recovery": (
        "make and print a recovery key; one printed before opens the vault no longer",
        "Print it and keep it apart from the laptop.",
    ),
    "backup": ("copy the vault, still encrypted, into an empty folder", ""),
    "restore": ("put a backup where there is no vault yet", "It needs no passphrase."),
    "rebuild": (
        "make the list of sessions anew from the journals",
        "For a vault.db that is damaged or lost; that file is set aside, not deleted. Client codes "
        "that were chosen after a session are lost with it.",
    ),
    "verify": ("check that every journal is as it was written", ""),
}


def _add_vault(commands: "_Commands[argparse.ArgumentParser]") -> None:
    vault = _add(commands, "vault", "the encrypted place where your records live")
    actions = vault.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for action, (words, more) in _VAULT.items():
        parser = _add(actions, action, words, more)
        parser.set_defaults(room="vault", action=action)
        if action in {"backup", "restore"}:
            parser.add_argument("folder", type=Path, metavar="DIR", help="the backup's folder")
        if action != "restore":
            _add_passphrase(parser)
        if action == "passphrase":
            _add_change(parser)


def _add_change(parser: argparse.ArgumentParser) -> None:
    recovery = parser.add_mutually_exclusive_group()
    recovery.add_argument(
        "--recovery", action="store_true", help="ask for the recovery key, not for the passphrase"
    )
    recovery.add_argument(
        "--recovery-fd", type=_descriptor, metavar="N",
        help="read the recovery key from an open file descriptor",
    )  # fmt: skip
    parser.add_argument(
        "--new-passphrase-fd", type=_descriptor, metavar="N",
        help="read the new passphrase from an open file descriptor",
    )  # fmt: skip


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-fd", type=_descriptor, metavar="N",
        help="read the passphrase from an open file descriptor (else from the private file that "
        "MTSESSION_PASSPHRASE_FILE names, else it is asked for)",
    )  # fmt: skip


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON alone")


def _add_client(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--client", type=_code, metavar="CODE", help="the client's code: a pseudonym, never a name"
    )


def _number(text: str, lowest: float, highest: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise argparse.ArgumentTypeError(f"give {what} from {lowest:g} to {highest:g}")
    return value


def _speed(text: str) -> float:
    return _number(text, 0.1, 1000, "a speed")


def _level(text: str) -> float:
    return _number(text, LOWEST_DB, 0, "a level in dB")


def _rate(text: str) -> int:
    return int(_number(text, *RATES_HZ, "a sample rate"))


def _descriptor(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("give the number of an open file descriptor, such as 3")
    return int(text)


def _code(text: str) -> str:
    code = text.strip()
    if not code or len(code) > LONGEST_CODE or not code.isprintable():
        raise argparse.ArgumentTypeError(f"give a code of 1 to {LONGEST_CODE} characters")
    return code
