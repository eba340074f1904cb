"""The catalogue of the therapist's recordings: what was measured and what was said of each.

A plain SQLite file without client data. Measuring fills it through `intake`; what the
therapist says goes through here, and into a backup beside it at once.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from mtsession.errors import MusicError
from mtsession.music.library.asking import (
    ambiguous,
    check_decision,
    checked_label,
    meanings,
    unknown,
)
from mtsession.music.library.backup import backup_path, write_backup
from mtsession.music.library.database import DamagedError, Database, set_aside
from mtsession.music.library.restoring import notices, restored, to_back_up
from mtsession.music.library.rows import (
    FileRow,
    RecordingRow,
    packed_decision,
    to_recording,
    unpacked_decision,
)
from mtsession.music.recording import Decision, Recording

_BY_PRESENCE = "SELECT content, path, present, title, artist, album, bpm, words FROM files"


class Catalogue:
    """An open catalogue, for the thread that opened it.

    Attributes
    ----------
    path : Path
        Its file.
    notices : tuple of str
        What the therapist should know of how it was opened, in whole sentences.
    """

    def __init__(self, database: Database) -> None:
        self.path, self.database = database.path, database
        self.notices: tuple[str, ...] = ()
        self._listed: tuple[tuple[int, int], tuple[Recording, ...]] | None = None

    @classmethod
    def open(cls, path: Path) -> "Catalogue":
        """Open a catalogue, or make it.

        One that is damaged, or of a later version, is set aside under a dated name and made
        anew; decisions, words, labels and folders come back from the backup, and `notices`
        says so.

        Parameters
        ----------
        path : Path
            The file; its folder is made where it is missing.

        Raises
        ------
        MusicError
            If the system does not let it be opened or made.
        """
        try:
            opened, aside, why = cls._read_through(path), None, ""
        except DamagedError as error:
            aside, why = set_aside(path), error.why
            opened = cls._read_through(path)
        if not opened.database.made:
            return opened
        try:
            backup, spoilt = restored(opened.database, backup_path(path))
        except MusicError:
            opened.close()
            raise
        opened.notices = notices(aside, why, backup, spoilt)
        return opened

    @classmethod
    def _read_through(cls, path: Path) -> "Catalogue":
        """Open a file and read all that is listed: SQLite sees no damage inside a value."""
        opened = cls(Database(path))
        try:
            opened.recordings()
        except MusicError:
            opened.close()
            raise
        return opened

    def close(self) -> None:
        """Close its file."""
        self.database.close()

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Reading

    def recordings(self) -> tuple[Recording, ...]:
        """Give every recording, one a content, in the order of title; overviews are left out.

        A recording with several files is shown by one that is there.
        """
        with self.database.reading() as link:
            state = (int(link.execute("PRAGMA data_version").fetchone()[0]), link.total_changes)
            if self._listed is None or self._listed[0] != state:
                self._listed = (state, self._read_all(link))
            return self._listed[1]

    def _read_all(self, link: sqlite3.Connection) -> tuple[Recording, ...]:
        link.execute("BEGIN")  # one moment's state, whatever a scan writes meanwhile
        try:
            files: dict[str, FileRow] = {}
            shown = f"{_BY_PRESENCE} WHERE content NOT NULL ORDER BY present DESC, path"
            for row in link.execute(shown):
                files.setdefault(row[0], FileRow._make(row))
            labels: dict[str, list[str]] = {}
            for content, label in link.execute("SELECT content, label FROM labels"):
                labels.setdefault(content, []).append(label)
            rows = link.execute(
                "SELECT content, path, fault, analysis, beats, NULL, decision, said.words "
                "FROM recordings LEFT JOIN said USING (content)"
            )
            made = [
                to_recording(RecordingRow._make(row), files.get(row[0]), labels.get(row[0], ()))
                for row in rows
            ]
        finally:
            link.commit()
        return tuple(sorted(made, key=lambda each: (each.title.casefold(), each.path)))

    def recording(self, content: str) -> Recording:
        """Give one recording whole, with its overview.

        Raises
        ------
        MusicError
            If the catalogue does not know it.
        """
        with self.database.reading() as link:
            row = link.execute(
                "SELECT content, path, fault, analysis, beats, overview, decision, said.words "
                "FROM recordings LEFT JOIN said USING (content) WHERE content = ?",
                (content,),
            ).fetchone()
            if row is None:
                raise unknown(content)
            file = link.execute(
                f"{_BY_PRESENCE} WHERE content = ? ORDER BY present DESC, path LIMIT 1", (content,)
            ).fetchone()
            labels = link.execute(
                "SELECT label FROM labels WHERE content = ? ORDER BY label", (content,)
            ).fetchall()
            return to_recording(
                RecordingRow._make(row),
                None if file is None else FileRow._make(file),
                [label for (label,) in labels],
            )

    def paths(self, content: str) -> tuple[str, ...]:
        """Give every path at which a recording was found, those that are there now first."""
        with self.database.reading() as link:
            rows = link.execute(
                "SELECT path FROM files WHERE content = ? ORDER BY present DESC, path", (content,)
            ).fetchall()
        return tuple(path for (path,) in rows)

    def find(self, text: str) -> Recording:
        """Find one recording by its content's beginning, its path, or part of its title or file.

        Parameters
        ----------
        text : str
            At least six characters of the content's name, a path, or a part of a title or file
            name that no other has; upper and lower case are the same.

        Raises
        ------
        MusicError
            If none or several are meant; it names up to five of these.
        """
        listed = self.recordings()
        for found in meanings(text, listed, self._content_at(text)):
            there = [each for each in found if each.present] or found
            if len(there) == 1:
                return self.recording(there[0].content)
            if there:
                raise ambiguous(text, there)
        raise unknown(text)

    def _content_at(self, text: str) -> str | None:
        """Give the content of the file at a path, whether it is there now or not."""
        path = str(Path(text).expanduser().absolute()) if text.startswith("~") else text
        with self.database.reading() as link:
            row = link.execute(
                "SELECT content FROM files WHERE path IN (?, ?)", (path, str(Path(path).absolute()))
            ).fetchone()
        return None if row is None else row[0]

    # What the therapist says

    def decide(self, content: str, decision: Decision) -> Recording:
        """Keep what the therapist decided of a recording's pulse.

        Raises
        ------
        MusicError
            If the catalogue does not know it, its decision is locked (unlocking it must come
            first), or the tempo is none.
        """
        check_decision(decision)
        with self.database.writing() as link:
            self._need(link, content)
            row = link.execute("SELECT decision FROM said WHERE content = ?", (content,)).fetchone()
            now = unpacked_decision(None if row is None else row[0])
            unlocked = msgspec.structs.replace(now, locked=False, held=None)
            if now.locked and decision not in {now, unlocked}:
                raise MusicError("This recording's tempo is locked.", "Unlock it first.")
            link.execute(
                "INSERT INTO said (content, decision) VALUES (?, ?) "
                "ON CONFLICT (content) DO UPDATE SET decision = excluded.decision",
                (content, packed_decision(decision)),
            )
            self._keep_backup(link)
        return self.recording(content)

    def set_words(self, content: str, words: bool | None) -> Recording:  # noqa: FBT001 - a value
        """Say whether a recording is sung; None goes by its tags again."""
        with self.database.writing() as link:
            self._need(link, content)
            link.execute(
                "INSERT INTO said (content, words) VALUES (?, ?) "
                "ON CONFLICT (content) DO UPDATE SET words = excluded.words",
                (content, words),
            )
            self._keep_backup(link)
        return self.recording(content)

    def add_label(self, content: str, label: str) -> Recording:
        """Give a recording one of the therapist's own words."""
        label = checked_label(label)
        with self.database.writing() as link:
            self._need(link, content)
            link.execute("INSERT OR IGNORE INTO labels VALUES (?, ?)", (content, label))
            self._keep_backup(link)
        return self.recording(content)

    def remove_label(self, content: str, label: str) -> Recording:
        """Take a label off again; one that is not there is no fault."""
        with self.database.writing() as link:
            self._need(link, content)
            where = (content, " ".join(label.split()))
            link.execute("DELETE FROM labels WHERE content = ? AND label = ?", where)
            self._keep_backup(link)
        return self.recording(content)

    def folders(self) -> tuple[Path, ...]:
        """Give the folders that a scan without others reads."""
        with self.database.reading() as link:
            rows = link.execute("SELECT path FROM folders ORDER BY path").fetchall()
        return tuple(Path(path) for (path,) in rows)

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Remember these folders and no others."""
        with self.database.writing() as link:
            link.execute("DELETE FROM folders")
            link.executemany(
                "INSERT OR IGNORE INTO folders VALUES (?)", [(str(each),) for each in folders]
            )
            self._keep_backup(link)

    def _need(self, link: sqlite3.Connection, content: str) -> None:
        row = link.execute("SELECT 1 FROM recordings WHERE content = ?", (content,)).fetchone()
        if row is None:
            raise unknown(content)

    def _keep_backup(self, link: sqlite3.Connection) -> None:
        """Write the backup before the change is final, so that it never lags behind."""
        try:
            write_backup(backup_path(self.path), to_back_up(link))
        except OSError as error:
            raise MusicError(
                f"This could not be kept: {error.strerror}.",
                f"Check that {self.path.parent} can be written and its disk is not full.",
            ) from error
