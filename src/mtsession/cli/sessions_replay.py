"""`mtsession sessions replay ID`: what a stored session showed live, and its summary."""

import argparse
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from mtsession.activities.improvisation.words import percent
from mtsession.app.registry import METHODS
from mtsession.app.replay import Moment, replay
from mtsession.cli.printing import print_json
from mtsession.protocol.summary import Summary
from mtsession.protocol.views import BreathingView, ImprovisationView, ListeningView, PlayerView
from mtsession.report.page import as_text
from mtsession.session.runner import TICK_US
from mtsession.timeline.event import Event
from mtsession.ui.draw import mmss, printable


def show_replay(events: Sequence[Event], summary: Summary, arguments: argparse.Namespace) -> None:
    """Print each moment when its time comes, then the session's sections or its page."""
    every_us = max(1, round(arguments.every * 1e6 / TICK_US)) * TICK_US
    wait = _pace(arguments.speed)
    for moment in replay(events, METHODS, every_us=every_us):
        wait(moment.t_us)
        if arguments.json:
            print_json(_row(moment))
        else:
            print(f"{mmss(moment.t_us)}  {printable(moment.title)}: {printable(_line(moment))}")
    if arguments.json:
        for section in summary.sections:
            print_json({"section": section})
    else:
        print(as_text(summary), end="")


def _pace(speed: float | None) -> Callable[[int], None]:
    """Give what waits until a session time, at a speed; nothing waits without one."""
    if speed is None:
        return lambda _t_us: None
    waker, passed_us = threading.Event(), 0

    def wait(t_us: int) -> None:
        nonlocal passed_us
        waker.wait(max(0, t_us - passed_us) / 1e6 / speed)
        passed_us = t_us

    return wait


def _row(moment: Moment) -> dict[str, Any]:
    """Give a moment for JSON; the picture of the last seconds' notes is the screen's alone."""
    view = msgspec.to_builtins(moment.view)
    view.pop("roll", None)
    return {
        "t_us": moment.t_us,
        "activity": moment.activity,
        "method": moment.method,
        "title": moment.title,
        "view": view,
    }


def _line(moment: Moment) -> str:
    """Give a moment in a few words."""
    match moment.view:
        case ImprovisationView() as view:
            take = "no take" if view.take is None else f"take {view.take}"
            return "; ".join([take, *(_player_line(player) for player in view.players)])
        case ListeningView() as view:
            tempo = "" if view.heard_bpm is None else f", {view.heard_bpm:.0f} BPM"
            return f"{view.title or 'no music'}{tempo}"
        case BreathingView() as view:
            return view.state if view.rate is None else f"guide {view.rate:.1f} a minute"
        case _:
            return "goes on"


def _player_line(player: PlayerView) -> str:
    parts = [f"{player.name} {player.notes} notes"]
    if player.density_per_s is not None:
        parts.append(f"{player.density_per_s:.1f} a second")
    if player.active_share is not None:
        parts.append(f"sounding {percent(player.active_share)}")
    if player.reason:
        parts.append(player.reason)
    return ", ".join(parts)
