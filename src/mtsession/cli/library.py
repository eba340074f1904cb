"""`mtsession library list | show | set`."""

import argparse
from collections import Counter
from collections.abc import Callable
from contextlib import closing

from mtsession.app.library import Library
from mtsession.cli.library_rows import chosen, legend, line, row, story, whole_row
from mtsession.cli.printing import print_json, tell_notices
from mtsession.errors import MusicError
from mtsession.music.recording import Recording

WORDS = {"yes": True, "no": False, "unknown": None}


def run(arguments: argparse.Namespace) -> int:
    """Open the library and do what was asked."""
    act = {"list": _list, "show": _show, "set": _set}[arguments.action]
    with closing(Library()) as library:
        tell_notices(library.notices)
        return act(library, arguments)


def _list(library: Library, arguments: argparse.Namespace) -> int:
    every = library.recordings()
    found = chosen(every, sort=arguments.sort, text=arguments.filter)
    if arguments.json:
        print_json([row(each) for each in found])
        return 0
    titles = Counter(each.title for each in found)
    for each in found:
        print(line(each, namesake=titles[each.title] > 1))
    if not every:
        where = "" if library.folders else " DIR"
        print(f"The library is empty. To fill it: mtsession library scan{where}")
    elif not found:
        print(f"None of {len(every)} recordings matches that.")
    else:
        print(legend(found, among=len(every)))
    return 0


def _show(library: Library, arguments: argparse.Namespace) -> int:
    recording = library.find(arguments.track)
    paths = library.paths(recording.content)
    if arguments.json:
        print_json(whole_row(recording, paths))
    else:
        print("\n".join(story(recording, paths)))
    return 0


def _set(library: Library, arguments: argparse.Namespace) -> int:
    steps = _steps(library, arguments)
    if not steps:
        arguments.refuse("say what to decide, such as --bpm 66")
    content = library.find(arguments.track).content
    for step in steps:
        step(content)
    recording = library.recording(content)
    if arguments.json:
        print_json(row(recording))
    else:
        print("\n".join(story(recording, library.paths(content))))
    return 0


Step = Callable[[str], object]


def _steps(library: Library, arguments: argparse.Namespace) -> list[Step]:
    """Give what is to be done, in an order in which a lock refuses before anything is changed."""
    steps: list[Step] = []
    if arguments.unlock:
        steps.append(lambda content: library.lock(content, on=False))
    steps += _tempo_steps(library, arguments)
    if arguments.bar is not None:
        steps.append(lambda content: library.set_bar(content, arguments.bar))
    if arguments.shift is not None:
        steps.append(lambda content: library.shift_downbeat(content, arguments.shift))
    if arguments.lock:
        steps.append(lambda content: library.lock(content, on=True))
    if arguments.words is not None:
        steps.append(lambda content: library.set_words(content, WORDS[arguments.words]))
    steps += [_with_label(library.add_label, label) for label in arguments.label]
    steps += [_with_label(library.remove_label, label) for label in arguments.unlabel]
    return steps


def _with_label(change: Callable[[str, str], object], label: str) -> Step:
    return lambda content: change(content, label)


def _tempo_steps(library: Library, arguments: argparse.Namespace) -> list[Step]:
    if arguments.measured:
        typed: Step | None = library.as_measured
    elif arguments.double:
        typed = library.double
    elif arguments.halve:
        typed = library.halve
    else:
        typed = None
    if typed is not None and arguments.first_beat is not None:
        arguments.refuse("--first-beat goes with --bpm")
    if typed is None and (arguments.bpm is not None or arguments.first_beat is not None):

        def typed(content: str) -> Recording:
            bpm = arguments.bpm or library.recording(content).bpm
            if bpm is None:
                raise MusicError("Its tempo is not known yet.", "Add --bpm N.")
            return library.type_bpm(content, bpm, arguments.first_beat)

    return [] if typed is None else [typed]
