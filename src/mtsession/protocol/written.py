"""Plain values of a TOML text against the types that are asked for, with every fault named.

msgspec stops at the first fault of a value; here each key is tried by itself,
so that one reading finds all of them.
"""

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from mtsession.protocol.toml_lines import Path

Report = Callable[[Path, str, str], None]

_AT = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_PLACE = re.compile(r"^`([A-Za-z_][\w.\[\]-]*)`: (.*)$", re.DOTALL)
_NAMED = re.compile(r"^`([A-Za-z_]\w*)` ")
_MSGSPEC_PLACE = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d+)\]")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a plan or a playlist.

    Attributes
    ----------
    line : int or None
        From 1; None where the file as a whole is meant.
    key : str
        The key it is about, with the tables around it; empty where the text is no TOML.
    """

    file: str
    line: int | None
    key: str
    message: str
    hint: str = ""

    @property
    def sentence(self) -> str:
        """Say where and what in one line."""
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        key = f", `{self.key}`" if self.key else ""
        return f"{place}{key}: {self.message}"


def summed_up(faults: Sequence[Fault], holder: str) -> tuple[str, str]:
    """Give message and hint of an error that tells the first of some faults and counts the rest.

    Parameters
    ----------
    faults : sequence of Fault
        At least one, in the order of the file.
    holder : str
        What they were found in: "plan" or "playlist".
    """
    first, more = faults[0], len(faults) - 1
    message = first.sentence
    if more:
        message += f" ({more} more {'fault' if more == 1 else 'faults'} in this {holder}.)"
    return message, first.hint


def unknown_keys(table: dict[str, Any], known: Iterable[str], path: Path, report: Report) -> None:
    """Report each key that nobody reads, with the known one that it may have been meant for."""
    known = tuple(known)
    for key in table:
        if key in known:
            continue
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
        if near:
            hint = f"Did you mean `{near[0]}`?"
        elif known:
            hint = f"The keys known here are: {', '.join(known)}."
        else:
            hint = "No keys are known here."
        report((*path, key), "this key is not known.", hint)


def read_toml(text: str, name: str) -> dict[str, Any] | Fault:
    """Read a TOML text, or say where it stops being one.

    Parameters
    ----------
    name : str
        What the fault calls it: its file's name.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return syntax_fault(error, text, name)
    except RecursionError:
        hint = "Look for brackets that are opened again and again."
        message = "the text is nested too deeply."
        return Fault(file=name, line=None, key="", message=message, hint=hint)


def syntax_fault(error: tomllib.TOMLDecodeError, text: str, name: str) -> Fault:
    """Say where the text stops being TOML."""
    told = str(error)
    match = _AT.search(told)
    line = int(match.group(1)) if match and match.group(1) else text.rstrip().count("\n") + 1
    what = _AT.sub("", told).strip().rstrip(".")
    return Fault(
        file=name,
        line=line,
        key="",
        message=f"the text is not TOML from here: {what[:1].lower()}{what[1:]}.",
        hint="Look for a missing quote, bracket or equals sign on this line or the one before.",
    )


def told_place(message: str) -> tuple[Path, str]:
    """Split "`arc[1].to`: it is 0." into the path of its key and the sentence.

    A sentence that only opens with its key, as "`age` must be…", is kept whole.

    Examples
    --------
    >>> told_place("`arc[1].to`: it is 0.")
    (('arc', 1, 'to'), 'it is 0.')
    """
    match = _PLACE.match(message)
    if match:
        return _steps(match.group(1)), match.group(2)
    named = _NAMED.match(message)
    return ((named.group(1),) if named else ()), message


def check_value(value: object, kind: Any, path: Path, report: Report) -> Any:
    """Turn plain values into a type; report all faults.

    Parameters
    ----------
    value : object
        What TOML gave.
    kind : type
        A struct type, a tuple of them, or anything that msgspec converts to.
    path : tuple
        Where the value stands.
    report : callable
        Takes path, message and hint of each fault.

    Returns
    -------
    object or None
        The converted value; None where a fault was reported.
    """
    faulty: list[Path] = []

    def count(where: Path, message: str, hint: str) -> None:
        faulty.append(where[len(path) :])
        report(where, message, hint)

    struct = _struct_of(kind)
    if struct is not None and isinstance(value, dict):
        _check_fields(value, struct, path, count)
    elif (element := _element_of(kind)) is not None and isinstance(value, list):
        for place, each in enumerate(value):
            check_value(each, element, (*path, place), count)
    if faulty:
        if struct is not None and isinstance(value, dict):
            # What is wrong with keys together can show where single ones are wrong, too.
            keys = {where[0] for where in faulty if where}
            rest = {key: each for key, each in value.items() if key not in keys}

            def of_rest(where: Path, message: str, hint: str) -> None:
                if where[len(path) : len(path) + 1] and where[len(path)] in rest:
                    report(where, message, hint)

            _convert(rest, kind, path, of_rest)
        return None
    return _convert(value, kind, path, report)


def _convert(value: object, kind: Any, path: Path, report: Report) -> Any:
    """Convert a value as a whole; report what stands against it, and give None."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        inner: Path = ()
        if match := _MSGSPEC_PLACE.search(text):
            inner, text = _steps(match.group(1)), text[: match.start()]
        text, _, hint = text.partition("\n")
        told, text = told_place(text)
        report((*path, *inner, *told), _plainly(text, value), hint)
        return None


def _check_fields(
    table: dict[str, Any], struct: type[msgspec.Struct], path: Path, report: Report
) -> None:
    """Check each key of a table by itself."""
    hints = typing.get_type_hints(struct, include_extras=True)
    fields = msgspec.structs.fields(struct)
    unknown_keys(table, [field.encode_name for field in fields], path, report)
    for field in fields:
        where = (*path, field.encode_name)
        if field.encode_name in table:
            check_value(table[field.encode_name], hints[field.name], where, report)
        elif field.required:
            report(where, "it is missing.", f"Add `{field.encode_name} = …`.")


def _struct_of(kind: Any) -> type[msgspec.Struct] | None:
    """Give the one struct type in a type, as `S` or `S | None`; tagged unions are msgspec's."""
    options = typing.get_args(kind) if _is_union(kind) else (kind,)
    structs = [each for each in options if isinstance(each, type) and _is_struct(each)]
    return structs[0] if len(structs) == 1 else None


def _is_struct(kind: type) -> bool:
    return issubclass(kind, msgspec.Struct)


def _is_union(kind: Any) -> bool:
    return typing.get_origin(kind) in (types.UnionType, typing.Union)


def _element_of(kind: Any) -> Any:
    """Give the type of the elements of `tuple[T, ...]`, else None."""
    options = typing.get_args(kind) if _is_union(kind) else (kind,)
    for each in options:
        arguments = typing.get_args(each)
        if typing.get_origin(each) is tuple and arguments[1:] == (Ellipsis,):
            return arguments[0]
    return None


def _steps(text: str) -> Path:
    """Turn `arc[1].to` into names and positions."""
    return tuple(
        name if name else int(place) for name, place in _STEP.findall(text.replace("[...]", ""))
    )


_NAMES = {
    "int": "a whole number", "float": "a number", "str": "words in quotes",
    "bool": "true or false", "array": "a list in brackets", "object": "a table", "null": "nothing",
}  # fmt: skip


def _plainly(text: str, value: object) -> str:
    """Say msgspec's sentence in a therapist's words; leave others as they are."""
    match = re.match(r"^Expected `([^`]+)`(?:, got `[^`]+`| (.*))?$", text)
    if match:
        wanted = " or ".join(
            _NAMES.get(name.strip(), name.strip())
            for name in match.group(1).split("|")
            if name.strip() != "null"
        )
        return f"it must be {wanted}{' ' + match.group(2) if match.group(2) else ''}."
    if text.startswith("Invalid enum value"):
        return f"“{value}” is not one of the choices."
    return text
