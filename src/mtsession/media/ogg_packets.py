"""The packets of an Ogg file (RFC 3533) without those that hold comments."""

from collections.abc import Iterator
from typing import BinaryIO

_HEADER_BYTES = 27
_FULL_SEGMENT = 255
_BEGINS_STREAM = 0x02
_CHUNK_BYTES = 1 << 20
_FLAC = b"\x7fFLAC"
_COMMENTS_SECOND = (b"\x01vorbis", b"OpusHead", b"Speex   ")
"""Streams that begin so hold their comments in the second packet, Vorbis a third header after."""


def ogg_payload(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Give the content of all packets but comments, in their order.

    How packets are spread over pages is left out as well: it changes with the comments' length.
    From the first fault on the rest of the file is given as it is.

    Parameters
    ----------
    file : BinaryIO
        Open for reading.
    start, end : int
        The first byte, and the byte after the last.
    """
    streams: dict[bytes, _Stream] = {}
    at = start
    while at < end:
        file.seek(at)
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or header[:4] != b"OggS":
            yield from _rest(file, at, end)
            return
        lacing = file.read(header[26])
        body = file.read(sum(lacing))
        at += _HEADER_BYTES + len(lacing) + len(body)
        serial = header[14:18]
        if header[5] & _BEGINS_STREAM or serial not in streams:
            streams[serial] = _Stream()
        yield from streams[serial].keep(lacing, body)


class _Stream:
    """One logical stream: knows from its first packet which ones are comments."""

    def __init__(self) -> None:
        self._first = b""
        self._packet = 0
        self._inside = False
        self._leaves_out = False

    def keep(self, lacing: bytes, body: bytes) -> Iterator[bytes]:
        """Give what counts of a page."""
        if self._past_headers():
            yield body
            return
        at = 0
        for length in lacing:
            segment = body[at : at + length]
            at += length
            if not self._inside:
                self._leaves_out = self._is_comment(segment)
                if self._packet == 0:
                    self._first = segment
            if not self._leaves_out:
                yield segment
            self._inside = length == _FULL_SEGMENT
            self._packet += not self._inside

    def _past_headers(self) -> bool:
        """Tell whether only sound follows; FLAC's count of headers is not to be relied on."""
        return self._packet > 2 and not self._inside and not self._first.startswith(_FLAC)

    def _is_comment(self, begins: bytes) -> bool:
        if self._packet == 0:
            return False
        if self._first.startswith(_FLAC):
            return begins[:1] != b"\xff"
        return self._packet == 1 and self._first.startswith(_COMMENTS_SECOND)


def _rest(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end and (piece := file.read(min(_CHUNK_BYTES, end - start))):
        start += len(piece)
        yield piece
