"""A stretch of one player's notes as columns, and its onsets as single events.

Columns are in order of onset, then pitch, velocity and end: rows that come in
another order give the same columns, and so the same figures.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mtsession.activities.improvisation.note import Note

CHORD_US = 30_000
NO_BREAKS: NDArray[np.int64] = np.zeros((0, 2), dtype=np.int64)

Whole = NDArray[np.int64]
Real = NDArray[np.float64]


class NoteArrays(NamedTuple):
    """Notes of one player in one window `[from_us, to_us)`; every column has shape (n,).

    `released_us` is the key's end, `end_us` the sound's, pedal included; a note
    that goes on ends with the window. A `velocity` of 0 is not known (the computer's keys).
    `breaks`, shape (k, 2), are stretches in which nothing of this player could be captured:
    the session paused, the port was away, the machine slept. They rise and do not overlap.
    """

    from_us: int
    to_us: int
    onset_us: Whole
    released_us: Whole
    end_us: Whole
    pitch: Whole
    velocity: Whole
    breaks: Whole = NO_BREAKS

    @property
    def n(self) -> int:
        """Count the notes."""
        return len(self.onset_us)

    @property
    def span_us(self) -> int:
        """Give the window's length, breaks included."""
        return self.to_us - self.from_us

    @property
    def window_us(self) -> int:
        """Give how much of the window could be captured."""
        return self.span_us - int((self.breaks[:, 1] - self.breaks[:, 0]).sum())


def note_arrays(notes: Iterable[Note], from_us: int, to_us: int) -> NoteArrays:
    """Give the notes that begin in a window as columns.

    Parameters
    ----------
    notes : iterable of Note
        In any order; an end that is not known lies at the window's.
    from_us, to_us : int
        The window in microseconds, its end not included.
    """
    rows = [
        (
            note.start_us,
            note.pitch,
            note.velocity,
            to_us if note.released_us is None else note.released_us,
            to_us if note.end_us is None else note.end_us,
        )
        for note in notes
        if from_us <= note.start_us < to_us
    ]
    return from_rows(rows, from_us, to_us)


def from_rows(
    rows: Sequence[tuple[int, int, int, int, int]], from_us: int, to_us: int
) -> NoteArrays:
    """Give columns from rows of onset, pitch, velocity, key's end and sound's end."""
    table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 5)
    onset, pitch, velocity, released, end = (np.ascontiguousarray(c) for c in table.T)
    return NoteArrays(from_us, to_us, onset, released, end, pitch, velocity)


def window(notes: NoteArrays, from_us: int, to_us: int) -> NoteArrays:
    """Give those of the notes that begin in `[from_us, to_us)`; ends are cut at the window's."""
    first, last = np.searchsorted(notes.onset_us, (from_us, to_us))
    part = slice(int(first), int(last))
    return NoteArrays(
        from_us,
        to_us,
        notes.onset_us[part],
        np.minimum(notes.released_us[part], to_us),
        np.minimum(notes.end_us[part], to_us),
        notes.pitch[part],
        notes.velocity[part],
        clipped(notes.breaks, from_us, to_us),
    )


def clipped(breaks: Whole, from_us: int, to_us: int) -> Whole:
    """Give those parts of breaks that lie in a window."""
    if not len(breaks):
        return NO_BREAKS
    cut = np.clip(breaks, from_us, to_us)
    return cut[cut[:, 1] > cut[:, 0]]


def crossed(after_us: Whole, before_us: Whole, breaks: Whole) -> NDArray[np.bool_]:
    """Tell for each stretch from one time to another whether a break lies in it.

    Examples
    --------
    >>> crossed(np.array([0, 5]), np.array([4, 9]), np.array([[6, 8]])).tolist()
    [False, True]
    """
    if not len(breaks):
        return np.zeros(len(after_us), dtype=np.bool_)
    index = np.searchsorted(breaks[:, 0], after_us)
    ends = np.append(breaks[:, 1], np.iinfo(np.int64).max)
    found: NDArray[np.bool_] = ends[index] <= before_us
    return found


def merged(parts: Sequence[NoteArrays]) -> NoteArrays:
    """Give several players' notes as if one had played them."""
    columns = [np.concatenate([part[column] for part in parts]) for column in range(2, 7)]
    onset, released, end, pitch, velocity = columns
    order = np.lexsort((end, released, velocity, pitch, onset))
    return NoteArrays(
        min(part.from_us for part in parts),
        max(part.to_us for part in parts),
        *(column[order] for column in (onset, released, end, pitch, velocity)),
    )


def group_starts(onset_us: Whole) -> NDArray[np.intp]:
    """Give the index of each onset group's first note.

    Onsets at most `CHORD_US` after their group's first belong to it.

    Examples
    --------
    >>> group_starts(np.array([0, 30_000, 30_001, 60_002])).tolist()
    [0, 2, 3]
    """
    if not len(onset_us):
        return np.zeros(0, dtype=np.intp)
    runs = np.flatnonzero(np.diff(onset_us) > CHORD_US) + 1
    begins = np.concatenate(([0], runs))
    ends = np.append(runs, len(onset_us))
    wide = onset_us[ends - 1] - onset_us[begins] > CHORD_US
    if not wide.any():
        return begins.astype(np.intp)
    more: list[int] = []
    for begin, end in zip(begins[wide].tolist(), ends[wide].tolist(), strict=True):
        first = onset_us[begin]
        for index, time in enumerate(onset_us[begin:end].tolist(), begin):
            if time - first > CHORD_US:
                more.append(index)
                first = time
    return np.sort(np.concatenate((begins, more))).astype(np.intp)


def onset_groups(onset_us: Whole) -> Whole:
    """Give the time of each onset group: that of its first onset."""
    return onset_us[group_starts(onset_us)]
