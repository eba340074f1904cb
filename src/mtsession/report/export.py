"""A summary as Markdown and as JSON, for leaving the vault when the therapist asks."""

import os
import tempfile
from pathlib import Path

import msgspec

from mtsession.errors import ReportError
from mtsession.protocol.sections import Section
from mtsession.protocol.summary import Summary
from mtsession.report.page import page


def as_markdown(summary: Summary) -> str:
    """Give the page and, below it, each activity's figures as Markdown."""
    lines = page(summary)
    head, rest = lines[0], lines[1:]
    parts = [f"# {_escape(head.text)}", ""]
    for line in rest:
        label = f"**{_escape(line.label)}:** " if line.label else ""
        parts.append(f"- {label}{_escape(line.text)}".rstrip())
    for section in summary.sections:
        if section.figures:
            parts += ["", *_figures(section)]
    parts += ["", "Descriptive figures only; not the client's measured state.", ""]
    return "\n".join(parts)


def as_json(summary: Summary) -> str:
    """Give the summary as JSON, two spaces deep, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(summary), indent=2).decode() + "\n"


def write(path: Path, text: str) -> None:
    """Write a text export; see `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write an export whole or not at all, readable by its owner alone.

    Raises
    ------
    ReportError
        If the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".export-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReportError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose another folder or free some space.",
        ) from error


def _figures(section: Section) -> list[str]:
    rows = [f"## {_escape(section.title)}", "", "| figure | value | n |", "|---|---|---|"]
    for figure in section.figures:
        count = "" if figure.n is None else str(figure.n)
        rows.append(f"| {_escape(figure.label)} | {_escape(figure.text)} | {count} |")
    return rows


def _escape(text: str) -> str:
    """Keep a title or a note from being read as markup."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, "\\" + mark)
    return text.replace("\n", " ")
