"""Listening as the registry knows it."""

from mtsession.activities.listening.activity import Listening, restore
from mtsession.activities.listening.events import EVENTS
from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.summary import summarise
from mtsession.errors import MusicError, PlanError
from mtsession.session.activity import Action, ActivityContext, Method


def make(settings: ListeningSettings, context: ActivityContext) -> Listening:
    """Make listening, having planned its music once to see that it can be.

    Raises
    ------
    PlanError
        If the settings cannot be carried out in the segment's time.
    """
    try:
        settings.programme(
            planned_us=context.planned_us, first_number=context.activity * 1000, seed=context.seed
        )
    except MusicError as error:
        raise PlanError(error.message, error.hint) from None
    return Listening(settings, context)


METHOD = Method(
    name="listening",
    title="Listening",
    settings=ListeningSettings,
    event_types=EVENTS,
    make=make,
    restore=restore,
    summarise=summarise,
    actions=(
        Action("skip", "a", "another piece"),
        Action("hold", "p", "hold music / go on"),
    ),
)
