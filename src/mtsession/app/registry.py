"""Every therapy method there is: one line each."""

from mtsession.activities.breathing.method import METHOD as BREATHING
from mtsession.activities.improvisation.method import METHOD as IMPROVISATION
from mtsession.activities.listening.method import METHOD as LISTENING
from mtsession.activities.words.method import METHOD as WORDS
from mtsession.session.activity import Method
from mtsession.timeline.event import EventCodec
from mtsession.timeline.events import CORE_EVENTS

METHODS: dict[str, Method] = {
    method.name: method for method in (LISTENING, BREATHING, IMPROVISATION, WORDS)
}


def event_codec() -> EventCodec:
    """Make the codec that knows the core's events and every method's."""
    own = [kind for method in METHODS.values() for kind in method.event_types]
    return EventCodec([*CORE_EVENTS, *own])
