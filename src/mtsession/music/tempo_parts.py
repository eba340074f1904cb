"""Parts of a tempo: where it steps, and what it is between two times."""

from mtsession.timeline.tempo_map import TempoMap, TempoPoint
from mtsession.timeline.units import Bpm, Micros


def jumps(tempo: TempoMap) -> tuple[Micros, ...]:
    """Give the times at which a tempo changes at once."""
    pairs = zip(tempo.points, tempo.points[1:], strict=False)
    return tuple(a.t_us for a, b in pairs if a.t_us == b.t_us and a.bpm != b.bpm)


def slice_tempo(tempo: TempoMap, start_us: int, end_us: int) -> TempoMap:
    """Give the tempo between two times, counted from the first.

    At a step on `start_us` the tempo after it counts; one on `end_us` is left out.
    """
    points = [TempoPoint(t_us=Micros(0), bpm=tempo.bpm_at(start_us))]
    points += [
        TempoPoint(t_us=Micros(point.t_us - start_us), bpm=point.bpm)
        for point in tempo.points
        if start_us < point.t_us < end_us
    ]
    end_bpm = _bpm_before(tempo, end_us)
    if points[-1].bpm != end_bpm or len(points) > 1:
        points.append(TempoPoint(t_us=Micros(end_us - start_us), bpm=end_bpm))
    return TempoMap(points)


def _bpm_before(tempo: TempoMap, t_us: int) -> Bpm:
    """Give the tempo at a time; at a step, the tempo before it."""
    for before, after in zip(tempo.points, tempo.points[1:], strict=False):
        if after.t_us == t_us and before.t_us < t_us:
            return after.bpm
    return tempo.bpm_at(t_us)
