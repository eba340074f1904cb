"""A session whose guide is served to a page: python paged_desk.py PLAN HOME.

Prints the page's address, and runs the plan to its end.
"""

import sys
from pathlib import Path

from mtsession.app.compose import Choices, live_desk, make_engine
from mtsession.app.config import Config
from mtsession.app.drive import Waker, run_live
from mtsession.app.paths import places
from mtsession.app.plans import load_plan
from mtsession.display.server import ClientPage


def main(plan: str, home: str) -> None:
    """Run the session."""
    folders, waker = places(Path(home)), Waker()
    choices = Choices(plan=load_plan(Path(plan)), config=Config(), level_db=-20.0)
    desk = live_desk(
        choices,
        data=folders.data,
        engine=make_engine(folders, choices.config),
        wake=waker.wake,
    )
    page = ClientPage(desk.clock.now_us)
    page.open()
    sys.stdout.write(page.address + "\n")
    sys.stdout.flush()

    def follow() -> bool:
        page.publish(desk.client_guide())
        return True

    try:
        run_live(desk, waker, each=follow)
    finally:
        page.close()
        desk.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
