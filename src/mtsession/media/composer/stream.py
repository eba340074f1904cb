"""A built-in piece as a stream of samples, made as it is read."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mtsession.errors import MediaError
from mtsession.media.composer.ambience import AMBIENCES, Shore
from mtsession.media.composer.arrangements import ARRANGEMENTS
from mtsession.media.composer.catalogue import CLICKS, HIGHEST_BPM, LOWEST_BPM, Piece, find_piece
from mtsession.media.composer.clicks import click_chunks
from mtsession.media.composer.harmony import parse_key
from mtsession.media.composer.score import CODA_SECONDS, PadNote, Score, StruckNote
from mtsession.media.composer.space import CHUNK, Room, impulse_response
from mtsession.media.composer.timbres import PAD_FRAMES, pad_loop, struck_note
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import frames_at

Samples = NDArray[np.float32]

TARGET_LUFS = -23.0
INTRO_SECONDS = 4.0
# Peaks pass untouched below the knee and never reach the ceiling (-6 dBFS).
_KNEE, _CEILING = 0.40, 0.50
_MAX_SECONDS = 24 * 3600
_SAMPLE_RATES = (8_000, 192_000)


class ComposerStream:
    """Samples of a piece in blocks of any size; the same at any place however it was reached.

    Attributes
    ----------
    sample_rate : int
        Frames a second.
    frames : int
        Length of the piece.
    """

    def __init__(self, render: Callable[[int], Samples], *, frames: int, sample_rate: int) -> None:
        self.sample_rate = sample_rate
        self.frames = frames
        self._render: Callable[[int], Samples] | None = render
        self._position = 0
        self._chunk: tuple[int, Samples] | None = None

    def read(self, n: int) -> Samples:
        """Give the next `n` frames, fewer at the end, then none.

        Returns
        -------
        ndarray, shape (m, 2), float32
            m is n, or what is left of the piece.

        Raises
        ------
        MediaError
            If the stream was closed.
        """
        end = min(self.frames, self._position + max(0, n))
        block = np.empty((end - self._position, 2), np.float32)
        filled = 0
        while self._position < end:
            index, offset = divmod(self._position, CHUNK)
            take = min(CHUNK - offset, end - self._position)
            block[filled : filled + take] = self._rendered(index)[:, offset : offset + take].T
            filled += take
            self._position += take
        return block

    def seek(self, frame: int) -> None:
        """Go to a frame; places outside the piece mean its nearest end."""
        self._position = min(max(0, frame), self.frames)

    def close(self) -> None:
        """Let go of everything that was prepared."""
        self._render = None
        self._chunk = None

    def _rendered(self, index: int) -> Samples:
        if self._render is None:
            raise MediaError("This piece was closed.", "Open it again.")
        if self._chunk is None or self._chunk[0] != index:
            self._chunk = (index, self._render(index))
        return self._chunk[1]


class _Performance:
    """Renders the chunks of a piece, each from the score alone."""

    def __init__(self, piece: Piece, score: Score, *, seed: int, frames: int, rate: int) -> None:
        plan = ARRANGEMENTS[piece.name]
        self._score = score
        self._rate = rate
        self._frames = frames
        self._scale = np.float32(10 ** ((TARGET_LUFS + 0.691 + plan.trim_db) / 20))
        self._room = Room(impulse_response(plan.acoustics.ring_seconds, rate), self._struck)
        self._acoustics = plan.acoustics
        self._shore: Shore | None = None
        if plan.ambience is not None:
            self._shore = Shore(AMBIENCES[plan.ambience], seed=seed, sample_rate=rate)
        self._shore_gain = plan.ambience_share**0.5

    def chunk(self, index: int) -> Samples:
        """Render one chunk, shape (2, CHUNK)."""
        mix = self._room.wet(index) * self._acoustics.wet_gain
        mix += self._room.dry(index) * self._acoustics.dry_gain
        self._add_pads(mix, index * CHUNK)
        self._add_shore(mix, index * CHUNK)
        mix *= self._scale
        self._fade(mix, index * CHUNK)
        return _below_ceiling(mix)

    def _struck(self, index: int) -> Samples:
        """Render the struck instruments of a chunk, without the room."""
        out = np.zeros((2, CHUNK), np.float32)
        start = index * CHUNK
        for phrase in self._score.phrases_between(start, start + CHUNK):
            for note in phrase.struck:
                if note.start < start + CHUNK:
                    self._add_struck(out, note, start)
        return out

    def _add_struck(self, out: Samples, note: StruckNote, start: int) -> None:
        sound = struck_note(note.instrument, note.pitch, self._acoustics, self._rate)
        begin = max(note.start, start)
        end = min(note.start + sound.shape[1], start + CHUNK)
        if begin < end:
            part = sound[:, begin - note.start : end - note.start]
            out[:, begin - start : end - start] += part * np.float32(note.gain)

    def _add_pads(self, mix: Samples, start: int) -> None:
        for phrase in self._score.phrases_between(start, start + CHUNK):
            for note in phrase.pads:
                begin = max(note.start, start)
                end = min(note.end + note.leave, start + CHUNK)
                if begin < end:
                    loop = pad_loop(note.timbre, note.pitch, self._rate)
                    at = slice(begin - start, end - start)
                    mix[:, at] += _around(loop, begin, end) * _envelope(note, begin, end)

    def _add_shore(self, mix: Samples, start: int) -> None:
        if self._shore is None:
            return
        first, last = (
            self._score.level(self._score.bpm_at_frame(f)) for f in (start, start + CHUNK)
        )
        gain = np.linspace(first, last, CHUNK, dtype=np.float32) * np.float32(self._shore_gain)
        mix += self._shore.read(start, CHUNK) * gain

    def _fade(self, mix: Samples, start: int) -> None:
        """Begin softly and end in silence."""
        intro = min(INTRO_SECONDS * self._rate, self._frames / 4)
        coda = min(CODA_SECONDS * self._rate, self._frames / 2)
        if intro <= start and start + CHUNK <= self._frames - coda:
            return
        at = np.arange(start, start + CHUNK)
        rising = np.sin(np.pi / 2 * np.clip(at / intro, 0.0, 1.0))
        falling = np.sin(np.pi / 2 * np.clip((self._frames - 1 - at) / coda, 0.0, 1.0)) ** 2
        mix *= ((0.15 + 0.85 * rising) * falling).astype(np.float32)


def _around(loop: Samples, begin: int, end: int) -> Samples:
    """Cut frames of the piece from a loop that has turned since frame 0."""
    first = begin % PAD_FRAMES
    if first + end - begin <= PAD_FRAMES:
        return loop[:, first : first + end - begin]
    return np.concatenate([loop[:, first:], loop[:, : (end - 1) % PAD_FRAMES + 1]], axis=1)


def _envelope(note: PadNote, begin: int, end: int) -> Samples:
    """Give the gain of a held voice over a stretch; one number where it is steady."""
    if note.start + note.rise <= begin and end <= note.end:
        return np.full(1, note.gain, np.float32)
    at = np.arange(begin, end)
    rising = np.clip((at - note.start) / note.rise, 0.0, 1.0)
    leaving = np.clip((note.end + note.leave - at) / note.leave, 0.0, 1.0)
    if not note.tied_in:
        rising = np.sin(np.pi / 2 * rising)
    if not note.tied_out:
        leaving = np.sin(np.pi / 2 * leaving)
    return (note.gain * rising * leaving).astype(np.float32)


def _below_ceiling(mix: Samples) -> Samples:
    """Bend what little rises above the knee, sample by sample, so that seams cannot matter."""
    size = np.abs(mix)
    if float(size.max()) <= _KNEE:
        return mix
    room = np.float32(_CEILING - _KNEE)
    bent = np.sign(mix) * (_KNEE + room * np.tanh((size - np.float32(_KNEE)) / room))
    return np.where(size > _KNEE, bent, mix).astype(np.float32, copy=False)


def _check(tempo: TempoMap, duration_us: int, sample_rate: int) -> None:
    """Refuse what cannot be composed, in a therapist's words."""
    if not 0 < duration_us <= _MAX_SECONDS * 1_000_000:
        raise MediaError(
            f"A piece cannot last {duration_us / 1e6:g} s.",
            "Give a length above 0 s and up to 24 hours.",
        )
    if not _SAMPLE_RATES[0] <= sample_rate <= _SAMPLE_RATES[1]:
        raise MediaError(
            f"A piece cannot be rendered at {sample_rate} samples a second.",
            "Choose 44100 or 48000.",
        )
    # Tempo runs straight between points, so its extremes lie at points or at the ends.
    inside = [p.bpm for p in tempo.points if p.t_us <= duration_us]
    for bpm in (tempo.bpm_at(0), *inside, tempo.bpm_at(duration_us)):
        if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
            raise MediaError(
                f"Built-in music cannot be played at {bpm:g} BPM.",
                f"Choose a tempo from {LOWEST_BPM:g} to {HIGHEST_BPM:g} BPM.",
            )


def open_piece(
    *,
    name: str,
    tempo: TempoMap,
    duration_us: int,
    key: str = "",
    seed: int = 0,
    sample_rate: int = 48_000,
) -> ComposerStream:
    """Open a built-in piece over a tempo.

    Beat b starts on the frame nearest to `tempo.time_of(b)`; beat 0 and every `beats_per_bar`
    after it is a downbeat. The last 8 s come to rest and fade to silence.

    Parameters
    ----------
    name : str
        A name in `PIECES`, or "clicks".
    tempo : TempoMap
        40 to 120 BPM throughout; it may glide and step.
    duration_us : int
        Length in microseconds.
    key : str
        Such as "C", "Db" or "F#m"; empty for the piece's own.
    seed : int
        Another seed is another performance: other chords, figures and waves.
    sample_rate : int
        Frames a second, 8,000 to 192,000.

    Returns
    -------
    ComposerStream
        At -23 LUFS integrated, peaks below -6 dBFS; the same samples for the same arguments.

    Raises
    ------
    MediaError
        If the piece, key, tempo or length is not to be had; the hint names the choices.

    Examples
    --------
    >>> stream = open_piece(name="harbour", tempo=TempoMap.constant(66), duration_us=20_000_000)
    >>> stream.read(256).shape
    (256, 2)
    """
    piece = find_piece(name)
    tonality = parse_key(key or piece.default_key)
    _check(tempo, duration_us, sample_rate)
    frames = int(frames_at(duration_us, sample_rate))
    if piece is CLICKS:
        render = click_chunks(tempo, sample_rate)
        return ComposerStream(render, frames=frames, sample_rate=sample_rate)
    seed %= 2**64
    score = Score(
        ARRANGEMENTS[name],
        beats_per_bar=piece.beats_per_bar,
        key=tonality,
        tempo=tempo,
        duration_us=duration_us,
        seed=seed,
        sample_rate=sample_rate,
    )
    performance = _Performance(piece, score, seed=seed, frames=frames, rate=sample_rate)
    return ComposerStream(performance.chunk, frames=frames, sample_rate=sample_rate)
