"""Look up the sound files that settings name: where they are, how long, what content and tempo.

The only part of planning that touches the disk. The app calls it once when a plan
is opened; from there on settings hold all that planning and the record need.
"""

from pathlib import Path

import msgspec

from mtsession.errors import MediaError, MusicError
from mtsession.music.track import HIGHEST_BPM, LOWEST_BPM, Track
from mtsession.timeline.units import seconds

PROBE_RATE = 48_000
PROBE_FRAMES = 4_800


def resolve_tracks(tracks: tuple[Track, ...], folder: Path) -> tuple[Track, ...]:
    """Look up every file.

    Parameters
    ----------
    folder : Path
        Where relative paths start: the plan's folder.

    Raises
    ------
    MusicError
        Opening with the key of the file at fault, as ``"`track[1].file`: …"``.
    """
    return tuple(_resolved(track, folder, f"track[{place}]") for place, track in enumerate(tracks))


def _resolved(track: Track, folder: Path, key: str) -> Track:
    """Look up one file."""
    # The decoders take long to load, and most plans name no file.
    from mtsession.media.files import open_file  # noqa: PLC0415
    from mtsession.media.payload import payload_hash  # noqa: PLC0415
    from mtsession.media.tags import read_tags  # noqa: PLC0415

    try:
        path = (folder / Path(track.file).expanduser()).absolute()
        tags = read_tags(path)
        digest = payload_hash(path)
        stream = open_file(path, sample_rate=PROBE_RATE)
        try:
            first = stream.read(PROBE_FRAMES)
            frames = stream.frames
        finally:
            stream.close()
    except MediaError as error:
        raise MusicError(f"`{key}.file`: {error.message}", error.hint) from None
    except RuntimeError:
        hint = "Write the whole path, from the plan's folder or from the root."
        raise MusicError(f"`{key}.file`: its home folder is not known.", hint) from None
    length_s = frames / PROBE_RATE if frames else seconds(tags.duration_us or 0)
    if not len(first) or length_s <= 0:
        hint = "Choose another file, or copy it again from where it came."
        raise MusicError(f"`{key}.file`: “{path.name}” holds no sound.", hint)
    if track.content_hash not in (None, digest):
        hint = "Check that it is the recording that was meant, then take content_hash out."
        message = (
            f"`{key}.content_hash`: “{path.name}” holds something else than when it was noted."
        )
        raise MusicError(message, hint)
    return msgspec.structs.replace(
        track,
        file=str(path),
        title=track.title or tags.title,
        bpm=track.bpm if track.bpm is not None else _usable(tags.bpm),
        words=track.words if track.words is not None else tags.words,
        duration_s=length_s,
        content_hash=digest,
    )


def _usable(bpm: float | None) -> float | None:
    """Let a tag's tempo pass where a plan could have written it."""
    return bpm if bpm is not None and LOWEST_BPM <= bpm <= HIGHEST_BPM else None
