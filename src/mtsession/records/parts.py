"""One session out of the journals it went on in after it was cut off."""

from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from mtsession.records.journal import Journal


def sessions_of(continues: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Group journals into sessions, each under its first journal.

    Parameters
    ----------
    continues : mapping of str to str or None
        For each journal the one that it continues. One that is not here (it was
        deleted, or is not adopted yet) is as good as none.

    Returns
    -------
    dict of str to tuple of str
        The parts of each session in order, the first part's id as key.

    Examples
    --------
    >>> sessions_of({"a": None, "b": "a", "c": "b", "d": "gone"})
    {'a': ('a', 'b', 'c'), 'd': ('d',)}
    """
    following: dict[str, list[str]] = {}
    for journal, before in continues.items():
        known = before if before is not None and before in continues else ""
        following.setdefault(known, []).append(journal)
    return {root: tuple(_walk(root, following)) for root in following.get("", [])}


def join(parts: Sequence[Journal]) -> Journal:
    """Put a session's journals behind one another, numbered as one.

    Each part was verified by its own chain; `seq` then counts on through all of
    them. After a part's fault the later parts are still given, and the fault
    names its part.
    """
    rows = chain.from_iterable(part.rows for part in parts)
    numbered = tuple(msgspec.structs.replace(row, seq=seq) for seq, row in enumerate(rows, 1))
    faults = [
        part.fault if len(parts) == 1 else f"Part {number}: {part.fault}"
        for number, part in enumerate(parts, 1)
        if part.fault is not None
    ]
    return Journal(
        session_id=parts[0].session_id,
        rows=numbered,
        verified=all(part.verified for part in parts),
        fault=" ".join(faults) or None,
        ended=parts[-1].ended,
        continues=parts[0].continues,
        head=parts[-1].head,
        parts=tuple(part.session_id for part in parts),
    )


def _walk(start: str, following: Mapping[str, Sequence[str]]) -> list[str]:
    """Follow a journal to all that went on from it, the nearest first."""
    found, ahead = [], [start]
    while ahead:
        journal = ahead.pop(0)
        found.append(journal)
        ahead.extend(following.get(journal, ()))
    return found
