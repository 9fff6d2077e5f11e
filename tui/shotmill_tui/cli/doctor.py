"""`shotmill doctor`: every check, broken first, each with its cure; and the bundle to send when asking for help."""

from __future__ import annotations

import os
import textwrap
import time
from pathlib import Path

from shotmill.errors import ExitCode, ShotmillError, UnreachableError, UsageError
from shotmill.untrusted import printable_lines
from shotmill_tui.cli.place import ACTIVE, add_project, find_open_project, find_project, folders
from shotmill_tui.cli.table import table, width
from shotmill_tui.cli.terminal import Terminal, moves_cursor
from shotmill_tui.cli.words import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from shotmill.doctor.check import Check, Surroundings

NARROWEST = 20
"""Columns; a fact that has fewer is not wrapped."""

_MARKS = {"broken": ("✗", "x", "red"), "look": ("look", "look", "yellow"), "fine": ("✓", "v", "green")}


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add_project(parser)
    add("--online", action="store_true", help="ask the provider too: lists models with each key, which costs nothing")
    add("--bundle", metavar="FILE", help="write a file to send when asking for help (.txt: one text, else a zip)")
    add("--with-prompts", action="store_true", help="put the prompts into the bundle")
    add("--json", action="store_true", help="an object with the list of checks")


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.doctor.check import Surroundings, Verdict
    from shotmill.doctor.examine import worst_first

    around = Surroundings(folders(), os.environ, _root(asked), online=asked.online)
    checks = worst_first(_made(around, terminal))
    if not asked.json:  # before the bundle, which may be refused: what was found is told in any case
        for line in report(checks, terminal):
            terminal.line(line)
        terminal.out.flush()
    if asked.bundle:
        _write_bundle(Path(asked.bundle), around, checks, terminal, with_prompts=asked.with_prompts)
    if asked.json:
        terminal.data({"checks": [check.to_json() for check in checks]})
    is_broken = any(check.verdict is Verdict.BROKEN for check in checks)
    return ExitCode.USAGE if is_broken else ExitCode.DONE


def _made(around: Surroundings, terminal: Terminal) -> list[Check]:
    """All checks side by side; on a terminal what is not fine is shown as it is found, and what is still awaited."""
    from shotmill.doctor.examine import examining, fitting, in_order, worst_first

    tests = fitting(around)
    found: dict[str, list[Check]] = {}
    overwrites = terminal.err.isatty() and moves_cursor(os.environ) and not terminal.json
    live = _Live(terminal) if overwrites else None
    for test, checks in examining(around, tests):
        found[test.id] = checks
        if live:
            left = [each.title.lower() for each in tests if each.id not in found]
            so_far = [check for check in worst_first(in_order(tests, found)) if check.verdict != "fine"]
            lines = [f" {check.verdict.value:<6} {check.title}  {check.fact}" for check in so_far[: _Live.MOST]]
            live.show([*lines, f"checking: {', '.join(left)}"] if left else [])
    if live:
        live.show([])
    return in_order(tests, found)


class _Live:
    """A few lines at the end of the terminal that are written over by the next ones."""

    MOST = 10
    """Lines of checks at a time: what scrolled away could not be taken back."""

    def __init__(self, terminal: Terminal) -> None:
        self._err = terminal.err
        self._room = 78
        self._lines = 0

    def show(self, lines: Sequence[str]) -> None:
        up = f"\x1b[{self._lines}A" if self._lines else ""
        cut = "".join(f"{' '.join(line.split(chr(10)))[: self._room]}\n" for line in lines)
        self._err.write(f"\r{up}\x1b[J{cut}")
        self._err.flush()
        self._lines = len(lines)


def _write_bundle(
    path: Path, around: Surroundings, checks: Sequence[Check], terminal: Terminal, *, with_prompts: bool
) -> None:
    from shotmill.doctor.bundle import gather, write_bundle

    write_bundle(path, gather(around, checks, time.time(), with_prompts=with_prompts), around)
    prompts = "with your prompts" if with_prompts else "no prompt"
    terminal.note(f"Wrote {path}: no key, {prompts}. Look into it before you send it.")


def _root(asked: Namespace) -> Path | None:
    """The project that is meant. Outside of one the only one that runs, else the machine alone is looked at."""
    from shotmill.client import http
    from shotmill.doctor.status import ASK_WITHIN
    from shotmill.project_folder import is_project

    if asked.project is not None or is_project(Path.cwd()):
        return _named(asked.project)
    try:
        known = http.request(folders().socket, "GET", "/v1/status", timeout=ASK_WITHIN)["projects"]
    except ShotmillError:
        return None  # a daemon that does not answer is what the checks are for
    running = [status for status in known if status["run"]["state"] in ACTIVE]
    return Path(running[0]["project"]["path"]) if len(running) == 1 else None


def _named(named: str | None) -> Path:
    """Also a folder that is away, of a project that the daemon has open, and one on a share that does not answer."""
    try:
        return find_project(named)
    except OSError:
        return Path(os.path.abspath(named or os.curdir))  # noqa: PTH100 - a symlink stays as the user knows it
    except UsageError as fault:
        try:
            return find_open_project(named)
        except UnreachableError:
            raise fault from None


def report(checks: Sequence[Check], terminal: Terminal) -> list[str]:
    """Broken first; the last line says where to read on about what is not fine."""
    counts = {verdict: sum(check.verdict == verdict for check in checks) for verdict in _MARKS}
    head = f"Diagnostics   {counts['broken']} broken   {counts['look']} to look at   {counts['fine']} fine"
    lines = [terminal.paint(head, "bold")]
    before = table([[_mark(check, terminal), check.title, "|"] for check in checks], indent=" ")
    for check, line in zip(checks, before, strict=True):
        lines += _wrapped(line.removesuffix("|"), check.fact, terminal)
        if check.cure and check.verdict != "fine":
            lines.append(f"        → {check.cure}")
        if terminal.verbose and check.more:
            lines += [f"          {terminal.paint(line, 'dim')}" for line in printable_lines(check.more)]
    pages = list(dict.fromkeys(check.page for check in checks if check.verdict != "fine" and check.page))
    if pages:
        said = f"More about {number_of(len(pages), 'trouble')}: " if len(pages) > 1 else "More: "
        lines.append(terminal.paint(said + ", ".join(f"shotmill help {page}" for page in pages), "dim"))
    return lines


def _wrapped(before: str, fact: str, terminal: Terminal) -> list[str]:
    """The fact behind its mark and title; on a terminal it goes on below itself where it is long."""
    room = _columns(terminal) - width(before)
    wraps = room >= NARROWEST and bool(fact)
    first, *more = textwrap.wrap(fact, room, break_on_hyphens=False) if wraps else [fact]
    return [before + first, *(" " * width(before) + part for part in more)]


def _columns(terminal: Terminal) -> int:
    """Of the terminal; 0 where the report goes elsewhere and lines stay whole."""
    if not terminal.out.isatty():
        return 0
    try:
        return os.get_terminal_size(terminal.out.fileno()).columns
    except (OSError, ValueError):
        return 0


def _mark(check: Check, terminal: Terminal) -> str:
    mark, plain, colour = _MARKS[check.verdict]
    return terminal.paint(plain if terminal.plain_marks else mark, colour)
