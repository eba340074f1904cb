"""What a programme could not do, and what would help, in sentences."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from mtsession.music.planning.layout import Layout, Spot
from mtsession.music.planning.values import DISLIKED, Rules

TELLING_BPM = 1.0
TELLING_SECONDS = 20.0
TELLING_GAP_SECONDS = 5.0
STEP_SECONDS = 5.0

LOWEST_ALLOWED, HIGHEST_ALLOWED = 0.85, 1.10
"""Rates beyond these are not proposed."""

Spots = Sequence[tuple[int, Spot]]


def notes_on(layout: Layout, spots: Spots) -> tuple[str, ...]:
    """Say what is not as it was asked for."""
    return (
        *_off_notes(layout, spots),
        *_gap_notes(layout, spots),
        *_repeat_notes(layout, spots),
        *_join_notes(layout, spots),
        *_track_notes(layout.rules, spots),
    )


def _off_notes(layout: Layout, spots: Spots) -> Iterator[str]:
    """Say where no recording meets the arc."""
    for start, end, spot in _away(spots):
        curve, material = spot.candidate.curve, spot.candidate.material
        arc = [curve.heard_at(t) + curve.off_at(t) for t in (start, (start + end) / 2, end)]
        low, high, middle = min(arc), max(arc), arc[1]
        stays = (curve.heard_at(start) + curve.heard_at(end)) / 2
        place = f"between {low:.0f} and {high:.0f} BPM"
        if f"{low:.0f}" == f"{high:.0f}":
            place = f"at {middle:.0f} BPM"
        left = f"{place}: {clock(end - start)} min left at {stays:.0f} (“{material.title}”)."
        others = _able(layout, middle)
        if others:
            could = "another could" if others == 1 else f"{others} others could"
            have, are = ("has its", "is") if others == 1 else ("have their", "are")
            yield (
                f"No track was free {left} By its tempo {could} play there, but {have} place "
                f"elsewhere, {are} liked less or {are} too long. "
                f"One more track of about {middle:.0f} BPM would fill it."
            )
            continue
        yield f"No track {left} {_help(spot, middle)}"


def _help(spot: Spot, wanted_bpm: float) -> str:
    """Say what would meet the arc: another track, or a wider rate for this one."""
    material = spot.candidate.material
    track = f"A track of about {wanted_bpm:.0f} BPM would fill it"
    needed = wanted_bpm / material.bpm if material.bpm else 0.0
    if material.words or not LOWEST_ALLOWED <= needed <= HIGHEST_ALLOWED:
        return f"{track}."
    return f"{track}, or allow a rate of {needed:.2f}."


def _able(layout: Layout, bpm: float) -> int:
    """Count the recordings that could be heard at a tempo."""
    count = 0
    for candidate in layout.candidates:
        own = candidate.material.bpm
        if own is not None:
            slow, fast = (own * rate for rate in layout.rules.rates(candidate.material))
            count += slow - TELLING_BPM / 2 <= bpm <= fast + TELLING_BPM / 2
    return count


def _away(spots: Spots) -> Iterator[tuple[float, float, Spot]]:
    """Give the times at which what is heard lies off the arc, one for each recording."""
    for place, (stretch, spot) in enumerate(spots):
        after = spots[place + 1] if place + 1 < len(spots) else None
        until = after[1].start if after is not None and after[0] == stretch else spot.end
        count = int((until - spot.start) / STEP_SECONDS)
        times = [spot.start + STEP_SECONDS * step for step in range(count)]
        off = [t for t in times if abs(spot.candidate.curve.off_at(t)) > TELLING_BPM]
        if len(off) * STEP_SECONDS >= TELLING_SECONDS:
            yield off[0], min(off[-1] + STEP_SECONDS, until), spot


def short_notes(layout: Layout, spots: Spots) -> Iterator[str]:
    """Say, where there is no arc, that the music ends before its time."""
    for number, (_, end) in enumerate(layout.stretches):
        over = max((spot.end for stretch, spot in spots if stretch == number), default=0.0)
        if end - over >= TELLING_GAP_SECONDS:
            yield f"The music ends at {clock(over)}, {clock(end - over)} min before its time."


def _gap_notes(layout: Layout, spots: Spots) -> Iterator[str]:
    """Say where music is missing."""
    for number, (start, end) in enumerate(layout.stretches):
        ends = [spot.end for stretch, spot in spots if stretch == number]
        missing = end - max(ends, default=start)
        if missing < TELLING_GAP_SECONDS:
            continue
        bpm = _arc_at(layout, end - missing / 2)
        if not ends:
            yield (
                f"No track fits from {clock(start)} to {clock(end)}, with the arc at about "
                f"{bpm:.0f} BPM. Tracks near that tempo would fill it."
            )
        elif missing < 60:
            yield f"The music ends {missing:.0f} s before its time at {clock(end)}."
        else:
            yield (
                f"The music ends at {clock(end - missing)}, {clock(missing)} min before its time. "
                f"A track of about {bpm:.0f} BPM and that length would fill it."
            )


def _arc_at(layout: Layout, time: float) -> float:
    before = layout.arc[0]
    for point in layout.arc:
        if point[0] > time:
            share = (time - before[0]) / (point[0] - before[0])
            return before[1] + (point[1] - before[1]) * share
        before = point
    return before[1]


def _repeat_notes(layout: Layout, spots: Spots) -> Iterator[str]:
    """Say what is played more often than it was given to be played."""
    given = Counter(each.material.content for each in layout.candidates)
    titles: dict[str, list[str]] = {}
    for _, spot in spots:
        material = spot.candidate.material
        titles.setdefault(material.content, []).append(material.title)
    for content, (title, *more) in titles.items():
        if len(more) >= given[content]:
            often = "twice" if len(more) == 1 else f"{len(more) + 1} times"
            yield f"“{title}” is played {often}: nothing else fits as well."


def _join_notes(layout: Layout, spots: Spots) -> Iterator[str]:
    """Say where beats do not stay together while one recording passes into the next."""
    if layout.rules.crossfade_s == 0:
        return
    unknown, apart = list[str](), list[str]()
    for (_, before), (_, after) in pairwise(spots):
        if after.join is None or after.join.meets:
            continue
        pair = f"“{before.candidate.material.title}” to “{after.candidate.material.title}”"
        both = before.candidate.beats and after.candidate.beats
        (apart if both else unknown).append(pair)
    if unknown:
        yield f"Plain crossfades, as beats are not known: {', '.join(unknown)}."
    if apart:
        yield (
            "Plain crossfades, as one tempo for both is out of reach: "
            f"{', '.join(apart)}. Wider rates or tempi nearer to one another would help."
        )


def _track_notes(rules: Rules, spots: Spots) -> Iterator[str]:
    """Say what is out of the ordinary about a recording, once for each."""
    told: set[str] = set()
    for _, spot in spots:
        material = spot.candidate.material
        if spot.cut and material.words and rules.words_whole:
            yield f"“{material.title}” is sung and does not end in time, so it is faded out."
        if material.content in told:
            continue
        told.add(material.content)
        if material.bpm is None:
            yield f"The tempo of “{material.title}” is not known, so it plays as it is."
        elif not material.steady:
            yield f"The beats of “{material.title}” wander, so it keeps to the arc roughly."
        if material.liking == DISLIKED:
            yield f"“{material.title}” plays though it is not preferred: nothing else fits."


def clock(seconds: float) -> str:
    """Write a time as minutes and seconds.

    Examples
    --------
    >>> clock(125.4)
    '2:05'
    """
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
