"""What becomes of a session whose sound goes and comes: whether to start it again, and go on."""

from mtsession.timeline.units import MINUTE, Micros

MOST_LOSSES = 3


class SoundWatch:
    """Remembers how often the engine was lost, and whether the therapist asked to go on.

    Examples
    --------
    >>> watch = SoundWatch()
    >>> watch.asked(waiting=True)
    >>> watch.there(silent=False), watch.there(silent=False)
    (True, False)
    """

    def __init__(self) -> None:
        self._losses: list[Micros] = []
        self._goes_on = False

    def lost(self, now: Micros) -> bool:
        """Take in that the engine is gone; tell whether to start another, or leave it at that."""
        self._losses = [t_us for t_us in self._losses if now - t_us < MINUTE] + [now]
        return len(self._losses) <= MOST_LOSSES

    def asked(self, *, waiting: bool) -> None:
        """Take in that the therapist wants sound, in a session that waits for it or not."""
        self._goes_on = waiting

    def there(self, *, silent: bool) -> bool:
        """Take in that an engine is up; tell whether the session is to go on with it."""
        goes_on, self._goes_on = self._goes_on, False
        return goes_on and not silent
