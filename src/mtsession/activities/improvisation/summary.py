"""An improvisation's part of the summary, from the session's events alone."""

from collections.abc import Sequence

from mtsession.activities.improvisation.baseline import engagement_figures
from mtsession.activities.improvisation.ensemble import Ensemble, fold
from mtsession.activities.improvisation.figures import (
    PlayerTake,
    TakeFigures,
    figure_of,
    figure_rows,
)
from mtsession.activities.improvisation.metrics.basics import METRICS_VERSION, SILENT, Basics
from mtsession.activities.improvisation.metrics.live import MOST_COMPARED
from mtsession.activities.improvisation.metrics.whole import TakeWhole, analyse
from mtsession.activities.improvisation.parts import Take
from mtsession.activities.improvisation.to_music import (
    Surroundings,
    ToMusic,
    latency_words,
    music_rows,
    to_music,
)
from mtsession.activities.improvisation.words import counted, duration, percent
from mtsession.protocol.sections import Figure, Section
from mtsession.timeline.event import Event
from mtsession.timeline.events import ActivityStarted

NEVER_CAPTURED = ("voice", "acoustic instruments")


def take_figures(ensemble: Ensemble, now_us: int) -> tuple[TakeFigures, ...]:
    """Give the plain figures of every take, the one that goes on until now.

    Parameters
    ----------
    ensemble : Ensemble
        The improvisation, live or folded from the record: the figures are the same.
    """
    return tuple(_take(ensemble, take, now_us) for take in ensemble.takes)


def take_whole(take: Take, now_us: int) -> TakeWhole | None:
    """Give all that is reckoned of a take; None where nobody played."""
    parts = [part for _, part in sorted(take.parts.items())]
    if not any(len(part.columns) for part in parts):
        return None
    until = _until(take, now_us)
    heard = [part.columns.arrays(take.start_us, until) for part in parts]
    return analyse(heard, compared=MOST_COMPARED)


def summarise(activity: int, events: Sequence[Event]) -> Section:
    """Give an improvisation's section from all events of its session."""
    ensemble = fold(activity, events)
    title = next(
        (e.title for e in events if isinstance(e, ActivityStarted) and e.activity == activity),
        "Improvise",
    )
    last_us = max((event.t_us for event in events), default=0)
    takes = take_figures(ensemble, last_us)
    wholes = [take_whole(take, last_us) for take in ensemble.takes]
    figures = [
        figure
        for take, whole in zip(takes, wholes, strict=True)
        for figure in figure_rows(take, whole)
    ]
    around = Surroundings(events)
    timings = [to_music(ensemble, take, around, _until(take, last_us)) for take in ensemble.takes]
    figures += _music_figures(ensemble, takes, timings)
    figures += engagement_figures(takes, wholes, ensemble.port_names)
    return Section(
        activity=activity,
        method="improvisation",
        title=title,
        line=_line(ensemble, takes),
        figures=tuple(figures),
        captured=(*_captured(ensemble, takes), *_latencies(ensemble, timings)),
        not_captured=(*NEVER_CAPTURED, *_missed(ensemble, takes)),
        metrics_version=METRICS_VERSION,
    )


def _until(take: Take, now_us: int) -> int:
    """Give where a take ends: after its last note, however late that was told."""
    return max([take.at(now_us), *(part.columns.last_us + 1 for part in take.parts.values())])


def _music_figures(
    ensemble: Ensemble, takes: Sequence[TakeFigures], timings: Sequence[Sequence[ToMusic]]
) -> list[Figure]:
    """Give each player's timing to the music that was heard in a take, where any was."""
    return [
        figure_of(take.take, row)
        for take, found in zip(takes, timings, strict=True)
        for player in found
        for row in music_rows(
            player,
            ensemble.players[player.player].name,
            f"take{take.take}.p{player.player + 1}",
        )
    ]


def _latencies(ensemble: Ensemble, timings: Sequence[Sequence[ToMusic]]) -> tuple[str, ...]:
    """Say once for each player what latency was taken off, where there was music to play to."""
    said = (
        latency_words(player, ensemble.players[player.player].name)
        for found in timings
        for player in found
    )
    return tuple(dict.fromkeys(said))


def _take(ensemble: Ensemble, take: Take, now_us: int) -> TakeFigures:
    at_us = take.at(now_us)
    return TakeFigures(
        take=take.number,
        elapsed_us=take.elapsed_us(now_us),
        outside=take.outside,
        players=tuple(
            PlayerTake(
                player=player,
                name=ensemble.players[player].name,
                role=ensemble.players[player].role,
                figures=part.figures(at_us),
                doubled=part.pairing.doubled,
                unmatched=part.pairing.unmatched,
                stuck=part.pairing.held,
                cut=part.cut,
                lost=part.columns.lost,
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


def _player_line(name: str, figures: Sequence[Basics]) -> str:
    """Give one player over all takes, in the rules that hold for each figure."""
    window = sum(f.window_us for f in figures)
    notes = sum(f.notes for f in figures)
    if not notes:
        return f"{name}: {SILENT} through {duration(window)}"
    line = f"{name}: {counted(notes, 'note')}"
    if not any(f.enough for f in figures) or not window:
        return f"{line} in {duration(window)}"
    share = sum(f.active_us for f in figures) / window
    pauses = [f.longest_pause_us for f in figures if f.longest_pause_us is not None]
    longest = f", longest pause {duration(max(pauses))}" if pauses else ""
    return f"{line}, sounding {percent(share)} of {duration(window)}{longest}"


def _captured(ensemble: Ensemble, takes: Sequence[TakeFigures]) -> tuple[str, ...]:
    """Say what each player's notes came from, and what was moved beside the keys."""
    played = {p.player for take in takes for p in take.players if p.figures.notes}
    lines = []
    for player, name in enumerate(seat.name for seat in ensemble.players):
        ports = ensemble.port_names(player)
        if ports or player in played:
            source = " and ".join(dict.fromkeys(ports)) or "an unnamed port"
            moved = sorted(
                {
                    what
                    for take in ensemble.takes
                    if player in take.parts
                    for what in take.parts[player].pairing.shaded
                }
            )
            also = f"; {', '.join(moved)} kept, in no figure" if moved else ""
            lines.append(f"{name}: notes and pedals from {source}{also}")
    return tuple(lines)


def _missed(ensemble: Ensemble, takes: Sequence[TakeFigures]) -> tuple[str, ...]:
    """Say what a reader might take for silence but was not captured."""
    lines = []
    for player, name in enumerate(seat.name for seat in ensemble.players):
        mine = [(t, p) for t in takes for p in t.players if p.player == player]
        figures = [(t, p.figures) for t, p in mine]
        gap_us = sum(take.elapsed_us - f.window_us for take, f in figures)
        if gap_us > 0:
            lines.append(f"{name}: {duration(gap_us)} while the port was away")
        elif figures and not ensemble.port_names(player) and not any(f.notes for _, f in figures):
            lines.append(f"{name}: no port of this player was plugged in")
        if any(p.fixed for _, p in mine):
            lines.append(f"{name}: dynamics of the computer's keys")
        lost = sum(p.lost for _, p in mine)
        if lost:
            lines.append(
                f"{name}: {counted(lost, 'note')} beyond what a take keeps, in plain figures"
            )
    for take in takes:
        playing = [p for p in take.players if p.figures.notes]
        if len(playing) > MOST_COMPARED:
            names = ", ".join(p.name for p in playing[:MOST_COMPARED])
            lines.append(f"take {take.take}: between players, only {names} were compared")
    outside = sum(take.outside for take in takes)
    if outside:
        lines.append(f"{counted(outside, 'note')} played while paused")
    return tuple(lines)
