"""Improvisation as the registry knows it."""

from mtsession.activities.improvisation.activity import Improvisation, restore
from mtsession.activities.improvisation.events import EVENT_TYPES
from mtsession.activities.improvisation.settings import ImprovisationSettings
from mtsession.activities.improvisation.summary import summarise
from mtsession.session.activity import Action, Method

METHOD = Method(
    name="improvisation",
    title="Improvise",
    settings=ImprovisationSettings,
    event_types=EVENT_TYPES,
    make=Improvisation,
    restore=restore,
    summarise=summarise,
    actions=(
        Action("take", "t", "start / end a take"),
        Action("players", "P", "who plays what"),
        Action("voice", "V", "another sound"),
    ),
)
