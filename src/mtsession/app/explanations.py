"""What docs/metrics.md says of each figure, for the screen that shows the figure."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

PAGE = "metrics.md"
LINKS = re.compile(r"\[([^\]]*)\]\([^)]*\)")


class Explanation(NamedTuple):
    """One figure in plain words, its formula, and what its n counts."""

    words: str
    formula: str
    counts: str = ""


def explanation(topic: str) -> Explanation | None:
    """Explain a figure; None where the page has no row for it."""
    return explanations().get(topic)


@lru_cache(maxsize=1)
def explanations() -> dict[str, Explanation]:
    """Read every row of the page's tables whose first column names figures.

    Examples
    --------
    >>> explanations()["ioi.npvi"].words.startswith("how much")
    True
    """
    found: dict[str, Explanation] = {}
    for line in _page().read_text(encoding="utf-8").splitlines():
        cells = [_plain(cell) for cell in line.replace("\\|", "¦").strip("| ").split("|")]
        if not line.startswith("| `") or len(cells) < 3:
            continue
        told = Explanation(cells[1], cells[2], cells[3] if len(cells) > 3 else "")
        for key in re.findall(r"`([^`]+)`", line.split("|")[1]):
            found[key] = told
    return found


def _plain(cell: str) -> str:
    """Give a cell of a table without its marks."""
    text = LINKS.sub(r"\1", cell.strip()).replace("¦", "|")
    return text.replace("`", "").replace("*", "")


def _page() -> Path:
    """Find the page, installed with the program or in its source."""
    installed = Path(__file__).parent.parent / "docs" / PAGE
    return installed if installed.is_file() else Path(__file__).parents[3] / "docs" / PAGE
