"""The session screen's own lines: how things stand, and the sentence that matters now."""

from rich.text import Text

from mtsession.app.snapshot import STARTING
from mtsession.protocol.views import SessionView
from mtsession.ui.words import session_time

LEAST_TITLE = 10


def head_line(view: SessionView, width: int) -> Text:
    """Draw one line: the time, where we are, how the record and the level stand.

    Parameters
    ----------
    width : int
        Cells there are; the plan's title is left out where little of it could be read.
    """
    text = Text(no_wrap=True, overflow="ellipsis")
    words = {"running": "", "paused": "PAUSED  ", "ended": "ended  ", "ready": ""}[view.state]
    text.append(f" {session_time(view.t_us)} ", style="bold reverse")
    text.append(f"  {view.wall_time}  ")
    lowered = "LOWERED  " if view.ducked else ""
    text.append("QUIET  " if view.quiet else words or lowered, style="bold")
    if view.battery:
        text.append(f"! {view.battery}  ", style="bold")
    text.append(view.client or "no client")
    record = f"  ● {view.record}"
    sound = "  silent" if view.sound_silent else f"  level {view.level_db:+.0f} dB"
    # While all is quiet or lowered no such level is heard, and how things stand takes its room.
    fits = text.cell_len + len(record + sound) <= width or not view.ducked
    text.append(record + (sound if fits and not view.quiet else ""), style="dim")
    # The plan's title is the one part that can be cut without loss: the course stands below.
    if width - text.cell_len >= min(LEAST_TITLE, len(view.plan_title)) + 2:
        text.append(f"  {view.plan_title}", style="dim")
    return text


def told_lines(view: SessionView) -> Text:
    """Give the newest sentence that matters; what to do next where the course waits."""
    text = Text(overflow="ellipsis")
    if view.quiet:
        text.append("Quiet. Nothing plays until Space goes on.", style="bold")
    elif view.sound_waits and view.sound_silent:
        said = "The music waits. S goes on with the sound there is, Space without. O: outputs."
        text.append(said, style="bold")
    elif view.sound_waits and view.sound == STARTING:
        text.append("The sound is starting.", style="bold")
    elif view.state == "paused":
        text.append("Paused. Space goes on.", style="bold")
    elif view.course and all(segment.state == "done" for segment in view.course):
        text.append("The plan is done. e ends the session; or go on with l, b, i, w.", style="bold")
    elif not view.panels and not view.course:
        text.append("Recording. l listen   b breathe   i improvise   w words", style="bold")
    if view.notices:
        text.append("\n" if text else "")
        text.append(view.notices[-1])
    return text
