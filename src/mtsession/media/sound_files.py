"""WAV, FLAC, OGG and MP3 as streams, decoded by libsndfile."""

import re
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile

from mtsession.errors import MediaError
from mtsession.media.channels import to_stereo
from mtsession.media.faults import broken_off, cut_short, damaged, no_sound
from mtsession.media.stream import BLOCK_FRAMES, BlockStream, Samples, empty

_UNKNOWN_LENGTH = 1 << 60
_FEWEST_FRAMES = 256

_INEXACT_SEEK = {"MP3", "OGG"}
"""Formats in which libsndfile's seek may land elsewhere: in MP3s of variable bit rate ahead of what
was read, in Vorbis at some places. These are decoded up to the target, at several hundred times
real time."""


class _Forward(soundfile.SoundFile):  # type: ignore[misc, unused-ignore]
    """A file read straight on.

    The base class seeks after each read of a seekable file, which in an MP3 of
    variable bit rate lands on another frame and leaves a jump at every block.
    """

    def seekable(self) -> bool:
        """Keep the base class from seeking of its own accord."""
        return False


class SoundFileStream(BlockStream):
    """A file that libsndfile reads, at its own rate.

    Parameters
    ----------
    path : Path
        A sound file that exists.

    Attributes
    ----------
    replaced : int
        Samples so far that were NaN or infinite and became 0.

    Raises
    ------
    soundfile.LibsndfileError
        If libsndfile refuses the file.
    MediaError
        If the file holds no sound.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = path.name
        self._file = _Forward(str(path))
        length = int(self._file.frames)
        if length == 0:
            self._file.close()
            raise no_sound(self._name)
        known = length if length < _UNKNOWN_LENGTH else None
        super().__init__(sample_rate=int(self._file.samplerate), frames=known)
        self.format = str(self._file.format)
        self.replaced = 0
        self._promised = _promised_frames(self._file) or known
        self._cut_off = _breaks_off(self._file)
        self._order: Literal["wave", "vorbis"] = (
            "vorbis" if self._file.subtype in {"VORBIS", "OPUS"} else "wave"
        )
        self._at = 0
        self._end: int | None = None
        self._broken: MediaError | None = None
        self._spoilt = False

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where the header promised more sound."""
        if self._end is None:
            return None
        if self._cut_off:
            return broken_off(self._name, got=self._end, sample_rate=self._sample_rate)
        if self._promised is None:
            return None
        return cut_short(
            self._name, got=self._end, promised=self._promised, sample_rate=self._sample_rate
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _pull(self) -> Samples:
        block = empty() if self._broken else self._decode()
        if len(block):
            return block
        if self._broken is not None:
            error, self._broken = self._broken, None
            raise error
        self._end = self._at
        return block

    def _decode(self) -> Samples:
        """Read one block; at a fault give what came before it and remember the fault."""
        channels = int(self._file.channels)
        length = max(_FEWEST_FRAMES, 2 * BLOCK_FRAMES // max(2, channels))
        buffer = np.full((length, channels), np.nan, dtype=np.float32)
        try:
            decoded = self._file.read(length, out=buffer)
        except soundfile.LibsndfileError:
            # The count is lost with the error, so the filling shows how far decoding came.
            touched = np.flatnonzero(~np.isnan(buffer).all(axis=1))
            decoded = buffer[: int(touched[-1]) + 1 if len(touched) else 0]
            self._spoilt = True
            self._broken = damaged(
                self._name, frame=self._at + len(decoded), sample_rate=self._sample_rate
            )
        self._at += len(decoded)
        block, replaced = to_stereo(decoded, self._order)
        self.replaced += replaced
        return block

    def _move(self, frame: int) -> None:
        self._broken = None
        self._end = None
        inexact = self.format in _INEXACT_SEEK
        target = frame if self._frames is None else min(frame, self._frames)
        try:
            if self._spoilt or (inexact and target < self._at):
                self._reopen()
            if inexact:
                self._run_to(target)
            else:
                self._file.seek(target)
                self._at = target
        except soundfile.LibsndfileError:
            self._spoilt = True
            raise damaged(self._name, frame=self._at, sample_rate=self._sample_rate) from None

    def _reopen(self) -> None:
        """Start afresh: after a fault a decoder refuses even to seek."""
        self._file.close()
        self._file = _Forward(str(self._path))
        self._at = 0
        self._spoilt = False

    def _run_to(self, target: int) -> None:
        """Decode up to a frame and throw the samples away."""
        while self._at < target:
            want = min(BLOCK_FRAMES, target - self._at)
            passed = len(self._file.read(want, dtype="float32", always_2d=True))
            if not passed:
                return
            self._at += passed


def _promised_frames(file: soundfile.SoundFile) -> int | None:
    """Give the length that a WAV or AIFF claims where libsndfile found less.

    libsndfile mends the length of a file that was cut off and notes both in its log.
    """
    log = file.extra_info
    if file.format == "AIFF":
        stated = re.search(r"^\s*Frames\s*: (\d+)", log, re.MULTILINE)
        return int(stated[1]) if stated and "not equal to frame count" in log else None
    found = re.search(r"^data\s*: (\d+) \(should be (\d+)\)", log, re.MULTILINE)
    width = re.search(r"^\s*Block Align\s*: (\d+)", log, re.MULTILINE)
    if found is None or width is None or int(width[1]) == 0:
        return None
    claimed = int(found[1])
    # A recorder that was switched off mid-take leaves 0 or the largest number: no promise at all.
    return claimed // int(width[1]) if 0 < claimed < 0x7FFF_0000 else None


def _breaks_off(file: soundfile.SoundFile) -> bool:
    """Tell whether an Ogg file ends amid a page; it states no length that could be missed."""
    return "lacks an end-of-stream bit" in file.extra_info and "Junk after" in file.extra_info
