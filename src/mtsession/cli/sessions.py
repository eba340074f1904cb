"""`mtsession sessions list | show | replay | export`."""

import argparse
import sys

import msgspec

from mtsession.app.archive import Archive, need_claimed_vault
from mtsession.app.paths import places
from mtsession.app.takes import take_file, take_table
from mtsession.cli.passphrase import ask
from mtsession.cli.sessions_replay import show_replay
from mtsession.errors import ReportError
from mtsession.records.index import SessionEntry
from mtsession.report.export import as_json, as_markdown, write_bytes
from mtsession.report.page import as_text, minutes


def run(arguments: argparse.Namespace) -> int:
    """Unlock the vault and do what was asked."""
    data = places().data
    need_claimed_vault(data)
    archive = Archive.unlock(data, ask(arguments))
    try:
        if arguments.action == "list":
            return _list(archive, as_json_rows=arguments.json)
        entry = archive.find(arguments.id)
        if arguments.action == "show":
            return _show(archive, entry, in_json=arguments.json)
        if arguments.action == "replay":
            return _replay(archive, entry, arguments)
        return _export(archive, entry, arguments)
    finally:
        archive.close()


def _list(archive: Archive, *, as_json_rows: bool) -> int:
    entries = archive.sessions()
    if as_json_rows:
        sys.stdout.write(msgspec.json.encode(entries).decode() + "\n")
        return 0
    if not entries:
        print("No sessions yet.")
    for entry in entries:
        started = (entry.started or "time unknown    ")[:16].replace("T", " ")
        length = "?" if entry.duration_us is None else minutes(entry.duration_us)
        ending = "" if entry.ended else "  interrupted"
        client = entry.client or "no client"
        print(f"{entry.id[:8]}  {started}  {length:>4} min  {client:<12} "
              f"{entry.plan_title or ''}{ending}".rstrip())  # fmt: skip
    return 0


def _show(archive: Archive, entry: SessionEntry, *, in_json: bool) -> int:
    summary, fault = archive.summary(entry)
    sys.stdout.write(as_json(summary) if in_json else as_text(summary))
    return _tell(fault)


def _replay(archive: Archive, entry: SessionEntry, arguments: argparse.Namespace) -> int:
    events, fault = archive.events(entry)
    summary, _ = archive.summary(entry)
    show_replay(events, summary, arguments)
    return _tell(fault)


def _export(archive: Archive, entry: SessionEntry, arguments: argparse.Namespace) -> int:
    form, out = arguments.format, arguments.out
    if form == "mid" and out is None:
        raise ReportError("A MIDI file cannot be shown on the screen.", "Add --out FILE.mid.")
    content, fault = _content(archive, entry, arguments)
    if out is None:
        sys.stdout.write(content.decode())
    else:
        write_bytes(out, content)
    archive.note_export(entry, form)
    if out is not None:
        print(f"Written in plain: {out}", file=sys.stderr)
    return _tell(fault)


def _content(
    archive: Archive, entry: SessionEntry, arguments: argparse.Namespace
) -> tuple[bytes, str | None]:
    """Give what is to leave the vault, and what is wrong with the journal, if anything."""
    form = arguments.format
    if form in {"mid", "csv"}:
        events, fault = archive.events(entry)
        if form == "mid":
            return take_file(events, arguments.take or 1), fault
        return take_table(events, arguments.table, arguments.take).encode(), fault
    summary, fault = archive.summary(entry)
    text = as_markdown(summary) if form == "md" else as_json(summary)
    return text.encode(), fault


def _tell(fault: str | None) -> int:
    """Say what is wrong with a damaged journal, after what holds of it was shown."""
    if fault is None:
        return 0
    print(f"mtsession: {fault} What comes before it is shown.", file=sys.stderr)
    return 1
