"""How long the next breath is wished to be: by plan, by hand, or as the client breathes."""

from mtsession.activities.breathing.course import Course
from mtsession.activities.breathing.patterns import Pattern
from mtsession.activities.breathing.ramp import Ramp
from mtsession.activities.breathing.settings import FASTEST, BreathingSettings, Rules
from mtsession.activities.breathing.taps import next_breath
from mtsession.timeline.units import MINUTE, Micros

# How far a breath may be from the client's own in order to meet the next breath in.
CATCH_UP = 0.25


class Wish:
    """Gives the wanted length of a breath; whole counts are made of it elsewhere.

    Parameters
    ----------
    settings, rules
        What the plan asks for.
    """

    def __init__(self, settings: BreathingSettings, rules: Rules) -> None:
        self._settings = settings
        self._rules = rules

    def own(self, course: Course) -> float:
        """Give the length of the client's own breath, else the plan's; the floor holds."""
        planned = MINUTE / self._rules.start_rate
        return min(max(course.own_us or planned, self._shortest), self._rules.longest_us)

    def target(self, course: Course, pattern: Pattern, count_us: float) -> float:
        """Give the length that the plan goes to.

        A counted pattern has its own, at the tempo heard. A client who was found to breathe
        more slowly than the target is not led to breathe faster.
        """
        if pattern.counted:
            return pattern.beats * count_us
        target = MINUTE / self._rules.target_rate
        return target if course.own_us is None else max(target, self.own(course))

    def planned(self, course: Course, pattern: Pattern, count_us: float, paced_us: int) -> float:
        """Give the plan's length of a breath after so much paced time."""
        if course.following:
            return self.own(course)
        target = self.target(course, pattern, count_us)
        return Ramp(self._settings, self.own(course), target).length_at(paced_us)

    def length(
        self, course: Course, pattern: Pattern, count_us: float, place_us: int, *, starts_us: Micros
    ) -> float:
        """Give the length that the next breath is to have.

        Parameters
        ----------
        count_us : float
            Length of a count at the tempo heard.
        place_us : int
            How far along the ramp the guide is.
        starts_us : Micros
            When the breath begins.
        """
        if course.wanted_us is not None:
            return course.wanted_us
        if course.following:
            return self._followed(course, starts_us)
        return self.planned(course, pattern, count_us, place_us)

    def _followed(self, course: Course, starts_us: Micros) -> float:
        """Give the client's own length, a little off where that meets their next breath in."""
        own = self.own(course)
        meets = next_breath(course.taps, round(own), round(starts_us + own))
        if meets is None or course.own_us is None:
            return own
        return min(max(meets - starts_us, own * (1 - CATCH_UP)), own * (1 + CATCH_UP))

    @property
    def _shortest(self) -> float:
        return MINUTE / FASTEST
