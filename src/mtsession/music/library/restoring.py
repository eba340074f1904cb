"""From the catalogue to its backup, and back into a new one."""

import sqlite3
from pathlib import Path

from mtsession.music.library.backup import Backup, Said, read_backup
from mtsession.music.library.database import Database, set_aside
from mtsession.music.library.rows import packed_decision, unpacked_decision


def to_back_up(link: sqlite3.Connection) -> Backup:
    """Gather everything that only the therapist knows."""
    said: dict[str, Said] = {}
    labels: dict[str, list[str]] = {}
    for content, label in link.execute("SELECT content, label FROM labels ORDER BY label"):
        labels.setdefault(content, []).append(label)
    for content, decision, words in link.execute("SELECT content, decision, words FROM said"):
        said[content] = Said(
            decision=None if decision is None else unpacked_decision(decision),
            words=None if words is None else bool(words),
            labels=tuple(labels.pop(content, ())),
        )
    for content, rest in labels.items():
        said[content] = Said(labels=tuple(rest))
    folders = link.execute("SELECT path FROM folders ORDER BY path").fetchall()
    return Backup(folders=tuple(path for (path,) in folders), said=said)


def restore(database: Database, backup: Backup) -> None:
    """Put what was said into a catalogue that was just made."""
    with database.writing() as link:
        for content, said in backup.said.items():
            decision = None if said.decision is None else packed_decision(said.decision)
            if decision is not None or said.words is not None:
                link.execute("INSERT INTO said VALUES (?, ?, ?)", (content, decision, said.words))
            link.executemany(
                "INSERT INTO labels VALUES (?, ?)", [(content, label) for label in said.labels]
            )
        link.executemany("INSERT INTO folders VALUES (?)", [(path,) for path in backup.folders])


def restored(database: Database, path: Path) -> tuple[Backup | None, Path | None]:
    """Put the backup at a path into a catalogue that was just made.

    Returns
    -------
    Backup or None
        None where there is none, or none that can be read.
    Path or None
        Where one that cannot be read was set aside, so that nothing is written over it.
    """
    backup = read_backup(path)
    if backup is not None:
        restore(database, backup)
    return backup, set_aside(path) if backup is None and path.exists() else None


def notices(
    aside: Path | None, why: str, backup: Backup | None, spoilt: Path | None
) -> tuple[str, ...]:
    """Tell in one piece what happened to the old catalogue and its backup, if anything did."""
    if aside is None and backup is None and spoilt is None:
        return ()
    what = (
        "The library's catalogue was missing and was made anew"
        if aside is None
        else f"The library's catalogue {why}; it was set aside as “{aside.name}” and made anew"
    )
    if spoilt is not None:
        lost = f"its backup cannot be read either, and was set aside as “{spoilt.name}”"
        return (f"{what}; {lost}. Scan your folders again.",)
    if backup is None:
        return (f"{what}. There was no backup of decisions and labels. Scan your folders again.",)
    kept = "decisions, locks and labels are back from their backup"
    return (f"{what}; {kept}. Scan your folders to measure the recordings again.",)
