"""Guides that tests send, and the clock they are on."""

import time

from mtsession.protocol.views import ClientGuide, GuidePhase
from mtsession.timeline.units import Micros


def guide(*phases: tuple[str, float, float], state: str = "pacing") -> ClientGuide:
    """Give a guide of phases in seconds."""
    words = {"inhale": "breathe in", "hold": "hold", "exhale": "breathe out", "rest": "rest"}
    return ClientGuide(
        state=state,
        phases=tuple(
            GuidePhase(
                phase=phase,
                word=words[phase],
                starts_us=Micros(round(starts * 1e6)),
                ends_us=Micros(round(ends * 1e6)),
                counts=4,
            )
            for phase, starts, ends in phases
        ),
    )


def wall_us() -> Micros:
    """Give the wall's time: session time 0 is the epoch here, so that a page can be checked."""
    return Micros(time.time_ns() // 1000)
