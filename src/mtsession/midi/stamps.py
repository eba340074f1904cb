"""When each message of one port arrived, though it is read later.

The driver keeps messages in a queue of its own with the time that passed since
the one before. Added up, those times tell when messages came, up to one unknown
offset to our clock. A message is never read before it came: the offset is at
most the least of (time of reading - driver's time), and close to it whenever a
message was read at once.
"""

from collections.abc import Sequence
from itertools import accumulate

from mtsession.timeline.units import Micros

LEAK = 50e-6
"""How fast the offset may grow (a share of time), so that it follows a driver's slow clock."""


class ArrivalStamps:
    """Stamps the messages of one port.

    A stamp lies between the last time at which the queue was seen empty and the time of reading,
    and never before the stamp ahead of it. So a reader that was kept waiting does not smear
    stamps, and time that the driver did not count (messages it left out) cannot add up.

    Parameters
    ----------
    opened_us : Micros
        When the port was opened; nothing came before.

    Examples
    --------
    >>> stamps = ArrivalStamps(Micros(0))
    >>> stamps.emptied([0.0], Micros(1_100))
    [1100]
    >>> stamps.emptied([], Micros(2_000))
    []
    >>> stamps.emptied([50_000.0, 50_000.0], Micros(400_000))
    [51120, 101120]
    """

    def __init__(self, opened_us: Micros) -> None:
        self._empty_us = opened_us
        self._last_us = opened_us
        self._read_us = opened_us
        self._driver_us = 0.0
        self._offset_us = float("inf")

    def emptied(self, deltas_us: Sequence[float], now_us: Micros) -> list[Micros]:
        """Stamp what was read until the queue was empty.

        Parameters
        ----------
        deltas_us : sequence of float
            The driver's time from each message's predecessor, in microseconds.
        now_us : Micros
            Read before the queue was asked the last time and had nothing.

        Returns
        -------
        list of Micros
            One stamp for each message.
        """
        stamps = []
        if deltas_us:
            passed = list(accumulate(deltas_us, initial=self._driver_us))[1:]
            leaked = self._offset_us + LEAK * (now_us - self._read_us)
            self._offset_us = min(leaked, now_us - passed[-1])
            self._driver_us, self._read_us = passed[-1], now_us
            stamps = [self._stamp(driver_us, now_us) for driver_us in passed]
        self._empty_us = now_us
        return stamps

    def _stamp(self, driver_us: float, now_us: Micros) -> Micros:
        arrived_us = self._offset_us + driver_us
        possible_us = min(max(arrived_us, self._empty_us), now_us)
        if possible_us != arrived_us:
            self._offset_us = possible_us - driver_us
        self._last_us = Micros(min(max(self._last_us, round(possible_us)), now_us))
        return self._last_us
