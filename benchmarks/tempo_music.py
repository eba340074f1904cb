"""Music of known tempo, made from a seed: what the tempo is measured on.

    piece = make("swing", seed=12)
    piece.sound(22_050), piece.bpm, piece.beats_s

Every piece draws its own tempo, metre, harmony, instruments, figures, accents, looseness and
room. `STYLES` are the six of the benchmark; `OTHERS` come in as well where something is fitted,
so that it is not made for six patterns alone. Seeds from `HELD_OUT` on are for measuring only.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from tempo_sounds import Samples, drum, tone

STYLES = ("pads", "arpeggio", "swing", "waltz", "band", "rubato")
OTHERS = ("picked", "hymn", "compound", "ambient", "tune", "pulse")
HELD_OUT = 1_000_000
SLOWEST, FASTEST = 45.0, 110.0
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_WAYS = ((0, 5, 3, 4), (0, 4, 5, 3), (0, 3, 0, 4), (5, 3, 0, 4), (0, 2, 3, 4), (1, 4, 0, 0))


@dataclass
class Note:
    """What sounds at a beat (counted from the first, in beats, fractions too)."""

    beat: float
    sound: str
    pitch: int = 60
    beats: float = 1.0
    gain: float = 0.5
    rise_ms: int = 0
    drum: bool = False


@dataclass
class Piece:
    """A piece whose tempo is known."""

    style: str
    seed: int
    bpm: float
    beats_per_bar: int
    beats_s: NDArray[np.float64]
    notes: list[Note]
    looseness_s: float
    room: float
    noise: float
    seconds: float
    kind: int = 0
    brightness: float = 1.0
    place: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def sound(self, rate: int) -> Samples:
        """Give its samples, mono, shape (frames,)."""
        rng = np.random.default_rng((self.seed, 7))
        out = np.zeros(int(self.seconds * rate) + 3 * rate, np.float32)
        for note in self.notes:
            at = self.time_of(note.beat) + rng.normal(0, self.looseness_s)
            if note.drum:
                sound = drum(note.sound, self.kind, rate)
            else:
                lasts = self.time_of(note.beat + note.beats) - self.time_of(note.beat)
                tenths = int(np.clip(round(lasts * 10), 1, 80))
                sound = tone(note.sound, note.pitch, tenths, note.rise_ms, rate)
            start = max(0, round(at * rate))
            end = min(start + len(sound), len(out))
            if start < end:
                out[start:end] += np.float32(note.gain) * sound[: end - start]
        out = out[: int(self.seconds * rate)]
        if self.room:
            out = _with_room(out, self.room, rate, self.seed)
        if self.brightness < 1:
            out = _dull(out, self.brightness, rate)
        out = out * (0.5 / max(float(np.abs(out).max()), 1e-6))
        noise = np.random.default_rng((self.seed, 9)).normal(0, 1, len(out))
        return (
            (out + self.noise * np.cumsum(noise - noise.mean()) * 0.02).astype(np.float32)
            if (self.noise and self.seed % 2)
            else (out + self.noise * noise).astype(np.float32)
        )

    def time_of(self, beat: float) -> float:
        """Give the time of a beat, between beats too."""
        numbers = np.arange(len(self.place))
        return float(np.interp(beat, numbers, self.place))


def _with_room(dry: Samples, seconds: float, rate: int, seed: int) -> Samples:
    time = np.arange(int(seconds * rate)) / rate
    tail = np.random.default_rng((seed, 3)).normal(0, 1, len(time)) * np.exp(-4 * time / seconds)
    tail *= 0.5 / np.sqrt((tail**2).sum())
    size = 1 << int(np.ceil(np.log2(len(dry) + len(tail))))
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(tail, size), size)
    return (dry + wet[: len(dry)]).astype(np.float32)


def _dull(sound: Samples, share: float, rate: int) -> Samples:
    spectrum = np.fft.rfft(sound)
    bins = np.fft.rfftfreq(len(sound), 1 / rate)
    return np.fft.irfft(spectrum / (1 + (bins / (share * 5_000)) ** 2), len(sound)).astype(
        np.float32
    )


class _Draw:
    """The dice and the frame of one piece."""

    def __init__(self, style: str, seed: int, seconds: float | None) -> None:
        self.rng = np.random.default_rng((seed, sum(map(ord, style))))
        rng = self.rng
        self.style, self.seed = style, seed
        self.bpm = float(np.round(rng.uniform(SLOWEST, FASTEST), 2))
        self.seconds = seconds or float(rng.uniform(35, 75))
        self.bar = 3 if style == "waltz" else 4
        if style in {"arpeggio", "hymn", "tune", "picked", "rubato", "pads"} and rng.random() < 0.2:
            self.bar = 3
        if style == "compound":
            self.bar = 2
        self.beats = int(self.seconds * self.bpm / 60 * 1.15) + 8
        self.scale = _MAJOR if rng.random() < 0.6 else _MINOR
        self.key = int(rng.integers(-5, 7))
        self.way = _WAYS[rng.integers(len(_WAYS))]
        self.bars_a_chord = float(rng.choice([0.5, 1, 1, 1, 1, 2])) if self.bar == 4 else 1.0
        self.notes: list[Note] = []
        self.loud = rng.uniform(0.6, 1.0)

    def pick(self, *among: str) -> str:
        return str(self.rng.choice(among))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def degree(self, beat: float) -> int:
        """Give the root of the chord that holds at a beat."""
        return self.way[int(beat / (self.bar * self.bars_a_chord)) % len(self.way)]

    def pitch(self, degree: int, octave: int = 4) -> int:
        """Give a degree of the scale as a MIDI pitch."""
        turns, step = divmod(degree, 7)
        return 12 * (octave + 1 + turns) + self.key + self.scale[step]

    def accent(self, beat: float, depth: float = 0.25) -> float:
        """Give a gain that leans on the bar's start and, less, on its beats."""
        if abs(beat - round(beat)) > 1e-6:
            strong = 0.0
        else:
            strong = 1.0 if round(beat) % self.bar == 0 else 0.5
        return float((1 - depth + depth * strong) * self.rng.uniform(0.85, 1.1))

    def add(self, beat: float, sound: str, pitch: int = 60, **more: object) -> None:
        gain = float(more.pop("gain", 0.5)) * self.loud  # type: ignore[arg-type]
        self.notes.append(Note(float(beat), sound, int(pitch), gain=gain, **more))  # type: ignore[arg-type]


def _chords(
    d: _Draw, sound: str, every: float, *, gain: float, rise_ms: int = 0, lasts: float = 1.0
) -> None:
    """Play the chord again every so many beats."""
    for beat in np.arange(0, d.beats, every):
        for voice in (0, 2, 4):
            d.add(
                beat,
                sound,
                d.pitch(d.degree(beat) + voice),
                gain=gain * d.accent(beat, 0.15),
                beats=every * lasts,
                rise_ms=rise_ms,
            )


def _bass(d: _Draw, sound: str, *, gain: float) -> None:
    """Play roots on the bar's start, on its half, on each beat, or in a small figure."""
    figures = (
        [(0,), (0,), tuple(range(d.bar))]
        if d.bar == 3
        else [(0,), (0, 2), (0, 2), (0, 1, 2, 3), (0, 2.5), (0, 1.5, 2)]
    )
    figure = figures[d.rng.integers(len(figures))]
    for first in range(0, d.beats, d.bar):
        for n, at in enumerate(figure):
            after = figure[n + 1] if n + 1 < len(figure) else d.bar
            up = 4 if n % 2 and d.chance(0.5) else 0
            d.add(
                first + at,
                sound,
                d.pitch(d.degree(first + at) + up, 2),
                gain=gain * d.accent(first + at),
                beats=0.9 * (after - at),
            )


def _arpeggio(
    d: _Draw, sound: str, parts: int, *, gain: float, swing: float = 0.5, rise_ms: int = 0
) -> None:
    """Break the chord into `parts` notes a beat."""
    orders = ((0, 2, 4, 7), (0, 4, 7, 4), (0, 4, 2, 4), (7, 4, 2, 0), (0, 2, 4, 2), (0, 4, 7, 9))
    order = orders[d.rng.integers(len(orders))]
    leave_out = d.rng.uniform(0, 0.2)
    for n in range(d.beats * parts):
        beat, part = divmod(n, parts)
        if part and d.chance(leave_out):
            continue
        at = beat + (swing if parts == 2 and part else part / parts)
        step = order[n % len(order)] if d.bar != 3 or parts != 2 else order[n % 6 % len(order)]
        d.add(
            at,
            sound,
            d.pitch(d.degree(beat) + step),
            gain=gain * d.accent(at, 0.3),
            beats=max(0.6, 1.5 / parts),
            rise_ms=rise_ms,
        )


def _melody(d: _Draw, sound: str, *, gain: float, busy: float, swing: float = 0.5) -> None:
    """Walk a tune over the chords in halves, beats and parts of a beat, with rests."""
    cells = (
        (2.0,),
        (1.0,),
        (1.0, 1.0),
        (1.5, 0.5),
        (0.5, 0.5, 1.0),
        (0.5, 0.5, 0.5, 0.5),
        (1.0, 0.5, 0.5),
        (0.5, 1.0, 0.5),
        (3.0,),
    )
    weight = np.array([len(cell) / sum(cell) for cell in cells])
    weight = np.exp(-((weight - busy) ** 2) / 0.3)
    beat, step = 0.0, 4
    while beat < d.beats:
        cell = cells[d.rng.choice(len(cells), p=weight / weight.sum())]
        for length in cell:
            step = int(np.clip(step + d.rng.integers(-2, 3), -1, 9))
            note = (
                step
                if abs(beat - round(beat)) > 0.01
                else d.degree(beat) + 2 * round((step - d.degree(beat)) / 2)
            )
            whole, part = divmod(beat, 1.0)
            if not d.chance(0.12):
                d.add(
                    whole + (swing if abs(part - 0.5) < 0.01 else part),
                    sound,
                    d.pitch(note, 5),
                    gain=gain * d.accent(beat),
                    beats=length,
                )
            beat += length


def _drums(d: _Draw, *, gain: float, swing: float = 0.5) -> None:
    """Beat a groove: low on strong beats, high on weak ones, and the parts of a beat between."""
    hat, back = d.pick("hat", "hat", "shaker", "ride"), d.pick("snare", "snare", "brush", "clave")
    parts = int(d.rng.choice([1, 2, 2, 2, 4]))
    kicks = {
        3: ((0,),),
        4: ((0, 2), (0, 2), (0, 2.5), (0, 1.5, 2), (0, 2, 3.5), (0,), (0, 1, 2, 3)),
    }.get(d.bar, ((0,),))
    kick = kicks[d.rng.integers(len(kicks))]
    backs = (1, 2) if d.bar == 3 else ((1, 3) if d.chance(0.85) else (2,))
    for first in range(0, d.beats, d.bar):
        for at in kick:
            d.add(first + at, "kick", drum=True, gain=gain * d.rng.uniform(0.85, 1.1))
        for at in backs:
            d.add(first + at, back, drum=True, gain=0.8 * gain * d.rng.uniform(0.8, 1.1))
        for n in range(d.bar * parts):
            beat, part = divmod(n, parts)
            at = beat + (swing if parts == 2 and part else part / parts)
            d.add(
                first + at,
                hat,
                drum=True,
                gain=gain * (0.6 if part == 0 else 0.4) * d.rng.uniform(0.7, 1.1),
            )


def _pads(d: _Draw) -> None:
    rise = int(d.rng.choice([80, 150, 250, 400, 600]))
    every = float(d.rng.choice([1, 2, d.bar, d.bar]))
    _chords(d, d.pick("pad", "pad", "strings", "organ"), every, gain=0.5, rise_ms=rise)
    extra = d.rng.random()
    if extra < 0.45:
        sound = d.pick("pad", "flute", "strings", "electric")
        for beat in range(d.beats):
            d.add(
                beat,
                sound,
                d.pitch(d.degree(beat) + (0, 4, 2, 4)[beat % 4], 3 + d.seed % 2),
                gain=0.4 * d.accent(beat),
                beats=0.9,
                rise_ms=rise // 2 or 40,
            )
    elif extra < 0.75:
        _arpeggio(
            d,
            d.pick("electric", "harp", "glass", "flute"),
            int(d.rng.choice([1, 2])),
            gain=d.rng.uniform(0.1, 0.35),
            rise_ms=int(d.rng.choice([0, 40, 90])),
        )
    else:
        _bass(d, "electric", gain=0.5)
        for beat in range(d.beats):
            d.add(beat, "pad", d.pitch(d.degree(beat), 3), gain=0.35, beats=0.8, rise_ms=rise // 2)
    if d.chance(0.3):
        _melody(d, d.pick("flute", "strings"), gain=0.3, busy=0.8)


def _arpeggios(d: _Draw) -> None:
    parts = (
        int(d.rng.choice([1, 2, 2, 2, 3, 4])) if d.bpm < 80 else int(d.rng.choice([1, 2, 2, 2, 3]))
    )
    sound = d.pick("piano", "harp", "guitar", "electric", "glass")
    _arpeggio(d, sound, parts, gain=0.45)
    if d.chance(0.75):
        _bass(d, d.pick("piano", "electric", sound), gain=0.55)
    if d.chance(0.4):
        _chords(d, d.pick("strings", "pad"), d.bar, gain=0.15, rise_ms=300)
    if d.chance(0.4):
        _melody(d, d.pick("piano", "flute", "bell"), gain=0.4, busy=1.0)


def _swing(d: _Draw) -> None:
    swing = float(d.rng.uniform(0.58, 0.72))
    for beat in range(d.beats):
        step = (0, 2, 4, 5, 7, 4, 2, 1)[beat % 8] if d.chance(0.8) else int(d.rng.integers(0, 6))
        d.add(
            beat, "guitar", d.pitch(d.degree(beat) + step, 2), gain=0.7 * d.accent(beat), beats=0.9
        )
        if d.chance(0.8):
            d.add(
                beat,
                d.pick("ride", "brush") if d.seed % 3 else "ride",
                drum=True,
                gain=0.5 * d.accent(beat),
            )
            if beat % 2 and d.chance(0.85):
                d.add(beat + swing, "ride", drum=True, gain=0.35)
        if beat % 2 and d.chance(0.7):
            d.add(beat, d.pick("hat", "clave") if d.seed % 5 == 0 else "hat", drum=True, gain=0.4)
        if d.chance(0.3):
            at = beat + (swing if d.chance(0.6) else 0)
            for voice in (2, 4, 6):
                d.add(at, "piano", d.pitch(d.degree(beat) + voice), gain=0.3, beats=0.5)
    if d.chance(0.7):
        _melody(d, d.pick("flute", "piano", "electric"), gain=0.4, busy=1.2, swing=swing)


def _waltz(d: _Draw) -> None:
    low, high = (
        d.pick("piano", "guitar", "strings", "electric"),
        d.pick("piano", "guitar", "harp", "strings"),
    )
    for first in range(0, d.beats, 3):
        d.add(first, low, d.pitch(d.degree(first), 2), gain=0.7, beats=1 + d.seed % 2)
        for at in (1, 2):
            for voice in (0, 2, 4):
                d.add(
                    first + at,
                    high,
                    d.pitch(d.degree(first) + voice),
                    gain=0.3 * d.accent(first + at),
                    beats=0.7,
                )
    if d.chance(0.7):
        _melody(
            d,
            d.pick("flute", "piano", "strings", "bell"),
            gain=0.45,
            busy=float(d.rng.choice([0.8, 1.2])),
        )
    if d.chance(0.25):
        _drums(d, gain=0.4)


def _band(d: _Draw) -> None:
    swing = 0.5 if d.chance(0.85) else 0.62
    _drums(d, gain=0.8, swing=swing)
    _bass(d, d.pick("electric", "guitar"), gain=0.7)
    _chords(
        d,
        d.pick("organ", "electric", "strings", "guitar", "pad"),
        float(d.rng.choice([1, 2, d.bar])),
        gain=0.25,
        lasts=0.9,
    )
    if d.chance(0.6):
        _melody(d, d.pick("flute", "piano", "electric", "bell"), gain=0.4, busy=1.1, swing=swing)
    if d.chance(0.3):
        _arpeggio(d, d.pick("guitar", "electric"), 2, gain=0.25, swing=swing)


def _picked(d: _Draw) -> None:
    sound = d.pick("guitar", "guitar", "harp", "piano")
    figures = (
        (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
        (0, 1.5, 3),
        (0, 0.75, 1.5, 2.25, 3, 3.5),
        (0, 1, 1.5, 2.5, 3),
        (0, 0.5, 1.5, 2, 3),
    )
    figure = [at for at in figures[d.rng.integers(len(figures))] if at < d.bar]
    for first in range(0, d.beats, d.bar):
        for n, at in enumerate(figure):
            d.add(
                first + at,
                sound,
                d.pitch(d.degree(first + at) + (0, 4, 2, 7, 4)[n % 5]),
                gain=0.45 * d.accent(first + at),
                beats=1,
            )
    for beat in range(d.beats):
        if d.chance(0.85):
            d.add(
                beat,
                sound,
                d.pitch(d.degree(beat) + 4 * (beat % 2), 3),
                gain=0.5 * d.accent(beat),
                beats=0.9,
            )
    if d.chance(0.4):
        _melody(d, d.pick("flute", "glass"), gain=0.4, busy=1.0)


def _hymn(d: _Draw) -> None:
    rise = int(d.rng.choice([0, 30, 80, 150]))
    _chords(d, d.pick("organ", "strings", "piano", "pad"), 1.0, gain=0.4, rise_ms=rise, lasts=0.97)
    _melody(
        d,
        d.pick("flute", "organ", "strings", "piano"),
        gain=0.4,
        busy=float(d.rng.choice([0.6, 1.0])),
    )
    if d.chance(0.5):
        _bass(d, d.pick("organ", "strings"), gain=0.5)


def _compound(d: _Draw) -> None:
    _arpeggio(d, d.pick("piano", "harp", "guitar", "glass"), 3, gain=0.45)
    _bass(d, d.pick("piano", "strings", "electric"), gain=0.6)
    if d.chance(0.4):
        for beat in range(d.beats):
            d.add(beat, "kick" if beat % 2 == 0 else "brush", drum=True, gain=0.5)


def _ambient(d: _Draw) -> None:
    _chords(d, "pad", d.bar, gain=0.5, rise_ms=int(d.rng.choice([300, 700])))
    sound = d.pick("bell", "glass", "harp", "electric")
    for beat in range(d.beats):
        if d.chance(0.8):
            d.add(
                beat,
                sound,
                d.pitch(d.degree(beat) + int(d.rng.choice([0, 2, 4, 7])), 5),
                gain=0.3 * d.accent(beat),
                beats=2,
            )
    if d.chance(0.5):
        _bass(d, "pad", gain=0.5)


def _tune(d: _Draw) -> None:
    sound = d.pick("piano", "flute", "guitar", "organ")
    _melody(d, sound, gain=0.6, busy=float(d.rng.choice([0.8, 1.1, 1.4])))
    _bass(d, d.pick("piano", "guitar", "strings"), gain=0.5)
    _chords(d, d.pick("piano", "guitar", "strings"), float(d.rng.choice([1, 2, d.bar])), gain=0.25)


def _pulse(d: _Draw) -> None:
    """Play one sound on each beat, perhaps with a softer one between: metronomes, heartbeats."""
    parts = int(d.rng.choice([1, 1, 2]))
    name = d.pick("kick", "clave", "tom", "shaker", "hat", "snare")
    tuned = d.chance(0.4)
    for n in range(d.beats * parts):
        at = n / parts
        soft = 0.5 if n % parts else 1.0
        if tuned:
            d.add(
                at,
                "electric",
                d.pitch(d.degree(at), 3),
                gain=0.5 * soft * d.accent(at),
                beats=0.8 / parts,
            )
        else:
            d.add(at, name, drum=True, gain=0.7 * soft * d.accent(at, 0.3))
    if d.chance(0.4):
        _chords(d, d.pick("pad", "strings"), d.bar, gain=0.2, rise_ms=400)


_MAKERS = {
    "pads": _pads,
    "arpeggio": _arpeggios,
    "swing": _swing,
    "waltz": _waltz,
    "band": _band,
    "picked": _picked,
    "hymn": _hymn,
    "compound": _compound,
    "ambient": _ambient,
    "tune": _tune,
    "pulse": _pulse,
}


def make(style: str, seed: int, seconds: float | None = None) -> Piece:
    """Make a piece of a style; the same seed gives the same piece."""
    d = _Draw(style, seed, seconds)
    maker = (
        _MAKERS.get(style)
        or _MAKERS[d.pick("arpeggio", "picked", "hymn", "tune", "waltz", "ambient")]
    )
    maker(d)
    intervals = np.full(d.beats + 8, 60 / d.bpm)
    loose = float(d.rng.choice([0.0, 0.003, 0.006, 0.01]))
    if style == "rubato":
        intervals *= _wander(d.rng, len(intervals), 60 / d.bpm)
        loose += 0.005
    place = float(d.rng.uniform(0.1, 2.0)) + np.concatenate([[0.0], np.cumsum(intervals)])
    heard = place[(place < d.seconds - 0.05) & (np.arange(len(place)) < d.beats)]
    return Piece(
        style=style,
        seed=seed,
        bpm=d.bpm,
        beats_per_bar=d.bar,
        beats_s=heard,
        notes=sorted(d.notes, key=lambda note: note.beat),
        looseness_s=loose,
        room=float(d.rng.choice([0.0, 0.4, 0.9, 1.6, 2.5])),
        noise=float(d.rng.choice([0.0, 1e-4, 1e-3, 4e-3])),
        seconds=d.seconds,
        kind=int(d.rng.integers(3)),
        brightness=float(d.rng.choice([0.25, 0.5, 1.0, 1.0])),
        place=place,
    )


def _wander(rng: np.random.Generator, beats: int, period: float) -> NDArray[np.float64]:
    """Give slow swells of the interval around 1, at most 8 %, that leave its mean alone."""
    at = np.arange(beats) * period
    depth = rng.uniform(0.02, 0.06)
    slow, slower = rng.uniform(8, 16), rng.uniform(20, 40)
    swell = np.sin(2 * np.pi * (at / slow + rng.random()))
    swell = 0.6 * swell + 0.4 * np.sin(2 * np.pi * (at / slower + rng.random()))
    if rng.random() < 0.3:
        swell = np.convolve(rng.normal(0, 1, beats + 8), np.ones(9) / 3, "valid")
    swell = swell - np.mean(swell)
    return 1 + depth * swell / max(1.0, float(np.abs(swell).max()))
