"""`make faults`: run every case of the matrix, and write docs/faults.md with what held.

`python tests/faults/report.py [--keep-going]`; ends with 1 when a case failed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "faults.md"
sys.path.insert(0, str(ROOT / "tests"))

from faults.matrix import MATRIX, Row  # noqa: E402

RESULTS = "SHOTMILL_FAULT_RESULTS"
_HEAD = """# Faults

What was done to Shotmill, and what held. Written by `make faults`, which runs every row against real processes where
a process is what fails, and looks after each of the cases in `tests/faults` whether the invariants held
(`tests/faults/invariants.py`): nobody is asked more often than there are intents; every sealed answer is on disk with
its SHA-256 or told; nothing is billed twice unless it was told as in doubt; nothing outside of project and home
changed; no key anywhere; the database is whole; the daemon answers within two seconds or is gone.

`make soak` does much of it at once, by chance: bench/README.md.
"""


class Collector:
    """A plugin of pytest: the outcome of each case, one line of JSON each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        reason = ""
        if report.outcome == "skipped" and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
        line = {"node": report.nodeid, "outcome": report.outcome, "reason": reason}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """As a plugin (`-p faults.report`), in this process or in one of several."""
    path = os.environ.get(RESULTS)
    if path and not hasattr(config, "workerinput"):  # what workers report reaches the process above them too
        config.pluginmanager.register(Collector(Path(path)))


def nodes(rows: Sequence[Row] = MATRIX) -> list[str]:
    """Every test that a row names, once."""
    return list(dict.fromkeys(node for row in rows for node in row.shown))


def run(words: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Outcomes (and the reasons of skips) by test function, of one run of pytest."""
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as file:
        environ = os.environ | {RESULTS: file.name}
        environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "tests"), *filter(None, [environ.get("PYTHONPATH", "")])])
        command = [sys.executable, "-m", "pytest", "-p", "faults.report", "-m", "faults or not faults", "-q"]
        subprocess.run([*command, "--tb=short", *words, *nodes()], cwd=ROOT, env=environ, check=False)
        found: dict[str, list[tuple[str, str]]] = {}
        for line in map(json.loads, file):
            found.setdefault(line["node"].partition("[")[0], []).append((line["outcome"], line["reason"]))
    return found


def result(row: Row, found: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """`held (12 cases)`, `FAILED …`, `skipped: …`."""
    outcomes = [outcome for node in row.shown for outcome in found.get(node, [("missing", "")])]
    if not outcomes:
        return "left out"
    count = Counter(outcome for outcome, _ in outcomes)
    failed = [node for node in row.shown if any(outcome in ("failed", "missing") for outcome, _ in found.get(node, [("missing", "")]))]  # fmt: skip  # noqa: E501
    if failed:
        return "**FAILED** " + ", ".join(node.rpartition("::")[2] for node in failed)
    if not count["passed"]:
        return "skipped: " + next(reason for _, reason in outcomes if reason)
    cases = f"{count['passed']} case{'s' if count['passed'] > 1 else ''}"
    return f"held ({cases}" + (f", {count['skipped']} skipped)" if count["skipped"] else ")")


def page(found: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The document."""
    where = f"{platform.system()}, Python {platform.python_version()}, {'root' if os.getuid() == 0 else 'no root'}"
    lines = [_HEAD, f"Last run: {time.strftime('%Y-%m-%d')}, {where}.", ""]
    lines += ["| # | fault | what has to hold | what was done | result |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {row.number} | {row.fault} | {row.expected} | {row.done} | {result(row, found)} |" for row in MATRIX]
    lines += ["", "## Left out", ""]
    lines += [f"* {row.number}, {row.fault}: {row.left_out}." for row in MATRIX if row.left_out]
    lines += ["* macOS: no row was run there.", "", "## Where each row is shown", ""]
    for row in MATRIX:
        lines.append(f"{row.number}. " + (", ".join(f"`{node}`" for node in row.shown) or "nowhere"))
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pytest", nargs="*", help="more words for pytest, after --")
    found = run(parser.parse_args().pytest)
    PAGE.write_text(page(found))
    wrong = [row for row in MATRIX if "FAILED" in result(row, found)]
    for row in MATRIX:
        print(f"{row.number:3} {row.fault:58.58} {result(row, found)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
