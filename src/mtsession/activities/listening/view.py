"""What a panel shows of listening."""

import math

from mtsession.activities.listening.leading import Leading
from mtsession.activities.listening.led_state import BACK
from mtsession.activities.listening.pace import Player
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.state import ListeningState
from mtsession.activities.listening.turned import FEWEST_TAPS
from mtsession.music.arc import silences
from mtsession.protocol.sources import BuiltinSource, ProgrammeItem
from mtsession.protocol.views import ListeningView, Question
from mtsession.session.activity import ActivityContext
from mtsession.timeline.beat_grid import BeatGrid
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND, Micros

HEARD_BEATS = 2.0
"""The tempo that is heard is that of so many beats before and after."""

BEYOND_BPM = 0.1
"""How far the target may lie beyond a piece's reach before it is said."""

ASKS = Question(text="What is playing?", about="It is noted already; leave this empty if you like.")


def view_of(
    settings: ListeningSettings,
    context: ActivityContext,
    state: ListeningState,
    leading: Leading,
    now_us: Micros,
) -> ListeningView:
    """Give what a panel shows of listening at a time."""
    programme, heard, turned = state.current(now_us), state.heard, state.turned
    items = programme.items if programme else ()
    places = [item.item for item in items]
    shown = heard or state.due(now_us)
    place = places.index(shown.item) if shown and shown.item in places else 0
    tempo, grid = settings.tempo, state.grid()
    position = state.arc_position_us(now_us)
    course = state.led.course(programme.round) if programme else None
    planned_us = settings.length_us(context.planned_us)
    if context.planned_us is not None and not settings.runs_on:
        planned_us = context.planned_us
    if planned_us is None:
        planned_us = programme.duration_us if programme else Micros(0)
    sounds = heard is not None or turned.pulse is not None
    moving = grid is not None and sounds and (turned.tapped or state.held_since is None)
    pulse, title = turned.pulse, heard.title if heard else None
    return ListeningView(
        title=_title_in_the_room(state) if turned.away else title,
        next_title=items[place + 1].title if place + 1 < len(items) and not turned.away else None,
        heard_bpm=heard_bpm(grid, now_us) if moving and grid else None,
        planned_bpm=float(tempo.bpm_at(position)) if tempo else None,
        item=place + 1 if items and not turned.away else 0,
        items=len(items) if not turned.away else 0,
        elapsed_us=position,
        planned_us=planned_us,
        beat_in_bar=_beat_in_bar(grid, now_us) if moving and grid else None,
        beats_per_bar=grid.beats_per_bar if grid and not turned.away else None,
        paused=state.held_since is not None and not state.quiet and not turned.tapped,
        arc=_points(tempo),
        message=_message(settings, state, leading, now_us),
        target_bpm=float(course.bpm_at(position)) if course else None,
        led=_points(course),
        lead=_lead(state, now_us),
        source=turned.source,
        taps=len(turned.taps),
        spread_ms=pulse.spread_ms if pulse else None,
        asks=ASKS if turned.source == "outside" else None,
    )


def heard_bpm(grid: BeatGrid, now_us: int) -> float:
    """Give the tempo that is heard about a time, from the beats before and after it."""
    beat = min(max(grid.beat_at(now_us), grid.first_beat), grid.last_beat)
    first = max(beat - HEARD_BEATS, grid.first_beat)
    last = min(beat + HEARD_BEATS, grid.last_beat)
    return float((last - first) * MINUTE / (grid.time_of(last) - grid.time_of(first)))


def _points(tempo: TempoMap | None) -> tuple[tuple[Micros, float], ...]:
    return tuple((point.t_us, float(point.bpm)) for point in tempo.points) if tempo else ()


def _beat_in_bar(grid: BeatGrid, now_us: int) -> int | None:
    if grid.beats_per_bar is None:
        return None
    beat = math.floor(grid.beat_at(now_us) + 1e-9)
    return (beat - grid.downbeat) % grid.beats_per_bar + 1


def _title_in_the_room(state: ListeningState) -> str:
    """Name music that the app does not play."""
    match state.turned.source:
        case "live":
            return state.turned.title or "your own playing"
        case "outside":
            return state.turned.title or "music in the room"
        case _:
            return "silence"


def _lead(state: ListeningState, now_us: Micros) -> str:
    """Say in a few words what became of the tempo by hand."""
    led = state.led
    if led.last is None:
        return ""
    programme = state.current(now_us)
    if led.last in BACK:
        at_us = state.arc_position_us(now_us)
        glides = programme is not None and led.settling(programme.round, at_us)
        return "back to the arc" if glides else ""
    return "tempo held" if led.last == "hold" else "led by hand"


def _message(
    settings: ListeningSettings, state: ListeningState, leading: Leading, now_us: Micros
) -> str:
    """Give the one sentence that matters most."""
    turned = state.turned
    if turned.tapped:
        if turned.pulse is not None:
            return ""
        left = FEWEST_TAPS - len(turned.taps)
        return (
            f"Tap the beat with Enter: {left} more."
            if turned.taps and left > 0
            else ("Tap the beat with Enter and the guide follows.")
        )
    if turned.away:
        return "The music is silent. m brings it back where the arc is then."
    if state.quiet or state.heard is None:
        planned = "" if state.quiet else _silence(settings, state.arc_position_us(now_us))
        return planned or state.message
    return _limit(settings, state, leading, now_us) or state.message


def _limit(
    settings: ListeningSettings, state: ListeningState, leading: Leading, now_us: Micros
) -> str:
    """Say where a piece cannot go as far as it is led, and what helps."""
    item, goal = state.due(now_us), leading.goal(now_us)
    if item is None or goal is None or not state.led.steered:
        return ""
    player = Player(settings, item)
    reach = player.reach_at(state.position_us(now_us) - item.start_us)
    swap = "; a changes the piece." if _has_other(settings, item) else "."
    if reach is None:
        return f"The tempo of this piece is not known{swap}"
    low, high = reach
    if low - BEYOND_BPM <= goal <= high + BEYOND_BPM:
        return ""
    if high - low < BEYOND_BPM:
        return f"This piece stays at {low:.0f} BPM{swap}"
    way, end = ("down", low) if goal < low else ("up", high)
    return f"This piece goes {way} to {end:.0f} BPM{swap}"


def _has_other(settings: ListeningSettings, item: ProgrammeItem) -> bool:
    """Tell whether there is other music: a piece is composed anew, a recording is not."""
    composed = isinstance(item.source, BuiltinSource)
    return composed or settings.library is not None or len(set(settings.listed)) > 1


def _silence(settings: ListeningSettings, position_us: int) -> str:
    """Say that silence is meant, and how long it lasts."""
    for start, end in silences(settings.arc):
        if start <= position_us < end:
            left = round((end - position_us) / SECOND)
            return f"Silence, as planned; {left // 60}:{left % 60:02d} left."
    return ""
