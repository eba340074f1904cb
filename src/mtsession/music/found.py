"""Finds the recordings that a playlist names: in the library, else on the disk.

Touches the disk, once, when a plan is opened; what it gives holds all that
planning and the record need.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from mtsession.errors import MusicError
from mtsession.music.formats.native import NativeTrack
from mtsession.music.library.pulse import effective
from mtsession.music.planning.materials import TARGET_LUFS, gain_for, material
from mtsession.music.planning.values import DISLIKED, LIKED, NEUTRAL, Material
from mtsession.music.recording import Analysis, Decision, Recording, Taste
from mtsession.music.resolve import resolve_tracks
from mtsession.music.track import Track

Measure = Callable[[Path], Analysis | None]

SAME_BPM = 0.005
SAME_BEAT_SECONDS = 0.002

WITHIN_SECONDS = 1.0
"""Programs differ by so much about where a recording ends."""

SHORTEST_SECONDS = 2.0
"""What is left of a recording is at least this long."""

UNKNOWN_GAIN_DB = -12.0
"""For what was not measured: few recordings are louder than this brings near the others."""


def not_measured(_path: Path) -> None:
    """Measure nothing: for looking whether all is there."""


class Finder:
    """Looks recordings up.

    Parameters
    ----------
    recordings : sequence of Recording
        What the library knows.
    taste : Taste or None
        The client's.
    target_lufs : float
        The loudness that they are brought to.
    measure : callable
        Measures a file that the library does not know; None where there is no time for it.

    Attributes
    ----------
    unmeasured : list of str
        Titles of those whose loudness is not known; they play `UNKNOWN_GAIN_DB` softer.
    damaged : list of str
        What is wrong with those that were measured as far as they can be read.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        taste: Taste | None,
        *,
        target_lufs: float = TARGET_LUFS,
        measure: Measure = not_measured,
    ) -> None:
        self._taste = taste or Taste()
        self._target_lufs = target_lufs
        self._measure = measure
        self._analyses = {each.content: each.analysis for each in recordings}
        self.unmeasured: list[str] = []
        self.damaged: list[str] = []
        # What must never be played is found as well, so that the caller can say so.
        known, _ = material(recordings, self._likes_only, target_lufs=target_lufs)
        self._by_content = {each.content: each for each in known}
        self._by_path = {each.path: each for each in known}

    @property
    def _likes_only(self) -> Taste:
        return Taste(likes=self._taste.likes, dislikes=self._taste.dislikes)

    def is_never(self, one: Material) -> bool:
        """Tell whether it must never be played to this client."""
        return one.content in self._taste.never

    def find(self, track: NativeTrack, folder: Path, key: str) -> Material:
        """Find one recording.

        Parameters
        ----------
        folder : Path
            Where relative paths start.
        key : str
            What faults call it, as "track[2]".

        Raises
        ------
        MusicError
            Opening with the key at fault, as ``"`track[2].file`: …"``.
        """
        path = str((folder / track.file).absolute())
        known = self._by_content.get(track.content or "")
        if known is None and track.content in (None, self._content_at(path)):
            known = self._by_path.get(path)
        if known is not None:
            here = known.path if Path(known.path).is_file() else path
            if Path(here).is_file():
                return _as_said(msgspec.structs.replace(known, path=here), track, key)
        return _as_said(self._from_disk(track, folder, key), track, key)

    def listed(self, written: Track, found: Track, key: str) -> Material:
        """Give one that a plan lists.

        Parameters
        ----------
        written, found : Track
            As the plan has it, and once its file was looked up.
        """
        said = NativeTrack(
            file=found.file, title=written.title, bpm=written.bpm, words=written.words,
            first_beat_s=written.first_beat_s, beats_per_bar=written.beats_per_bar,
        )  # fmt: skip
        known = self._by_content.get(found.content_hash or "")
        if known is None:
            known = self._measured(found)
        one = _as_said(msgspec.structs.replace(known, path=found.file), said, key)
        if not written.gain_db:
            return one
        gain_db = one.gain_db + written.gain_db
        analysis = self._analyses.get(one.content)
        if analysis is not None:
            target = self._target_lufs + written.gain_db
            gain_db = gain_for(analysis.lufs, analysis.true_peak_db, target)
        return msgspec.structs.replace(one, gain_db=gain_db)

    def _content_at(self, path: str) -> str | None:
        known = self._by_path.get(path)
        return None if known is None else known.content

    def _from_disk(self, track: NativeTrack, folder: Path, key: str) -> Material:
        """Look up a file that the library does not know."""
        try:
            (found,) = resolve_tracks((track.track(),), folder)
        except MusicError as error:
            message = error.message.replace("`track[0].", f"`{key}.", 1)
            raise MusicError(message, error.hint) from None
        if track.content not in (None, found.content_hash):
            raise MusicError(
                f"`{key}.content`: “{Path(found.file).name}” is another recording than was noted.",
                "Check that it is the one that was meant, then take content out.",
            )
        return self._measured(found)

    def _measured(self, found: Track) -> Material:
        """Give what is known of a file once it was looked up, measured where that can be."""
        content = found.content_hash or found.file
        analysis = self._analyses[content] = self._measure(Path(found.file))
        if analysis is not None and analysis.duration_s > 0:
            if analysis.fault is not None:
                self.damaged.append(analysis.fault)
            pulse = effective(analysis, Decision(), found.bpm)
            one = Recording(
                content=content, path=found.file, title=found.name, analysis=analysis,
                words=found.words, bpm=pulse.bpm, beats_s=pulse.beats_s,
                downbeat=pulse.downbeat, beats_per_bar=pulse.beats_per_bar,
            )  # fmt: skip
            (known,), _ = material([one], self._likes_only, target_lufs=self._target_lufs)
            return known
        self.unmeasured.append(found.name)
        liking = LIKED if content in self._taste.likes else NEUTRAL
        return Material(
            content=content,
            path=found.file,
            title=found.name,
            bpm=found.bpm,
            duration_s=found.duration_s or 0.0,
            words=bool(found.words),
            gain_db=UNKNOWN_GAIN_DB,
            liking=DISLIKED if content in self._taste.dislikes else liking,
        )


def _as_said(one: Material, track: NativeTrack, key: str) -> Material:
    """Let what the playlist says stand above what was found."""
    said = {
        "title": track.title,
        "key": track.key,
        "words": track.words,
        "gain_db": track.gain_db,
        "from_s": track.from_s,
        "to_s": track.to_s,
        "duration_s": track.duration_s,
    }
    one = msgspec.structs.replace(
        one,
        after_silence=track.after_silence,
        **{name: value for name, value in said.items() if value is not None},
    )
    ends = one.duration_s + WITHIN_SECONDS
    begins = one.from_s or 0.0
    for name, late in (
        ("from_s", begins > ends - SHORTEST_SECONDS),
        ("to_s", (one.to_s or 0) > ends),
    ):
        if late:
            raise MusicError(
                f"`{key}.{name}`: “{one.title}” lasts {one.duration_s:.1f} s only.",
                "Write an earlier time, or leave it out.",
            )
    return _with_beats(one, track)


def _with_beats(one: Material, track: NativeTrack) -> Material:
    """Take the tempo and first beat that are written, unless they are the known ones."""
    bpm = one.bpm if track.bpm is None else track.bpm
    same = one.bpm is not None and bpm is not None and abs(bpm - one.bpm) < SAME_BPM
    bars = one.beats_per_bar if track.beats_per_bar is None else track.beats_per_bar
    known = one.beats_s[(one.downbeat or 0) % (one.beats_per_bar or 1)] if one.beats_s else None
    first = track.first_beat_s
    if first is None or (known is not None and abs(first - known) < SAME_BEAT_SECONDS):
        first = known
    if same and first == known and bars == one.beats_per_bar:
        return msgspec.structs.replace(one, bpm=bpm)
    written = msgspec.structs.replace(
        track.track(), bpm=bpm, first_beat_s=first, duration_s=one.duration_s
    )
    beats = tuple(beat / 1e6 for beat in written.beats_us())
    return msgspec.structs.replace(
        one,
        bpm=bpm,
        beats_s=beats,
        downbeat=0 if beats and bars is not None else None,
        beats_per_bar=bars if beats else None,
    )
