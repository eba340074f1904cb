"""One activity at work."""

from mtsession.session.activity import Activity, Method, Settings


class Running:
    """An activity at work, and what the runner knows of it."""

    def __init__(self, method: Method, activity: Activity, settings: Settings) -> None:
        self.method = method
        self.activity = activity
        self.settings = settings

    @property
    def runs_on(self) -> bool:
        """Tell whether it goes on past its segment's end."""
        return bool(getattr(self.settings, "runs_on", False))
