"""Where a passphrase may come from without a prompt: a file descriptor or a private file.

Never an argument: arguments stand in the process list and in shells' histories.
"""

import os
import sys
from pathlib import Path

from mtsession.errors import RecordsError

FILE_VARIABLE = "MTSESSION_PASSPHRASE_FILE"
MAX_BYTES = 4_096
READ_BY_OTHERS = 0o077


def from_fd(descriptor: int) -> str:
    """Read a passphrase from an open file descriptor, up to its first line's end.

    Raises
    ------
    RecordsError
        If it cannot be read or holds nothing.
    """
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.readline(MAX_BYTES + 1)
    except OSError as error:
        raise RecordsError(
            f"No passphrase can be read from file descriptor {descriptor}.",
            "Give the number of one that is open for reading, for example 3 with 3<file.",
        ) from error
    return _first_line(content, f"file descriptor {descriptor}")


def from_file_env() -> str | None:
    """Read the passphrase from the file that ``MTSESSION_PASSPHRASE_FILE`` names.

    Returns
    -------
    str or None
        None where the variable is not set.

    Raises
    ------
    RecordsError
        If the file is missing, empty, or open to others than its owner.
    """
    named = os.environ.get(FILE_VARIABLE)
    if not named:
        return None
    try:
        with Path(named).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            # Windows keeps no such bits; there a profile's folder is its owner's alone.
            if sys.platform != "win32" and mode & READ_BY_OTHERS:
                raise RecordsError(
                    f"Others can read the passphrase file {named}.", f"Run: chmod 600 {named}"
                )
            content = file.readline(MAX_BYTES + 1)
    except OSError as error:
        raise RecordsError(
            f"The passphrase file {named} cannot be read ({error.strerror}).",
            f"Correct or unset {FILE_VARIABLE}.",
        ) from error
    return _first_line(content, f"the file {named}")


def _first_line(content: bytes, source: str) -> str:
    if len(content) > MAX_BYTES:
        raise RecordsError(f"What {source} holds is too long for a passphrase.", "Check the file.")
    try:
        line = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise RecordsError(
            f"What {source} holds is not text.", "Save the passphrase as UTF-8."
        ) from None
    if not line:
        raise RecordsError(f"There is no passphrase in {source}.", "Put it on the first line.")
    return line
