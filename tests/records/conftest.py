"""A small disk, where this machine lets us mount one."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount, target = shutil.which("mount"), tmp_path / "disk"
    target.mkdir()
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(target)],
            check=False,
            capture_output=True,
        ).returncode
    ):
        pytest.skip("a small disk can only be mounted by the superuser")
    yield target
    subprocess.run(["umount", "-l", str(target)], check=True)
