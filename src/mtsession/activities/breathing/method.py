"""The breathing method as the registry knows it."""

from mtsession.activities.breathing.activity import ACTIONS, make, restore
from mtsession.activities.breathing.events import BREATHING_EVENTS
from mtsession.activities.breathing.settings import BreathingSettings
from mtsession.activities.breathing.summary import summarise
from mtsession.session.activity import Method

METHOD = Method(
    name="breathing",
    title="Breathing",
    settings=BreathingSettings,
    event_types=BREATHING_EVENTS,
    make=make,
    restore=restore,
    summarise=summarise,
    actions=ACTIONS,
)
