"""The demo on the screen: the tour's plan, its hands, and a vault that is thrown away."""

import secrets
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from mtsession.app.demo import CLIENT, Attendant, leave_summary
from mtsession.app.desk import Desk
from mtsession.app.paths import Places, places
from mtsession.app.plans import find_plan, load_plan
from mtsession.records.vault import Vault
from mtsession.session.intents import End
from mtsession.timeline.event import Event


class Tour:
    """Everything the app needs to show the demo.

    Parameters
    ----------
    out : Path
        Where the summary is left at the end.
    """

    def __init__(self, out: Path) -> None:
        self.client = CLIENT
        self.plan = load_plan(find_plan("demo"))
        self._out = out
        self._attendant = Attendant()
        self._folder = tempfile.TemporaryDirectory(prefix="mtsession-demo-")
        home = Path(self._folder.name)
        self.folders = Places(data=home / "data", config=home / "config", logs=places().logs)

    def __enter__(self) -> Self:
        Vault.create_unclaimed(self.folders.data)
        Vault.claim(self.folders.data, secrets.token_hex(16)).close()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._folder.cleanup()

    def see(self, seq: int, event: Event) -> None:
        """Take in one event of the session."""
        self._attendant.see(seq, event)

    def act(self, desk: Desk) -> None:
        """Do what is due."""
        if not desk.running:
            return
        self._attendant.act(desk)
        if desk.runner.plan_done:
            desk.do(End(reason="planned"))

    def leave(self, desk: Desk) -> None:
        """Leave the summary where it was asked for."""
        leave_summary(desk, self._out)
