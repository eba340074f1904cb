"""What the docs say that is printed for scripts is what is printed."""

import re
from pathlib import Path

from mtsession.cli.library_analyse import FIELDS
from mtsession.cli.library_rows import row
from mtsession.cli.library_scan import as_row
from mtsession.music.library.scan import ScanProgress, ScanReport
from mtsession.music.recording import Recording

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_every_measured_value_is_explained() -> None:
    table = TEXT.partition("## `mtsession library analyse")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    assert named == ["path", *FIELDS]


def test_every_column_of_list_and_report_is_named() -> None:
    listed = next(line for line in TEXT.splitlines() if "`library list --json`" in line)
    scanned = next(line for line in TEXT.splitlines() if "`library scan DIR" in line)
    columns = row(Recording(content="", path="", title=""))
    assert [name for name in columns if f"`{name}`" not in listed] == []
    counts = as_row(ScanReport(progress=ScanProgress()))
    assert [name for name in counts if f"`{name}`" not in scanned] == []
