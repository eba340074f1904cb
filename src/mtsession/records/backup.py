"""Copies of a vault: as sealed as the vault itself, checked when made."""

import shutil
from pathlib import Path

from mtsession.errors import RecordsError
from mtsession.records.database import copy_database, open_database, reported
from mtsession.records.files import create_private, private_directory
from mtsession.records.index import INDEX_FILE, Index
from mtsession.records.keys import VAULT_FILE, Secrets, open_seal
from mtsession.records.rows import JournalPaths
from mtsession.records.unlocking import SESSIONS, exists

SPACE_HINT = "Choose another folder, or free some space."


@reported("The backup cannot be written", SPACE_HINT)
def backup(directory: Path, index: Index, secrets: Secrets, destination: Path) -> None:
    """Copy a vault that is in use to an empty folder; `vault.json` comes last.

    Raises
    ------
    RecordsError
        If the folder holds something already, or the disk refuses.
    """
    _refuse_full_folder(destination)
    sessions = private_directory(private_directory(destination) / SESSIONS)
    copy_database(index.connection, destination / INDEX_FILE, secrets.index_key)
    known = index.journals()
    for seal in sorted((directory / SESSIONS).glob("*.seal")):
        source = JournalPaths.of(directory / SESSIONS, seal.stem)
        target = JournalPaths.of(sessions, seal.stem)
        sealed = seal.read_bytes()
        create_private(target.seal, sealed)
        key = (
            known[seal.stem].key
            if seal.stem in known
            else open_seal(sealed, secrets.private_key, seal.stem)
        )
        if key is not None and source.journal.exists():
            journal = open_database(source.journal, key)
            try:
                copy_database(journal, target.journal, key)
            finally:
                journal.close()
    create_private(destination / VAULT_FILE, (directory / VAULT_FILE).read_bytes())


@reported("The backup cannot be restored", SPACE_HINT)
def restore(source: Path, directory: Path) -> None:
    """Put a backup in the place of a vault; an existing vault is never overwritten.

    Raises
    ------
    RecordsError
        If there is no backup, a vault stands there already, or the disk refuses.
    """
    if not exists(source) or not (source / INDEX_FILE).exists():
        raise RecordsError(f"There is no whole backup in {source}.", "Choose another folder.")
    if exists(directory) or (directory / INDEX_FILE).exists():
        raise RecordsError(
            f"There is a vault in {directory} already.", "Move it away first, then restore."
        )
    sessions = private_directory(private_directory(directory) / SESSIONS)
    files = [(path, sessions / path.name) for path in sorted((source / SESSIONS).iterdir())]
    files += [(source / name, directory / name) for name in (INDEX_FILE, VAULT_FILE)]
    for path, target in files:
        create_private(target)
        shutil.copyfile(path, target)


def _refuse_full_folder(destination: Path) -> None:
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise RecordsError(
            f"{destination} is not an empty folder.", "Choose a new folder for the backup."
        )
