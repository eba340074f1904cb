"""What each client likes, dislikes and must never be played.

It says something about a person, so it lies in the vault and not in the library's
catalogue. A recording is named by its content, which stays the same when its file
is moved or its tags change.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import apsw
import msgspec

from mtsession.records.database import Migration, open_database, query

TasteKind = Literal["like", "dislike", "never"]
MIGRATION: Migration = (
    "CREATE TABLE taste (client TEXT NOT NULL REFERENCES client, content TEXT NOT NULL,"
    " kind TEXT NOT NULL CHECK (kind IN ('like', 'dislike', 'never')), noted TEXT NOT NULL,"
    " PRIMARY KEY (client, content)) STRICT",
)


class TasteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One client's word on one recording; its text leaves out whose and which."""

    client: str
    content: str
    kind: TasteKind
    noted: str

    def __repr__(self) -> str:
        """Show nothing of a client."""
        return "TasteRow()"


def taste(connection: apsw.Connection, client: str) -> dict[str, TasteKind]:
    """Give what a client said of recordings, by content; empty for an unknown client."""
    found = query(
        connection,
        "SELECT content, kind FROM taste WHERE client = ? ORDER BY noted, content",
        (client,),
        row=tuple[str, TasteKind],
    )
    return dict(found)


def tastes(connection: apsw.Connection) -> dict[str, dict[str, TasteKind]]:
    """Give what each client said of recordings, by client and content."""
    found: dict[str, dict[str, TasteKind]] = {}
    rows = query(
        connection,
        "SELECT client, content, kind FROM taste ORDER BY client, noted, content",
        row=tuple[str, str, TasteKind],
    )
    for client, content, kind in rows:
        found.setdefault(client, {})[content] = kind
    return found


def set_taste(
    connection: apsw.Connection, client: str, content: str, kind: TasteKind | None, *, noted: str
) -> None:
    """Note a client's word on a recording in the place of an earlier one; None forgets it.

    Parameters
    ----------
    connection : apsw.Connection
        The vault's index.
    client : str
        A code; it becomes known with its first taste.
    content : str
        Names the recording's audio.
    kind : {"like", "dislike", "never"} or None
        One at a time: each takes the place of the others.
    noted : str
        Wall-clock time in ISO 8601.
    """
    with connection:
        if kind is None:
            connection.execute(
                "DELETE FROM taste WHERE client = ? AND content = ?", (client, content)
            )
        else:
            put_back(connection, [TasteRow(client=client, content=content, kind=kind, noted=noted)])


def put_back(connection: apsw.Connection, rows: Iterable[TasteRow]) -> None:
    """Write rows as they are, and the clients they need; part of the caller's transaction."""
    for row in rows:
        connection.execute(
            "INSERT INTO client VALUES (?, ?) ON CONFLICT DO NOTHING", (row.client, row.noted)
        )
        connection.execute(
            "INSERT INTO taste (client, content, kind, noted) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (client, content) DO UPDATE SET kind = ?3, noted = ?4",
            (row.client, row.content, row.kind, row.noted),
        )


def count(connection: apsw.Connection) -> int:
    """Give how many there are, of all clients together."""
    ((number,),) = query(connection, "SELECT count(*) FROM taste", row=tuple[int])
    return number


def salvage(path: Path, key: bytes) -> list[TasteRow]:
    """Read what can still be read of the tastes in an index that is being given up.

    They stand in no journal, so this is the one place they can come back from.
    """
    rows: list[TasteRow] = []
    try:
        connection = open_database(path, key, salvage=True)
    except apsw.Error:
        return rows  # nothing of it can be read; the caller tells how many came back
    try:
        found = connection.execute("SELECT client, content, kind, noted FROM taste")
        for client, content, kind, noted in found:
            values = {"client": client, "content": content, "kind": kind, "noted": noted}
            rows.append(msgspec.convert(values, TasteRow))
    except (apsw.Error, msgspec.ValidationError):
        return rows  # the rows before the damage count
    finally:
        connection.close()
    return rows
