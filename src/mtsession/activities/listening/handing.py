"""What one stretch's listening leaves to the next: no plan undoes what hands asked for."""

from typing import NamedTuple

from mtsession.activities.listening.events import PulseFitted, Source
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.state import ListeningState


class Handed(NamedTuple):
    """Where the music came from as a stretch ended.

    Attributes
    ----------
    by_hand : bool
        Whether the therapist had turned there; else it was planned.
    title : str
        What was played, where it was said.
    pulse : PulseFitted or None
        The pulse that ran: living music has no seam where a plan has one.
    """

    source: Source
    by_hand: bool
    title: str = ""
    pulse: PulseFitted | None = None


def handed(settings: ListeningSettings, state: ListeningState) -> Handed | None:
    """Give what is left to the next stretch; None where that begins as it is planned."""
    turned = state.turned
    if turned.away:
        by_hand = turned.source != settings.source
        return Handed(turned.source, by_hand, turned.title, turned.pulse)
    return Handed("silence", by_hand=True) if state.held_by_hand else None
