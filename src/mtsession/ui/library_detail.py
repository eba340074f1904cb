"""The recording under the cursor: its outline and beats, where it sounds, and what is known."""

import bisect
from collections.abc import Sequence

import msgspec

from mtsession.app.audition import AuditionView
from mtsession.app.library_words import (
    bpm_words,
    sound_sentence,
    standing_sentence,
    tempo_sentence,
)
from mtsession.music.analysis.taps import TapFit
from mtsession.music.recording import OVERVIEW_RATE, Recording, Taste
from mtsession.timeline.units import micros
from mtsession.ui import waveform
from mtsession.ui.draw import Row, ends, mmss, shorten, wrap
from mtsession.ui.panels.base import Rows

GUTTER = 6
FEWEST_TAPS = 4
TEXT_ROWS = 4
SEEK_S = 5.0
STATES = {"still": "", "starting": "starting…  ", "playing": "▶ ", "fading": "fading  "}


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """All that is shown beside the list.

    Attributes
    ----------
    position_s : float
        Where the recording sounds, or will begin to.
    taps : tuple of float, or None
        Seconds of the recording that were tapped at; None while nobody taps.
    """

    recording: Recording | None = None
    audition: AuditionView = AuditionView()
    position_s: float = 0.0
    taps: tuple[float, ...] | None = None
    fit: TapFit | None = None
    taste: Taste | None = None
    client: str | None = None


class Detail(Rows):
    """Draws what stands beside the list."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, classes=classes)
        self.beside = Beside()

    def show(self, beside: Beside) -> None:
        """Take the newest state."""
        if beside != self.beside:
            self.beside = beside
            self.redraw()

    def draw(self, width: int, height: int) -> list[Row]:
        """Give the title, the outline with its beats, and the sentences."""
        beside = self.beside
        recording = beside.recording
        if recording is None:
            return []
        close_rows = max(height - TEXT_ROWS - 3 - (beside.taps is not None), 1)
        return [
            _title(beside, recording, width),
            *_outline(beside, recording, width - GUTTER, close_rows),
            *_sentences(beside, recording, width),
        ]


def _title(beside: Beside, recording: Recording, width: int) -> Row:
    by = f" · {recording.artist}" if recording.artist else ""
    length = recording.duration_s
    here = mmss(micros(beside.position_s))
    time = here if length is None else f"{here} of {mmss(micros(length))}"
    right: Row = ((STATES[beside.audition.state], "strong"), (time, "faint"))
    room = width - len(STATES[beside.audition.state]) - len(time) - 1
    title = shorten(recording.title, max(room - 8, 8))
    return ends(((title, "title"), (shorten(by, max(room - len(title), 0)), "faint")), right, width)


def _outline(beside: Beside, recording: Recording, width: int, height: int) -> list[Row]:
    """Draw the whole recording on a row, and a close view with its beats below."""
    analysis = recording.analysis
    if analysis is None or width < 10 or analysis.duration_s <= 0:
        return []
    length, peaks = analysis.duration_s, analysis.overview
    at = beside.position_s
    line: Row = ((waveform.whole(peaks, width, rate=OVERVIEW_RATE, length_s=length), "faint"),)
    line = waveform.put(line, _place(at, 0.0, length, width), waveform.PLAYHEAD, "strong")
    rows: list[Row] = [_gutter("all", line)]
    start = waveform.window_start(at, length)
    span = min(waveform.WINDOW_S, length)
    heights = waveform.columns(peaks, width, rate=OVERVIEW_RATE, from_s=start, span_s=span)
    head = _place(at, start, span, width)
    for y, text in enumerate(waveform.outline(heights, height)):
        close = waveform.put(((text, "guide"),), head, waveform.PLAYHEAD, "strong")
        rows.append(_gutter(mmss(micros(start)) if y == height - 1 else "", close))
    beats = waveform.beat_marks(
        recording.beats_s,
        width,
        from_s=start,
        span_s=span,
        downbeat=recording.downbeat,
        beats_per_bar=recording.beats_per_bar,
    )
    rows.append(_gutter("beats", waveform.with_tone(beats, {"1": "strong"}, "faint")))
    if beside.taps is not None:
        taps = waveform.tap_marks(beside.taps, width, from_s=start, span_s=span)
        rows.append(_gutter("taps", ((taps, "strong"),)))
    return rows


def _sentences(beside: Beside, recording: Recording, width: int) -> list[Row]:
    if beside.taps is not None:
        return [((text, "strong"),) for text in wrap(tap_sentence(beside.taps, beside.fit), width)]
    lines = wrap(tempo_sentence(recording), width)[:2]
    rows: list[Row] = [((text, ""),) for text in lines]
    if recording.analysis is not None:
        rows.append(((shorten(sound_sentence(recording.analysis), width), "faint"),))
    standing = standing_sentence(recording, beside.taste, beside.client)
    if standing:
        rows.append(((shorten(standing, width), ""),))
    return rows


def tap_sentence(taps: Sequence[float], fit: TapFit | None) -> str:
    """Say how the tapping goes."""
    if len(taps) < FEWEST_TAPS:
        return f"Tap t on each beat: {len(taps)} of {FEWEST_TAPS} taps. Esc leaves it."
    if fit is None:
        return f"{len(taps)} taps, not yet one pulse. Go on with t, or Esc leaves it."
    return (
        f"{len(taps)} taps: {bpm_words(fit.bpm)} BPM, spread {fit.spread_ms:.0f} ms. "
        "Enter takes it, Esc leaves it; more taps make it surer."
    )


def next_place(recording: Recording, position_s: float, sign: int) -> float:
    """Give where an arrow key goes: the next or last bar's start, else five seconds on."""
    beats, bar = recording.beats_s, recording.beats_per_bar
    if not beats or not bar:
        return position_s + sign * SEEK_S
    starts = beats[(recording.downbeat or 0) % bar :: bar]
    # A little slack: going back from just after a bar's start means the bar before.
    place = bisect.bisect_right(starts, position_s + 0.05)
    wanted = place if sign > 0 else bisect.bisect_left(starts, position_s - 0.6) - 1
    if 0 <= wanted < len(starts):
        return starts[wanted]
    return position_s + sign * SEEK_S


def _place(at: float, start: float, span: float, width: int) -> int:
    return min(max(int((at - start) / span * width), 0), width - 1)


def _gutter(label: str, row: Row) -> Row:
    return ((f"{label:>{GUTTER - 1}} ", "faint"), *row)
