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
        Action("slower", ",", "slower by 3 %"),
        Action("faster", ".", "faster by 3 %"),
        Action("down", "[", "slower by 2 BPM"),
        Action("up", "]", "faster by 2 BPM"),
        Action("hold tempo", "h", "hold this tempo / let go"),
        Action("re-join", "j", "go back to the arc"),
        Action("start tempo", "H", "back to the start tempo"),
        Action("undo", "z", "take back what came last"),
        Action("skip", "a", "another piece that suits the tempo"),
        Action("next", "A", "go on to the next piece"),
        Action("hold", "p", "hold the music / go on"),
        Action("silence", "m", "to silence / back"),
        Action("live", "T", "your own playing / back"),
        Action("outside", "L", "music from elsewhere / back", takes_text=True),
        Action("tap", "Enter", "tap the beat of music in the room"),
    ),
)
