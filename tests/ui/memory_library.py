"""A library in memory: it answers as the real one does, from recordings that are made up."""

import math
from pathlib import Path

import msgspec

from mtsession.errors import MusicError
from mtsession.music.recording import Analysis, Decision, Recording, TempoCandidate

NAMES = (
    ("Harbour at night", "Inga Holm"), ("Moss", "The Low Reeds"), ("Slow tide", "Inga Holm"),
    ("Lantern", None), ("Kindly", "Ada Brand"), ("A walk home", "The Low Reeds"),
    ("Rain on the roof", None), ("Snow field", "Jon Ask"), ("Ψαλμός", "Χορός"),
    ("Morning bell", "Jon Ask"), ("Under the linden tree, a very long title indeed", "Ada Brand"),
    ("Ferry", "Inga Holm"), ("Old clock", None), ("Waltz for two", "Ada Brand"),
)  # fmt: skip
KEYS = ("Am", "C", "F#", "Em", None, "D", "Bb")
OUTLINE_RATE = 20


def content_of(number: int) -> str:
    return f"{number:064x}"


def outline(seconds: float) -> bytes:
    """Swell and fade, so that a drawing of it can be judged."""
    count = int(seconds * OUTLINE_RATE)
    return bytes(
        round(255 * abs(math.sin(i / 37)) * (0.4 + 0.6 * math.sin(math.pi * i / count)))
        for i in range(count)
    )


def made(number: int) -> Recording:
    """Make the recording of a number, always the same."""
    title, artist = NAMES[number % len(NAMES)]
    bpm = 48.0 + (number * 17) % 61 + (number % 4) * 0.25
    seconds = 150.0 + (number * 43) % 260
    pulse = number % 7 != 6
    beats = tuple(round(0.4 + beat * 60 / bpm, 4) for beat in range(int(seconds * bpm / 60)))
    bar = (4, 3, None)[number % 3]
    analysis = Analysis(
        duration_s=seconds,
        bpm=bpm if pulse else None,
        candidates=(
            TempoCandidate(bpm=bpm, weight=0.71),
            TempoCandidate(bpm=bpm * 2, weight=0.29),
        )
        if pulse
        else (),
        confidence=(0.95, 0.8, 0.55)[number % 3] if pulse else None,
        steady=number % 5 != 0 if pulse else None,
        beats_s=beats if pulse else (),
        downbeat=1 if pulse and bar else None,
        beats_per_bar=bar if pulse else None,
        lufs=-16.0 - number % 9,
        true_peak_db=-0.5 - number % 3,
        key=KEYS[number % len(KEYS)],
        key_confidence=0.8 if number % 2 else 0.3,
        intro_s=2.5 if number % 4 == 0 else None,
        reasons={} if pulse else {"bpm": "no beat repeats", "key": "too few notes"},
    )
    return Recording(
        content=content_of(number),
        path=f"/music/{number:04d}.flac",
        title=title if number < len(NAMES) else f"{title} {number // len(NAMES) + 1}",
        artist=artist,
        words=(None, True, False)[number % 3],
        labels=("calm", "for sleep")[: number % 3],
        analysis=analysis,
        bpm=analysis.bpm,
        beats_s=analysis.beats_s,
        downbeat=analysis.downbeat,
        beats_per_bar=analysis.beats_per_bar,
    )


def broken(number: int) -> Recording:
    return Recording(
        content=content_of(number),
        path=f"/music/{number:04d}.mp3",
        title="Broken cassette",
        fault="The file ends in the middle: copy it again.",
    )


class MadeLibrary:
    """Holds recordings; every instance that shares a `shelf` sees the same."""

    notices: tuple[str, ...] = ()

    def __init__(self, shelf: dict[str, Recording]) -> None:
        self.shelf = shelf
        self.folders: tuple[Path, ...] = (Path("/music"),)
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def recordings(self) -> tuple[Recording, ...]:
        return tuple(self.shelf.values())

    def recording(self, content: str) -> Recording:
        one = self.shelf[content]
        if one.analysis is None:
            return one
        whole = msgspec.structs.replace(one.analysis, overview=outline(one.analysis.duration_s))
        return msgspec.structs.replace(one, analysis=whole)

    def _set(self, content: str, **fields: object) -> Recording:
        self.shelf[content] = msgspec.structs.replace(self.shelf[content], **fields)
        return self.recording(content)

    def _decide(self, content: str, **fields: object) -> Recording:
        one = self.shelf[content]
        if one.decision.locked and fields.get("locked") is not False:
            raise MusicError(f"{one.title} is locked.", "Unlock it first.")
        decision = msgspec.structs.replace(one.decision, **fields)
        bpm = decision.bpm
        if bpm is None:
            bpm = None if one.analysis is None else one.analysis.bpm
        return self._set(content, decision=decision, bpm=bpm)

    def double(self, content: str) -> Recording:
        return self._decide(content, bpm=self.shelf[content].bpm * 2, how="doubled")

    def halve(self, content: str) -> Recording:
        return self._decide(content, bpm=self.shelf[content].bpm / 2, how="halved")

    def type_bpm(self, content: str, bpm: float) -> Recording:
        return self._decide(content, bpm=bpm, how="typed")

    def tap(self, content: str, fit) -> Recording:
        return self._decide(
            content, bpm=round(fit.bpm, 2), first_beat_s=fit.first_beat_s, how="tapped"
        )

    def shift_downbeat(self, content: str, beats: int) -> Recording:
        shift = self.shelf[content].decision.downbeat_shift + beats
        return self._decide(content, downbeat_shift=shift, how="shifted")

    def set_bar(self, content: str, beats: int) -> Recording:
        return self._decide(content, beats_per_bar=beats, how="shifted")

    def as_measured(self, content: str) -> Recording:
        return self._decide(content, **msgspec.structs.asdict(Decision()))

    def lock(self, content: str, on: bool) -> Recording:
        return self._decide(content, locked=on)

    def set_words(self, content: str, words: bool | None) -> Recording:
        return self._set(content, words=words)

    def add_label(self, content: str, label: str) -> Recording:
        labels = self.shelf[content].labels
        return self._set(content, labels=(*labels, label) if label not in labels else labels)

    def remove_label(self, content: str, label: str) -> Recording:
        labels = tuple(each for each in self.shelf[content].labels if each != label)
        return self._set(content, labels=labels)


def shelf_of(count: int) -> dict[str, Recording]:
    """Make so many recordings, one of them broken and one gone where there are enough."""
    recordings = [made(number) for number in range(count)]
    if count > 5:
        recordings[4] = broken(4)
        recordings[5] = msgspec.structs.replace(recordings[5], present=False)
        locked = Decision(bpm=66.5, how="typed", locked=True)
        recordings[1] = msgspec.structs.replace(recordings[1], decision=locked, bpm=66.5)
    return {each.content: each for each in recordings}
