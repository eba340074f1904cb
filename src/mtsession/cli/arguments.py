"""What may stand on the command line."""

import argparse

from mtsession.cli.arguments_library import add_library_commands
from mtsession.cli.arguments_records import add_records_commands
from mtsession.cli.arguments_session import add_session_commands
from mtsession.cli.arguments_shared import add, add_json


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
        "failed (a line says what, and what to do), 2 wrong usage; a session or scan that was "
        "stopped from outside gives 128 and the signal's number, 130 for Ctrl+C.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version")
    parser.set_defaults(room="screen")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_session_commands(commands)
    add_library_commands(commands)
    add_records_commands(commands)
    doctor = add(commands, "doctor", "what works on this machine, and how to mend what does not")
    add_json(doctor)
    doctor.set_defaults(room="doctor")
    return parser
