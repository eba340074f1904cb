"""Where a command gets the passphrase from: a descriptor, a private file, or a prompt."""

import argparse
import getpass
import sys

from mtsession.errors import RecordsError
from mtsession.records import passphrase as sources


def ask(arguments: argparse.Namespace, *, prompt: str = "Passphrase: ") -> str:
    """Get the passphrase; never from an argument.

    Raises
    ------
    RecordsError
        If there is nobody to ask and no other source.
    """
    if arguments.passphrase_fd is not None:
        return sources.from_fd(arguments.passphrase_fd)
    from_file = sources.from_file_env()
    if from_file is not None:
        return from_file
    if not sys.stdin.isatty():
        raise RecordsError(
            "Reading needs the passphrase, and there is no terminal to ask at.",
            "Use --passphrase-fd N, or name a private file in MTSESSION_PASSPHRASE_FILE.",
        )
    return getpass.getpass(prompt)


def choose(arguments: argparse.Namespace) -> str:
    """Get a new passphrase, typed twice where it is typed.

    Raises
    ------
    RecordsError
        If the two differ.
    """
    if arguments.passphrase_fd is not None or not sys.stdin.isatty():
        return ask(arguments)
    first = getpass.getpass("New passphrase: ")
    if getpass.getpass("Once more: ") != first:
        raise RecordsError("The two passphrases differ.", "Nothing was changed; try again.")
    return first
