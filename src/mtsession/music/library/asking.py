"""What the therapist asks of the catalogue: which recording is meant, and does it make sense."""

import math
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from mtsession.errors import MusicError
from mtsession.music.recording import Decision, Recording

SHORTEST_PREFIX = 6
LONGEST_LABEL = 40
LOWEST_BPM = 20.0
HIGHEST_BPM = 300.0
_LONGEST_BAR = 32
_MOST_RIVALS = 5


def meanings(
    text: str, recordings: Sequence[Recording], at_path: str | None
) -> Iterator[list[Recording]]:
    """Give the recordings that a text may mean, the narrowest reading first.

    Parameters
    ----------
    text : str
        Beginning of a content's name, path, or part of a title or file name.
    recordings : sequence of Recording
        All there are.
    at_path : str or None
        The content of the file at the path `text`, if there is one.
    """
    wanted = text.casefold().strip()
    if not wanted:
        return
    yield [each for each in recordings if each.content == at_path]
    if len(wanted) >= SHORTEST_PREFIX:
        yield [each for each in recordings if each.content.startswith(wanted)]
    yield [each for each in recordings if wanted in _names(each)]
    yield [each for each in recordings if any(wanted in name for name in _names(each))]


def _names(recording: Recording) -> tuple[str, str]:
    return recording.title.casefold(), PurePath(recording.path).name.casefold()


def unknown(text: str) -> MusicError:
    """Say that nothing is meant."""
    return MusicError(f"The library has no recording “{text}”.", "See: mtsession library list")


def ambiguous(text: str, rivals: Sequence[Recording]) -> MusicError:
    """Name those that are meant as well."""
    named = [f"{each.title} ({each.content[:8]})" for each in rivals[:_MOST_RIVALS]]
    more = len(rivals) - len(named)
    rest = f" and {more} more" if more else ""
    return MusicError(
        f"“{text}” may be {', '.join(named)}{rest}.",
        "Give more of the title, or the eight characters in brackets.",
    )


def check_decision(decision: Decision) -> None:
    """Refuse what is no tempo, no time or no bar.

    Raises
    ------
    MusicError
        Naming what is wrong.
    """
    bpm, first, bar = decision.bpm, decision.first_beat_s, decision.beats_per_bar
    if bpm is not None and not LOWEST_BPM <= bpm <= HIGHEST_BPM:
        raise MusicError(
            f"{bpm:g} is no tempo that can be kept.",
            f"Give beats a minute from {LOWEST_BPM:g} to {HIGHEST_BPM:g}.",
        )
    if first is not None and not (math.isfinite(first) and first >= 0):
        raise MusicError(
            "A first beat cannot lie there.", "Give seconds from the start, 0 or more."
        )
    if bar is not None and not 1 <= bar <= _LONGEST_BAR:
        raise MusicError(f"A bar cannot have {bar} beats.", f"Give 1 to {_LONGEST_BAR}.")


def checked_label(label: str) -> str:
    """Give a label as one line.

    Raises
    ------
    MusicError
        If it is blank or long.
    """
    plain = " ".join(label.split())
    if not plain or not plain.isprintable() or len(plain) > LONGEST_LABEL:
        raise MusicError(
            "A label is one short line of text.", f"Give 1 to {LONGEST_LABEL} characters."
        )
    return plain
