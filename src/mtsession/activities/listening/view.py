"""What a panel shows of listening."""

import math

from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.state import ListeningState
from mtsession.music.arc import silences
from mtsession.protocol.views import ListeningView
from mtsession.session.activity import ActivityContext
from mtsession.timeline.units import SECOND, Micros


def _silence(settings: ListeningSettings, position_us: int) -> str:
    """Say that silence is meant, and how long it lasts."""
    for start, end in silences(settings.arc):
        if start <= position_us < end:
            left = round((end - position_us) / SECOND)
            return f"Silence, as planned; {left // 60}:{left % 60:02d} left."
    return ""


def view_of(
    settings: ListeningSettings, context: ActivityContext, state: ListeningState, now_us: Micros
) -> ListeningView:
    """Give what a panel shows of listening at a time."""
    programme, heard = state.current(now_us), state.heard
    items = programme.items if programme else ()
    places = [item.item for item in items]
    shown = heard or state.due(now_us)
    place = places.index(shown.item) if shown and shown.item in places else 0
    tempo, grid = settings.tempo, state.grid()
    position = state.arc_position_us(now_us)
    planned_us = settings.length_us(context.planned_us)
    if context.planned_us is not None and not settings.runs_on:
        planned_us = context.planned_us
    if planned_us is None:
        planned_us = programme.duration_us if programme else Micros(0)
    moving = grid is not None and heard is not None and state.held_since is None
    beat_in_bar = heard_bpm = None
    if grid is not None and moving:
        heard_bpm = grid.bpm_at(now_us)
        if grid.beats_per_bar is not None:
            beat = math.floor(grid.beat_at(now_us) + 1e-9)
            beat_in_bar = (beat - grid.downbeat) % grid.beats_per_bar + 1
    message = state.message
    if not state.quiet and heard is None:
        message = _silence(settings, position) or message
    arc = tuple((point.t_us, float(point.bpm)) for point in tempo.points) if tempo else ()
    return ListeningView(
        title=heard.title if heard else None,
        next_title=items[place + 1].title if place + 1 < len(items) else None,
        heard_bpm=heard_bpm,
        planned_bpm=float(tempo.bpm_at(position)) if tempo else None,
        item=place + 1 if items else 0,
        items=len(items),
        elapsed_us=position,
        planned_us=planned_us,
        beat_in_bar=beat_in_bar,
        beats_per_bar=grid.beats_per_bar if grid else None,
        paused=state.held_since is not None and not state.quiet,
        arc=arc,
        message=message,
    )
