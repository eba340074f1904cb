"""The styles of the made music: what each plays, drawn from a piece's own dice."""

from dataclasses import dataclass

import numpy as np

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


class Draw:
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
        if style == "played":
            self.bpm = float(np.clip(np.exp(rng.normal(np.log(100), 0.42)), 32, 260).round(2))
            self.bar = int(rng.choice([2, 3, 4, 4]))
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
    d: Draw, sound: str, every: float, *, gain: float, rise_ms: int = 0, lasts: float = 1.0
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


def _bass(d: Draw, sound: str, *, gain: float) -> None:
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
    d: Draw, sound: str, parts: int, *, gain: float, swing: float = 0.5, rise_ms: int = 0
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
        around = parts if parts % 3 == 0 else 6 if d.bar == 3 and parts == 2 else len(order)
        step = order[n % around % len(order)]
        d.add(
            at,
            sound,
            d.pitch(d.degree(beat) + step),
            gain=gain * d.accent(at, 0.3),
            beats=max(0.6, 1.5 / parts),
            rise_ms=rise_ms,
        )


def _melody(d: Draw, sound: str, *, gain: float, busy: float, swing: float = 0.5) -> None:
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


def _drums(d: Draw, *, gain: float, swing: float = 0.5) -> None:
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


def _pads(d: Draw) -> None:
    rise = int(d.rng.choice([80, 150, 250, 400, 600]))
    every = float(d.rng.choice([1, 2, d.bar, d.bar]))
    # Twos in a bar of three would be another metre.
    every = every if d.bar % every == 0 else float(d.bar)
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


def _arpeggios(d: Draw) -> None:
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


def _swing(d: Draw) -> None:
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


def _waltz(d: Draw) -> None:
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


def _band(d: Draw) -> None:
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


def _picked(d: Draw) -> None:
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


def _hymn(d: Draw) -> None:
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


def _compound(d: Draw) -> None:
    _arpeggio(d, d.pick("piano", "harp", "guitar", "glass"), 3, gain=0.45)
    _bass(d, d.pick("piano", "strings", "electric"), gain=0.6)
    if d.chance(0.4):
        for beat in range(d.beats):
            d.add(beat, "kick" if beat % 2 == 0 else "brush", drum=True, gain=0.5)


def _ambient(d: Draw) -> None:
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


def _tune(d: Draw) -> None:
    sound = d.pick("piano", "flute", "guitar", "organ")
    _melody(d, sound, gain=0.6, busy=float(d.rng.choice([0.8, 1.1, 1.4])))
    _bass(d, d.pick("piano", "guitar", "strings"), gain=0.5)
    _chords(d, d.pick("piano", "guitar", "strings"), float(d.rng.choice([1, 2, d.bar])), gain=0.25)


def _pulse(d: Draw) -> None:
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


def _played(d: Draw) -> None:
    """Play a keyboard piece as concert players do: any tempo, any texture, never strict."""
    sound = d.pick("piano", "piano", "piano", "harp", "guitar", "strings")
    most = 6 if d.bpm < 60 else 4 if d.bpm < 100 else 3 if d.bpm < 150 else 2
    parts = int(d.rng.integers(1, most + 1))
    texture = d.rng.random()
    if texture < 0.6:
        _arpeggio(d, sound, parts, gain=d.rng.uniform(0.15, 0.5))
    if texture > 0.4:
        _melody(d, sound, gain=0.55, busy=float(d.rng.choice([0.6, 1.0, 1.5])))
    if d.chance(0.75):
        _bass(d, sound, gain=0.5)
    if d.chance(0.45):
        _chords(d, sound, float(d.rng.choice([0.5, 1, 2, d.bar])), gain=0.25)


MAKERS = {
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
    "played": _played,
}
