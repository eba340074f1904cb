"""On which line of a TOML text each key stands, so that a fault can be shown where it is.

The standard reader keeps no places. This walks text that it has already
accepted, so it need not judge anything, only keep count.
"""

import re

Path = tuple[str | int, ...]

_BARE_END = re.compile(r"[,\]}\n#]")
_KEY = re.compile(r"[A-Za-z0-9_-]+")


def lines_of(text: str) -> dict[Path, int]:
    r"""Give the line of every table, key and array element of a valid TOML text.

    Returns
    -------
    dict of tuple to int
        Paths of names and of positions in arrays (from 0); lines count from 1.

    Examples
    --------
    >>> lines_of('a = 1\n[[b]]\nc = [{d = 2}]\n')[("b", 0, "c", 0, "d")]
    3
    """
    return _Walk(text).run()


def line_of(lines: dict[Path, int], path: Path) -> int | None:
    """Give the line of a path, or that of the nearest table around it that has one."""
    for end in range(len(path), 0, -1):
        if path[:end] in lines:
            return lines[path[:end]]
    return None


class _Walk:
    """One pass over a text: the place in it, and what was found so far."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n") + "\n"
        self._at = 0
        self._line = 1
        self._found: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        table: Path = ()
        self._skip_blank()
        while self._at < len(self._text):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()
        return self._found

    def _peek(self, count: int = 1) -> str:
        return self._text[self._at : self._at + count]

    def _take(self, count: int) -> str:
        taken = self._peek(count)
        self._at += count
        self._line += taken.count("\n")
        return taken

    def _skip_spaces(self) -> None:
        while self._peek() in (" ", "\t"):
            self._take(1)

    def _skip_blank(self) -> None:
        """Skip spaces, line ends and comments."""
        while self._at < len(self._text):
            if self._peek() in " \t\n":
                self._take(1)
            elif self._peek() == "#":
                self._take(self._text.index("\n", self._at) - self._at)
            else:
                return

    def _note(self, path: Path) -> None:
        """Keep the line of a path, and of tables that a dotted name makes on its way."""
        for end in range(1, len(path) + 1):
            self._found.setdefault(path[:end], self._line)

    def _header(self) -> Path:
        """Read `[name]` or `[[name]]`."""
        many = self._peek(2) == "[["
        line = self._line
        self._take(2 if many else 1)
        names = self._name()
        self._take(2 if many else 1)
        path: Path = ()
        for name in names[:-1]:
            path = self._inside((*path, name))
        path = (*path, names[-1])
        if many:
            self._found.setdefault(path, line)
            self._lengths[path] = self._lengths.get(path, 0) + 1
        path = self._inside(path)
        self._note(path)
        return path

    def _inside(self, path: Path) -> Path:
        """Go into the newest table where a path names an array of tables."""
        length = self._lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _name(self) -> list[str]:
        """Read a name, whole or dotted."""
        names = []
        while True:
            self._skip_spaces()
            if self._peek() in ('"', "'"):
                names.append(self._string())
            else:
                match = _KEY.match(self._text, self._at)
                names.append(self._take(len(match.group())) if match else "")
            self._skip_spaces()
            if self._peek() != ".":
                return names
            self._take(1)

    def _pair(self, table: Path) -> None:
        path = (*table, *self._name())
        self._note(path)
        self._take(1)
        self._skip_spaces()
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self._peek()
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in ('"', "'"):
            self._string()
        else:
            end = _BARE_END.search(self._text, self._at)
            self._take((end.start() if end else len(self._text)) - self._at)

    def _array(self, path: Path) -> None:
        self._take(1)
        self._skip_blank()
        index = 0
        while self._peek() != "]":
            self._note((*path, index))
            self._value((*path, index))
            index += 1
            self._skip_blank()
            if self._peek() == ",":
                self._take(1)
                self._skip_blank()
        self._take(1)

    def _inline_table(self, path: Path) -> None:
        self._take(1)
        self._skip_blank()
        while self._peek() != "}":
            self._pair(path)
            self._skip_blank()
            if self._peek() == ",":
                self._take(1)
                self._skip_blank()
        self._take(1)

    def _string(self) -> str:
        """Read a string of any of the four kinds and give what stands between its marks."""
        mark = self._peek()
        mark = mark * 3 if self._peek(3) == mark * 3 else mark
        self._take(len(mark))
        start = self._at
        while self._peek(len(mark)) != mark:
            self._take(2 if self._peek() == "\\" and mark[0] == '"' else 1)
        # Up to two of its own marks may end a string of three.
        while len(mark) > 1 and self._text[self._at + 3 : self._at + 4] == mark[0]:
            self._take(1)
        inner = self._text[start : self._at]
        self._take(len(mark))
        return inner
