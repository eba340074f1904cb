"""Runs benchmarks and soak tests, one case at a time, and keeps each result as JSON.

python benchmarks/run.py bench|soak [--only TEXT] [--again] [--list]

A case that has a result for the same source is not run a second time, so a run that was
stopped goes on where it was. README.md beside this file says how to add one.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
REPORT = "report.xml"
DEFAULT_TIMEOUT_SECONDS = {"bench": 600, "soak": 4 * 3600}


def load(path: Path) -> ModuleType:
    """Import one benchmark file, with `tests` importable for the rig's helpers."""
    for folder in (str(HERE), str(ROOT / "tests")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path.name} cannot be loaded.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def ask_module(path: Path) -> dict[str, object]:
    """Ask a module for its cases, in a process of its own so that one cannot disturb another."""
    asked = subprocess.run(
        [sys.executable, str(HERE / "run.py"), "--cases-of", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    if asked.returncode != 0:
        raise SystemExit(f"{path.name} cannot list its cases (its message is above).")
    return json.loads(asked.stdout.splitlines()[-1])


def soak_tests() -> list[str]:
    """List the tests that are marked soak."""
    asked = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "soak", "--collect-only", "-o", "addopts=-q"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    if asked.returncode not in {0, 5}:
        raise SystemExit(f"{asked.stdout}\nThe soak tests cannot be collected.")
    return [line for line in asked.stdout.splitlines() if "::" in line]


def fingerprint() -> str:
    """Name the source that a result belongs to: every file that can change a figure."""
    digest = hashlib.sha256()
    for folder in ("src", "benchmarks", "tests", "playlists"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    digest.update((ROOT / "constraints.txt").read_bytes())
    return digest.hexdigest()[:16]


def machine() -> dict[str, object]:
    """Say what the figures were measured on, without naming whose it is."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
    }


def run_group(command: list[str], timeout: float) -> int | None:
    """Give the exit code of a command, or None after the time allowed; leave no child behind."""
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def skip_reason(report: Path) -> str:
    """Say why a test was skipped, or nothing where it ran."""
    if not report.is_file():
        return ""
    found = ET.parse(report).find(".//skipped")
    report.unlink()
    return "" if found is None else found.get("message") or "no reason given"


def run_case(kind: str, source: str, case: str, folder: Path, timeout: float) -> dict[str, object]:
    """Run one case in its own process and give what there is to keep of it."""
    folder.mkdir(parents=True, exist_ok=True)
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    if source == "tests":
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "soak",
            f"--junitxml={folder / REPORT}",
            case,
        ]
    else:
        command = [sys.executable, str(HERE / "run.py"), "--case", source, case, str(folder)]
    source_now, began, start = fingerprint(), datetime.now(UTC), time.perf_counter()
    code = run_group(command, timeout)
    error = f"not done after {timeout:.0f} s" if code is None else f"ended with code {code}"
    error = "" if code == 0 else error
    figures: dict[str, object] = {}
    if answer.is_file():
        figures = json.loads(answer.read_text(encoding="utf-8"))
        answer.unlink()
    elif not error and source != "tests":
        error = "gave no figures"
    skipped = skip_reason(folder / REPORT) if source == "tests" else figures.get("skipped", "")
    return {
        "kind": kind,
        "source": source if source == "tests" else Path(source).name,
        "case": case,
        "passed": not error and not skipped and figures.get("passed", True) is True,
        "skipped": skipped,
        "error": error,
        "figures": figures,
        "seconds": round(time.perf_counter() - start, 3),
        "began": began.isoformat(timespec="seconds"),
        "source_fingerprint": source_now,
        "machine": machine(),
    }


def answer_case(source: str, case: str, folder: Path) -> None:
    """Run one case here: what the process of a case does."""
    figures = load(Path(source)).run(case, folder)
    text = json.dumps(figures, allow_nan=False, indent=2)
    (folder / "answer.json").write_text(text, encoding="utf-8")


def plan(kind: str) -> list[tuple[str, str, float]]:
    """List (source, case, seconds allowed) of everything of a kind."""
    found = []
    for path in sorted(HERE.glob(f"{kind}_*.py")):
        answer = ask_module(path)
        allowed = answer["timeout_seconds"] or DEFAULT_TIMEOUT_SECONDS[kind]
        found += [(str(path), case, allowed) for case in answer["cases"]]
    if kind == "soak":
        found += [("tests", case, DEFAULT_TIMEOUT_SECONDS[kind]) for case in soak_tests()]
    return found


def result_path(kind: str, source: str, case: str) -> Path:
    """Name the file of a result; a case may hold signs that a file name may not."""
    plain = "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in case)[-80:]
    mark = hashlib.sha256(case.encode()).hexdigest()[:6]
    return ROOT / "out" / kind / Path(source).stem / f"{plain}-{mark}.json"


def kept(path: Path) -> dict[str, object] | None:
    """Give an earlier result if it passed and the source is still the same."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = result.get("source_fingerprint") == fingerprint()
    return result if same and result.get("passed") else None


def say(result: dict[str, object], *, earlier: bool) -> None:
    """Print a line for a case as soon as it is done; where it failed, every figure as well."""
    tail = ", kept from an earlier run" if earlier else ""
    name = f"{result['source']} {result['case']}"
    print(f"{name}: {verdict(result)} ({result['seconds']} s{tail})", flush=True)
    if not result["passed"] and not result["skipped"]:
        for figure, value in dict(result["figures"]).items():
            print(f"    {figure}: {value}", flush=True)


def verdict(result: dict[str, object]) -> str:
    """Say in a word or two how a case went."""
    if result["skipped"]:
        return f"skipped, {result['skipped']}"
    return "passed" if result["passed"] else f"FAILED {result['error']}".rstrip()


def table(results: list[dict[str, object]]) -> str:
    """Draw one line a case: what was measured and what came of it."""
    rows = [("what", "case", "", "figures")]
    for result in results:
        figures = dict(result["figures"])
        plain = [f"{name} {value}" for name, value in figures.items() if name != "passed"]
        told = str(result["skipped"] or result["error"] or figures.get("told") or ", ".join(plain))
        mark = "-" if result["skipped"] else "ok" if result["passed"] else "FAILED"
        what = re.sub(r"^(bench|soak)_|\.py$", "", str(result["source"])).replace("_", " ")
        rows.append((what, str(result["case"]).rpartition("/")[2], mark, told))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ("  ".join(f"{row[c]:{wide[c]}}" for c in range(3)) + f"  {row[3]}" for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def run_all(kind: str, *, only: str, again: bool, listing: bool) -> int:
    """Run every case of a kind and give the exit code."""
    cases = [each for each in plan(kind) if only in f"{each[0]} {each[1]}"]
    if not cases:
        print(f"There is no {kind} case{f' that holds {only!r}' if only else ''}.")
        return 1 if only else 0
    results = []
    for source, case, allowed in cases:
        if listing:
            print(Path(source).name, case)
            continue
        path = result_path(kind, source, case)
        earlier = None if again else kept(path)
        if earlier is None:
            result = run_case(kind, source, case, path.with_suffix(""), allowed)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, result)
        results.append(earlier or result)
        say(results[-1], earlier=earlier is not None)
    if listing:
        return 0
    write_whole(ROOT / "out" / f"{kind}.json", results)
    print(f"\n{table(results)}\n")
    skipped = sum(bool(result["skipped"]) for result in results)
    failed = sum(not result["passed"] and not result["skipped"] for result in results)
    passed = len(results) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped; results are in out/{kind}.json")
    return 1 if failed else 0


def write_whole(path: Path, content: object) -> None:
    """Put a JSON file in place in one step: one that is there is whole."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Run benchmarks or soak tests.")
    parser.add_argument("kind", nargs="?", choices=["bench", "soak"])
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    parser.add_argument("--again", action="store_true", help="run cases that have a result")
    parser.add_argument("--list", action="store_true", help="list the cases")
    parser.add_argument("--cases-of", help=argparse.SUPPRESS)
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.cases_of:
        module = load(Path(asked.cases_of))
        cases = list(module.cases()) if hasattr(module, "cases") else ["all"]
        allowed = getattr(module, "TIMEOUT_SECONDS", None)
        print(json.dumps({"cases": cases, "timeout_seconds": allowed}))
        return 0
    if asked.case:
        source, case, folder = asked.case
        answer_case(source, case, Path(folder))
        return 0
    if asked.kind is None:
        parser.error("say bench or soak")
    return run_all(asked.kind, only=asked.only, again=asked.again, listing=asked.list)


if __name__ == "__main__":
    sys.exit(main())
