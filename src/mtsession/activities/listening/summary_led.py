"""What the summary says of music that was led by hand, and of music in the room."""

from collections.abc import Iterator, Sequence
from statistics import fmean

import msgspec

from mtsession.activities.listening.events import (
    LeadUndone,
    MusicNamed,
    MusicTurned,
    PulseFitted,
    Source,
    TempoLed,
)
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.state import ListeningState
from mtsession.activities.listening.view import heard_bpm
from mtsession.protocol.sections import Figure
from mtsession.timeline import events as ev
from mtsession.timeline.event import Event
from mtsession.timeline.tempo_map import TempoMap
from mtsession.timeline.units import MINUTE, SECOND, Micros

LOOK_US = 10 * SECOND

WORDS = {
    "hold": "tempo held",
    "let go": "tempo let go, back to the arc",
    "slower": "slower",
    "faster": "faster",
    "down": "2 BPM slower",
    "up": "2 BPM faster",
    "start tempo": "back to the start tempo",
    "re-join": "back to the arc",
}

PLACES: dict[Source, str] = {
    "silence": "Silence by hand",
    "live": "The therapist's own playing",
    "outside": "Music from elsewhere",
}


class Minute(msgspec.Struct, frozen=True, kw_only=True):
    """Tempi of one minute of listening, as means; None where there was none."""

    planned: float | None
    led: float | None
    heard: float | None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch in which the programme was not what was heard.

    Attributes
    ----------
    pulse : PulseFitted or None
        The last pulse that taps gave.
    """

    source: Source
    title: str
    start_us: Micros
    end_us: Micros
    pulse: PulseFitted | None


def led_figures(activity: int, events: Sequence[Event]) -> list[Figure]:
    """Give what was led by hand, in words, and the tempi of each minute."""
    start_us, _ = _span(activity, events)
    figures = [
        Figure(label="Led by hand", text=f"{_at(lead.t_us, start_us)} {words}", key=f"lead_{n}")
        for n, (lead, words) in enumerate(_leads(activity, events), start=1)
    ]
    for number, minute in enumerate(minutes(activity, events), start=1):
        said = {"planned": minute.planned, "led": minute.led, "heard": minute.heard}
        known = [f"{word} {bpm:.1f}" for word, bpm in said.items() if bpm is not None]
        if not known:
            continue
        text = f"{', '.join(known)} BPM" + ("" if minute.heard is not None else "; no beat heard")
        figures.append(
            Figure(
                label=f"Tempo, minute {number}",
                text=text,
                key=f"minute_{number}_bpm",
                value=minute.heard,
                unit="BPM",
            )
        )
    return figures


def turn_figures(activity: int, events: Sequence[Event]) -> list[Figure]:
    """Give when the music came from the room, or was silent by hand."""
    start_us, _ = _span(activity, events)
    figures = []
    for number, turn in enumerate(turns(activity, events), start=1):
        text = f"{_at(turn.start_us, start_us)} to {_at(turn.end_us, start_us)}"
        if turn.title:
            text = f"{turn.title}, {text}"
        if turn.pulse is not None:
            spread = f"spread {turn.pulse.spread_ms:.0f} ms"
            text += f", {turn.pulse.bpm:.1f} BPM at the last of {turn.pulse.taps} taps, {spread}"
        figures.append(Figure(label=PLACES[turn.source], text=text, key=f"turn_{number}"))
    return figures


def minutes(activity: int, events: Sequence[Event]) -> list[Minute]:
    """Give planned, led and heard tempo minute by minute of the activity's time."""
    settings = _settings(activity, events)
    if settings is None:
        return []
    tempo = _tempo(settings)
    start_us, end_us = _span(activity, events)
    found: list[Minute] = []
    looks: list[tuple[float | None, float | None, float | None]] = []
    for at_us, state in _looks(activity, events, start_us, end_us):
        looks.append(_look(state, tempo, at_us))
        if (at_us + LOOK_US // 2 - start_us) % MINUTE == 0:
            found.append(_mean(looks))
            looks = []
    return [*found, _mean(looks)] if looks else found


def turns(activity: int, events: Sequence[Event]) -> list[Turn]:
    """Give the stretches in which the programme was not what was heard."""
    _, end_us = _span(activity, events)
    found: list[Turn] = []
    for event in events:
        if getattr(event, "activity", None) != activity:
            continue
        match event:
            case MusicTurned():
                if found and found[-1].end_us == end_us:
                    found[-1] = msgspec.structs.replace(found[-1], end_us=event.t_us)
                if event.to != "programme":
                    found.append(
                        Turn(
                            source=event.to, title=event.title, start_us=event.t_us,
                            end_us=end_us, pulse=None,
                        )
                    )  # fmt: skip
            case MusicNamed() if found:
                found[-1] = msgspec.structs.replace(found[-1], title=event.title)
            case PulseFitted() if found:
                found[-1] = msgspec.structs.replace(found[-1], pulse=event)
    return found


def leads(activity: int, events: Sequence[Event]) -> int:
    """Count what was led by hand."""
    return sum(1 for _ in _leads(activity, events))


def _leads(activity: int, events: Sequence[Event]) -> Iterator[tuple[Event, str]]:
    for event in events:
        if isinstance(event, LeadUndone) and event.activity == activity:
            yield event, "the last lead taken back"
        if isinstance(event, TempoLed) and event.activity == activity and event.what in WORDS:
            back = event.what in {"let go", "re-join"}
            to = "at" if event.what == "hold" else "to"
            goal = "" if back else f", {to} {event.target[-1].bpm:.1f} BPM"
            yield event, WORDS[event.what] + goal


def _looks(
    activity: int, events: Sequence[Event], start_us: int, end_us: int
) -> Iterator[tuple[int, ListeningState]]:
    """Give how listening stood every few seconds, in the middle of each stretch of time."""
    state, place = ListeningState(activity), 0
    for at_us in range(start_us + LOOK_US // 2, end_us, LOOK_US):
        while place < len(events) and events[place].t_us <= at_us:
            state.apply(events[place])
            place += 1
        yield at_us, state


def _look(
    state: ListeningState, tempo: TempoMap | None, at_us: int
) -> tuple[float | None, float | None, float | None]:
    programme, grid = state.current(at_us), state.grid()
    still = state.held_since is not None
    arc_us = state.arc_position_us(at_us)
    course = None if programme is None else state.led.course(programme.round)
    planned = None if tempo is None or programme is None else float(tempo.bpm_at(arc_us))
    led = None if course is None else float(course.bpm_at(arc_us))
    sounds = state.turned.pulse is not None or (state.heard is not None and not still)
    heard = heard_bpm(grid, at_us) if grid is not None and sounds else None
    if state.turned.away:
        return None, None, heard
    return planned, led, heard


def _mean(looks: Sequence[tuple[float | None, float | None, float | None]]) -> Minute:
    columns = [[each for each in column if each is not None] for column in zip(*looks, strict=True)]
    planned, led, heard = (fmean(column) if column else None for column in columns)
    return Minute(planned=planned, led=led, heard=heard)


def _tempo(settings: ListeningSettings) -> TempoMap | None:
    try:
        return settings.tempo
    except ValueError:
        return None


def _settings(activity: int, events: Sequence[Event]) -> ListeningSettings | None:
    """Give the settings as the record has them; None where they cannot be read any more."""
    for event in events:
        if isinstance(event, ev.ActivityStarted) and event.activity == activity:
            try:
                return msgspec.convert(event.settings, ListeningSettings)
            except msgspec.ValidationError:
                return None
    return None


def _span(activity: int, events: Sequence[Event]) -> tuple[Micros, Micros]:
    """Give when an activity began and ended."""
    start_us, end_us = Micros(0), events[-1].t_us if events else Micros(0)
    for event in events:
        if isinstance(event, ev.ActivityStarted) and event.activity == activity:
            start_us = event.t_us
        if isinstance(event, ev.ActivityEnded) and event.activity == activity:
            end_us = event.t_us
    return start_us, end_us


def _at(t_us: int, start_us: int) -> str:
    """Write a time of the activity as minutes and seconds."""
    whole = max(0, t_us - start_us) // SECOND
    return f"{whole // 60}:{whole % 60:02d}"
