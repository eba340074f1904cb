"""Novelty: where the playing turns into something else (Foote 2000)."""

import msgspec
import numpy as np

from mtsession.activities.improvisation.metrics.arrays import NoteArrays, Real

FRAME_US = 1_000_000
HALF_FRAMES = 12
CHUNK = 2_000
LEAST = 0.25


class Turning(msgspec.Struct, frozen=True, kw_only=True):
    """A place where what follows differs from what came before; novelty from 0 to 1."""

    at_us: int
    novelty: float


def novelty_curve(notes: NoteArrays) -> Real:
    """Give the novelty at each whole second of a window.

    Each second is described by density, mean pitch, mean velocity and its pitch
    classes; seconds are compared with one another, and a checkerboard of 12 s to
    either side is laid along the diagonal.

    Returns
    -------
    ndarray, shape (seconds,)
        0 where nothing changes; the first and last 12 s have less to compare.
    """
    frames = -(-notes.span_us // FRAME_US)
    if frames < 2 * HALF_FRAMES or not notes.n:
        return np.zeros(max(frames, 0))
    rows = _described(notes, frames)
    padded = np.pad(rows, ((HALF_FRAMES, HALF_FRAMES), (0, 0)), mode="edge")
    side = np.arange(-HALF_FRAMES, HALF_FRAMES) + 0.5
    bell = np.exp(-0.5 * (side / (HALF_FRAMES / 2)) ** 2)
    board = np.outer(np.sign(side) * bell, np.sign(side) * bell)
    board /= np.abs(board).sum() / 2
    curve = np.empty(frames)
    for begin in range(0, frames, CHUNK):
        stop = min(frames, begin + CHUNK)
        part = np.lib.stride_tricks.sliding_window_view(
            padded[begin : stop - 1 + 2 * HALF_FRAMES], 2 * HALF_FRAMES, axis=0
        )
        alike = np.matmul(part.transpose(0, 2, 1), part)
        curve[begin:stop] = np.einsum("kij,ij->k", alike, board, optimize=True)
    return np.maximum(curve, 0.0)


def turnings(notes: NoteArrays) -> tuple[Turning, ...]:
    """Give where the curve peaks, each the highest within 12 s to either side."""
    curve = novelty_curve(notes)
    if not len(curve) or curve.max() < LEAST:
        return ()
    padded = np.pad(curve, HALF_FRAMES, constant_values=-1.0)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * HALF_FRAMES + 1).max(axis=1)
    places = np.flatnonzero((curve == around) & (curve >= LEAST))
    return tuple(
        Turning(at_us=int(notes.from_us + place * FRAME_US), novelty=float(curve[place]))
        for place in places
    )


def _described(notes: NoteArrays, frames: int) -> Real:
    """Give each second as a direction: seconds that are alike point the same way."""
    at = (notes.onset_us - notes.from_us) // FRAME_US
    count = np.bincount(at, minlength=frames).astype(np.float64)
    known = np.maximum(count, 1)
    pitch = np.where(count > 0, np.bincount(at, notes.pitch, frames) / known, notes.pitch.mean())
    loud = np.where(
        count > 0, np.bincount(at, notes.velocity, frames) / known, notes.velocity.mean()
    )
    classes = np.zeros((frames, 12))
    np.add.at(classes, (at, notes.pitch % 12), 1.0)
    classes /= known[:, None]
    columns = np.column_stack((
        (np.log2(1 + count) - np.log2(1 + count).mean()) / 1.0,
        (pitch - pitch.mean()) / 12,
        (loud - loud.mean()) / 24,
        (classes - classes.mean(axis=0)) * 1.5,
        np.full(frames, 0.25),
    ))  # fmt: skip
    unit: Real = columns / np.linalg.norm(columns, axis=1, keepdims=True)
    return unit
