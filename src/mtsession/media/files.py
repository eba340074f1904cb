"""Open sound files as streams, and say plainly why one cannot be opened.

libsndfile reads WAV, FLAC, OGG and MP3; FFmpeg (through PyAV) reads M4A and
whatever libsndfile refuses.
"""

from pathlib import Path

from mtsession.errors import MediaError
from mtsession.media.faults import CHOOSE, protected
from mtsession.media.stream import SampleStream

_LINK_LISTS = {".m3u", ".m3u8", ".pls", ".xspf", ".asx", ".wpl"}
_HEAD_BYTES = 4_096


def open_file(path: Path, *, sample_rate: int | None) -> SampleStream:
    """Open a sound file as a stereo stream at the rate wanted.

    The file is decoded in blocks, never held whole. One channel goes to both
    sides, more than two are mixed down (`channels.to_stereo`), samples that are no
    numbers become 0. At an equal rate the decoded samples come unchanged. The
    silence that MP3 and M4A encoders put in front is taken out where the
    file says how long it is, so frame 0 is where the music was at first.

    Parameters
    ----------
    path : Path
        A WAV, FLAC, OGG, MP3, M4A or other sound file on this computer.
    sample_rate : int or None
        Frames a second wanted; None for the file's own.

    Returns
    -------
    SampleStream
        With `fault`, a sentence after the end where the file turned out cut short.

    Raises
    ------
    MediaError
        If the file is missing, empty, locked, protected or holds no sound. The message
        names the file by the last part of its path only.

    Examples
    --------
    >>> stream = open_file(Path("slow waltz.flac"), sample_rate=48_000)  # doctest: +SKIP
    >>> stream.read(256).shape  # doctest: +SKIP
    (256, 2)
    """
    head = read_head(path)
    if _is_text(head):
        raise MediaError(f"“{path.name}” holds text, not sound.", CHOOSE)
    from mtsession.media import decoders  # noqa: PLC0415 - three libraries, slow to load

    return decoders.open_decoded(path, head, sample_rate=sample_rate)


def read_head(path: Path) -> bytes:
    """Give a file's first bytes, or say why there are none.

    Raises
    ------
    MediaError
        If the path is a web address, a list of links or a folder, or if the file is missing, empty,
        not to be opened by this user, or protected.
    """
    name, kind = path.name, path.suffix.lower()
    if path.parts and path.parts[0].lower() in {"http:", "https:", "rtsp:", "mms:"}:
        raise MediaError(
            f"“{name}” is an address on the internet, and mtsession plays files only.",
            "Save the recording as a file first, or play it outside and name it in the session.",
        )
    if kind in _LINK_LISTS:
        raise MediaError(
            f"“{name}” is a list of links, not a recording.", "Choose the sound files themselves."
        )
    try:
        if path.is_dir():
            raise MediaError(f"“{name}” is a folder.", "Choose a sound file inside it.")
        if path.exists() and not path.is_file():
            raise MediaError(f"“{name}” is a device, not a sound file.", "Choose another file.")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise MediaError(
            f"“{name}” is not there.",
            "Check whether it was moved or renamed, or whether its drive is unplugged.",
        ) from None
    except PermissionError:
        raise MediaError(
            f"“{name}” may not be read by this user account.",
            "Ask its owner for the right to read it, or copy it to your own music folder.",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise MediaError(f"“{name}” cannot be read: {reason}.", CHOOSE) from None
    if not head:
        raise MediaError(f"“{name}” is empty (0 bytes).", CHOOSE)
    if kind == ".m4p":
        raise protected(name)
    return head


def _is_text(head: bytes) -> bool:
    """Tell text from sound by its first bytes: no sound file lacks control bytes."""
    return not any(byte < 9 or 13 < byte < 32 or byte == 127 for byte in head)
