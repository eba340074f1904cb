"""The therapist's library as the screen and the command line use it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

from mtsession.app.paths import Places, places
from mtsession.errors import MusicError
from mtsession.music.analysis.taps import TapFit
from mtsession.music.cancelling import Cancelled, never
from mtsession.music.library import deciding
from mtsession.music.library.catalogue import Catalogue
from mtsession.music.library.scan import ScanProgress, ScanReport, scan
from mtsession.music.library.walk import whole_path
from mtsession.music.recording import Analysis, Decision, Recording

CATALOGUE = "library.db"


class Library:
    """The catalogue with what a therapist does to it, in one thread.

    `scan` and `analyse` may be called from any thread: a scan opens the catalogue for itself.

    Parameters
    ----------
    folders : Places, optional
        Where the catalogue lies; else where this user's files are.

    Attributes
    ----------
    path : Path
        The catalogue's file; its backup is beside it.
    notices : tuple of str
        What the therapist should know of how it was opened.

    Raises
    ------
    MusicError
        If the catalogue can be neither opened nor made.
    """

    def __init__(self, folders: Places | None = None) -> None:
        self.path = (folders or places()).data / CATALOGUE
        self._opened = Catalogue.open(self.path)
        self.notices = self._opened.notices

    def close(self) -> None:
        """Close the catalogue."""
        self._opened.close()

    @property
    def _catalogue(self) -> Catalogue:
        """Give the catalogue; where a scan set it aside meanwhile, the one that was made anew."""
        if self._opened.database.is_replaced:
            self._opened.close()
            self._opened = Catalogue.open(self.path)
            self.notices += self._opened.notices
        return self._opened

    def __enter__(self) -> "Library":
        """Give itself, to be closed at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the catalogue."""
        self.close()

    # What there is

    def recordings(self) -> tuple[Recording, ...]:
        """Give every recording in the order of title, without their overviews."""
        return self._catalogue.recordings()

    def recording(self, content: str) -> Recording:
        """Give one recording whole; see `Catalogue.recording`."""
        return self._catalogue.recording(content)

    def paths(self, content: str) -> tuple[str, ...]:
        """Give every path at which it was found, those that are there now first."""
        return self._catalogue.paths(content)

    def find(self, text: str) -> Recording:
        """Find one by its content's beginning, path, or part of its title or file name.

        Raises
        ------
        MusicError
            If none or several are meant; it names these.
        """
        return self._catalogue.find(text)

    # What the therapist decides: each gives the recording as it is then, or raises MusicError
    # where it is locked or not known

    def decide(self, content: str, decision: Decision) -> Recording:
        """Keep a whole decision; see `Catalogue.decide`."""
        return self._catalogue.decide(content, decision)

    def double(self, content: str) -> Recording:
        """Count twice as many beats."""
        return self._change(content, lambda now: deciding.scaled(now, 2.0))

    def halve(self, content: str) -> Recording:
        """Count half as many beats."""
        return self._change(content, lambda now: deciding.scaled(now, 0.5))

    def type_bpm(self, content: str, bpm: float, first_beat_s: float | None = None) -> Recording:
        """Set an exact tempo, with a beat (the first of a bar) where it is known."""
        return self._change(content, lambda now: deciding.typed(now, bpm, first_beat_s))

    def tap(self, content: str, fit: TapFit) -> Recording:
        """Set the tempo and the beat that taps gave."""
        return self._change(content, lambda now: deciding.tapped(now, fit))

    def shift_downbeat(self, content: str, beats: int) -> Recording:
        """Move the bar's start by beats, later or (negative) earlier; it goes round in the bar."""
        return self._change(content, lambda now: deciding.shifted(now, beats))

    def set_bar(self, content: str, beats: int) -> Recording:
        """Say how many beats a bar has."""
        return self._change(content, lambda now: deciding.barred(now, beats))

    def as_measured(self, content: str) -> Recording:
        """Take the decision back, so that what was measured counts again."""
        return self._change(content, deciding.as_measured)

    def lock(self, content: str, on: bool) -> Recording:  # noqa: FBT001 - it is what is set
        """Lock the pulse that counts now, or unlock it.

        Tempo, bar and downbeat are written down with the lock: what is measured later never
        changes them. Unlocking leaves what was decided before.
        """
        return self._change(content, deciding.locked if on else deciding.unlocked)

    def set_words(self, content: str, words: bool | None) -> Recording:  # noqa: FBT001 - a value
        """Say whether it is sung; None goes by its tags again."""
        return self._catalogue.set_words(content, words)

    def add_label(self, content: str, label: str) -> Recording:
        """Give it one of the therapist's own words."""
        return self._catalogue.add_label(content, label)

    def remove_label(self, content: str, label: str) -> Recording:
        """Take such a word off again."""
        return self._catalogue.remove_label(content, label)

    def _change(self, content: str, decided: Callable[[Recording], Decision]) -> Recording:
        now = self._catalogue.recording(content)
        return self._catalogue.decide(content, decided(now))

    # Folders and scans

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that a scan without others reads."""
        return self._catalogue.folders()

    def remember(self, folders: Sequence[Path]) -> None:
        """Add folders to those that are scanned; one inside another is not kept twice."""
        self._catalogue.set_folders(_outermost([*self.folders, *folders]))

    def forget(self, folder: Path) -> None:
        """Scan a folder no longer; what is known of its recordings stays."""
        gone = whole_path(folder)
        self._catalogue.set_folders([each for each in self.folders if each != gone])

    def scan(
        self,
        folders: Sequence[Path] | None = None,
        *,
        workers: int | None = None,
        on_progress: Callable[[ScanProgress], None] | None = None,
        cancelled: Cancelled = never,
    ) -> ScanReport:
        """Read folders, and remember them; without any, those that are remembered.

        Parameters
        ----------
        folders : sequence of Path, optional
            Folders, or single files.
        workers : int, optional
            Processes that measure; see `scan.usual_workers`.
        on_progress : callable, optional
            Told how far it is, at most ten times a second, in this thread.
        cancelled : callable, optional
            Asked about ten times a second; True stops, and what is done stays.

        Raises
        ------
        MusicError
            If there is no folder to scan, or the catalogue cannot be used.
        """
        with Catalogue.open(self.path) as catalogue:
            if folders is not None:
                wanted = [
                    *catalogue.folders(),
                    *(each for each in folders if whole_path(each).is_dir()),
                ]
                if (outermost := _outermost(wanted)) != catalogue.folders():
                    catalogue.set_folders(outermost)
            chosen = catalogue.folders() if folders is None else folders
            if not chosen:
                raise MusicError(
                    "There is no folder to scan.", "Name one: mtsession library scan FOLDER"
                )
            report = scan(
                chosen, catalogue, workers=workers, on_progress=on_progress, cancelled=cancelled
            )
            return msgspec.structs.replace(report, notices=catalogue.notices)

    @staticmethod
    def analyse(path: Path, *, cancelled: Cancelled = never) -> Analysis:
        """Measure one file without touching the catalogue.

        It loads the measuring libraries into this process: nothing for the screen's.

        Raises
        ------
        MediaError
            If the file cannot be read as sound.
        """
        from mtsession.music.analysis.analyse import analyse_file  # noqa: PLC0415 - see above

        return analyse_file(path, cancelled=cancelled)


def _outermost(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Give folders as whole paths, in order, without those that lie inside another."""
    whole = sorted({whole_path(each) for each in folders})
    return tuple(each for each in whole if not any(above in each.parents for above in whole))
