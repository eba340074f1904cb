"""What holds for the source as a whole, whichever room it is in."""

import ast
import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "mtsession"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_MODULE = 350
LONG_MODULE = 300
SLOW_OR_DEVICE = {"librosa", "scipy", "numba", "matplotlib", "sounddevice", "rtmidi"}

# Each is written in two parts so that this file does not hold what it forbids.
FOREIGN_TEXT = {
    "a folder of one person's machine": re.compile(
        r"(?<![\w.~-])(/ro" r"ot/|/ho" r"me/\w|/Us" r"ers/\w|/wo" r"rk/\w|[A-Z]:\\Us" r"ers\\)"
    ),
    "the address of a package registry": re.compile(
        r"(py" r"pi\.(org|python)|python" r"hosted\.org|index-" r"url|find-" r"links)"
    ),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git clone")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=name_of)
def test_package_files_hold_a_docstring_alone(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    others = [node for node in tree.body[1:] if not _is_version(node)]
    assert others == []


def _is_version(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Assign)
        and [ast.unparse(target) for target in node.targets] == ["__version__"]
        and isinstance(node.value, ast.Constant)
    )


def test_only_the_command_line_prints():
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in MODULES
        if "cli" not in path.relative_to(PACKAGE).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"print", "builtins.print"}
    ]
    assert found == []


def test_modules_stay_short():
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES
    }
    for name, length in lengths.items():
        if LONG_MODULE < length <= LONGEST_MODULE:
            warnings.warn(f"{name} has {length} lines; think of a cut", stacklevel=1)
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_tracked_files_name_no_machine_and_no_registry(tracked: list[Path]):
    found = []
    for path in tracked:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{name_of(path)}:{text.count(chr(10), 0, hit.start()) + 1}: {what}"
            for what, pattern in FOREIGN_TEXT.items()
            for hit in pattern.finditer(text)
        ]
    assert found == []


def test_constraints_pin_names_and_versions_only():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    condition = r"[a-z_]+ [<>=!]+ \"[\w.]+\""
    shape = re.compile(rf"[A-Za-z0-9_.-]+==[0-9][\w.]*(; {condition}( (and|or) {condition})*)?")
    assert [line for line in pins if not shape.fullmatch(line)] == []
    names = [re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in pins]
    twice = {name for name in names if names.count(name) > 1}
    assert [line for line in pins if line.split("==")[0] in twice and ";" not in line] == []
    assert not {"pip", "setuptools"} & set(names)
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project["optional-dependencies"].values()
    asked = [*project["dependencies"], *(each for extra in extras for each in extra)]
    wanted = {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", each)[0]).lower() for each in asked}
    assert wanted - set(names) == set()


def imported_as(path: Path) -> str:
    parts = [path.stem]
    while (path.parent / "__init__.py").is_file():
        path = path.parent
        parts.insert(0, path.name)
    return ".".join(parts)


def test_no_two_test_modules_are_imported_under_one_name():
    found = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    names = [imported_as(path) for path in found if path.name != "__init__.py"]
    assert {name for name in names if names.count(name) > 1} == set()


def test_built_package_takes_plans_and_explanations_along():
    with (ROOT / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    taken = {"playlists", "docs/metrics.md"}
    assert wheel["force-include"] == {name: f"mtsession/{name}" for name in taken}
    assert all((ROOT / name).exists() for name in taken)


@pytest.mark.parametrize("module", ["mtsession.ui.app", "mtsession.cli.main"])
def test_start_up_loads_no_slow_or_device_library(module: str):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not there yet")
    probe = f"import sys, {module}; sys.stdout.write(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stderr
    assert SLOW_OR_DEVICE & set(loaded.stdout.split()) == set()
