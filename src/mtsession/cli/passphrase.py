"""Where a command gets its secrets from: a descriptor, a private file, or a prompt."""

import argparse
import getpass
import sys

from mtsession.errors import RecordsError
from mtsession.records import passphrase as sources


def given(arguments: argparse.Namespace) -> str | None:
    """Get the passphrase where it was given beforehand; nobody is asked.

    Raises
    ------
    RecordsError
        If the place it is said to be in does not hold one.
    """
    descriptor = arguments.passphrase_fd
    return sources.from_file_env() if descriptor is None else sources.from_fd(descriptor)


def ask(arguments: argparse.Namespace, *, prompt: str = "Passphrase: ") -> str:
    """Get the passphrase; never from an argument.

    Raises
    ------
    RecordsError
        If there is nobody to ask and no other source.
    """
    known = given(arguments)
    if known is not None:
        return known
    _need_terminal(
        "passphrase",
        "Use --passphrase-fd N, or name a private file in MTSESSION_PASSPHRASE_FILE.",
    )
    return getpass.getpass(prompt)


def ask_recovery_key(arguments: argparse.Namespace) -> str:
    """Get the recovery key as it was printed.

    Raises
    ------
    RecordsError
        If there is nobody to ask and no descriptor.
    """
    if arguments.recovery_fd is not None:
        return sources.from_fd(arguments.recovery_fd)
    _need_terminal("recovery key", "Use --recovery-fd N.")
    return getpass.getpass("Recovery key: ")


def choose_first(arguments: argparse.Namespace) -> str:
    """Get a vault's first passphrase, typed twice where it is typed.

    Raises
    ------
    RecordsError
        If the two differ, or there is nobody to ask and no other source.
    """
    known = given(arguments)
    if known is not None:
        return known
    return _typed_twice(
        "Use --passphrase-fd N, or name a private file in MTSESSION_PASSPHRASE_FILE."
    )


def choose_new(arguments: argparse.Namespace) -> str:
    """Get the passphrase that is to take another's place.

    Raises
    ------
    RecordsError
        If the two that were typed differ, or there is nobody to ask and no descriptor.
    """
    if arguments.new_passphrase_fd is not None:
        return sources.from_fd(arguments.new_passphrase_fd)
    return _typed_twice("Use --new-passphrase-fd N.")


def _typed_twice(otherwise: str) -> str:
    _need_terminal("new passphrase", otherwise)
    first = getpass.getpass("New passphrase: ")
    if not first.strip():
        raise RecordsError("A passphrase cannot be empty.", "Choose a few words.")
    if getpass.getpass("Once more: ") != first:
        raise RecordsError("The two passphrases differ.", "Nothing was changed; try again.")
    return first


def _need_terminal(what: str, otherwise: str) -> None:
    if not sys.stdin.isatty():
        raise RecordsError(f"There is no terminal to ask for the {what} at.", otherwise)
