"""Finding the line of each key in a TOML text."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from mtsession.protocol.toml_lines import line_of, lines_of

TEXT = '''\
top = 1 # [not.a.header]
"quoted key" = 'x'
a.b.c = [1, [2,
  3], "]"]
long = """
[fake]
x = 1""""
[table]  # comment
d = { e = { f = 1 }, g = [ { h = 2 } ] }
[[list]]
x = 1
[list.inner]
y = 2
[[list.sub]]
z = 3
[[list.sub]]
z = 4
[[list]]
[[list.sub]]
z = 5
when = 2020-01-01T00:00:00Z
'''


def paths(value, path=()):
    """Give every path in a tree of plain values."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from paths(each, (*path, key))


def test_each_path_of_a_text_has_its_line():
    lines = lines_of(TEXT)
    assert set(paths(tomllib.loads(TEXT))) == set(lines)
    assert lines["top",] == 1
    assert lines["quoted key",] == 2
    assert lines["a", "b", "c", 1, 1] == 4
    assert lines["a", "b", "c", 2] == 4
    assert lines["long",] == 5
    assert lines["table",] == 8
    assert lines["table", "d", "g", 0, "h"] == 9
    assert lines["list", 0, "x"] == 11
    assert lines["list", 0, "inner", "y"] == 13
    assert lines["list", 0, "sub", 1, "z"] == 17
    assert lines["list", 1] == 18
    assert lines["list", 1, "sub", 0, "when"] == 21


def test_a_path_without_a_line_takes_that_of_its_table():
    lines = lines_of(TEXT)
    assert line_of(lines, ("list", 0, "inner", "missing")) == 12
    assert line_of(lines, ("nothing",)) is None


scalars = st.integers() | st.booleans() | st.text("ab\"'\\[]{}#=, \n", max_size=6)
names = st.text("abc-_1", min_size=1, max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def written(value):
    """Write a value as TOML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[" + ",\n ".join(written(each) for each in value) + "]"
    return "{" + ", ".join(f"{key} = {written(each)}" for key, each in value.items()) + "}"


@given(st.dictionaries(names, values, max_size=4), st.lists(st.dictionaries(names, values)))
def test_any_text_has_a_line_for_each_of_its_paths(top, tables):
    top = {key: value for key, value in top.items() if key != "zz"}
    text = "".join(f"{key} = {written(value)}\n" for key, value in top.items())
    for table in tables:
        text += "[[zz]]\n"
        text += "".join(f"{key} = {written(value)}\n" for key, value in table.items())
    lines = lines_of(text)
    assert set(lines) == set(paths(tomllib.loads(text)))
    rows = text.split("\n")
    for place in range(len(tables)):
        assert rows[lines["zz", place] - 1] == "[[zz]]"
    for key in top:
        assert rows[lines[key,] - 1].startswith(f"{key} =")
