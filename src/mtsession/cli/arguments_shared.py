"""What the commands' words have in common: help, codes, numbers within bounds."""

import argparse
import math
from pathlib import Path
from typing import TypeAlias

LONGEST_WORD = 40

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(commands: Commands, name: str, words: str, more: str = "") -> argparse.ArgumentParser:
    """Add a command whose help opens with what the list of commands says of it."""
    told = f"{words[0].upper()}{words[1:]}. {more}".strip()
    return commands.add_parser(name, help=words, description=told, allow_abbrev=False)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Add where the passphrase may come from; never from an argument itself."""
    parser.add_argument(
        "--passphrase-fd", type=descriptor, metavar="N",
        help="read the passphrase from an open file descriptor (else from the private file that "
        "MTSESSION_PASSPHRASE_FILE names, else it is asked for)",
    )  # fmt: skip


def add_given_passphrase(parser: argparse.ArgumentParser) -> None:
    """Add where the passphrase may come from for a command that never asks for it."""
    parser.add_argument(
        "--passphrase-fd", type=descriptor, metavar="N",
        help="read the passphrase from an open file descriptor (else from the private file that "
        "MTSESSION_PASSPHRASE_FILE names), so that music is chosen by what the client likes",
    )  # fmt: skip


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the wish for JSON."""
    parser.add_argument("--json", action="store_true", help="print JSON alone")


def add_client(parser: argparse.ArgumentParser) -> None:
    """Add whose session it is."""
    parser.add_argument(
        "--client", type=code, metavar="CODE", help="the client's code: a pseudonym, never a name"
    )


def number(text: str, lowest: float, highest: float, what: str) -> float:
    """Read a number within its bounds; not one that is none (nan).

    Raises
    ------
    argparse.ArgumentTypeError
        With the bounds.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not lowest <= value <= highest:
        raise argparse.ArgumentTypeError(f"give {what} from {lowest:g} to {highest:g}")
    return value


def descriptor(text: str) -> int:
    """Read the number of an open file descriptor."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("give the number of an open file descriptor, such as 3")
    return int(text)


def place(text: str) -> Path:
    """Read a path; an empty one, as from a variable that is not set, would mean this folder."""
    if not text:
        raise argparse.ArgumentTypeError("give a path; this one is empty")
    return Path(text)


def code(text: str) -> str:
    """Read a client's code."""
    return _short(text, "code")


def label(text: str) -> str:
    """Read a recording's label."""
    return _short(text, "label")


def _short(text: str, what: str) -> str:
    word = text.strip()
    if not word or len(word) > LONGEST_WORD or not word.isprintable():
        raise argparse.ArgumentTypeError(f"give a {what} of 1 to {LONGEST_WORD} characters")
    return word
