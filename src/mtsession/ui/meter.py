"""How loud it is now: a short bar, and its figures beside it."""

from rich.text import Text
from textual.widget import Widget

from mtsession.protocol.views import SessionView

CELLS = 7
FLOOR_DB = -48.0
NEAR_FULL_DB = -3.0
FALL_DB = 1.0
"""How far the shown peak falls each time the screen is drawn: 20 dB a second, to be read."""


class Meter(Widget):
    """Peak and RMS of what is heard, in dB below full; drawn without laying anything out anew."""

    def __init__(self) -> None:
        super().__init__(id="meter", classes="roomy")
        self._peak_db = FLOOR_DB
        self._rms_db = FLOOR_DB
        self._silent = False

    def show(self, view: SessionView) -> None:
        """Take in a snapshot; called as often as the screen is drawn."""
        peak = FLOOR_DB if view.meter_dbfs is None else view.meter_dbfs
        rms = FLOOR_DB if view.meter_rms_dbfs is None else view.meter_rms_dbfs
        shown = (max(peak, self._peak_db - FALL_DB, FLOOR_DB), rms, view.sound_silent)
        if shown != (self._peak_db, self._rms_db, self._silent):
            self._peak_db, self._rms_db, self._silent = shown
            self.refresh()

    def render(self) -> Text:
        """Draw the newest."""
        if self._silent:
            return Text(" no sound", style="dim")
        return meter_text(self._peak_db, self._rms_db)


def meter_text(peak_db: float, rms_db: float) -> Text:
    """Draw a level: full cells up to the RMS, light ones up to the peak, then both in figures.

    Examples
    --------
    >>> meter_text(-12.0, -24.0).plain
    '|████▒  | -12 rms -24'
    >>> meter_text(-1.0, -9.0).plain
    '|██████▒!  -1 rms  -9'
    >>> meter_text(-48.0, -48.0).plain
    '|       | quiet      '
    """
    full, some = _cells(rms_db), _cells(peak_db)
    end = "!" if peak_db > NEAR_FULL_DB else "|"
    bar = "█" * full + "▒" * max(0, some - full)
    text = Text(f"|{bar:<{CELLS}}{end}", no_wrap=True)
    if peak_db <= FLOOR_DB:
        return text.append(" quiet      ", style="dim")
    text.append(f" {max(peak_db, FLOOR_DB):3.0f}", style="bold" if end == "!" else "")
    return text.append(f" rms {max(rms_db, FLOOR_DB):3.0f}", style="dim")


def _cells(db: float) -> int:
    return round(CELLS * min(1.0, max(0.0, 1.0 - db / FLOOR_DB)))
