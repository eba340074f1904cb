"""The words of the therapist's own music: library and playlist."""

import argparse

from mtsession.cli.arguments_shared import (
    Commands,
    add,
    add_client,
    add_json,
    add_passphrase,
    label,
    number,
    place,
)

SORTS = ("title", "bpm", "length", "key")
FORMATS = ("csv", "json", "m3u8", "xspf")
BPM = (20, 300)
MOST_BEATS_IN_BAR = 32
LONGEST_SECONDS = 100_000
MOST_WORKERS = 64
MOST_BEATS = 64
TRACK = "its path, a part of its title or file name, or its name in the list's first column"
FILTER = (
    "words of title, artist or file name, and bpm:58-66, key:Am, label:morning, words:no, unsure"
)


def add_library_commands(commands: Commands) -> None:
    """Add each of them."""
    library = add(
        commands, "library", "your own music: its tempi, and what you decided of them",
        "What is measured and decided stands in a catalogue that holds nothing of your clients; "
        "your files are read, never changed.",
    )  # fmt: skip
    actions = library.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_scan(actions)
    _add_list(actions)
    _add_show(actions)
    _add_set(actions)
    _add_analyse(actions)
    _add_export(actions)
    _add_playlist(commands)


def _add_scan(actions: Commands) -> None:
    scan = add(
        actions, "scan", "look through folders and measure what is new",
        "What has not changed is not measured again, and what you decided stays. Ctrl+C stops it; "
        "what is done is kept, and the next scan goes on from there.",
    )  # fmt: skip
    scan.add_argument(
        "folders", type=place, nargs="*", metavar="DIR",
        help="folders with all that is in them, or files (default: the folders scanned before)",
    )  # fmt: skip
    _add_workers(scan)
    add_json(scan)
    scan.set_defaults(room="library_scan")


def _add_list(actions: Commands) -> None:
    listing = add(actions, "list", "every recording, with its tempo, length and key")
    _add_choice(listing)
    add_json(listing)
    listing.set_defaults(room="library", action="list")


def _add_show(actions: Commands) -> None:
    show = add(actions, "show", "all that is known of one recording")
    _add_track(show)
    add_json(show)
    show.set_defaults(room="library", action="show")


def _add_set(actions: Commands) -> None:
    change = add(
        actions, "set", "decide what the measuring got wrong, and what no machine can know",
        "Your word stands above what was measured, after later scans too. To tap along while the "
        "music plays, open the app and press l.",
    )  # fmt: skip
    _add_track(change)
    tempo = change.add_mutually_exclusive_group()
    tempo.add_argument("--bpm", type=_bpm, metavar="N", help="its tempo, such as 66 or 66.25")
    tempo.add_argument("--double", action="store_true", help="twice the tempo it has now")
    tempo.add_argument("--halve", action="store_true", help="half the tempo it has now")
    tempo.add_argument(
        "--measured", action="store_true", help="take your decision back: as measured"
    )
    change.add_argument(
        "--first-beat", type=_seconds, metavar="S",
        help="with --bpm: the second at which the first beat of a bar falls",
    )  # fmt: skip
    change.add_argument(
        "--shift", type=_beats, metavar="N",
        help="move the start of the bar by N beats, back where N is below 0",
    )  # fmt: skip
    change.add_argument(
        "--bar", type=_bar, metavar="N",
        help="beats in a bar; where no downbeat is known, the first beat is one",
    )  # fmt: skip
    lock = change.add_mutually_exclusive_group()
    lock.add_argument(
        "--lock", action="store_true", help="let nothing change its tempo and beats until --unlock"
    )
    lock.add_argument("--unlock", action="store_true", help="let them be changed again")
    change.add_argument("--words", choices=("yes", "no", "unknown"), help="whether it is sung")
    change.add_argument(
        "--label", type=label, action="append", default=[], metavar="L", help="a word of your own"
    )
    change.add_argument(
        "--unlabel", type=label, action="append", default=[], metavar="L", help="take one away"
    )
    add_json(change)
    change.set_defaults(room="library", action="set", refuse=change.error)


def _add_analyse(actions: Commands) -> None:
    analyse = add(
        actions, "analyse", "measure files and print what was found; nothing is kept",
        "With --json one object a line, as soon as it is known.",
    )  # fmt: skip
    analyse.add_argument("files", type=place, nargs="+", metavar="FILE", help="a recording")
    add_json(analyse)
    analyse.set_defaults(room="library_analyse")


def _add_export(actions: Commands) -> None:
    export = add(
        actions, "export", "write the list to a file, for a spreadsheet or a player",
        "A playlist names the files that are there; those that are gone are left out. Nothing is "
        "written over.",
    )  # fmt: skip
    export.add_argument("file", type=place, metavar="FILE", help="the file to write")
    export.add_argument("--format", choices=FORMATS, help="default: as the file's name ends")
    _add_choice(export)
    export.set_defaults(room="library_export")


def _add_playlist(commands: Commands) -> None:
    playlist = add(commands, "playlist", "check, plan and convert programmes of music")
    actions = playlist.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = add(
        actions, "check", "tell file, line and key of each fault of a plan or playlist",
        "Plans and playlists in TOML, and M3U, M3U8 and XSPF.",
    )  # fmt: skip
    check.add_argument("plan", metavar="FILE", help="its file, or the name of a shipped plan")
    add_json(check)
    plan = add(
        actions, "plan", "choose and order music of the library along a plan's arc",
        "It says what it could not do and what would help. --freeze keeps the result as a playlist "
        "that can be changed by hand.",
    )  # fmt: skip
    plan.add_argument("plan", metavar="FILE", help="the plan, or the name of a shipped one")
    add_client(plan)
    add_passphrase(plan)
    plan.add_argument("--freeze", type=place, metavar="OUT", help="keep the result in OUT (.toml)")
    add_json(plan)
    plan.set_defaults(refuse=plan.error)
    convert = add(
        actions, "convert", "write a playlist in another format",
        "Nothing is written over.",
    )  # fmt: skip
    convert.add_argument("file", type=place, metavar="FILE", help="the playlist")
    convert.add_argument(
        "out", type=place, metavar="OUT", help="the file to write: .toml, .m3u, .m3u8 or .xspf"
    )
    for action, parser in (("check", check), ("plan", plan), ("convert", convert)):
        parser.set_defaults(room="playlist", action=action)


def _add_track(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("track", metavar="TRACK", help=TRACK)


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sort", choices=SORTS, default="title", help="default: title")
    parser.add_argument("--filter", default="", metavar="TEXT", help=FILTER)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers", type=_workers, metavar="N",
        help="measure N files at a time (default: one core is left to you)",
    )  # fmt: skip


def _bpm(text: str) -> float:
    return number(text, *BPM, "a tempo in beats a minute")


def _seconds(text: str) -> float:
    return number(text, 0, LONGEST_SECONDS, "a time in seconds")


def _beats(text: str) -> int:
    return _whole(text, -MOST_BEATS, MOST_BEATS, "a whole number of beats")


def _bar(text: str) -> int:
    return _whole(text, 1, MOST_BEATS_IN_BAR, "a whole number of beats")


def _workers(text: str) -> int:
    return _whole(text, 1, MOST_WORKERS, "a whole number")


def _whole(text: str, lowest: int, highest: int, what: str) -> int:
    value = number(text, lowest, highest, what)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"give {what} from {lowest} to {highest}")
    return int(value)
