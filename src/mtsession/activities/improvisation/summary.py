"""An improvisation's part of the summary, from the session's events alone."""

from collections.abc import Sequence

from mtsession.activities.improvisation.ensemble import Ensemble
from mtsession.activities.improvisation.figures import (
    PlayerTake,
    TakeFigures,
    duration,
    figure_rows,
    percent,
)
from mtsession.activities.improvisation.metrics.tallied import (
    METRICS_VERSION,
    SILENT,
    PlayerFigures,
)
from mtsession.activities.improvisation.parts import Take
from mtsession.protocol.sections import Section
from mtsession.timeline.event import Event
from mtsession.timeline.events import ActivityStarted

NEVER_CAPTURED = ("voice", "acoustic instruments")


def take_figures(ensemble: Ensemble, now_us: int) -> tuple[TakeFigures, ...]:
    """Give the figures of every take, the one that goes on until now.

    Parameters
    ----------
    ensemble : Ensemble
        The improvisation, live or folded from the record: the figures are the same.
    """
    return tuple(_take(ensemble, take, now_us) for take in ensemble.takes)


def summarise(activity: int, events: Sequence[Event]) -> Section:
    """Give an improvisation's section from all events of its session."""
    ensemble = Ensemble(activity)
    title, last_us = "Improvise", 0
    for event in events:
        ensemble.take_in(event)
        last_us = max(last_us, event.t_us)
        if isinstance(event, ActivityStarted) and event.activity == activity:
            title = event.title
    takes = take_figures(ensemble, last_us)
    return Section(
        activity=activity,
        method="improvisation",
        title=title,
        line=_line(ensemble, takes),
        figures=tuple(figure for take in takes for figure in figure_rows(take)),
        captured=_captured(ensemble, takes),
        not_captured=(*NEVER_CAPTURED, *_missed(ensemble, takes)),
        metrics_version=METRICS_VERSION,
    )


def _take(ensemble: Ensemble, take: Take, now_us: int) -> TakeFigures:
    at_us = take.at(now_us)
    return TakeFigures(
        take=take.number,
        elapsed_us=take.elapsed_us(now_us),
        outside=take.outside,
        players=tuple(
            PlayerTake(
                player=player, name=ensemble.players[player].name, figures=part.figures(at_us)
            )
            for player, part in sorted(take.parts.items())
        ),
    )


def _line(ensemble: Ensemble, takes: Sequence[TakeFigures]) -> str:
    """Give everything in one line: who played how much."""
    if not takes:
        return "no take"
    whole = duration(sum(take.elapsed_us for take in takes))
    many = f"{len(takes)} takes, {whole}: " if len(takes) > 1 else ""
    parts = [
        _player_line(name, [p.figures for take in takes for p in take.players if p.player == index])
        for index, name in enumerate(player.name for player in ensemble.players)
    ]
    return many + ("; ".join(parts) if parts else f"no keyboard, {whole}")


def _player_line(name: str, figures: Sequence[PlayerFigures]) -> str:
    """Give one player over all takes, in the rules that hold for each figure."""
    window = sum(f.window_us for f in figures)
    notes = sum(f.notes for f in figures)
    if not notes:
        return f"{name}: {SILENT} through {duration(window)}"
    line = f"{name}: {notes} {'note' if notes == 1 else 'notes'}"
    if not any(f.enough for f in figures) or not window:
        return f"{line} in {duration(window)}"
    share = sum(f.active_us for f in figures) / window
    pauses = [f.longest_pause_us for f in figures if f.longest_pause_us is not None]
    longest = f", longest pause {duration(max(pauses))}" if pauses else ""
    return f"{line}, sounding {percent(share)} of {duration(window)}{longest}"


def _captured(ensemble: Ensemble, takes: Sequence[TakeFigures]) -> tuple[str, ...]:
    """Say what each player's notes came from."""
    played = {p.player for take in takes for p in take.players if p.figures.notes}
    lines = []
    for player, name in enumerate(seat.name for seat in ensemble.players):
        ports = ensemble.port_names(player)
        if ports or player in played:
            lines.append(f"{name}: notes and pedal from {' and '.join(ports) or 'an unnamed port'}")
    return tuple(lines)


def _missed(ensemble: Ensemble, takes: Sequence[TakeFigures]) -> tuple[str, ...]:
    """Say what a reader might take for silence but was not captured."""
    lines = []
    for player, name in enumerate(seat.name for seat in ensemble.players):
        figures = [(t, p.figures) for t in takes for p in t.players if p.player == player]
        gap_us = sum(take.elapsed_us - f.window_us for take, f in figures)
        if gap_us > 0:
            lines.append(f"{name}: {duration(gap_us)} while the port was away")
        elif figures and not ensemble.port_names(player) and not any(f.notes for _, f in figures):
            lines.append(f"{name}: no port of this player was plugged in")
        if any(f.fixed_velocity for _, f in figures):
            lines.append(f"{name}: dynamics of the computer's keys")
    outside = sum(take.outside for take in takes)
    if outside:
        lines.append(f"{outside} {'note' if outside == 1 else 'notes'} played while paused")
    return tuple(lines)
