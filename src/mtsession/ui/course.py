"""The course of the session in a line or two: what is done, now, and ahead."""

from textual.geometry import Size

from mtsession.protocol.views import CourseSegment
from mtsession.ui.draw import Row, clip, pack, shorten
from mtsession.ui.panels.base import Rows

SYMBOLS = {"done": "●", "now": "▶", "ahead": "○", "skipped": "–"}
TONES = {"done": "faint", "now": "strong", "ahead": "", "skipped": "faint"}
TITLE_WIDTHS = (40, 24, 20, 16, 13, 11, 9, 8, 7, 6, 5, 4)
LEAST_TITLE = 12
UNIT = " min"
MOST_ROWS = 2


class Course(Rows):
    """The session's segments with their minutes, done and planned."""

    DEFAULT_CSS = """
    Course {
        width: 1fr;
        height: auto;
        max-height: 2;
        padding: 0 1;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  (Textual's name)
        super().__init__(id=id, classes=classes)
        self._course: tuple[CourseSegment, ...] = ()

    def show(self, course: tuple[CourseSegment, ...]) -> None:
        """Take the newest course."""
        width = self.size.width
        before = len(course_rows(self._course, width, MOST_ROWS))
        self._course = course
        if len(course_rows(course, width, MOST_ROWS)) != before:
            self.refresh(layout=True)
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  (Textual's signature)
        """Take a second row only where it is needed."""
        return max(len(course_rows(self._course, width, MOST_ROWS)), 1)

    def draw(self, width: int, height: int) -> list[Row]:
        """Give the rows."""
        return course_rows(self._course, width, height)


def course_rows(course: tuple[CourseSegment, ...], width: int, most: int) -> list[Row]:
    """Fit the segments into rows: titles are shortened first, then those far from now left out.

    Parameters
    ----------
    course : tuple of CourseSegment
        In their order.
    width : int
        Cells a row.
    most : int
        Rows at most.
    """
    if not course or width < 1:
        return []
    for rows in range(1, most + 1):
        for title_width in TITLE_WIDTHS:
            # A title of a few letters says less than a second row would.
            if rows < most and title_width < 8:
                break
            packed = _packed(course, width, title_width)
            if len(packed) <= rows:
                return packed
    return _around_now(course, width, most)


def _packed(course: tuple[CourseSegment, ...], width: int, title_width: int) -> list[Row]:
    pieces = [_segment(segment, title_width) for segment in course]
    return pack([(*pieces[0], (UNIT, "faint")), *pieces[1:]], width)


def _segment(segment: CourseSegment, title_width: int) -> Row:
    tone = TONES[segment.state]
    title = shorten(segment.title, title_width)
    return ((f"{SYMBOLS[segment.state]} ", tone), (title, tone), (f" {_minutes(segment)}", tone))


def _minutes(segment: CourseSegment) -> str:
    """Write minutes done of minutes planned; half minutes where they are planned."""
    done = str(segment.done_us // 60_000_000)
    if segment.planned_us is None:
        known = segment.state in {"now", "done"}
        if segment.state == "done":
            return done
        return f"{done}, until stopped" if known else "until stopped"
    planned = f"{round(segment.planned_us / 60_000_000, 1):g}"
    return planned if segment.state == "ahead" else f"{done}/{planned}"


def _around_now(course: tuple[CourseSegment, ...], width: int, most: int) -> list[Row]:
    """Show the stretch around the present segment, and say how many lie outside it."""
    states = [segment.state for segment in course]
    past = sum(state in {"done", "skipped"} for state in states)
    now = states.index("now") if "now" in states else min(past, len(course) - 1)
    first, last = now, now + 1
    best: list[Row] = []
    while True:
        pieces = [_segment(segment, LEAST_TITLE) for segment in course[first:last]]
        if first:
            pieces.insert(0, ((f"… {first} before", "faint"),))
        if last < len(course):
            pieces.append(((f"… {len(course) - last} more", "faint"),))
        rows = pack(pieces, width)
        if len(rows) > most:
            return best or [clip(pieces[1 if first else 0], width)]
        best = rows
        if last < len(course) and (last - now <= now - first or not first):
            last += 1
        elif first:
            first -= 1
        else:
            return best
