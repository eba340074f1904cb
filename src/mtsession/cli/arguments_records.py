"""The words of what is kept in the vault: sessions, clients, and the vault itself."""

import argparse
from pathlib import Path

from mtsession.cli.arguments_shared import (
    Commands,
    add,
    add_json,
    add_passphrase,
    code,
    descriptor,
    number,
)


def add_records_commands(commands: Commands) -> None:
    """Add each of them."""
    _add_sessions(commands)
    _add_clients(commands)
    _add_vault(commands)


def _add_sessions(commands: Commands) -> None:
    sessions = add(commands, "sessions", "the sessions in your records; needs the passphrase")
    actions = sessions.add_subparsers(title="commands", required=True, metavar="COMMAND")
    listing = add(actions, "list", "every session, newest first")
    show = add(actions, "show", "one session's summary")
    again = add(
        actions, "replay", "what one session's screen showed, moment by moment, and its summary",
        "The stored events go through the activities once more; no sound is made.",
    )  # fmt: skip
    again.add_argument(
        "--speed", type=_speed, metavar="N",
        help="how many times faster than it was, 0.1 to 1000 (default: at once)",
    )  # fmt: skip
    again.add_argument(
        "--every", type=_every, default=10.0, metavar="SECONDS",
        help="how far the moments lie apart, 0.25 to 600 (default: 10)",
    )  # fmt: skip
    export = _add_export(actions)
    for parser in (show, again, export):
        parser.add_argument("id", metavar="ID", help="its id, or the first characters of it")
    for parser in (listing, show, again):
        add_json(parser)
    for action, parser in (
        ("list", listing), ("show", show), ("replay", again), ("export", export),
    ):  # fmt: skip
        add_passphrase(parser)
        parser.set_defaults(room="sessions", action=action)


def _add_export(actions: Commands) -> argparse.ArgumentParser:
    export = add(
        actions, "export", "write one session out of the vault",
        "What is written is not encrypted: keep it as you keep paper.",
    )  # fmt: skip
    export.add_argument(
        "--format", choices=("md", "json", "mid", "csv"), required=True,
        help="the summary as Markdown or JSON, a take as a MIDI file, or takes as a table",
    )  # fmt: skip
    export.add_argument("--out", type=Path, metavar="FILE", help="default: the screen (not mid)")
    export.add_argument(
        "--take", type=_take, metavar="N",
        help="which of the session's takes (default: the first for mid, every one for csv)",
    )  # fmt: skip
    export.add_argument(
        "--table", choices=("notes", "windows"), default="notes",
        help="csv: every note, or the figures of every 30 s (default: notes)",
    )  # fmt: skip
    return export


def _take(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError("give a take's number, from 1")
    return int(text)


def _speed(text: str) -> float:
    return number(text, 0.1, 1000, "a speed")


def _every(text: str) -> float:
    return number(text, 0.25, 600, "a time in seconds")


def _add_clients(commands: Commands) -> None:
    clients = add(commands, "clients", "what your clients like; needs the passphrase")
    actions = clients.add_subparsers(title="commands", required=True, metavar="taste")
    taste = add(
        actions, "taste", "what a client likes, dislikes and must never be played",
        "Without an option it lists them. A recording has one of the three, or none. It is kept in "
        "the vault; programmes planned for this client are chosen by it.",
    )  # fmt: skip
    taste.add_argument("client", type=code, metavar="CODE", help="the client's code")
    word = taste.add_mutually_exclusive_group()
    for kind, words in _TASTES.items():
        word.add_argument(f"--{kind}", metavar="TRACK", help=words)
    add_json(taste)
    add_passphrase(taste)
    taste.set_defaults(room="clients")


_TASTES = {
    "like": "comes first when a programme is planned: path, part of the title, or its name in "
    "`library list`",
    "dislike": "is taken only when nothing else fits",
    "never": "is never played to this client",
    "forget": "no word on this recording any more",
}

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
        "that were chosen after a session are lost with it; what clients like is kept as far as "
        "it can be read.",
    ),
    "verify": ("check that every journal is as it was written", ""),
}


def _add_vault(commands: Commands) -> None:
    vault = add(commands, "vault", "the encrypted place where your records live")
    actions = vault.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for action, (words, more) in _VAULT.items():
        parser = add(actions, action, words, more)
        parser.set_defaults(room="vault", action=action)
        if action in {"backup", "restore"}:
            parser.add_argument("folder", type=Path, metavar="DIR", help="the backup's folder")
        if action != "restore":
            add_passphrase(parser)
        if action == "passphrase":
            _add_change(parser)


def _add_change(parser: argparse.ArgumentParser) -> None:
    recovery = parser.add_mutually_exclusive_group()
    recovery.add_argument(
        "--recovery", action="store_true", help="ask for the recovery key, not for the passphrase"
    )
    recovery.add_argument(
        "--recovery-fd", type=descriptor, metavar="N",
        help="read the recovery key from an open file descriptor",
    )  # fmt: skip
    parser.add_argument(
        "--new-passphrase-fd", type=descriptor, metavar="N",
        help="read the new passphrase from an open file descriptor",
    )  # fmt: skip
