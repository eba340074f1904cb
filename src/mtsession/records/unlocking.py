"""How a vault begins, how it is opened, and how what opens it is changed.

A new vault records at once: until a passphrase is chosen its secrets lie wrapped
under ``device.key``, a random key in a file of its own. See
``docs/decisions/vault-keys.md`` for what that does and does not protect.
"""

import os
import uuid
from pathlib import Path

import msgspec

from mtsession.errors import RecordsError
from mtsession.records import recovery, tastes
from mtsession.records.database import create_database, migrate, reported
from mtsession.records.files import create_private, overwrite_and_remove, private_directory
from mtsession.records.index import INDEX_FILE, MIGRATIONS
from mtsession.records.keys import (
    FORMAT,
    RESTORE_HINT,
    SECRET_BYTES,
    VAULT_FILE,
    KdfCost,
    Secrets,
    VaultFile,
    read_vault_file,
    unwrap_with_key,
    unwrap_with_passphrase,
    wrap_with_key,
    wrap_with_passphrase,
    write_vault_file,
)

DEVICE_FILE = "device.key"
SESSIONS = "sessions"


def exists(directory: Path) -> bool:
    """Tell whether there is a vault here."""
    return (directory / VAULT_FILE).exists()


@reported("The vault cannot be made", "Check that the data folder can be written to.")
def create_unclaimed(directory: Path) -> None:
    """Make a vault that can record at once and be read once a passphrase is chosen.

    Raises
    ------
    RecordsError
        If there is a vault already, what is left of one, or the disk refuses.
    """
    private_directory(directory)
    _refuse_or_clear_remains(directory)
    sessions = private_directory(directory / SESSIONS)
    if any(sessions.glob("*.seal")):
        raise RecordsError("There are sessions here, but vault.json is missing.", RESTORE_HINT)
    secrets, device_key, vault_id = Secrets.generate(), os.urandom(SECRET_BYTES), str(uuid.uuid4())
    create_private(directory / DEVICE_FILE, device_key)
    index = create_database(directory / INDEX_FILE, secrets.index_key)
    migrate(index, MIGRATIONS)
    index.close()
    content = VaultFile(
        format=FORMAT,
        vault_id=vault_id,
        public_key=secrets.public_key,
        device=wrap_with_key(secrets, device_key, "device", vault_id),
    )
    write_vault_file(directory, content)


@reported("The passphrase cannot be set", "Check that the data folder can be written to.")
def claim(directory: Path, passphrase: str, cost: KdfCost) -> Secrets:
    """Choose the first passphrase: the device key is gone once it is known to open the vault.

    Raises
    ------
    RecordsError
        If a passphrase was chosen before, or the device key is missing or another's.
    """
    content = read_vault_file(directory)
    if content.passphrase is not None:
        raise RecordsError("This vault has a passphrase already.", "Unlock it and change it there.")
    try:
        device_key = (directory / DEVICE_FILE).read_bytes()
    except FileNotFoundError as error:
        raise RecordsError("The vault's device.key is missing.", RESTORE_HINT) from error
    secrets = None
    if content.device is not None:
        secrets = unwrap_with_key(content.device, device_key, "device", content.vault_id)
    if secrets is None:
        raise RecordsError("The vault's device.key is not this vault's.", RESTORE_HINT)
    _check_public_key(content, secrets)
    _set_passphrase(directory, secrets, passphrase, cost)
    _drop_device_key(directory)
    return secrets


@reported("The vault cannot be opened", RESTORE_HINT)
def unlock(directory: Path, passphrase: str) -> Secrets:
    """Open the vault's secrets with the passphrase.

    Raises
    ------
    RecordsError
        If it is another passphrase, none has been chosen yet, or a file is damaged.
    """
    content = read_vault_file(directory)
    if content.passphrase is None:
        raise RecordsError(
            "This vault has no passphrase yet, so its sessions cannot be read.",
            "Choose a passphrase first; recording works meanwhile.",
        )
    secrets = unwrap_with_passphrase(content.passphrase, passphrase, content.vault_id)
    if secrets is None:
        raise RecordsError(
            "That passphrase does not open this vault.",
            "Try again, or use the printed recovery key.",
        )
    _check_public_key(content, secrets)
    _drop_device_key(directory)
    return secrets


@reported("The vault cannot be opened", RESTORE_HINT)
def unlock_with_recovery(directory: Path, text: str) -> Secrets:
    """Open the vault's secrets with the printed recovery key.

    Raises
    ------
    RecordsError
        If it is mistyped, another vault's, or none was made for this vault.
    """
    content = read_vault_file(directory)
    if content.recovery is None:
        raise RecordsError("No recovery key was made for this vault.", "Use the passphrase.")
    key = recovery.from_text(text)
    secrets = unwrap_with_key(content.recovery, key, "recovery", content.vault_id)
    if secrets is None:
        raise RecordsError(
            "That recovery key does not open this vault.",
            "Use the newest one that was printed for it.",
        )
    _check_public_key(content, secrets)
    return secrets


@reported("The passphrase cannot be changed", "The old one still opens the vault.")
def change_passphrase(
    directory: Path, secrets: Secrets, *, current: str | None, new: str, cost: KdfCost
) -> None:
    """Wrap the secrets under a new passphrase, after asking for the current one if given."""
    if current is not None:
        unlock(directory, current)
    _set_passphrase(directory, secrets, new, cost)


@reported("The recovery key cannot be made", "Check that the data folder can be written to.")
def add_recovery_key(directory: Path, secrets: Secrets) -> str:
    """Make a recovery key; one made before opens the vault no longer."""
    content = read_vault_file(directory)
    key = os.urandom(recovery.KEY_BYTES)
    wrapped = wrap_with_key(secrets, key, "recovery", content.vault_id)
    write_vault_file(directory, msgspec.structs.replace(content, recovery=wrapped))
    text = recovery.to_text(key)
    unlock_with_recovery(directory, text)
    return text


@reported("The index cannot be made anew", "Check that the data folder can be written to.")
def rebuild_index(directory: Path, passphrase: str) -> Secrets:
    """Set a lost or damaged index aside and begin an empty one, into which journals are adopted.

    Sessions come back from their own files, clients' tastes as far as the old
    index can be read; clients chosen by hand, kept summaries and the audit were
    in it alone.
    """
    secrets = unlock(directory, passphrase)
    aside = f".aside-{uuid.uuid4().hex[:8]}"
    for end in ("-shm", "-wal", ""):
        path = directory / f"{INDEX_FILE}{end}"
        if path.exists():
            path.rename(directory / f"{INDEX_FILE}{aside}{end}")
    kept = tastes.salvage(directory / f"{INDEX_FILE}{aside}", secrets.index_key)
    index = create_database(directory / INDEX_FILE, secrets.index_key)
    try:
        migrate(index, MIGRATIONS)
        with index:
            tastes.put_back(index, kept)
    finally:
        index.close()
    return secrets


def _set_passphrase(directory: Path, secrets: Secrets, passphrase: str, cost: KdfCost) -> None:
    """Write the new wrapping, then open it from disk; the old file comes back if that fails."""
    before = read_vault_file(directory)
    wrapped = wrap_with_passphrase(secrets, passphrase, before.vault_id, cost)
    write_vault_file(directory, msgspec.structs.replace(before, passphrase=wrapped))
    written = read_vault_file(directory).passphrase
    opened = None
    if written is not None:
        opened = unwrap_with_passphrase(written, passphrase, before.vault_id)
    if opened is None or opened.private_key != secrets.private_key:
        write_vault_file(directory, before)
        raise RecordsError("The new passphrase was not kept by the disk.", "Try again.")


def _drop_device_key(directory: Path) -> None:
    """Once a passphrase opens the vault, no file on the machine may."""
    content = read_vault_file(directory)
    if content.device is not None:
        write_vault_file(directory, msgspec.structs.replace(content, device=None))
    if (directory / DEVICE_FILE).exists():
        overwrite_and_remove(directory / DEVICE_FILE)


def _check_public_key(content: VaultFile, secrets: Secrets) -> None:
    """Refuse a swapped public key, which would seal every later session to someone else."""
    if secrets.public_key != content.public_key:
        raise RecordsError(
            "The public key in vault.json is not this vault's.",
            "Restore vault.json from a backup; sessions recorded since it changed may be lost.",
        )


def _refuse_or_clear_remains(directory: Path) -> None:
    """Refuse a folder that holds a vault; clear one whose making was cut off before it had any."""
    if exists(directory):
        raise RecordsError(f"There is a vault in {directory} already.", "Unlock it instead.")
    index, device = directory / INDEX_FILE, directory / DEVICE_FILE
    if index.exists() and not device.exists():
        raise RecordsError("There is a vault.db here, but vault.json is missing.", RESTORE_HINT)
    if not any((directory / SESSIONS).glob("*.seal")):
        for path in (index, index.with_name(f"{INDEX_FILE}-wal"), device):
            path.unlink(missing_ok=True)
        index.with_name(f"{INDEX_FILE}-shm").unlink(missing_ok=True)
