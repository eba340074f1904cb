"""The sessions of an open vault as events and summaries."""

from collections.abc import Sequence
from pathlib import Path

import apsw
import msgspec

from mtsession.app.earlier import MOST_BEFORE, beside_earlier_sessions
from mtsession.app.registry import METHODS, event_codec
from mtsession.errors import RecordsError
from mtsession.music.recording import Taste
from mtsession.protocol.summary import SUMMARY_VERSION, Summary
from mtsession.records.index import SessionEntry, SessionFacts
from mtsession.records.rows import JournalRow
from mtsession.records.tastes import TasteKind
from mtsession.records.vault import Vault
from mtsession.session.state import SessionState
from mtsession.session.summary import summarise, wall_at
from mtsession.timeline.event import Event, StoredEvent
from mtsession.timeline.units import Micros


def need_claimed_vault(data: Path) -> None:
    """Refuse where no passphrase could open anything, before one is asked for.

    Raises
    ------
    RecordsError
        If there is no vault, or it has no passphrase yet.
    """
    if not Vault.exists(data):
        raise RecordsError(
            "There are no records yet.",
            "They begin with the first session, or with: mtsession vault init",
        )
    if not Vault.open_public(data).claimed:
        raise RecordsError(
            "These records have no passphrase yet, so nothing can be read.",
            "Choose one: mtsession vault init",
        )


class Archive:
    """An unlocked vault, read through the events' own eyes.

    Parameters
    ----------
    vault : Vault
        Open; closed with the archive.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._codec = event_codec()
        vault.adopt(self._describe)

    @classmethod
    def unlock(cls, data: Path, passphrase: str) -> "Archive":
        """Open the vault of a data folder.

        Raises
        ------
        RecordsError
            If there is no vault, it has no passphrase yet, or this one does not open it.
        """
        need_claimed_vault(data)
        return cls(_opened(data, passphrase))

    @classmethod
    def rebuild(cls, data: Path, passphrase: str) -> "Archive":
        """Set a lost or damaged index aside and make it anew from the journals.

        Raises
        ------
        RecordsError
            If the passphrase does not open the vault, or the disk refuses.
        """
        return cls(Vault.rebuild_index(data, passphrase))

    @classmethod
    def claim(cls, data: Path, passphrase: str) -> "Archive":
        """Choose the first passphrase of the vault, and open it."""
        return cls(Vault.claim(data, passphrase))

    def close(self) -> None:
        """Lock the vault again."""
        self._vault.close()

    def sessions(self) -> list[SessionEntry]:
        """List the sessions, newest first."""
        return self._vault.sessions()[::-1]

    def find(self, text: str) -> SessionEntry:
        """Find a session by its id or the beginning of it.

        Raises
        ------
        RecordsError
            If none or several begin so.
        """
        found = [entry for entry in self.sessions() if entry.id.startswith(text.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            raise RecordsError(
                f"{len(found)} sessions begin with {text}.", "Give more of the id's characters."
            )
        raise RecordsError(f"There is no session {text}.", "See: mtsession sessions list")

    def events(self, entry: SessionEntry) -> tuple[list[Event], str | None]:
        """Give a session's events, and the sentence on what is wrong with its journal, if any."""
        journal = self._vault.open_session(entry.id)
        events = [self._codec.decode(_stored(row)) for row in journal.rows]
        return events, journal.fault

    def summary(self, entry: SessionEntry) -> tuple[Summary, str | None]:
        """Make a session's summary anew from its journal, and keep it in the vault.

        What is given stands beside the client's earlier sessions; what is kept does not.
        """
        made, fault = self._made(entry)
        return beside_earlier_sessions(made, self._before(entry)), fault

    def _before(self, entry: SessionEntry) -> list[Summary]:
        """Give the summaries of a client's sessions before this one, the latest of them."""
        if entry.client is None or entry.started is None:
            return []
        before = [
            other
            for other in self.sessions()
            if other.client == entry.client and (other.started or "~") < entry.started
        ]
        return [self._kept(other) or self._made(other)[0] for other in before[:MOST_BEFORE]]

    def _kept(self, entry: SessionEntry) -> Summary | None:
        """Give a summary as it was kept, where this version can read it."""
        kept = self._vault.summary(entry.id)
        if kept is None or kept.version != SUMMARY_VERSION:
            return None
        return msgspec.json.decode(kept.body, type=Summary)

    def _made(self, entry: SessionEntry) -> tuple[Summary, str | None]:
        """Make a summary from its journal, and keep it where it differs from what is kept."""
        events, fault = self.events(entry)
        made = summarise(entry.id, events, METHODS)
        if entry.client != made.client:
            made = msgspec.structs.replace(made, client=entry.client)
        body = msgspec.json.encode(made)
        kept = self._vault.summary(entry.id)
        if kept is None or kept.body != body:
            self._vault.store_summary(entry.id, SUMMARY_VERSION, body)
        return made, fault

    def set_client(self, entry: SessionEntry, code: str | None) -> None:
        """File a session under a client's code."""
        self._vault.set_client(entry.id, code)

    def taste(self, client: str) -> Taste:
        """Give what a client likes, dislikes and must never be played; empty for an unknown one."""
        return _taste(self._vault.taste(client))

    def tastes(self) -> dict[str, Taste]:
        """Give the taste of each client of whom one is noted."""
        return {client: _taste(said) for client, said in self._vault.tastes().items()}

    def set_taste(self, client: str, content: str, kind: TasteKind | None) -> None:
        """Note a client's word on a recording in the place of an earlier one; None forgets it."""
        self._vault.set_taste(client, content, kind)

    def count_tastes(self) -> int:
        """Give how many tastes are noted, of all clients together."""
        return self._vault.count_tastes()

    def delete(self, entry: SessionEntry) -> None:
        """Take a session away for good."""
        self._vault.delete_session(entry.id)

    def note_export(self, entry: SessionEntry, form: str) -> None:
        """Note that a session left the vault."""
        self._vault.note_export(entry.id, form)

    def verify(self) -> list[str]:
        """Look over every journal, those recorded since included; one sentence a fault."""
        return self._vault.verify()

    def _describe(self, rows: Sequence[JournalRow]) -> SessionFacts:
        state = SessionState()
        for row in rows:
            state.apply(self._codec.decode(_stored(row)))
        wall = wall_at(state.anchors, 0)
        return SessionFacts(
            started=None if wall is None else wall.iso(),
            client=None if state.started is None else state.started.client,
            duration_us=state.now_us,
            plan_title=None if state.started is None else state.started.plan_title,
        )


def _opened(data: Path, passphrase: str) -> Vault:
    """Open the vault; where only its index is at fault, say how that is mended without a backup."""
    try:
        return Vault.unlock(data, passphrase)
    except RecordsError as error:
        damaged = isinstance(
            error.__cause__, (apsw.CorruptError, apsw.NotADBError, apsw.CantOpenError)
        )
        if not damaged and "index is empty" not in error.message:
            raise
        raise RecordsError(error.message, "Make it anew: mtsession vault rebuild") from error


def _taste(said: dict[str, TasteKind]) -> Taste:
    def those(kind: TasteKind) -> frozenset[str]:
        return frozenset(content for content, each in said.items() if each == kind)

    return Taste(likes=those("like"), dislikes=those("dislike"), never=those("never"))


def _stored(row: JournalRow) -> StoredEvent:
    return StoredEvent(
        t_us=Micros(row.t_us),
        type=row.type,
        version=row.version,
        subject=row.subject,
        payload=row.payload,
    )
