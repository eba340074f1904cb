"""Fixtures that every room's tests may ask for.

`rig`               the running rig of tests/rig, or the test is skipped with the reason
`own_rig`           a rig of one test's own, whose sound server may be killed
`capture`           `with capture() as heard:` records the sound card; then `heard.samples`
`virtual_keyboard`  `with virtual_keyboard() as keyboard:` is a MIDI port; `keyboard.play(…)`
`shared_data`       the folder of real recordings beside the repository, or a skip
`manual_clock`      a clock that moves only when told

MTSESSION_RIG says what is to happen without a running rig: nothing set, skip; `auto`, start
one for this run; `required`, fail. Every test runs with a home of its own: records, settings
and caches of the person who runs the tests are never read or written.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from mtsession.timeline.clock import ManualClock
from rig_support import Capture, OwnRig, Rig, VirtualKeyboard, find_rig, start_rig, stop_rig

ROOT = Path(__file__).parent.parent
HOME_VARIABLES = {
    "MTSESSION_HOME": "home",
    "HOME": ".",
    "XDG_DATA_HOME": "xdg/data",
    "XDG_CONFIG_HOME": "xdg/config",
    "XDG_CACHE_HOME": "xdg/cache",
    "XDG_STATE_HOME": "xdg/state",
}
FOREIGN_VARIABLES = ("MTSESSION_PASSPHRASE_FILE",)

# Machines differ in speed; a property that holds slowly still holds. A check of a change tries
# the same examples each time, everybody's own runs try new ones; MTSESSION_EXAMPLES tries more.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    max_examples=int(os.environ.get("MTSESSION_EXAMPLES", "60")),
)
hypothesis.settings.load_profile("steady")

_started_here: list[str] = []


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what is measured on real sound and MIDI be measured again, up to twice, one at a time.

    There is one sound card, so all of these are one worker's. A machine busy with something
    else drops sound and MIDI that no program could have saved.
    Every repetition is printed (R); the long runs of `make soak` repeat nothing.
    """
    for item in items:
        if "rig" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("rig"))
            if not item.get_closest_marker("soak"):
                item.add_marker(pytest.mark.flaky(reruns=2))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start a rig where one was asked for and a test needs it, before PortAudio is first loaded."""
    wanted = os.environ.get("MTSESSION_RIG") == "auto"
    needed = any("rig" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and needed and not session.config.option.collectonly and isinstance(find_rig(), str):
        os.environ.setdefault("MTSESSION_RIG_NAME", f"auto-{os.getpid()}")
        if not (trouble := start_rig()):
            _started_here.append(os.environ["MTSESSION_RIG_NAME"])
        else:
            session.config.issue_config_time_warning(pytest.PytestWarning(trouble), stacklevel=2)


def pytest_unconfigure() -> None:
    """Stop the rig if this run started it."""
    if _started_here:
        _started_here.clear()
        stop_rig()


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test an empty home."""
    home = tmp_path_factory.mktemp("person")
    for variable, place in HOME_VARIABLES.items():
        monkeypatch.setenv(variable, str(home / place))
    for variable in FOREIGN_VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def rig() -> Rig:
    """Give the running rig: real sound and MIDI ports without hardware."""
    found = find_rig()
    if isinstance(found, Rig):
        return found
    if os.environ.get("MTSESSION_RIG") == "required":
        pytest.fail(found)
    pytest.skip(found)


@pytest.fixture
def own_rig(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnRig]:
    """Give a second rig whose sound server may be killed; the test's programs play on it."""
    own = OwnRig(f"own-{os.getpid()}")  # JACK takes no long names
    try:
        for variable, text in own.environment().items():
            monkeypatch.setenv(variable, text)
        yield own
    finally:
        own.stop()


@pytest.fixture
def capture(rig: Rig) -> Callable[..., Capture]:
    """Give a maker of recorders: `with capture(tail_seconds=0.4) as heard: …`."""

    def make(*, tail_seconds: float = 0.4) -> Capture:
        return Capture(rig, tail_seconds=tail_seconds)

    return make


@pytest.fixture
def virtual_keyboard(rig: Rig) -> Callable[..., VirtualKeyboard]:
    """Give a maker of keyboards: `with virtual_keyboard("name") as keyboard: keyboard.play(…)`."""
    return VirtualKeyboard


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real recordings, which the project itself does not hold."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real recordings are not here (../shared/data)")
    return folder


@pytest.fixture
def manual_clock() -> ManualClock:
    """Give a clock at 0 that moves only when told."""
    return ManualClock()
