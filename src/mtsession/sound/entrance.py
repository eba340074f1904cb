"""Where an item comes in over one that sounds, and how fast, so that their beats agree."""

import math
from typing import NamedTuple

from mtsession.protocol.sources import RatePoint
from mtsession.sound.rates import RateMap
from mtsession.sound.slot import Slot
from mtsession.timeline.units import Micros

MATCHED_RATES = (0.85, 1.10)
"""The rates that are heard as the same music still; outside, a tempo is not matched."""

_PREPARE_SECONDS = 0.2
_MOST_WAIT_SECONDS = 2.0
_SAME_TEMPO = 1e-4


class _Beats(NamedTuple):
    """A beat near a place, and how far it is to the next."""

    at: float
    apart: float


def enter(sounding: Slot, coming: Slot, *, place: int, fade: int, sample_rate: int) -> int:
    """Let an item that is ready come in at the tempo of one that sounds; give the place for it.

    Parameters
    ----------
    place : int
        The place now.
    fade : int
        How many frames the two are going to cross.
    """
    earliest = place
    rates = matched(sounding, coming, place=place, fade=fade, sample_rate=sample_rate)
    if rates is not None:
        coming.restart(rates)
        earliest += round(_PREPARE_SECONDS * sample_rate)
    enters = entrance(sounding, coming, earliest=earliest, fade=fade, sample_rate=sample_rate)
    # What sounds may be about to end, and the next about to come, by themselves.
    latest = min(sounding.end - sounding.envelope.fade_out, coming.first)
    return min(enters, max(latest, place))


def entrance(sounding: Slot, coming: Slot, *, earliest: int, fade: int, sample_rate: int) -> int:
    """Give the place from `earliest` on at which an item's first downbeat falls on a beat.

    Where either has no beats, its first one comes after the fade, or it would have to wait for
    more than two seconds, that is `earliest`.
    """
    offset = _first_downbeat(coming)
    if offset is None or offset > fade:
        return earliest
    beat = _beat_after(sounding, earliest + offset)
    if beat is None or beat - offset - earliest > _MOST_WAIT_SECONDS * sample_rate:
        return earliest
    return round(beat) - offset


def matched(
    sounding: Slot, coming: Slot, *, place: int, fade: int, sample_rate: int
) -> RateMap | None:
    """Give rates at which an item enters at the tempo of what sounds, then glides to its own.

    The tempo is held through the fade and gone after as long again. Twice or half the tempo
    counts as the same. None where the tempi agree, are not known or lie too far apart, and for
    an item that is to be heard as it is.
    """
    here = _near(sounding, place - sounding.start)
    there = _near(coming, coming.entry)
    if here is None or there is None or not coming.item.rate:
        return None
    factor = there.apart / here.apart
    factor /= 2.0 ** round(math.log2(factor))
    first, last, home = (coming.entry + part * fade for part in (0, 1, 2))
    ends = [coming.rates.rate_at(at) * factor for at in (first, last)]
    slowest, quickest = MATCHED_RATES
    if abs(factor - 1) < _SAME_TEMPO or not slowest <= min(ends) <= max(ends) <= quickest:
        return None

    def point(frame: float, rate: float) -> RatePoint:
        return RatePoint(t_us=Micros(round(frame * 1e6 / sample_rate)), rate=rate)

    fading, own = point(last, ends[1]), point(home, coming.rates.rate_at(home))
    planned = coming.item.rate
    inside = [p for p in planned if point(first, 1.0).t_us < p.t_us < fading.t_us]
    return RateMap(
        [
            point(first, ends[0]),
            *(RatePoint(t_us=p.t_us, rate=p.rate * factor) for p in inside),
            fading,
            own,
            *(p for p in planned if p.t_us > own.t_us),
        ],
        sample_rate,
    )


def _first_downbeat(slot: Slot) -> int | None:
    """Give the first downbeat that is heard, or beat where bars are not known, from its entry."""
    bar = slot.item.beats_per_bar or 1
    heard = [int(beat) for beat in slot.beats[::bar] if beat >= slot.entry]
    return heard[0] - slot.entry if heard else None


def _near(slot: Slot, at: float) -> _Beats | None:
    """Give the beat interval that holds a heard frame, or the nearest there is."""
    beats = slot.beats
    if len(beats) < 2:
        return None
    index = min(max(int(beats.searchsorted(at, side="right")) - 1, 0), len(beats) - 2)
    return _Beats(float(beats[index]), float(beats[index + 1] - beats[index]))


def _beat_after(slot: Slot, place: int) -> float | None:
    """Give the place of the first beat from a place on, beyond the outer ones at their tempo."""
    at = place - slot.start
    near = _near(slot, at)
    if near is None:
        return None
    return slot.start + near.at + math.ceil((at - near.at) / near.apart) * near.apart
