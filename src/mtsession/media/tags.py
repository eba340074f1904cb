"""What a file says about itself: title, artist, tempo, length."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from tinytag import TinyTag, TinyTagException

from mtsession.media.files import read_head
from mtsession.timeline.units import Micros, micros

_LOWEST_BPM = 20.0
_HIGHEST_BPM = 400.0
_NO_LANGUAGE = "zxx"
_INSTRUMENTAL = "instrumental"
_NO_LYRICS = {_INSTRUMENTAL, "no lyrics"}
_INSTRUMENTAL_TITLE = re.compile(r"[(\[\-–—:,]\s*instrumental(\s+\w+)?\s*[)\]]?\s*$", re.IGNORECASE)
_PLAIN = re.compile(r"[^\w']+")


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """What a sound file's tags say; None where they say nothing that can be used."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    bpm: float | None = None
    """Beats a minute."""
    bpm_reason: str | None = None
    """Why `bpm` is None."""
    words: bool | None = None
    """Whether it is sung; None where the tags do not tell."""
    duration_us: Micros | None = None
    """Length as the header states it; decoding may find less."""
    reason: str | None = None
    """Why nothing at all could be read."""


def read_tags(path: Path) -> Tags:
    """Read the tags of a sound file.

    Parameters
    ----------
    path : Path
        A sound file. Damaged or unknown tags are no error: `reason` says so.

    Returns
    -------
    Tags
        The tempo comes from ID3 `TBPM`, a Vorbis comment `BPM`, or MP4 `tmpo`; `words` from
        lyrics, language, title and genre (`parse_words`).

    Raises
    ------
    MediaError
        If there is no readable file, as `files.open_file`.

    Examples
    --------
    >>> read_tags(Path("slow waltz.mp3")).bpm  # doctest: +SKIP
    66.0
    """
    read_head(path)
    try:
        tag = TinyTag.get(str(path))
    except (TinyTagException, OSError, ValueError):
        reason = "the file's tags could not be read"
        return Tags(bpm_reason=reason, reason=reason)
    other: Mapping[str, object] = tag.other
    bpm, bpm_reason = parse_bpm(other.get("bpm"))
    seconds = tag.duration or 0.0
    known = math.isfinite(seconds) and seconds > 0
    return Tags(
        title=_text(tag.title),
        artist=_text(tag.artist),
        album=_text(tag.album),
        bpm=bpm,
        bpm_reason=bpm_reason,
        words=parse_words(
            title=tag.title,
            genre=tag.genre,
            languages=_texts(other.get("language")),
            lyrics=_texts(other.get("lyrics")),
        ),
        duration_us=micros(seconds) if known else None,
    )


def parse_bpm(written: object) -> tuple[float | None, str | None]:
    """Make a tempo of what a tag holds, or say why it is none.

    Parameters
    ----------
    written : object
        The tag's value, or a list of values of which the first counts.

    Returns
    -------
    bpm : float or None
        Beats a minute, from 20 to 400.
    reason : str or None
        Why there is no tempo.

    Examples
    --------
    >>> parse_bpm(["66,5"])
    (66.5, None)
    >>> parse_bpm("0")
    (None, 'the file’s tempo tag says “0”, which is no tempo')
    """
    if isinstance(written, list | tuple):
        written = written[0] if written else None
    text = "" if written is None else str(written).replace("\0", " ").strip()
    if not text:
        return None, "the file has no tempo tag"
    try:
        bpm = float(text.lower().removesuffix("bpm").strip().replace(",", "."))
    except ValueError:
        bpm = math.nan
    if _LOWEST_BPM <= bpm <= _HIGHEST_BPM:
        return bpm, None
    return None, f"the file’s tempo tag says “{text[:20]}”, which is no tempo"


def parse_words(
    *,
    title: str | None = None,
    genre: str | None = None,
    languages: Sequence[str] = (),
    lyrics: Sequence[str] = (),
) -> bool | None:
    """Tell by its tags whether a recording is sung.

    Parameters
    ----------
    title, genre : str, optional
        As tagged.
    languages : sequence of str
        ISO 639-2 codes; `zxx` is "no linguistic content".
    lyrics : sequence of str
        Lyrics, timed or not. “Instrumental” alone says that there are none.

    Returns
    -------
    bool or None
        False for what calls itself instrumental, which an accompaniment that still carries its
        song's lyrics does; True with lyrics; None where nothing tells.

    Examples
    --------
    >>> parse_words(title="Summertime (Instrumental)", lyrics=["Summertime, and the living"])
    False
    >>> parse_words(lyrics=["Summertime, and the living"])
    True
    """
    sung = [_PLAIN.sub(" ", text).strip().lower() for text in lyrics]
    if title is not None and _INSTRUMENTAL_TITLE.search(title):
        return False
    if any(language.strip().lower() == _NO_LANGUAGE for language in languages):
        return False
    if any(text and text not in _NO_LYRICS for text in sung):
        return True
    if any(sung) or _INSTRUMENTAL in (genre or "").lower():
        return False
    return None


def _text(value: object) -> str | None:
    """Give a tag as one line of text, None where it is blank."""
    text = " ".join(str(value).split()) if value is not None else ""
    return text or None


def _texts(value: object) -> list[str]:
    """Give a tag's values as a list."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]
