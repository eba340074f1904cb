"""The first frame of an MP3, in which encoders state length and padding in place of sound.

Programs that write other tags often write this frame anew, so it is no part of the music.
"""

_KBIT = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Layer III of MPEG-1, and of MPEG-2 and 2.5 (ISO/IEC 11172-3 and 13818-3)."""

_RATES = (44_100, 48_000, 32_000)
_LAYER_3 = 1
_RATE_SHIFT = {3: 0, 2: 1, 0: 2}
_MONO = 3
_FIELDS = ((1, 4), (2, 4), (4, 100), (8, 4))
"""Which flag of a Xing header stands for how many bytes: frames, bytes, places, quality."""

_ENCODER_BYTES = 24
_SILENCE_AT = 21


def length_header(frame: bytes) -> tuple[int, bytes]:
    """Give the length of a frame that states the length, and what it says of silent ends.

    Parameters
    ----------
    frame : bytes
        What a file begins with after its tags, 2 KiB of it.

    Returns
    -------
    int
        Bytes of the frame; 0 where it is none of these, so that nothing is to be left out.
    bytes
        Three bytes that hold the encoder's delay and padding, in samples; empty without them.
    """
    length = _frame_length(frame[:4])
    if not length:
        return 0, b""
    old = frame[1] >> 3 & 3 != 3
    mono = frame[3] >> 6 == _MONO
    side = (9 if mono else 17) if old else (17 if mono else 32)
    at = 4 + side
    if frame[at : at + 4] in {b"Xing", b"Info"}:
        flags = int.from_bytes(frame[at + 4 : at + 8], "big")
        end = at + 8 + sum(size for flag, size in _FIELDS if flags & flag)
        encoder = frame[end : end + _ENCODER_BYTES]
        return length, encoder[_SILENCE_AT:] if encoder[:4].isalnum() else b""
    return (length, b"") if frame[36:40] == b"VBRI" else (0, b"")


def _frame_length(header: bytes) -> int:
    """Give the bytes of a frame of layer III by its header, 0 where it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bit_rate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version not in _RATE_SHIFT or layer != _LAYER_3 or rate == 3 or bit_rate in {0, 15}:
        return 0
    first = version == 3
    kbit = _KBIT[1 if first else 2][bit_rate - 1]
    hertz = _RATES[rate] >> _RATE_SHIFT[version]
    return (144 if first else 72) * kbit * 1000 // hertz + (header[2] >> 1 & 1)
