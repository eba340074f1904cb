"""Values on standard output, and what is said beside them on standard error."""

import json
import sys
from collections.abc import Iterable
from typing import Any

import msgspec


def print_json(value: Any) -> None:
    """Print a value as one line of JSON, at once: whoever reads may be waiting for it."""
    try:
        text = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # A file's name may hold bytes that are no text; they stay what they are, as escapes.
        text = json.dumps(msgspec.to_builtins(value))
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tell_notices(notices: Iterable[str]) -> None:
    """Say what one ought to know though the job is done."""
    for notice in notices:
        print(f"mtsession: {notice}", file=sys.stderr)
