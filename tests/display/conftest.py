"""A client's screen that is served."""

from types import SimpleNamespace

import pytest

from display.made import wall_us
from mtsession.display.server import ClientPage


@pytest.fixture
def screen():
    """Serve on the loopback."""
    served = ClientPage(wall_us)
    served.open()
    yield served
    served.close()


@pytest.fixture
def parts(screen):
    """Give the parts of the address."""
    _, _, host, token, _ = screen.address.split("/")
    return SimpleNamespace(origin=f"http://{host}", host=host, token=token)
