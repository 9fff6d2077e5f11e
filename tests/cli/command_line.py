"""What the tests of the command line share: a home with a short path, runs in this process and in real ones."""

from __future__ import annotations

import copy
import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from places import short_folder
from shotmill.client import lock
from shotmill.settings.folders import Folders
from shotmill_tui.cli.terminal import Terminal

WITHIN = 100.0


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


class Home:
    """A user's folders of their own, and a place to work in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
        self.environ = {**kept, "SHOTMILL_HOME": str(folder / "home"), "PYTHONIOENCODING": "utf-8"}
        self.folders = Folders.of(self.environ)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "shotmill_tui.cli", *words]

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        """A real process, not waited for."""
        settings: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        settings |= {"cwd": self.work, "env": self.environ, "text": True} | options
        process: subprocess.Popen[str] = subprocess.Popen(self.command(*words), **settings)
        return process

    def run(self, *words: str, said: str | None = None, cwd: Path | None = None) -> Ended:
        """A real process, from beginning to end; `said` is its standard input."""
        ended = subprocess.run(
            self.command(*words),
            cwd=cwd or self.work,
            env=self.environ,
            input=said if said is not None else "",
            capture_output=True,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def end(self) -> None:
        """No daemon of ours stays behind, however the test ended."""
        path = self.folders.run / "daemon.lock"
        if lock.is_held(path) and (pid := int(path.read_text() or 0)):
            with suppress(ProcessLookupError):  # a program that it was starting may hold its lock for a moment more
                os.kill(pid, signal.SIGKILL)


@contextmanager
def a_home() -> Iterator[Home]:
    folder = short_folder("smc-")
    home = Home(folder)
    try:
        yield home
    finally:
        home.end()
        shutil.rmtree(folder, ignore_errors=True)


class Paper(io.StringIO):
    """A stream that is a terminal or none."""

    def __init__(self, said: str = "", *, tty: bool = False) -> None:
        super().__init__(said)
        self._tty = tty

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def isatty(self) -> bool:
        return self._tty


def paper_terminal(*, tty: bool = False, json: bool = False, said: str = "") -> Terminal:
    return Terminal(Paper(tty=tty), Paper(tty=tty), Paper(said, tty=tty), json=json)


def style(**counts: Any) -> dict[str, Any]:
    """One style of a status object."""
    empty = dict.fromkeys(("total", "done", "in_flight", "pending", "failed", "blocked", "in_doubt", "stale"), 0)
    return {**empty, "state": "running", "reason": "", "waiting_until": None, **counts}


def status(**run: Any) -> dict[str, Any]:
    """A status object as the contract has it; `run` changes what is said of the run."""
    money: dict[str, Any] = {"spent_usd": 3.12, "in_doubt_usd": 0.0, "reserved_usd": 0.0, "budget_usd": 10.0}
    money["stop_now"] = {"in_doubt": 4, "in_doubt_usd": 0.1344, "received": 0}
    state = {"state": "running", "id": "r1", "reason": "", "waiting_until": None, "elapsed_s": 12.0, "eta_s": 252.0}
    return copy.deepcopy(
        {
            "schema": 1,
            "project": {"path": "/films/night", "title": "Night train"},
            "run": {**state, **money, **run},
            "styles": {
                "illustration": style(total=60, done=34, in_flight=3, pending=22, blocked=1),
                "clear": style(total=60, done=31, in_flight=1, pending=28),
            },
            "keys": {
                "anna": {
                    "quota_project": "film-1",
                    "state": "ready",
                    "reason": "",
                    "rpm": {"used": 7, "limit": 9},
                    "rpd": {"used": 112, "limit": 500, "resets_at": "2026-11-24T08:00:00.000Z"},
                    "next_slot_s": 0.0,
                }
            },
            "for_you": [
                {"kind": "blocked", "style": "illustration", "beat": "2.4", "what": "refused", "cure": "reword it"}
            ],
        }
    )
