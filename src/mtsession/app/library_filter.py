"""Which recordings a list shows, and in which order; pure, so that typing stays quick.

A filter is words that must all be found in title, artist, album, file name or a label,
and terms such as `bpm:58-66`, `key:Am`, `label:"for sleep"`, `words:no` or `unsure`.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePath

import msgspec

from mtsession.app.library_words import decided, unsure
from mtsession.errors import MusicError
from mtsession.music.recording import Recording

Test = Callable[[Recording], bool]

RANGE = re.compile(r"^(?P<low>\d+(?:[.,]\d+)?)?(?P<dash>-)?(?P<high>\d+(?:[.,]\d+)?)?$")
NEAR_BPM = 0.5
KNOWN = (
    "Terms: bpm:58-66, key:Am, length:3-5, label:calm, words:yes, words:no, "
    "unsure, locked, mine, faulty, missing."
)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column that a list is sorted by."""

    key: str
    name: str
    sort: Callable[[Recording], object]
    """Gives what to compare, or None where there is nothing: those come last."""


def _lufs(recording: Recording) -> float | None:
    return None if recording.analysis is None else recording.analysis.lufs


def _music_key(recording: Recording) -> str | None:
    return None if recording.analysis is None else recording.analysis.key


def _words(recording: Recording) -> str | None:
    return {True: "yes", False: "no", None: None}[recording.words]


COLUMNS = (
    Column(key="title", name="Title", sort=lambda each: each.title.casefold()),
    Column(key="artist", name="Artist", sort=lambda each: (each.artist or "").casefold() or None),
    Column(key="bpm", name="BPM", sort=lambda each: each.bpm),
    Column(key="length", name="Time", sort=lambda each: each.duration_s),
    Column(key="key", name="Key", sort=_music_key),
    Column(key="lufs", name="LUFS", sort=_lufs),
    Column(key="words", name="Sung", sort=_words),
    Column(key="labels", name="Labels", sort=lambda each: ", ".join(each.labels) or None),
)


def ordered(recordings: Iterable[Recording], column: str, *, falling: bool) -> list[Recording]:
    """Sort by a column, then by title; what has no value there comes last either way."""
    sort = next(each.sort for each in COLUMNS if each.key == column)
    known: list[tuple[object, Recording]] = []
    unknown: list[Recording] = []
    for each in sorted(recordings, key=lambda one: one.title.casefold()):
        value = sort(each)
        if value is None:
            unknown.append(each)
        else:
            known.append((value, each))
    known.sort(key=lambda pair: pair[0], reverse=falling)  # type: ignore[arg-type,return-value]
    return [each for _, each in known] + unknown


def parse_filter(text: str) -> Callable[[Recording], bool]:
    """Read what was typed into a test of a recording.

    Raises
    ------
    MusicError
        If a term cannot be read; the sentence names it.

    Examples
    --------
    >>> wanted = parse_filter("bpm:58-66 harbour")
    >>> wanted(Recording(content="00", path="/a.wav", title="Harbour at night", bpm=60.0))
    True
    """
    tests = [_term(part) for part in _split(text)]
    return lambda recording: all(test(recording) for test in tests)


def matching(recordings: Sequence[Recording], wanted: Test) -> list[Recording]:
    """Give the recordings that a filter lets through."""
    return [each for each in recordings if wanted(each)]


def _split(text: str) -> list[str]:
    """Split at spaces, quotes holding words together; an open quote is one still being typed."""
    for ending in ("", '"', "'"):
        try:
            lexer = shlex.shlex(text + ending, posix=True)
            lexer.whitespace_split = True
            lexer.commenters = lexer.escape = ""
            return list(lexer)
        except ValueError:
            continue
    return text.split()


def _term(part: str) -> Test:
    name, colon, value = part.partition(":")
    if not colon:
        return PLAIN.get(part.casefold()) or _free(part)
    make = TERMS.get(name.casefold())
    if make is None:
        raise MusicError(f"There is no term {name}:.", KNOWN)
    return make(value)


def _free(part: str) -> Test:
    wanted = part.casefold()

    def test(recording: Recording) -> bool:
        texts = (
            recording.title,
            recording.artist or "",
            recording.album or "",
            PurePath(recording.path).name,
            *recording.labels,
        )
        return any(wanted in text.casefold() for text in texts)

    return test


def _span(value: str, example: str, near: float) -> tuple[float, float]:
    """Read `58-66`, `58-`, `-66` or one number, which means about that number."""
    found = RANGE.match(value.strip())
    if found is None or not (found["low"] or found["high"]):
        raise MusicError(f"{value or 'Nothing'} is no range.", f"Write {example}.")
    low = float((found["low"] or "0").replace(",", "."))
    if not found["dash"]:
        return low - near, low + near
    high = float(found["high"].replace(",", ".")) if found["high"] else float("inf")
    return min(low, high), max(low, high)


def _bpm(value: str) -> Test:
    low, high = _span(value, "bpm:58-66", NEAR_BPM)
    return lambda each: each.bpm is not None and low <= each.bpm <= high


def _length(value: str) -> Test:
    low, high = _span(value, "length:3-5, in minutes", NEAR_BPM)
    return lambda each: each.duration_s is not None and low <= each.duration_s / 60 <= high


def _key(value: str) -> Test:
    wanted = value.strip().replace("♯", "#").replace("♭", "b").casefold()
    return lambda each: (_music_key(each) or "").casefold() == wanted


def _label(value: str) -> Test:
    wanted = value.casefold()
    return lambda each: any(wanted in label.casefold() for label in each.labels)


def _sung(value: str) -> Test:
    sung = {"yes": True, "no": False, "unknown": None}
    # What is still being typed must not be a fault at each letter.
    found = [word for word in sung if word.startswith(value.casefold())]
    if not found:
        raise MusicError(
            f"words:{value} is not known.", "Write words:yes, words:no, words:unknown."
        )
    wanted = [sung[word] for word in found]
    return lambda each: each.words in wanted


TERMS: dict[str, Callable[[str], Test]] = {
    "bpm": _bpm,
    "length": _length,
    "key": _key,
    "label": _label,
    "words": _sung,
}
PLAIN: dict[str, Test] = {
    "unsure": unsure,
    "locked": lambda each: each.decision.locked,
    "mine": decided,
    "faulty": lambda each: each.fault is not None,
    "missing": lambda each: not each.present,
}
