"""A fingerprint of a file's audio without its tags: the same after moving, renaming and retagging.

Only containers are taken apart, nothing is decoded. What is not understood is hashed whole, so
that the worst that can happen is measuring once more.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mtsession.errors import MediaError
from mtsession.media.files import read_head
from mtsession.media.mp3_frames import length_header
from mtsession.media.ogg_packets import ogg_payload

HASH_BYTES = 32
_CHUNK_BYTES = 1 << 20
_UNKNOWN_SIZE = 0xFFFF_FFFF
_LAST_BLOCK = 0x80
_STREAMINFO = 0
_FRAME_BYTES = 2_048
"""More than the longest frame of an MP3."""

Span = tuple[int, int]
"""First byte, and the byte after the last."""


def payload_hash(path: Path) -> str:
    """Give a fingerprint of what a file holds to be heard.

    Left out are ID3v1, ID3v2, APE and Lyrics3 tags; the header frame in which an MP3 states its
    length, but for the silence at its ends; the metadata blocks of FLAC but for its stream's
    parameters; the comments of Ogg Vorbis, Opus, Speex and FLAC, and how packets lie in
    pages; all of an MP4 but its media data; all of WAV and AIFF but format and samples. Files
    of other kinds count whole.

    Parameters
    ----------
    path : Path
        Any file; read in chunks of 1 MiB.

    Returns
    -------
    str
        BLAKE2b (RFC 7693), 256 bits, 64 hexadecimal digits.

    Raises
    ------
    MediaError
        If there is no readable file, as `files.open_file`.
    """
    read_head(path)
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    try:
        with path.open("rb") as file:
            for piece in _payload(file):
                digest.update(piece)
    except OSError as error:
        raise MediaError(
            f"“{path.name}” cannot be read: {error.strerror}.", "Check its drive, then try again."
        ) from None
    return digest.hexdigest()


def _payload(file: BinaryIO) -> Iterator[bytes]:
    whole = _without_id3(file, (0, file.seek(0, 2)))
    head = _at(file, whole[0], 12)
    if head[:4] == b"OggS":
        yield from ogg_payload(file, *whole)
        return
    if head[:4] == b"fLaC":
        spans = _flac(file, _without_tail(file, whole))
    elif head[:4] in {b"RIFF", b"RF64", b"BW64"} and head[8:] == b"WAVE":
        spans = _chunks(file, whole, order="little", wanted={b"fmt ", b"data"}, sound=b"data")
    elif head[:4] == b"FORM" and head[8:] in {b"AIFF", b"AIFC"}:
        spans = _chunks(file, whole, order="big", wanted={b"COMM", b"SSND"}, sound=b"SSND")
    elif head[4:8] == b"ftyp":
        spans = _media_data(file, whole)
    else:
        start, end = _without_tail(file, whole)
        length, silence = length_header(_at(file, start, _FRAME_BYTES))
        yield silence
        spans = [(start + length, end)] if start + length < end else []
    for start, end in spans or [whole]:
        yield from _span(file, start, end)


def _at(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(max(0, start))
    return file.read(length)


def _span(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end and (piece := file.read(min(_CHUNK_BYTES, end - start))):
        start += len(piece)
        yield piece


def _without_id3(file: BinaryIO, span: Span) -> Span:
    """Leave out the ID3v2 and APE tags in front, of which there may be several."""
    start, end = span
    while True:
        head = _at(file, start, 32)
        if head[:3] == b"ID3" and len(head) >= 10:
            footer = 10 if head[5] & 0x10 else 0
            length = 10 + _syncsafe(head[6:10]) + footer
        elif head[:8] == b"APETAGEX" and len(head) == 32:
            length = 32 + int.from_bytes(head[12:16], "little")
        else:
            return start, end
        if start + length >= end:
            return start, end
        start += length


def _without_tail(file: BinaryIO, span: Span) -> Span:
    """Leave out the tags at the end: ID3v1, ID3v2 with a footer, APE, Lyrics3."""
    start, end = span
    while True:
        length = _tail_length(_at(file, max(start, end - 128), min(128, end - start)))
        if length == 0 or end - length <= start:
            return start, end
        end -= length


def _tail_length(tail: bytes) -> int:
    """Give the length of the tag that ends here, 0 where none does."""
    if len(tail) == 128 and tail[:3] == b"TAG":
        return 128
    if tail[-32:-24] == b"APETAGEX":
        header = 32 if tail[-9] & 0x80 else 0
        return int.from_bytes(tail[-20:-16], "little") + header
    if tail[-10:-7] == b"3DI":
        return 20 + _syncsafe(tail[-4:])
    if tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
        return int(tail[-15:-9]) + 15
    return 0


def _syncsafe(four: bytes) -> int:
    """Read a number of which each byte gives seven bits."""
    size = 0
    for byte in four:
        size = size << 7 | byte & 0x7F
    return size


def _flac(file: BinaryIO, span: Span) -> list[Span]:
    """Give the stream's parameters and its frames."""
    at, end = span[0] + 4, span[1]
    spans = []
    while at + 4 <= end:
        head = _at(file, at, 4)
        body, at = at + 4, at + 4 + int.from_bytes(head[1:], "big")
        if head[0] & ~_LAST_BLOCK == _STREAMINFO:
            spans.append((body, at))
        if head[0] & _LAST_BLOCK:
            return [*spans, (at, end)] if at < end else []
    return []


def _chunks(
    file: BinaryIO, span: Span, *, order: str, wanted: set[bytes], sound: bytes
) -> list[Span]:
    """Give the wanted chunks of a WAV or AIFF; none where it holds no sound."""
    at, end = span[0] + 12, span[1]
    spans: list[Span] = []
    found, long_size = False, 0
    while at + 8 <= end:
        head = _at(file, at, 24)
        name = head[:4]
        size = int.from_bytes(head[4:8], "big" if order == "big" else "little")
        if not name.isascii() or not name.decode("ascii").isprintable():
            break
        if name == b"ds64":
            long_size = int.from_bytes(head[16:24], "little")
        elif name == sound and size in {0, _UNKNOWN_SIZE}:
            # A recorder that was switched off, or a length that needs more than four bytes.
            size = long_size or end - at - 8
        if name in wanted:
            spans.append((at + 8, min(end, at + 8 + size)))
            found = found or name == sound
        at += 8 + size + size % 2
    return spans if found else []


def _media_data(file: BinaryIO, span: Span) -> list[Span]:
    """Give what an MP4 holds to be played, without its tables and tags."""
    at, end = span
    spans = []
    while at + 8 <= end:
        head = _at(file, at, 16)
        size, header = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = end - at
        if size < header:
            break
        if head[4:8] == b"mdat":
            spans.append((at + header, min(end, at + size)))
        at += size
    return spans
