"""Choose the library that decodes a file, and bring its sound to the rate wanted."""

from pathlib import Path

from soundfile import LibsndfileError

from mtsession.errors import MediaError
from mtsession.media.av_files import AvStream
from mtsession.media.faults import CHOOSE
from mtsession.media.resample import Resampled
from mtsession.media.sound_files import SoundFileStream
from mtsession.media.stream import SampleStream

_ID3_HEADER_BYTES = 10
_PROBE_BYTES = 4_096
_LOWEST_RATE = 1_000
_HIGHEST_RATE = 1_000_000


def open_decoded(path: Path, head: bytes, *, sample_rate: int | None) -> SampleStream:
    """Open a file as stereo at the rate wanted; `files.open_file` says what that means.

    Parameters
    ----------
    path : Path
        A sound file that can be read.
    head : bytes
        Its first bytes.
    sample_rate : int or None
        Frames a second wanted; None for the file's own.

    Raises
    ------
    MediaError
        If no library can decode it, or its sample rate is nonsense.
    """
    source = _open_source(path, head)
    if not _LOWEST_RATE <= source.sample_rate <= _HIGHEST_RATE:
        source.close()
        raise MediaError(
            f"“{path.name}” claims {source.sample_rate} samples a second, which cannot be right.",
            CHOOSE,
        )
    if sample_rate is None or source.sample_rate == sample_rate:
        return source
    return Resampled(source, sample_rate=sample_rate)


def _open_source(path: Path, head: bytes) -> SampleStream:
    """Try libsndfile first, which seeks exactly and streams lightly."""
    try:
        stream = SoundFileStream(path)
    except LibsndfileError:
        return AvStream(path)
    if stream.format == "MP3" and not _states_length(path, head):
        # libsndfile guesses the length from the first frame's bit rate and stops there.
        stream.close()
        return AvStream(path)
    return stream


def _states_length(path: Path, head: bytes) -> bool:
    """Tell whether an MP3 has the header that states its length and padding."""
    start = 0
    if head[:3] == b"ID3" and len(head) >= _ID3_HEADER_BYTES:
        size = 0
        for byte in head[6:10]:
            size = size << 7 | byte & 0x7F
        start = _ID3_HEADER_BYTES + size
    with path.open("rb") as file:
        file.seek(start)
        frame = file.read(_PROBE_BYTES)
    return any(mark in frame for mark in (b"Xing", b"Info", b"VBRI"))
