"""What the guide says in a line: why it waits, what it counts on, what the taps have given."""

from typing import Literal

from mtsession.activities.breathing.beats import FLOOR_SLACK
from mtsession.activities.breathing.course import Course
from mtsession.activities.breathing.events import BreathPaced, OwnRateTyped
from mtsession.activities.breathing.settings import Rules
from mtsession.activities.breathing.taps import LEAST_TAPS, read_taps
from mtsession.timeline.units import MINUTE, SECOND, Micros

State = Literal["caution", "waiting", "pacing", "unpaced", "paused", "ended"]

INSTRUCTION = "easy and shallow; stop if dizzy"
CAUTION = (
    "Before the first breath, think of: panic, breathlessness, dizziness, trauma or dissociation, "
    "psychosis or delirium, recent surgery, seizures brought on by music."
)
# How long after the last tap the screen speaks of taps.
TAPS_SHOWN_US = 30 * SECOND


def message(
    course: Course, rules: Rules, state: State, paced: BreathPaced | None, now_us: int
) -> str:
    """Say in a line what the therapist should know now.

    Parameters
    ----------
    paced : BreathPaced or None
        The breath that is shown.
    """
    match state:
        case "caution":
            return CAUTION
        case "waiting":
            return _waiting(course, rules, now_us)
        case "paused" if course.music.quiet_us is not None:
            return "quiet; the guide waits until it is asked to go on"
        case "paused":
            return "a new breath begins when the session or the music goes on"
        case "pacing" if paced is not None:
            return "; ".join([*_pacing(course, rules, paced, now_us), INSTRUCTION])
        case _:
            return own_rate_said(course, rules, now_us)


def _waiting(course: Course, rules: Rules, now_us: int) -> str:
    own = own_rate_said(course, rules, now_us)
    if course.following and course.own_us is None:
        return own or "tap with each breath in; the guide begins with the third"
    waits = "listening for the beat" if course.stage == "waiting" else "begins with the beat"
    return f"{own}; {waits}" if own else waits


def _pacing(course: Course, rules: Rules, paced: BreathPaced, now_us: int) -> list[str]:
    """Say what is out of the ordinary with the breath that is shown."""
    taps = own_rate_said(course, rules, now_us)
    parts = [taps] if taps else []
    if not paced.on_the_beat and course.pulse is not None:
        parts.append(f"{course.pulse.why}: counting on the clock")
    parts += _pattern_said(course, rules, paced)
    if course.wanted_us is not None:
        parts.append(f"kept near {MINUTE / course.wanted_us:.1f}/min")
    return parts


def _pattern_said(course: Course, rules: Rules, paced: BreathPaced) -> list[str]:
    """Say where counts are half beats, and how far a counted pattern is kept."""
    pattern = rules.pattern(paced.pattern)
    halved = paced.beats_per_count != 1.0
    if not pattern.counted or course.following:
        return ["slow music: counting half beats"] if halved else []
    longest = pattern.beats * paced.beats_per_count * MINUTE / paced.tempo_bpm
    parts = [f"{pattern.text} on half beats: too slow whole"] if halved else []
    if longest > rules.longest_us * FLOOR_SLACK:
        return [f"{pattern.text} is too slow for this music, even halved: fewer counts"]
    if not pattern.is_met_by(paced.counts) and course.wanted_us is None:
        parts.append(f"on the way to {pattern.text}")
    return parts


def own_rate_said(course: Course, rules: Rules, now_us: int) -> str:
    """Say what was typed, or what the taps have given so far; nothing long after that."""
    last = course.rates[-1] if course.rates else None
    if isinstance(last, OwnRateTyped) and now_us - last.t_us <= TAPS_SHOWN_US and not course.taps:
        return _rate_said("typed", last.length_us, rules)
    if not course.taps or now_us - course.taps[-1] > TAPS_SHOWN_US:
        return ""
    reading = read_taps(course.taps)
    if reading.length_us is None:
        if reading.state == "uneven":
            return "taps are uneven: tap once with each breath in"
        missing = LEAST_TAPS - reading.taps
        return f"tapped {reading.taps}: {missing} more breath{'s' if missing > 1 else ''} in"
    return _rate_said("tapped", reading.length_us, rules)


def _rate_said(how: str, length_us: Micros, rules: Rules) -> str:
    slow = length_us > rules.longest_us * FLOOR_SLACK
    limit = f", the guide goes no slower than {rules.floor:g}" if slow else ""
    return f"{how} {MINUTE / length_us:.1f}/min{limit}"
