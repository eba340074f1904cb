"""What is wrong with a plan or playlist: file, line and key of each fault."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from mtsession.app.filling import RecordingsOf
from mtsession.app.plans import OTHER_PLAYLISTS, is_native_playlist, load_plan
from mtsession.errors import MusicError
from mtsession.music.formats.native import fault_at, key_lines, named_tracks
from mtsession.music.formats.playlist_file import PlaylistFile
from mtsession.music.formats.reading import read_playlist
from mtsession.music.found import Finder
from mtsession.music.recording import Recording
from mtsession.protocol.written import Fault
from mtsession.session.plan import PlanFaultsError


class HasRecordings(Protocol):
    """What a library is asked for here."""

    def recordings(self) -> Sequence[Recording]:
        """Give every recording."""
        ...


def check_file(path: Path, library: HasRecordings | None = None) -> list[Fault]:
    """Give the faults of a plan or playlist of any format, in the order of its lines.

    Parameters
    ----------
    library : optional
        Where recordings are looked for first; this user's by default.

    Raises
    ------
    MtSessionError
        If the file cannot be read at all.
    """
    if is_plan(path):
        try:
            load_plan(path, recordings=recordings_of(library), strict=True, measured=False)
        except PlanFaultsError as error:
            return list(error.faults)
        return []
    file = read_playlist(path)
    faults = [*file.faults, *_missing(file, path, library)]
    return sorted(faults, key=lambda fault: fault.line or 0)


def is_plan(path: Path) -> bool:
    """Tell whether a file is a plan; what is no playlist is taken for one, to say its faults."""
    if path.suffix.lower() in OTHER_PLAYLISTS:
        return False
    try:
        return not is_native_playlist(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, ValueError):
        return True


def recordings_of(library: HasRecordings | None) -> RecordingsOf | None:
    """Give how plans ask a library; None lets them ask this user's."""
    return None if library is None else library.recordings


def _missing(file: PlaylistFile, path: Path, library: HasRecordings | None) -> list[Fault]:
    """Give a fault for each recording that is not to be had."""
    if path.suffix.lower() not in OTHER_PLAYLISTS:
        return _missing_of_native(path, library)
    prefix = "track[{}].location" if path.suffix.lower() == ".xspf" else "entry {}"
    first = 0 if path.suffix.lower() == ".xspf" else 1
    found = []
    for place, entry in enumerate(file.entries, start=first):
        here = Path(entry.path)
        if not _is_file(here):
            what = "is a folder" if here.is_dir() else "is not there"
            found.append(
                Fault(
                    file=path.name,
                    line=entry.line,
                    key=prefix.format(place),
                    message=f"“{here.name}” {what}.",
                    hint="Correct the path, or take the line out.",
                )
            )
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _missing_of_native(path: Path, library: HasRecordings | None) -> list[Fault]:
    # Opening the catalogue is for playlists that name recordings, and for nothing else.
    from mtsession.app.choosing import library_recordings  # noqa: PLC0415

    recordings = library_recordings() if library is None else library.recordings()
    finder = Finder(recordings, None)
    text = path.read_text(encoding="utf-8-sig")
    lines = key_lines(text)
    faults = []
    for place, track in named_tracks(text):
        try:
            finder.find(track, path.absolute().parent, f"track[{place}]")
        except MusicError as error:
            faults.append(fault_at(path.name, lines, error.message, error.hint))
    return faults
