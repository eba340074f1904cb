"""`mtsession playlist check | plan | convert`."""

import argparse
import sys
from contextlib import closing
from pathlib import Path

from mtsession.app.archive import Archive, need_claimed_vault
from mtsession.app.library import Library
from mtsession.app.paths import places
from mtsession.app.plans import OTHER_PLAYLISTS, find_plan, is_native_playlist, load_plan
from mtsession.app.programmes import check_file, convert, freeze_plan, plan_file
from mtsession.cli.passphrase import ask
from mtsession.cli.printing import print_json, tell_notices
from mtsession.errors import MtSessionError, MusicError
from mtsession.music.formats.reading import read_playlist
from mtsession.music.recording import Taste
from mtsession.timeline.units import MINUTE
from mtsession.ui.draw import printable


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked of a plan or playlist."""
    return {"check": _check, "plan": _plan, "convert": _convert}[arguments.action](arguments)


def _check(arguments: argparse.Namespace) -> int:
    path = None
    try:
        path = _found(arguments.plan)
        faults = check_file(path)
    except MtSessionError as error:
        if not arguments.json:
            raise
        print_json([{"message": error.message, "hint": error.hint}])
        return 1
    if arguments.json:
        print_json(faults)
    elif faults:
        for fault in faults:
            print(printable(f"{fault.sentence} {fault.hint}".strip()))
    else:
        print(printable(f"{path.name}: no faults. {_contents(path)}."))
    return 1 if faults else 0


def _found(name: str) -> Path:
    """Find a plan, shipped or not, or a playlist.

    Raises
    ------
    MtSessionError
        If there is none.
    """
    path = Path(name)
    if path.suffix.lower() in OTHER_PLAYLISTS and not path.exists():
        raise MusicError(f"There is no playlist {name}.", "Check its path.")
    return find_plan(name)


def _contents(path: Path) -> str:
    """Say in short what a plan or playlist without faults holds."""
    text = path.suffix.lower() == ".toml" and path.read_text(encoding="utf-8-sig")
    if text and not is_native_playlist(text):
        plan = load_plan(path)
        planned = plan.planned_us
        length = "until stopped" if planned is None else f"{planned / MINUTE:g} min"
        return f"{plan.title}, {_count(len(plan.segments), 'segment')}, {length}"
    playlist = read_playlist(path)
    count = _count(len(playlist.entries), "recording")
    return f"{playlist.title}, {count}" if playlist.title else count[:1].upper() + count[1:]


def _plan(arguments: argparse.Namespace) -> int:
    if arguments.client is None and arguments.passphrase_fd is not None:
        arguments.refuse("--passphrase-fd goes with --client")
    path = _found(arguments.plan)
    taste = _taste(arguments)
    written: tuple[Path, ...] = ()
    with closing(Library()) as library:
        tell_notices(library.notices)
        planned = plan_file(path, library, taste)
        if arguments.freeze is not None:
            written = freeze_plan(path, arguments.freeze, library, taste)
    if arguments.json:
        print_json(planned)
    else:
        print("\n".join(printable(line) for line in planned.lines))
    for each in written:
        print(f"Written: {each}", file=sys.stderr)
    return 0


def _taste(arguments: argparse.Namespace) -> Taste | None:
    """Ask the vault what the client likes; without a client nothing is asked."""
    if arguments.client is None:
        return None
    data = places().data
    need_claimed_vault(data)
    with closing(Archive.unlock(data, ask(arguments))) as archive:
        return archive.taste(arguments.client)


def _convert(arguments: argparse.Namespace) -> int:
    if not arguments.file.exists():
        raise MusicError(f"There is no playlist {arguments.file}.", "Check its path.")
    count = convert(arguments.file, arguments.out)
    print(f"Written: {arguments.out} ({_count(count, 'recording')})", file=sys.stderr)
    return 0


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"
