"""The session's record as the desk sees it: sealed on disk, or in memory for rendering."""

from collections.abc import Callable
from pathlib import Path

from mtsession.errors import RecordsError
from mtsession.records.journal import JournalWriter
from mtsession.records.recorder import Recorder
from mtsession.records.rows import JournalRow
from mtsession.records.vault import PublicVault, Vault
from mtsession.timeline.event import StoredEvent
from mtsession.timeline.events import Noticed
from mtsession.timeline.units import Micros


class SealedRecord:
    """A journal under the vault's public key; needs no passphrase.

    Parameters
    ----------
    data : Path
        The vault's folder. Without a vault one is made that has no passphrase yet.
    notice : callable
        Told, from the recorder's thread, what the therapist should read.
    continues : str, optional
        The interrupted session that goes on here.

    Notes
    -----
    Never waits for the disk. Where keys or journal are refused, that is told
    through `notice`, events wait in memory, and it is tried again.
    """

    def __init__(
        self, data: Path, *, notice: Callable[[Noticed], None], continues: str | None = None
    ) -> None:
        self._notice = notice
        self._trouble = ""
        self._data = data
        self._continues = continues
        self._session_id = ""
        self._recorder = Recorder(
            self._new_journal,
            on_error=self._tell,
            on_recovered=self._recovered,
        )

    @property
    def session_id(self) -> str:
        """The session's id; empty until the disk took the journal."""
        return self._session_id

    def _new_journal(self) -> JournalWriter:
        """Begin the journal, on the recorder's thread; its id stays known after it is closed."""
        journal = _vault_of(self._data).new_journal(continues=self._continues)
        self._session_id = journal.session_id
        return journal

    @property
    def condition(self) -> str:
        """How the record stands."""
        if self._trouble:
            return f"{self._recorder.waiting} events wait for the disk"
        return "recording, sealed"

    def put(self, seq: int, event: StoredEvent) -> None:
        """Hand an event to the writer thread."""
        self._recorder.put(
            JournalRow(
                seq=seq,
                t_us=event.t_us,
                type=event.type,
                version=event.version,
                subject=event.subject,
                payload=event.payload,
            )
        )

    def close(self, *, ended: bool) -> None:
        """Write what waits and close the journal.

        Raises
        ------
        RecordsError
            If the disk still refuses.
        """
        self._recorder.close(ended=ended)

    def _tell(self, error: RecordsError) -> None:
        self._trouble = error.message
        self._notice(Noticed(t_us=Micros(0), topic="disk", message=error.message, hint=error.hint))

    def _recovered(self, sentence: str) -> None:
        self._trouble = ""
        self._notice(Noticed(t_us=Micros(0), topic="disk", message=sentence))


def _vault_of(data: Path) -> PublicVault:
    """Give the vault to record into, made now where there is none."""
    if not Vault.exists(data):
        return Vault.create_unclaimed(data)
    return Vault.open_public(data)


class MemoryRecord:
    """A record that is handed on event by event and kept nowhere: for rendering."""

    def __init__(self, session_id: str, sink: Callable[[int, StoredEvent], None]) -> None:
        self.session_id = session_id
        self.condition = "not recorded"
        self._sink = sink

    def put(self, seq: int, event: StoredEvent) -> None:
        """Hand one event on."""
        self._sink(seq, event)

    def close(self, *, ended: bool) -> None:
        """Nothing to close; whether the session ended is in its events."""
