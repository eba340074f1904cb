"""The one-page summary, line by line, as plain text."""

from collections.abc import Iterable

import msgspec

from mtsession.protocol.summary import CourseLine, MeasureLine, Summary
from mtsession.timeline.clock import WallTime

WRITES = "[therapist writes]"

ENDINGS = {
    "planned": "Ended as planned.",
    "by hand": "Ended by the therapist.",
    "client stopped": "The client stopped.",
    "asleep": "Ended with the client asleep.",
    "called away": "Ended: called away.",
    "distress": "Ended because of distress.",
    "medical": "Ended for a medical reason.",
    "interrupted": "The recording was interrupted; everything before it is here.",
    "failed": "Ended by a technical fault; everything before it is here.",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the page: what it is about, and what it says."""

    label: str
    text: str

    def __str__(self) -> str:
        """Give the line as the page prints it."""
        return f"{self.label}: {self.text}" if self.label else self.text


def page(summary: Summary) -> tuple[Line, ...]:
    """Lay out a summary as its page, one fact a line.

    Parameters
    ----------
    summary : Summary
        A draft; signing happens elsewhere.

    Returns
    -------
    tuple of Line
        In the order that a reader wants them; lines without content are left out.
    """
    lines = [Line(label="", text=_head(summary))]
    if summary.plan_title:
        lines.append(Line(label="Plan", text=summary.plan_title))
    if summary.course:
        lines.append(Line(label="Planned/done min", text=_course(summary.course)))
    lines.extend(_activities(summary))
    if summary.captured:
        lines.append(Line(label="Captured", text=", ".join(summary.captured)))
    if summary.not_captured:
        lines.append(Line(label="Not captured", text=", ".join(summary.not_captured)))
    if summary.marks:
        marks = (f"{clock(mark.wall)} {mark.label}".strip() for mark in summary.marks)
        lines.append(Line(label="Marks", text="; ".join(marks)))
    lines.extend(_measure(measure) for measure in summary.measures)
    lines.extend(Line(label="Note", text=note) for note in summary.notes)
    if summary.notices:
        told = dict.fromkeys(notice.text for notice in summary.notices)
        lines.append(Line(label="Technical", text="; ".join(told)))
    lines.append(Line(label="", text=ENDINGS[summary.ended or "interrupted"]))
    lines.append(Line(label="Response / meaning / plan", text=WRITES))
    lines.append(Line(label="Signed", text=""))
    return tuple(lines)


def as_text(summary: Summary) -> str:
    """Give the page as plain text, with a newline at its end."""
    return "".join(f"{line!s}".rstrip() + "\n" for line in page(summary))


def clock(wall: WallTime | None) -> str:
    """Give the hour and minute of a wall time; empty where it is not known."""
    return "" if wall is None else wall.local().strftime("%H:%M")


def minutes(us: int) -> str:
    """Give a length in minutes as people say it: whole from ten up, else to a quarter.

    Examples
    --------
    >>> minutes(33 * 60_000_000), minutes(150_000_000), minutes(20_000_000)
    ('33', '2.5', '0.25')
    """
    value = us / 60_000_000
    if value >= 10:
        return f"{value:.0f}"
    return f"{round(value * 4) / 4:g}"


def _head(summary: Summary) -> str:
    client = summary.client or "No client assigned"
    if summary.started is None:
        return f"DRAFT. {client}"
    start = summary.started.local()
    day = f"{start.day} {start.strftime('%b %Y')}"
    span = f"{clock(summary.started)}-{clock(summary.ended_at)}"
    return f"DRAFT. {client}, {day} {span} ({minutes(summary.duration_us)} min)"


def _course(course: Iterable[CourseLine]) -> str:
    parts = []
    for line in course:
        planned = "-" if line.planned_us is None else minutes(line.planned_us)
        title = line.title[:1].lower() + line.title[1:]
        parts.append(f"{title} {planned}/{minutes(line.done_us)}")
    return ", ".join(parts)


def _activities(summary: Summary) -> list[Line]:
    """Give one line a kind of activity, in the order of first use."""
    told: dict[str, list[str]] = {}
    for section in summary.sections:
        if section.line:
            line = _split(section.line)
            told.setdefault(line.label, []).append(line.text)
    return [Line(label=label, text="; ".join(texts)) for label, texts in told.items()]


def _split(text: str) -> Line:
    """Take a section's line apart into its label and the rest."""
    label, colon, rest = text.partition(": ")
    return Line(label=label, text=rest) if colon else Line(label="", text=text)


def _measure(measure: MeasureLine) -> Line:
    given = [
        f"{value:g} {when}"
        for value, when in ((measure.before, "before"), (measure.after, "after"))
        if value is not None
    ]
    if measure.source == "therapist" and measure.after is not None:
        # It is given once, of the session as a whole.
        text = f"{measure.after:g} of 10"
        return Line(label=f"{measure.measure}, as the therapist saw it", text=text)
    return Line(label=f"{measure.measure} ({measure.source})", text=", ".join(given))
