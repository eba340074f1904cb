"""The command line: words in, exit code out.

0 done, 1 the job failed (one line says what and what to do), 2 wrong usage.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mtsession.errors import MtSessionError

DONE, FAILED, USAGE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the program's name; the process's own by default.

    Returns
    -------
    int
        The exit code.
    """
    arguments = _parser().parse_args(argv)
    try:
        command = importlib.import_module(f"mtsession.cli.{arguments.room}")
        return int(command.run(arguments))
    except MtSessionError as error:
        print(f"mtsession: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("mtsession: stopped.", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # The reader of a listing (`| head`) has seen enough.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (kept open until exit)
        return DONE


class _Version(argparse.Action):
    """Looks the version up only when asked: that takes a twelfth of the time to the first frame."""

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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mtsession",
        description="A music therapist's desk for a session. Without a command: the app.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version")
    parser.set_defaults(room="screen", plan=None, client=None)
    rooms = parser.add_subparsers(title="commands", metavar="")
    _add_sessions_to_play(rooms)
    _add_plans(rooms)
    _add_midi(rooms)
    _add_sessions(rooms)
    _add_vault(rooms)
    doctor = rooms.add_parser("doctor", help="what works on this machine, and the mend")
    doctor.add_argument("--json", action="store_true", help="print JSON alone")
    doctor.set_defaults(room="doctor")
    return parser


_Rooms = argparse._SubParsersAction


def _add_sessions_to_play(rooms: "_Rooms[argparse.ArgumentParser]") -> None:
    demo = rooms.add_parser("demo", help="a whole session of about three minutes, by itself")
    demo.add_argument("--headless", action="store_true", help="print what happens; no screen")
    demo.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N",
        help="N times as fast; other than 1 without devices",
    )  # fmt: skip
    demo.add_argument(
        "--out", type=Path, default=Path("out/demo"), metavar="DIR",
        help="where the summary goes (default: out/demo)",
    )  # fmt: skip
    demo.set_defaults(room="demo")
    run = rooms.add_parser("run", help="run a plan")
    run.add_argument("plan", metavar="PLAN", help="a plan's file, or the name of a shipped plan")
    run.add_argument("--client", metavar="CODE", help="the client's code (a pseudonym)")
    run.add_argument("--headless", action="store_true", help="print what happens; no screen")
    run.add_argument("--level", type=float, metavar="DB", help="music level (default: the last)")
    run.add_argument("--sequence-fd", type=int, metavar="N", help=argparse.SUPPRESS)
    run.set_defaults(room="run")
    render = rooms.add_parser(
        "render", help="write a plan's sound and events, faster than it plays"
    )
    render.add_argument("plan", metavar="PLAN")
    render.add_argument("--out", type=Path, required=True, metavar="WAV")
    render.add_argument("--events", type=Path, metavar="JSONL")
    render.add_argument("--rate", type=int, default=48_000, metavar="HZ")
    render.add_argument("--client", metavar="CODE")
    render.add_argument("--level", type=float, metavar="DB", help="music level (default: as run)")
    render.set_defaults(room="render")


def _add_plans(rooms: "_Rooms[argparse.ArgumentParser]") -> None:
    plans = rooms.add_parser("plans", help="the plans that come with mtsession")
    plans.add_argument("--json", action="store_true")
    plans.set_defaults(room="plans", action="list")
    playlist = rooms.add_parser("playlist", help="check a plan")
    actions = playlist.add_subparsers(required=True, metavar="check")
    check = actions.add_parser("check", help="file, line and key of each fault")
    check.add_argument("plan", metavar="FILE")
    check.add_argument("--json", action="store_true")
    check.set_defaults(room="plans", action="check")


def _add_midi(rooms: "_Rooms[argparse.ArgumentParser]") -> None:
    midi = rooms.add_parser("midi", help="MIDI ports")
    actions = midi.add_subparsers(required=True, metavar="ports")
    ports = actions.add_parser("ports", help="the ports there are")
    ports.add_argument("--json", action="store_true")
    ports.set_defaults(room="midi")


def _add_sessions(rooms: "_Rooms[argparse.ArgumentParser]") -> None:
    sessions = rooms.add_parser("sessions", help="the sessions in the vault")
    actions = sessions.add_subparsers(required=True, metavar="list | show | export")
    listing = actions.add_parser("list", help="every session, newest first")
    listing.add_argument("--json", action="store_true")
    show = actions.add_parser("show", help="one session's summary")
    show.add_argument("id", metavar="ID", help="its id, or the first few characters of it")
    show.add_argument("--json", action="store_true")
    export = actions.add_parser("export", help="write one session out of the vault, in plain")
    export.add_argument("id", metavar="ID")
    export.add_argument("--format", choices=("md", "json", "mid"), required=True)
    export.add_argument("--out", type=Path, metavar="FILE", help="default: the screen (not mid)")
    export.add_argument("--take", type=int, default=1, metavar="N", help="which take (mid)")
    for action, parser in (("list", listing), ("show", show), ("export", export)):
        _add_passphrase(parser)
        parser.set_defaults(room="sessions", action=action)


def _add_vault(rooms: "_Rooms[argparse.ArgumentParser]") -> None:
    vault = rooms.add_parser("vault", help="the encrypted place where sessions live")
    actions = vault.add_subparsers(
        required=True, metavar="init | passphrase | recovery | backup | verify"
    )
    for action, words in (
        ("init", "make the vault and choose its passphrase"),
        ("passphrase", "choose or change the passphrase"),
        ("recovery", "print a recovery key"),
        ("backup", "copy the vault, still encrypted"),
        ("verify", "check every journal's chain"),
    ):
        parser = actions.add_parser(action, help=words)
        if action == "backup":
            parser.add_argument("to", type=Path, metavar="DIR")
        _add_passphrase(parser)
        parser.set_defaults(room="vault", action=action)


def _add_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--passphrase-fd", type=int, metavar="N",
        help="read the passphrase from an open file descriptor",
    )  # fmt: skip


def _speed(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 1000:
        raise argparse.ArgumentTypeError("a speed from 0.1 to 1000")
    return value


if __name__ == "__main__":
    sys.exit(main())
