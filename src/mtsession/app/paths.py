"""Where mtsession keeps its files."""

import os
from pathlib import Path

import msgspec
import platformdirs

HOME_VARIABLE = "MTSESSION_HOME"


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The folders of one therapist's desk.

    Attributes
    ----------
    data : Path
        The vault and the sealed sessions.
    config : Path
        Settings that the therapist may edit, and what the app remembers.
    logs : Path
        Technical logs without a name, a note or a title.
    """

    data: Path
    config: Path
    logs: Path

    @property
    def plans(self) -> Path:
        """Give the folder of the therapist's own plans and playlists."""
        return self.data / "plans"


def places(home: Path | None = None) -> Places:
    """Give the folders of this user, or all of them under one folder.

    Parameters
    ----------
    home : Path, optional
        One folder for everything; else the environment's `MTSESSION_HOME`;
        else where this system keeps such files.
    """
    chosen = home or os.environ.get(HOME_VARIABLE)
    if chosen:
        root = Path(chosen)
        return Places(data=root / "data", config=root / "config", logs=root / "logs")
    dirs = platformdirs.PlatformDirs("mtsession", appauthor=False)
    return Places(data=dirs.user_data_path, config=dirs.user_config_path, logs=dirs.user_log_path)


def shipped_plans() -> Path:
    """Give the folder of the plans that come with mtsession."""
    installed = Path(__file__).parent.parent / "playlists"
    if installed.is_dir():
        return installed
    return Path(__file__).parents[3] / "playlists"
