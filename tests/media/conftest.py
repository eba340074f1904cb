"""Files for the tests of streams."""

from pathlib import Path

import pytest

from media.made_sounds import sweep, write


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same five seconds in every kind of file."""
    folder = tmp_path_factory.mktemp("sounds")
    kinds = ("wav", "aiff", "flac", "ogg", "mp3", "m4a")
    return {kind: write(folder / f"sweep.{kind}", sweep(5.03)) for kind in kinds}
