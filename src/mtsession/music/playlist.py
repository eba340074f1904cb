"""The therapist's own recordings as a plan lists them, put in the order that an arc asks for."""

from collections.abc import Sequence
from typing import Literal

from mtsession.music.planning.values import Material, Rules
from mtsession.music.track import Track
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import SECOND, seconds

Order = Literal["arc", "as listed"]

MOST_FOR_EXACT = 7
"""Up to so many tracks every order is tried; with more, each place takes the nearest tempo left."""

STRAIN = 0.1
"""What a beat a minute costs that the rate makes up for, against one that it does not reach."""

END_OF_TIME_S = 1e9


def materials_of(tracks: Sequence[Track]) -> tuple[Material, ...]:
    """Give what is known of listed tracks without a library: what the plan and their files say.

    Raises
    ------
    ValueError
        If one was not looked up yet.
    """
    return tuple(
        Material(
            content=track.content_hash or track.file,
            path=track.file,
            title=track.name,
            bpm=track.bpm,
            duration_s=seconds(track.duration_us),
            words=bool(track.words),
            beats_s=(beats := tuple(seconds(beat) for beat in track.beats_us())),
            downbeat=0 if beats and track.beats_per_bar else None,
            beats_per_bar=track.beats_per_bar if beats else None,
            gain_db=track.gain_db,
        )
        for track in tracks
    )


def order_by_arc(
    material: Sequence[Material], tempo: TempoMap, rules: Rules, *, lasts_s: float | None
) -> list[Material]:
    """Give recordings in the order that keeps nearest to an arc; unknown tempi last.

    What counts is how far the arc is from what each can be heard at, times heard length, and a
    tenth as much how far each is slowed or quickened. Up to `MOST_FOR_EXACT` every order is
    tried; with more, each place takes the recording left that is nearest.

    Parameters
    ----------
    lasts_s : float or None
        When the music is over.
    """
    known = [one for one in material if one.bpm is not None]
    rest = [one for one in material if one.bpm is None]
    places = _Places(tempo, rules, END_OF_TIME_S if lasts_s is None else lasts_s)
    if len(known) <= MOST_FOR_EXACT:
        return [known[index] for index in _best_order(known, places)] + rest
    chosen: list[Material] = []
    left, at = known, 0.0
    while left:
        best = min(left, key=lambda one: places.distance(one, at))
        left = [one for one in left if one is not best]
        chosen.append(best)
        at = places.after(best, at)
    return chosen + rest


class _Places:
    """An arc, and how recordings would lie along it."""

    def __init__(self, tempo: TempoMap, rules: Rules, end_s: float) -> None:
        self._tempo = tempo
        self._rules = rules
        self._end_s = end_s

    def distance(self, one: Material, at: float) -> float:
        """Give how far a recording is from the arc, in the middle of where it is heard."""
        own = one.bpm or 0.0
        lowest, highest = self._rules.rates(one)
        arc = self._tempo.bpm_at(round((at + self.heard(one, at) / 2) * SECOND))
        heard = min(max(float(arc), own * lowest), own * highest)
        return abs(arc - heard) + STRAIN * abs(heard - own)

    def heard(self, one: Material, at: float) -> float:
        """Give how long a recording is heard that begins at a time."""
        return max(1e-6, min(one.duration_s, self._end_s - at))

    def after(self, one: Material, at: float) -> float:
        """Give when the next one begins."""
        return at + one.duration_s - min(self._rules.crossfade_s, one.duration_s / 4)

    def over(self, at: float) -> bool:
        """Tell whether the time is full."""
        return at >= self._end_s


def _best_order(material: Sequence[Material], places: _Places) -> list[int]:
    """Try every order, leaving off as soon as one is dearer than the best so far."""
    best: tuple[float, tuple[int, ...]] = (float("inf"), ())

    def go(order: tuple[int, ...], at: float, cost: float) -> None:
        nonlocal best
        if cost >= best[0]:
            return
        if len(order) == len(material) or places.over(at):
            best = (cost, order)
            return
        for index, one in enumerate(material):
            if index not in order:
                more = places.distance(one, at) * places.heard(one, at)
                go((*order, index), places.after(one, at), cost + more)

    go((), 0.0, 0.0)
    left = [index for index in range(len(material)) if index not in best[1]]
    return [*best[1], *left]
