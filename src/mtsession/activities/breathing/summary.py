"""What the record says of a breathing activity: what the guide gave, never what was breathed."""

from collections.abc import Sequence
from itertools import groupby, pairwise

from mtsession.activities.breathing.course import Course, Delivered
from mtsession.activities.breathing.events import OwnRateTapped, OwnRateTyped
from mtsession.protocol.sections import Figure, Section
from mtsession.timeline.event import Event
from mtsession.timeline.events import ActivityEnded, ActivityStarted
from mtsession.timeline.units import MINUTE

METRICS_VERSION = 3
# Shorter runs are steps on the way; the line names what was stayed with.
STAYED_BREATHS = 3
PAUSE_WORDS = {"session": "with the session", "music": "with the music", "quiet": "by quiet"}


def summarise(activity: int, events: Sequence[Event]) -> Section:
    """Give the section of one breathing activity from all events of a session."""
    course = Course(activity=activity)
    title, reason = "Breathing", ""
    for event in events:
        course.take(event)
        if isinstance(event, ActivityStarted) and event.activity == activity:
            title = event.title or title
        if isinstance(event, ActivityEnded) and event.activity == activity:
            reason = event.reason
    given = finished(course, events[-1].t_us if events else 0)
    return Section(
        activity=activity,
        method="breathing",
        title=title,
        line=_line(course, given, reason),
        figures=_figures(course, given),
        captured=("the guide's breaths, counts and changes",),
        not_captured=("the client's own breathing",),
        metrics_version=METRICS_VERSION,
    )


def finished(course: Course, last_us: int) -> list[Delivered]:
    """Give all breaths of the guide, with those that the record's end left open."""
    given = list(course.delivered)
    for paced in course.pending:
        starts, ends = course.span(paced)
        if starts < last_us:
            whole = ends <= last_us
            given.append(
                Delivered(
                    paced=paced,
                    starts_us=starts,
                    ends_us=ends if whole else type(ends)(last_us),
                    whole=whole,
                )
            )
    return given


def rates_by_minute(given: Sequence[Delivered]) -> list[tuple[float, float]]:
    """Give planned and delivered breaths a minute for each minute of pacing.

    Pauses are left out of the time. A breath across the end of a minute counts
    to both by its share. A last stretch under ten seconds is left out.

    Returns
    -------
    list of (planned, delivered)
    """
    minutes: list[list[float]] = []
    paced_us = 0.0
    for breath in given:
        length = breath.ends_us - breath.starts_us
        whole = length if breath.whole else max(length, breath.paced.nominal_us)
        left = float(length)
        while left > 0:
            index, into = divmod(paced_us, MINUTE)
            part = min(left, MINUTE - into)
            while len(minutes) <= index:
                minutes.append([0.0, 0.0, 0.0])
            row = minutes[int(index)]
            row[0] += part
            row[1] += part * breath.paced.planned_rate
            row[2] += part / whole
            paced_us += part
            left -= part
    return [
        (planned / spent, breaths * MINUTE / spent)
        for spent, planned, breaths in minutes
        if spent >= 10_000_000
    ]


def _line(course: Course, given: Sequence[Delivered], reason: str) -> str:
    """Give the one line of the summary."""
    parts = [_rates_line(given) or "no whole breath"]
    clock = sum(not breath.paced.on_the_beat for breath in given)
    if given and clock == len(given):
        parts.append("on the clock")
    elif clock:
        parts.append(f"{clock} of {len(given)} breaths on the clock")
    if course.let_go:
        parts.append("guide stopped")
    if reason and reason != "planned":
        parts.append("stopped by hand" if reason == "by hand" else reason)
    return "Guide (not the client's breathing): " + "; ".join(parts)


def _rates_line(given: Sequence[Delivered]) -> str:
    """Give the rates that the guide stayed at, in order: `18, then 14.4/min`."""
    whole = [breath for breath in given if breath.whole]
    if not whole:
        return ""
    runs = [list(run) for _, run in groupby(whole, key=lambda breath: breath.paced.counts)]
    stayed = [run for run in runs if len(run) >= STAYED_BREATHS] or runs
    rates = [f"{_mean_rate(run):.1f}".removesuffix(".0") for run in stayed]
    rates = [rate for rate, _ in groupby(rates)]
    if len(rates) > 3:
        return f"{rates[0]} to {rates[-1]}/min"
    return ", then ".join(rates) + "/min"


def _mean_rate(breaths: Sequence[Delivered]) -> float:
    return len(breaths) * MINUTE / sum(breath.ends_us - breath.starts_us for breath in breaths)


def _figures(course: Course, given: Sequence[Delivered]) -> tuple[Figure, ...]:
    """Give the figures: rates by minute, counts, pauses, changes."""
    whole = [breath for breath in given if breath.whole]
    minutes = rates_by_minute(given)
    beat = sum(breath.paced.on_the_beat for breath in given)
    changes = sum(a.paced.counts != b.paced.counts for a, b in pairwise(given))
    mean = _mean_rate(whole) if whole else None
    last = course.rates[-1] if course.rates else None
    clock = "; ".join(dict.fromkeys(course.clock_reasons))
    return (
        Figure(
            label="Breaths of the guide",
            text=str(len(whole)),
            key="guide_breaths",
            value=float(len(whole)),
        ),
        Figure(
            label="Guide's mean rate",
            text="none: no whole breath" if mean is None else f"{mean:.1f}/min",
            key="guide_rate_mean",
            value=mean,
            unit="/min",
            n=len(whole),
        ),
        Figure(
            label="Planned rate, minute by minute",
            text=_series([planned for planned, _ in minutes]),
            key="planned_rate_by_minute",
            unit="/min",
            n=len(minutes),
        ),
        Figure(
            label="Guide's rate, minute by minute",
            text=_series([delivered for _, delivered in minutes]),
            key="guide_rate_by_minute",
            unit="/min",
            n=len(minutes),
        ),
        Figure(
            label="Counted on",
            text=f"the beat {beat}, the clock {len(given) - beat} breaths"
            + (f" ({clock})" if clock else ""),
            key="breaths_on_the_beat",
            value=float(beat),
            n=len(given),
        ),
        Figure(
            label="Changes of count",
            text=str(changes),
            key="count_changes",
            value=float(changes),
        ),
        Figure(
            label="Patterns",
            text=_patterns(course, given),
            key="patterns",
            value=float(len(course.swaps)),
            n=len(given),
        ),
        Figure(
            label="Client's own rate, as tapped or typed",
            text=_own_rates(course),
            key="own_rate",
            value=None if course.own_us is None else MINUTE / course.own_us,
            unit="/min",
            n=last.taps if isinstance(last, OwnRateTapped) else 0,
        ),
        Figure(
            label="Led by hand",
            text=", ".join(lead.asked for lead in course.leads) or "no",
            key="leads",
            value=float(len(course.leads)),
        ),
        Figure(
            label="Pauses",
            text=", ".join(PAUSE_WORDS[pause.why] for pause in course.pauses) or "none",
            key="pauses",
            value=float(len(course.pauses)),
        ),
    )


def _patterns(course: Course, given: Sequence[Delivered]) -> str:
    """Give the patterns that breaths were given in, in order, and how often it was changed."""
    if not given:
        return "none: no breath was given"
    runs = groupby(given, key=lambda breath: (breath.paced.pattern, breath.paced.beats_per_count))
    names = [text + (" on half beats" if unit != 1.0 else "") for (text, unit), _ in runs]
    swaps = len(course.swaps)
    changed = f"; changed by hand {swaps} time{'s' if swaps > 1 else ''}" if swaps else ""
    return ", then ".join(names) + changed


def _own_rates(course: Course) -> str:
    """Give what the taps came to, the last of each series, and what was typed; or why none."""
    if not course.rates:
        return "none: " + ("too few or uneven taps" if course.taps else "not tapped")
    rates = [
        f"{MINUTE / rate.length_us:.1f}/min" + (" typed" if isinstance(rate, OwnRateTyped) else "")
        for rate in course.rates
    ]
    return ", ".join(rates)


def _series(rates: Sequence[float]) -> str:
    """Give rates as a row, or the reason why there is none."""
    if not rates:
        return "none: paced for less than ten seconds"
    return ", ".join(f"{rate:.1f}" for rate in rates) + "/min"
