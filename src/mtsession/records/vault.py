"""The vault: where sessions come to rest, and the one way to read them.

`PublicVault` is what a session needs: a public key to seal journals to.
`Vault` is what reading needs, and is had only with the passphrase or the
recovery key. One thread at a time may use an open vault.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from mtsession.errors import RecordsError
from mtsession.records import backup, unlocking
from mtsession.records.journal import JournalWriter
from mtsession.records.keys import KdfCost, read_vault_file
from mtsession.records.marks import Interrupted, dismiss, interrupted
from mtsession.records.shelf import Shelf
from mtsession.records.unlocking import SESSIONS

DEFAULT_COST = KdfCost()


class PublicVault(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a vault without unlocking it: enough to record."""

    directory: Path
    public_key: bytes
    claimed: bool
    has_recovery_key: bool

    def new_journal(
        self, *, continues: str | None = None, origin_unix_us: int | None = None
    ) -> JournalWriter:
        """Begin a session's journal; see `JournalWriter.create`."""
        return JournalWriter.create(
            self.directory / SESSIONS,
            self.public_key,
            continues=continues,
            origin_unix_us=origin_unix_us,
        )

    def interrupted(self) -> list[Interrupted]:
        """Give the sessions that were cut off, newest last."""
        return interrupted(self.directory / SESSIONS)

    def dismiss(self, session_id: str) -> None:
        """Leave a session that was cut off as it is; it is kept."""
        dismiss(self.directory / SESSIONS, session_id)


class Vault(Shelf):
    """An open vault; made by `create`, `claim`, `unlock` or `unlock_with_recovery`."""

    @staticmethod
    def exists(directory: Path) -> bool:
        """Tell whether there is a vault here."""
        return unlocking.exists(directory)

    @staticmethod
    def create_unclaimed(directory: Path) -> PublicVault:
        """Make a vault that records at once; see `unlocking.create_unclaimed`."""
        unlocking.create_unclaimed(directory)
        return Vault.open_public(directory)

    @staticmethod
    def open_public(directory: Path) -> PublicVault:
        """Give what recording needs.

        Raises
        ------
        RecordsError
            If there is no vault or ``vault.json`` is damaged.
        """
        content = read_vault_file(directory)
        return PublicVault(
            directory=directory,
            public_key=content.public_key,
            claimed=content.passphrase is not None,
            has_recovery_key=content.recovery is not None,
        )

    @classmethod
    def create(cls, directory: Path, passphrase: str, *, cost: KdfCost = DEFAULT_COST) -> "Vault":
        """Make a vault with its passphrase at once."""
        if not passphrase.strip():
            raise RecordsError("A passphrase cannot be empty.", "Choose a few words.")
        unlocking.create_unclaimed(directory)
        return cls.claim(directory, passphrase, cost=cost)

    @classmethod
    def claim(cls, directory: Path, passphrase: str, *, cost: KdfCost = DEFAULT_COST) -> "Vault":
        """Choose the first passphrase of a vault; see `unlocking.claim`."""
        return cls(directory, unlocking.claim(directory, passphrase, cost), opened_by="passphrase")

    @classmethod
    def unlock(cls, directory: Path, passphrase: str) -> "Vault":
        """Open a vault with its passphrase; see `unlocking.unlock`."""
        return cls(directory, unlocking.unlock(directory, passphrase), opened_by="passphrase")

    @classmethod
    def unlock_with_recovery(cls, directory: Path, text: str) -> "Vault":
        """Open a vault with its recovery key; see `unlocking.unlock_with_recovery`."""
        secrets = unlocking.unlock_with_recovery(directory, text)
        return cls(directory, secrets, opened_by="recovery key")

    @classmethod
    def rebuild_index(cls, directory: Path, passphrase: str) -> "Vault":
        """Open a vault whose index is lost or damaged; see `unlocking.rebuild_index`."""
        return cls(
            directory, unlocking.rebuild_index(directory, passphrase), opened_by="passphrase"
        )

    @staticmethod
    def restore(source: Path, directory: Path) -> None:
        """Put a backup where no vault is yet."""
        backup.restore(source, directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the index; the vault cannot be used afterwards."""
        self._index.close()

    def change_passphrase(
        self, new: str, *, current: str | None, cost: KdfCost = DEFAULT_COST
    ) -> None:
        """Change the passphrase.

        Parameters
        ----------
        new : str
            The one to come.
        current : str or None
            The one that holds now; None only in a vault opened with the
            recovery key, where it is forgotten.

        Raises
        ------
        RecordsError
            If `current` is wrong or missing, or `new` is empty.
        """
        if current is None and self._opened_by != "recovery key":
            raise RecordsError("The present passphrase is needed to change it.", "Type both.")
        unlocking.change_passphrase(
            self._directory, self._secrets, current=current, new=new, cost=cost
        )
        self._note("passphrase changed")

    def add_recovery_key(self) -> str:
        """Make a recovery key to be printed; one made before is void."""
        text = unlocking.add_recovery_key(self._directory, self._secrets)
        self._note("recovery key made")
        return text

    def backup(self, destination: Path) -> None:
        """Copy the vault to a new folder, as sealed as it is here, and check the copy.

        Raises
        ------
        RecordsError
            If the folder is not empty, the disk refuses, or the copy has a
            fault that the vault has not.
        """
        backup.backup(self._directory, self._index, self._secrets, destination)
        self._note("backup")
        here = set(self.verify())
        with Vault(destination, self._secrets, opened_by="backup check") as copy:
            worse = [fault for fault in copy.verify() if fault not in here]
        if worse:
            raise RecordsError(f"The backup is not whole. {worse[0]}", "Make another one.")
