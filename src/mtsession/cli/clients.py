"""`mtsession clients taste CODE`."""

import argparse
from contextlib import closing
from typing import get_args

from mtsession.app.archive import Archive, need_claimed_vault
from mtsession.app.library import Library
from mtsession.app.paths import places
from mtsession.cli.library_rows import NAME_LETTERS, text_of_path, titled
from mtsession.cli.passphrase import ask
from mtsession.cli.printing import print_json, tell_notices
from mtsession.music.recording import Recording, Taste
from mtsession.records.tastes import TasteKind

KINDS: tuple[TasteKind, ...] = get_args(TasteKind)
HEADINGS = {"like": "likes", "dislike": "dislikes", "never": "never to be played"}


def run(arguments: argparse.Namespace) -> int:
    """Note a word of a client on a recording, or list them all."""
    data = places().data
    need_claimed_vault(data)
    with closing(Library()) as library:
        tell_notices(library.notices)
        known = {each.content: each for each in library.recordings()}
        # What is misspelt is told before a passphrase is asked for.
        wanted = [
            (kind, library.find(text).content)
            for kind in KINDS
            if (text := getattr(arguments, kind)) is not None
        ]
        with closing(Archive.unlock(data, ask(arguments))) as archive:
            for kind, content in wanted:
                archive.set_taste(arguments.client, content, kind)
            if arguments.forget is not None:
                content = _noted(arguments.forget, archive.taste(arguments.client), library)
                archive.set_taste(arguments.client, content, None)
            taste = archive.taste(arguments.client)
    if arguments.json:
        print_json({"client": arguments.client} | _rows(taste, known))
    else:
        print("\n".join(_lines(arguments.client, taste, known)))
    return 0


def _noted(text: str, taste: Taste, library: Library) -> str:
    """Find the recording to forget; it may have left the library long ago.

    Raises
    ------
    MusicError
        If there is no such recording.
    """
    every = taste.likes | taste.dislikes | taste.never
    begun = [content for content in every if content.startswith(text.lower())]
    if len(text) >= NAME_LETTERS and len(begun) == 1:
        return begun[0]
    return library.find(text).content


def _contents(taste: Taste, kind: TasteKind) -> frozenset[str]:
    return {"like": taste.likes, "dislike": taste.dislikes, "never": taste.never}[kind]


def _ordered(contents: frozenset[str], known: dict[str, Recording]) -> list[str]:
    return sorted(contents, key=lambda each: (_title(each, known).casefold(), each))


def _title(content: str, known: dict[str, Recording]) -> str:
    found = known.get(content)
    return "a recording that is not in the library" if found is None else titled(found)


def _lines(client: str, taste: Taste, known: dict[str, Recording]) -> list[str]:
    lines = []
    for kind in KINDS:
        contents = _ordered(_contents(taste, kind), known)
        if contents:
            lines.append(f"{client}, {HEADINGS[kind]}:")
            lines += [f"  {each[:NAME_LETTERS]}  {_title(each, known)}" for each in contents]
    return lines or [f"Nothing is noted for {client}."]


def _rows(taste: Taste, known: dict[str, Recording]) -> dict[str, list[dict[str, str | None]]]:
    return {
        kind: [
            {
                "content": each,
                "title": known[each].title if each in known else None,
                "path": text_of_path(known[each].path) if each in known else None,
            }
            for each in _ordered(_contents(taste, kind), known)
        ]
        for kind in KINDS
    }
