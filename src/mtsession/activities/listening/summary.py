"""What the summary says of listening, from the events of a session alone."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import msgspec

from mtsession.activities.listening.events import (
    ItemSkipped,
    ListeningFailed,
    ProgrammePlanned,
    ProgrammeRevised,
)
from mtsession.activities.listening.moving import name_of
from mtsession.activities.listening.summary_led import (
    PLACES,
    leads,
    led_figures,
    turn_figures,
    turns,
)
from mtsession.protocol.sections import Figure, Section
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.units import MINUTE, Micros

EDGE_BEATS = 8
"""How many beats at each end of a track the delivered tempo is the median of."""

SAME_BPM = 1.0
"""How far delivered tempo may lie from planned before the line says both."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One track as it was heard.

    Attributes
    ----------
    delivered_bpm : tuple of float, or None
        Tempo of its first and last beats that were heard; None without beats.
    """

    title: str
    start_us: Micros
    end_us: Micros
    planned_bpm: tuple[float, float] | None
    delivered_bpm: tuple[float, float] | None


def summarise(activity: int, events: Sequence[Event]) -> Section:
    """Give the section of one listening activity."""
    planned = [
        each for each in events if isinstance(each, ProgrammePlanned) and each.activity == activity
    ]
    heard = heard_tracks(activity, events)
    revised = [
        each for each in events if isinstance(each, ProgrammeRevised) and each.activity == activity
    ]
    items = [item for each in planned for item in each.items]
    items += [item for each in revised for item in each.items]
    own = {item.item: name_of(item) for item in items}
    # One recording that fails again and again is one that was not played.
    failed = {
        own[each.item]: each.message
        for each in events
        if isinstance(each, ev.TrackFailed) and each.item in own
    }
    silent = dict.fromkeys(
        each.message
        for each in events
        if isinstance(each, ListeningFailed) and each.activity == activity
    )
    troubles = [*failed.values(), *silent]
    skips = sum(each.why == "skip" for each in planned) + sum(
        isinstance(each, ItemSkipped) and each.activity == activity for each in events
    )
    returned = sum(each.why == "undo" for each in planned)
    room = [turn for turn in turns(activity, events) if turn.source != "silence"]
    named = [turn.title or PLACES[turn.source].lower() for turn in room]
    parts = [*_joined(heard), *dict.fromkeys(named)]
    line = "Music: " + ("; ".join(parts) or "none was heard")
    by_hand = leads(activity, events)
    if by_hand:
        line += f"; tempo led by hand {by_hand} time{'s' if by_hand > 1 else ''}"
    return Section(
        activity=activity,
        method="listening",
        title="Listening",
        line=f"{line}; not played: {len(failed or silent)}" if troubles else line,
        figures=(
            *_figures(heard, stood(events), skips, returned, troubles),
            *turn_figures(activity, events),
            *led_figures(activity, events),
        ),
        captured=("music as the engine played it",) if heard else (),
        not_captured=("the sound of music that the app did not play",) if room else (),
    )


def heard_tracks(activity: int, events: Sequence[Event]) -> list[Heard]:
    """Give the tracks that were heard, in order."""
    beats: dict[int, dict[int, Micros]] = {}
    started: list[ev.TrackStarted] = []
    ended: dict[int, Micros] = {}
    over = events[-1].t_us if events else Micros(0)
    for event in events:
        if isinstance(event, ev.BeatGridRevised):
            grid = event.grid
            known = beats.setdefault(grid.grid, {})
            known.update(enumerate(grid.beats_us, start=grid.first_beat))
        elif isinstance(event, ev.TrackStarted) and event.activity == activity:
            started.append(event)
        elif isinstance(event, ev.TrackEnded):
            ended.setdefault(event.item, event.t_us)
        elif isinstance(event, ev.EngineLost):
            ended |= {each.item: event.t_us for each in started if each.item not in ended}
        elif isinstance(event, ev.ActivityEnded) and event.activity == activity:
            over = event.t_us
    return [
        Heard(
            title=track.title,
            start_us=track.t_us,
            end_us=(end := max(track.t_us, ended.get(track.item, over))),
            planned_bpm=track.planned_bpm,
            delivered_bpm=_delivered(beats.get(track.grid or -1, {}), track.t_us, end),
        )
        for track in started
    ]


def stood(events: Sequence[Event]) -> list[tuple[int, int]]:
    """Give the spans in which music stood still."""
    spans: list[tuple[int, int]] = []
    since: int | None = None
    for event in events:
        if isinstance(event, ev.MusicPaused):
            since = event.t_us if since is None else since
        elif isinstance(event, ev.MusicResumed | ev.EngineLost) and since is not None:
            spans.append((since, event.t_us))
            since = None
    return spans if since is None else [*spans, (since, events[-1].t_us)]


def _delivered(
    beats: dict[int, Micros], start_us: Micros, end_us: Micros
) -> tuple[float, float] | None:
    """Give the tempo at the start and the end of what was heard."""
    times = [beats[number] for number in sorted(beats) if start_us <= beats[number] <= end_us]
    lengths = [b - a for a, b in pairwise(times) if b > a]
    if not lengths:
        return None
    first, last = median(lengths[:EDGE_BEATS]), median(lengths[-EDGE_BEATS:])
    return round(MINUTE / first, 2), round(MINUTE / last, 2)


def _path(bpm: tuple[float, float] | None) -> str:
    """Write a tempo path as people read it: "80 to 72", or "66"."""
    if bpm is None:
        return "tempo not known"
    start, end = round(bpm[0]), round(bpm[1])
    return f"{start}" if start == end else f"{start} to {end}"


def _phrase(track: Heard) -> str:
    """Name a track with its tempo; where another was heard than planned, with both."""
    planned, delivered = track.planned_bpm, track.delivered_bpm
    shown = delivered or planned
    text = f"{track.title} {_path(shown)}" if shown else track.title
    if planned and delivered:
        apart = max(abs(a - b) for a, b in zip(planned, delivered, strict=True))
        if apart > SAME_BPM:
            text += f" (planned {_path(planned)})"
    return text


def _joined(heard: Sequence[Heard]) -> list[str]:
    """Give a phrase for each track; the same one many times over is said once."""
    phrases: dict[str, int] = {}
    for track in heard:
        phrase = _phrase(track)
        phrases[phrase] = phrases.get(phrase, 0) + 1
    return [text if count == 1 else f"{text}, {count} times" for text, count in phrases.items()]


def _sounded_us(heard: Sequence[Heard], held: Sequence[tuple[int, int]]) -> int:
    """Give how long music sounded: what two crossfaded tracks share is counted once."""
    total, until = 0, 0
    for track in sorted(heard, key=lambda each: each.start_us):
        first, last = max(track.start_us, until), track.end_us
        stood_us = sum(max(0, min(last, end) - max(first, since)) for since, end in held)
        total += max(0, last - first - stood_us)
        until = max(until, last)
    return total


def _figures(
    heard: Sequence[Heard],
    held: Sequence[tuple[int, int]],
    skips: int,
    returned: int,
    troubles: Sequence[str],
) -> list[Figure]:
    minutes = _sounded_us(heard, held) / MINUTE
    figures = [
        Figure(
            label="Music",
            text=f"{minutes:.1f} min",
            key="music_minutes",
            value=minutes,
            unit="min",
            n=len(heard),
        )
    ]
    for place, track in enumerate(heard, start=1):
        figures += _track_figures(place, track)
    if skips:
        figures.append(
            Figure(
                label="Other music asked for",
                text=f"{skips}, taken back {returned}" if returned else str(skips),
                key="skips",
                value=float(skips),
            )
        )
    figures += [
        Figure(label="Not played", text=sentence, key=f"failure_{place}")
        for place, sentence in enumerate(troubles, start=1)
    ]
    return figures


def _track_figures(place: int, track: Heard) -> list[Figure]:
    """Give what was planned and what was delivered of one track."""
    figures = []
    for word, bpm in (("planned", track.planned_bpm), ("delivered", track.delivered_bpm)):
        if bpm is None:
            text = "tempo not known" if word == "planned" else "no beats known"
            figures.append(
                Figure(label=f"{track.title}, {word}", text=text, key=f"track_{place}_{word}")
            )
            continue
        for at, value in zip(("start", "end"), bpm, strict=True):
            figures.append(
                Figure(
                    label=f"{track.title}, {word} at its {at}",
                    text=f"{value:.1f} BPM",
                    key=f"track_{place}_{word}_{at}_bpm",
                    value=value,
                    unit="BPM",
                )
            )
    return figures
