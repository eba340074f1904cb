"""The native playlist: a TOML text with an arc and the recordings that follow it, in their order.

`docs/programmes.md` describes it for people who edit one by hand. It keeps what
was decided (which recordings, in which order, which part of each) and not what
follows from that: starts, rates and crossfades are worked out anew each time.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from mtsession.music.arc import ArcPiece, check_arc
from mtsession.music.formats.places import below
from mtsession.music.track import LONGEST_TRACK_SECONDS, Track
from mtsession.protocol.toml_lines import Path as KeyPath
from mtsession.protocol.toml_lines import line_of, lines_of
from mtsession.protocol.written import Fault, check_value, read_toml, told_place

SCHEMA = 1
MOST_SILENCES = 100
PIECE_ORDER = ("from", "hold", "to", "u", "back_to", "steps", "silence", "minutes")
LOWEST_RATE, HIGHEST_RATE = 0.5, 2.0
NO_RATE = "is no rate.\nWrite 0.95 for 5 % slower, 1.05 for 5 % faster; from 0.5 to 2."


class NativeTrack(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One recording of a native playlist. What is not said is looked up, in the library first.

    Attributes
    ----------
    file : str
        Its path, from the playlist's folder or whole.
    content : str or None
        Names its audio, so that the library finds it wherever it lies now.
    bpm, first_beat_s, beats_per_bar
        Its tempo, its first downbeat in seconds from its start, and its bars.
    key : str or None
        Such as "C", "F#" or "Am".
    words : bool or None
        Whether it is sung; it then plays whole and at its own tempo.
    gain_db : float or None
        Level against the programme's.
    from_s, to_s : float or None
        What of it is played, in seconds of its own; else the whole.
    after_silence : int
        How many planned silences it comes after, if it is not to fill what is left before one.
    """

    file: str
    content: str | None = None
    title: str | None = None
    bpm: float | None = None
    first_beat_s: float | None = None
    beats_per_bar: int | None = None
    duration_s: float | None = None
    key: str | None = None
    words: bool | None = None
    gain_db: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    after_silence: int = 0

    def __post_init__(self) -> None:
        """Refuse what no recording can be, and parts that end before they begin."""
        self.track()
        for key, value in (("from_s", self.from_s), ("to_s", self.to_s)):
            if value is not None and not 0 <= value <= LONGEST_TRACK_SECONDS:
                raise ValueError(f"`{key}`: {value:g} cannot be.\nWrite seconds from its start.")
        if not 0 <= self.after_silence <= MOST_SILENCES:
            raise ValueError(
                f"`after_silence`: {self.after_silence} cannot be.\nWrite how many come before it."
            )
        if self.to_s is not None and self.to_s <= (self.from_s or 0.0):
            raise ValueError("`to_s`: it would end before it begins.\nWrite a later time.")

    def track(self) -> Track:
        """Give what a plan could say of it as well."""
        return Track(
            file=self.file,
            title=self.title,
            bpm=self.bpm,
            first_beat_s=self.first_beat_s,
            beats_per_bar=self.beats_per_bar,
            duration_s=self.duration_s,
            gain_db=self.gain_db or 0.0,
        )


class NativePlaylist(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A native playlist.

    Attributes
    ----------
    arc : tuple of ArcPiece
        The tempo over time; without one each recording plays as it is.
    lowest_rate, highest_rate : float
        How far recordings may be slowed and quickened to meet the arc.
    words_may_change : bool
        Lets these rates hold for what is sung, too.
    """

    schema: int
    title: str = ""
    arc: tuple[ArcPiece, ...] = ()
    start_bpm: float | None = None
    allow_fast: bool = False
    lowest_rate: float = 0.95
    highest_rate: float = 1.05
    words_may_change: bool = False
    crossfade_s: float = 8.0
    end_fade_s: float = 8.0
    track: tuple[NativeTrack, ...] = ()

    def __post_init__(self) -> None:
        """Refuse another schema, no recordings, and what cannot be followed."""
        if self.schema != SCHEMA:
            raise ValueError(
                f"`schema`: {self.schema} is not known here.\n"
                "Write schema = 1, or get a newer mtsession."
            )
        for key, rate in (("lowest_rate", self.lowest_rate), ("highest_rate", self.highest_rate)):
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise ValueError(f"`{key}`: {rate:g} {NO_RATE}")
        if self.lowest_rate > self.highest_rate:
            raise ValueError("`lowest_rate`: it is above highest_rate.\nSwap them.")
        for key, fade in (("crossfade_s", self.crossfade_s), ("end_fade_s", self.end_fade_s)):
            if not 0 <= fade <= 60:
                raise ValueError(f"`{key}`: {fade:g} cannot be.\nWrite seconds from 0 to 60.")
        if self.start_bpm is not None and not 20 <= self.start_bpm <= 300:
            raise ValueError(f"`start_bpm`: {self.start_bpm:g} is not a tempo.\nWrite 20 to 300.")
        if self.arc:
            check_arc(self.arc, allow_fast=self.allow_fast, start_bpm=self.start_bpm)
        if not self.track:
            raise ValueError(
                '`track`: the playlist names no recording.\nAdd [[track]] with file = "…".'
            )


def parse_native(text: str, name: str) -> tuple[NativePlaylist | None, tuple[Fault, ...]]:
    r"""Read a native playlist strictly, as plans are.

    Parameters
    ----------
    name : str
        What faults call it: its file's name.

    Returns
    -------
    playlist : NativePlaylist or None
        None where there are faults.
    faults : tuple of Fault
        In the order of the file.

    Examples
    --------
    >>> _, faults = parse_native('schema = 1\n[[track]]\nfile = "a.flac"\nbpm = 0\n', "a.toml")
    >>> faults[0].sentence
    'a.toml, line 4, `track.bpm`: 0 is not a tempo.'
    """
    tree = read_toml(text, name)
    if isinstance(tree, Fault):
        return None, (tree,)
    lines = lines_of(text)
    faults: list[Fault] = []

    def report(path: KeyPath, message: str, hint: str) -> None:
        key = ".".join(part for part in path if isinstance(part, str))
        line = line_of(lines, path)
        faults.append(Fault(file=name, line=line, key=key, message=message, hint=hint))

    playlist: NativePlaylist | None = check_value(tree, NativePlaylist, (), report)
    return playlist, tuple(sorted(faults, key=lambda fault: fault.line or 0))


def named_tracks(text: str) -> list[tuple[int, NativeTrack]]:
    """Give place and recording of each entry; of one with faults, the file that it names."""
    tree = read_toml(text, "")
    tracks = [] if isinstance(tree, Fault) else tree.get("track", [])
    found = []
    for place, table in enumerate(tracks if isinstance(tracks, list) else []):
        track: NativeTrack | None = check_value(table, NativeTrack, (), lambda *_: None)
        if track is None and isinstance(table, dict) and isinstance(table.get("file"), str):
            track = check_value({"file": table["file"]}, NativeTrack, (), lambda *_: None)
        if track is not None:
            found.append((place, track))
    return found


def key_lines(text: str) -> dict[KeyPath, int]:
    """Give the line of each key, for faults that show only once files are looked up."""
    return lines_of(text)


def fault_at(name: str, lines: dict[KeyPath, int], message: str, hint: str) -> Fault:
    """Give a fault of a sentence that opens with its key, as "`track[1].file`: …"."""
    path, sentence = told_place(message)
    key = ".".join(part for part in path if isinstance(part, str))
    line = line_of(lines, path)
    return Fault(file=name, line=line, key=key, message=sentence, hint=hint)


def native_text(playlist: NativePlaylist, head: str = "") -> str:
    """Write a native playlist as TOML.

    Parameters
    ----------
    head : str
        Comment lines to begin with, without their signs.

    Examples
    --------
    >>> one = NativeTrack(file="a.flac", bpm=66.0)
    >>> print(native_text(NativePlaylist(schema=1, title="T", track=(one,))))
    schema = 1
    title = "T"
    <BLANKLINE>
    [[track]]
    file = "a.flac"
    bpm = 66.0
    <BLANKLINE>
    """
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    plain: dict[str, Any] = {"schema": playlist.schema, **msgspec.to_builtins(playlist)}
    tracks = plain.pop("track", [])
    lines += [f"{key} = {_value(value)}" for key, value in plain.items() if key != "arc"]
    if plain.get("arc"):
        lines += ["arc = [", *(f"  {_value(piece)}," for piece in plain["arc"]), "]"]
    for track in tracks:
        lines += ["", "[[track]]", *(f"{key} = {_value(value)}" for key, value in track.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    """Write a value as TOML does; JSON's strings are TOML's too, but for one sign."""
    if isinstance(value, dict):
        # As people say it: from where, to where, in how long.
        keys = sorted(value, key=PIECE_ORDER.index)
        inner = ", ".join(f"{key} = {_value(value[key])}" for key in keys)
        return f"{{ {inner} }}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def native_path(path: str, folder: Path) -> str:
    """Write a recording's path from the playlist's folder where it lies in it, else whole."""
    relative = below(Path(path), folder)
    return path if relative is None else str(relative)
