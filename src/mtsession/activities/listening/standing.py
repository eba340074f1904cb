"""What all that works for one listening activity is given."""

from mtsession.activities.listening.settings import ListeningSettings
from mtsession.activities.listening.state import ListeningState
from mtsession.session.activity import ActivityContext


class Standing:
    """How one listening activity stands, for what plans, leads and steers it.

    Parameters
    ----------
    settings : ListeningSettings
        With their files looked up.
    context : ActivityContext
        Its number and its segment's length.
    state : ListeningState
        How it stands, now and later.
    """

    def __init__(
        self, settings: ListeningSettings, context: ActivityContext, state: ListeningState
    ) -> None:
        self._settings = settings
        self._context = context
        self._state = state
