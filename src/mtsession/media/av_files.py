"""M4A (AAC, ALAC) and whatever else libsndfile refuses, decoded by FFmpeg through PyAV."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from mtsession.errors import MediaError
from mtsession.media.channels import to_stereo
from mtsession.media.faults import CHOOSE, cut_short, damaged, no_sound, protected
from mtsession.media.stream import BLOCK_FRAMES, BlockStream, Samples, empty

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

# Containers of sound only: lists of links and the like could make FFmpeg open other files.
_OPTIONS = {
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,aac,mp3,flac,wav,w64,aiff,caf,ogg,matroska,webm,"
    "asf,ape,wv,tta,mpc,mpc8,ac3,eac3,dts,amr,au,avi,mpeg,mpegts,tak,dsf,rm",
    "protocol_whitelist": "file,pipe",
}

_RUN_UP_SECONDS = 0.25
"""Decoded before a seek's target: AAC overlaps its frames, its high band needs a few more."""

_FULL_SCALE = {np.dtype(np.int16): 2.0**15, np.dtype(np.int32): 2.0**31}


class AvStream(BlockStream):
    """A file that FFmpeg reads, at its own rate.

    FFmpeg leaves out the silence that the encoder put in front, as an M4A's edit list
    or `iTunSMPB` tag (or the header of an MP3) states it; the padding at an M4A's end is
    cut at the stated length. A bare AAC or MP3 stream states nothing, so there the
    encoder's silence stays.

    A seek in an M4A goes by its table of frames and is exact; elsewhere such
    tables are guesses, so the file is decoded again from its start.

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
    MediaError
        If the file is protected, holds no sound, or FFmpeg refuses it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.replaced = 0
        self._frames_left: Iterator[AudioFrame] = self._open()
        first = self._first_frame()
        self._origin = first.pts or 0
        self._channels = first.layout.nb_channels
        super().__init__(sample_rate=first.sample_rate, frames=self._stated_frames(first))
        self._begin(at=0, target=0, first=first)

    @property
    def fault(self) -> str | None:
        """After the end: one sentence where the header promised more sound."""
        if self._end is None or self._frames is None:
            return None
        return cut_short(
            self._path.name, got=self._end, promised=self._frames, sample_rate=self._sample_rate
        )

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _open(self) -> "Iterator[AudioFrame]":
        """Open the container at its start and give its decoder."""
        name = self._path.name
        try:
            self._container = av.open(str(self._path), options=_OPTIONS)
        except (FFmpegError, ValueError):
            raise MediaError(
                f"“{name}” cannot be read as sound: it is damaged, cut off, or of an unknown kind.",
                CHOOSE,
            ) from None
        if not self._container.streams.audio:
            self._container.close()
            raise no_sound(name)
        self._stream = self._container.streams.audio[0]
        if self._stream.codec_context is None or self._is_protected():
            self._container.close()
            raise protected(name)
        return self._container.decode(self._stream)

    def _is_protected(self) -> bool:
        return self._stream.codec_context.codec_tag.lower() in {"drms", "enca"}

    def _first_frame(self) -> "AudioFrame":
        """Decode one frame: only it tells the true rate of AAC with a doubled band."""
        try:
            return next(self._frames_left)
        except (StopIteration, FFmpegError):
            self._container.close()
            raise MediaError(
                f"“{self._path.name}” cannot be read as sound: nothing in it can be decoded.",
                CHOOSE,
            ) from None

    def _stated_frames(self, first: "AudioFrame") -> int | None:
        """Give the length without padding where the container states it."""
        if not self._is_indexed() or not self._stream.duration:
            return None
        track = round(self._stream.duration * self._tick() * first.sample_rate)
        music = music_frames(self._container.metadata.get("iTunSMPB", ""))
        same_unit = self._tick() * first.sample_rate == 1
        return music if same_unit and music is not None and music <= track else track

    def _is_indexed(self) -> bool:
        return "mp4" in self._container.format.name.split(",")

    def _tick(self) -> Fraction:
        """Give the length of one unit of `pts`, in seconds."""
        return self._stream.time_base or Fraction(1, self._stream.rate)

    def _begin(self, *, at: int, target: int, first: "AudioFrame | None") -> None:
        """Say that the decoder stands at one frame and the next block is to begin at another."""
        self._at = at
        self._target = target
        self._first = first
        self._end: int | None = None
        self._broken: MediaError | None = None

    def _pull(self) -> Samples:
        while self._broken is None:
            decoded = self._decode()
            if not len(decoded):
                break
            start = self._at
            self._at += len(decoded)
            stop = len(decoded) if self._frames is None else max(0, self._frames - start)
            block = decoded[max(0, self._target - start) : stop]
            if len(block):
                return block
        if self._broken is not None:
            error, self._broken = self._broken, None
            raise error
        self._end = self._at if self._frames is None else min(self._at, self._frames)
        return empty()

    def _decode(self) -> Samples:
        """Gather frames to about one block; at a fault give those before it and remember it."""
        parts: list[NDArray[np.float32]] = []
        length = 0
        try:
            while length < BLOCK_FRAMES:
                frame = self._first or next(self._frames_left, None)
                self._first = None
                if frame is None:
                    break
                samples = self._samples(frame)
                if samples is None:
                    self._broken = self._damaged(self._at + length)
                    break
                parts.append(samples)
                length += len(samples)
        except FFmpegError:
            self._broken = self._damaged(self._at + length)
        if not parts:
            return empty()
        block, replaced = to_stereo(np.ascontiguousarray(np.concatenate(parts)))
        self.replaced += replaced
        return block

    def _samples(self, frame: "AudioFrame") -> NDArray[np.float32] | None:
        """Give a frame's samples as float32 at full scale 1, shape (frames, channels).

        None where the sound's form changes midway, as in files glued together. Frames are
        many and small, so this asks them for little.
        """
        raw = frame.to_ndarray()
        planar = raw.shape == (self._channels, frame.samples)
        packed = raw.shape == (1, self._channels * frame.samples)
        if frame.sample_rate != self._sample_rate or not (planar or packed):
            return None
        raw = raw.T if planar else raw.reshape(-1, self._channels)
        if raw.dtype == np.float32:
            return np.asarray(raw, dtype=np.float32)
        if raw.dtype == np.uint8:
            return np.asarray((raw.astype(np.float32) - 128) / 128)
        whole = raw.astype(np.float64) / _FULL_SCALE.get(raw.dtype, 1.0)
        return np.asarray(whole, dtype=np.float32)

    def _damaged(self, frame: int) -> MediaError:
        return damaged(self._path.name, frame=frame, sample_rate=self._sample_rate)

    def _move(self, frame: int) -> None:
        run_up = int(_RUN_UP_SECONDS * self._sample_rate)
        if self._is_indexed() and frame > 2 * run_up and self._jump(frame, frame - run_up):
            return
        self._container.close()
        self._frames_left = self._open()
        self._begin(at=0, target=frame, first=None)

    def _jump(self, target: int, wanted: int) -> bool:
        """Seek by the container's table; False where it lands late or nowhere."""
        ticks = int(wanted / (self._tick() * self._sample_rate)) + self._origin
        try:
            self._container.seek(ticks, stream=self._stream, backward=True)
            self._frames_left = self._container.decode(self._stream)
            first = next(self._frames_left, None)
        except FFmpegError:
            return False
        if first is None or first.pts is None:
            return False
        landed = round((first.pts - self._origin) * self._tick() * self._sample_rate)
        if landed > target - (target - wanted) // 2:
            return False
        self._begin(at=landed, target=target, first=first)
        return True


def music_frames(smpb: str) -> int | None:
    """Give the length without padding from the tag that iTunes writes, None without it.

    Its fields are hexadecimal: zero, frames of priming, frames of padding, frames of music.

    Examples
    --------
    >>> music_frames(" 00000000 00000840 000001CA 000000000003F1F6 00000000")
    258550
    """
    fields = smpb.split()
    try:
        return int(fields[3], 16) or None
    except (IndexError, ValueError):
        return None
