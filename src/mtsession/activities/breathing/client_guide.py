"""The guide as the client's own screen shows it: phases known ahead, and no figures."""

from mtsession.activities.breathing.beats import when
from mtsession.activities.breathing.course import Course
from mtsession.activities.breathing.guide import PHASES, WORDS
from mtsession.protocol.views import BreathingView, ClientGuide, GuidePhase


def client_guide(course: Course, view: BreathingView) -> ClientGuide | None:
    """Give what is known of the breath that goes on and the next; None where there is no guide.

    The phases carry their times, so that a screen can go on by itself for as long as they last.
    """
    match view.state:
        case "waiting" | "paused":
            return ClientGuide(state=view.state)
        case "pacing":
            return ClientGuide(state="pacing", phases=_phases(course))
        case _:
            return None


def _phases(course: Course) -> tuple[GuidePhase, ...]:
    found = []
    for paced in course.recent:
        grid, beat = course.grid(paced.grid), paced.first_beat
        for phase, counts in zip(PHASES, paced.counts, strict=True):
            end = beat + counts * paced.beats_per_count
            if counts:
                found.append(
                    GuidePhase(
                        phase=phase,
                        word=WORDS[phase],
                        starts_us=when(grid, beat),
                        ends_us=when(grid, end),
                        counts=counts,
                    )
                )
            beat = end
    return tuple(found)
