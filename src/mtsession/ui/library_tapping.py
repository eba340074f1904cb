"""Taps on the beats of one recording, and the pulse that they make."""

from mtsession.music.analysis.taps import TapFit, fit_taps

FEWEST_TAPS = 4


class Tapping:
    """The taps so far.

    Parameters
    ----------
    content : str
        The recording that is tapped to.
    """

    def __init__(self, content: str) -> None:
        self.content = content
        self.taps_s: list[float] = []
        self.fit: TapFit | None = None

    def tap(self, heard_s: float) -> None:
        """Take a tap at a second of the recording."""
        self.taps_s.append(heard_s)
        if len(self.taps_s) >= FEWEST_TAPS:
            self.fit = fit_taps(self.taps_s)
