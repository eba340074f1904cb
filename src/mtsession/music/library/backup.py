"""What the therapist said of the recordings, in a small file beside the catalogue.

Measuring can be done again; what a person decided cannot. So it is kept twice.
"""

import os
import tempfile
from pathlib import Path

import msgspec

from mtsession.music.recording import Decision

SCHEMA = 1


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the therapist said of one recording."""

    decision: Decision | None = None
    words: bool | None = None
    labels: tuple[str, ...] = ()


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that only the therapist knows: by content, and the folders to scan."""

    schema: int = SCHEMA
    folders: tuple[str, ...] = ()
    said: dict[str, Said] = msgspec.field(default_factory=dict)


def backup_path(catalogue: Path) -> Path:
    """Give the backup's place beside its catalogue."""
    return catalogue.with_name(f"{catalogue.stem}.backup.json")


def write_backup(path: Path, backup: Backup) -> None:
    """Put the backup in place whole, or leave the old one.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(backup))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def read_backup(path: Path) -> Backup | None:
    """Give the backup; None where there is none or this version cannot read it."""
    try:
        backup = msgspec.json.decode(path.read_bytes(), type=Backup)
    except (OSError, msgspec.MsgspecError):
        return None
    return backup if backup.schema == SCHEMA else None
