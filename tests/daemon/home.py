"""A user's home in a short folder of its own, the daemons that live in it, and commands as a person types them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from daemon.preloaded import Forked, preloaded
from daemon.waiting import until
from daemon.witness import KEYS, Witness, secret
from places import short_folder
from shotmill.client import http, lock
from shotmill.client.http import Answer
from shotmill.client.spawn import find_daemon
from shotmill.settings.folders import Folders
from shotmill.takes import trailer

ENDED = ("finished", "stopped", "idle")


class Spawned:
    """One daemon process that was not forked. `at_death` is called once it is gone."""

    def __init__(self, process: subprocess.Popen[bytes], at_death: Callable[[], None]) -> None:
        self._process = process
        self._at_death = at_death
        self.pid = process.pid

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._process.kill()
        self.ended()

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        code = self._process.wait(60)
        self._at_death()
        return code


class Home:
    """`SHOTMILL_HOME` and all that is needed around it.

    For the checker after the test: `sealed_at_deaths` are attempts whose answers the spool held whole when a daemon
    died; a test puts into `asked_again` how often a person asked once more for a beat (`style beat`), and into
    `excused` which invariants can't hold, since it breaks them itself, and why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folders = Folders.of({"SHOTMILL_HOME": str(path)})
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(path),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "SHOTMILL_HOME": str(path),
        }
        if "PYTHONPATH" in os.environ:
            self.environ["PYTHONPATH"] = os.environ["PYTHONPATH"]
        self.folders.config.mkdir(parents=True)
        self._daemons: list[Forked | Spawned] = []
        self.sealed_at_deaths: set[str] = set()
        self.asked_again: dict[str, int] = {}
        self.excused: dict[str, str] = {}

    def write_keys(self, *names: str, rpm: int = 100_000, text: str = "") -> None:
        """keys.toml with keys that the provider knows, or the given text."""
        entries = [
            f'[keys.{name}]\napi_key = "{secret(name)}"\nquota_project = "{KEYS[name]}"\nrpm = {rpm}\nrpd = 100000\n'
            for name in names
        ]
        self.folders.keys_file.write_text(text or "\n".join(entries))
        self.folders.keys_file.chmod(0o600)

    def start_daemon(self, **environ: str) -> Forked:
        """A daemon in the foreground, as a service manager starts it; returns when it is ready."""
        self.folders.state.mkdir(parents=True, exist_ok=True)
        daemon = preloaded().daemon({**self.environ, **environ}, self.folders.state / "daemon.stderr", self._died)
        self._daemons.append(daemon)
        self._wait_until_ready()
        return daemon

    def stop_daemon(self) -> None:
        """Let it end in order, and wait until it has."""
        self.ask("POST", "/v1/daemon/stop", {"now": True})
        until(lambda: not self.daemon_pid(), "the end of the daemon")

    def spawn_daemon(self, *before: str, **environ: str) -> Spawned:
        """The same as a program from its first instruction on, run by the command `before`, where there is one."""
        self.folders.state.mkdir(parents=True, exist_ok=True)
        command = [*before, sys.executable, "-P", "-m", "shotmill.daemon", "run"]
        with (self.folders.state / "daemon.stderr").open("ab") as errors:
            daemon = Spawned(
                subprocess.Popen(command, env={**self.environ, **environ}, stdout=errors, stderr=errors, cwd="/"),
                self._died,
            )
        self._daemons.append(daemon)
        self._wait_until_ready()
        return daemon

    def _died(self) -> None:
        self.sealed_at_deaths |= sealed(self)

    def _wait_until_ready(self) -> None:
        try:
            until(self._is_ready, "a daemon that is ready")
        except AssertionError as error:
            said = [
                path.read_text()[-2000:] for path in (self.folders.state / "daemon.stderr", self.folders.daemon_log)
            ]
            raise AssertionError("\n".join((str(error), *said))) from None

    def _is_ready(self) -> bool:
        info = find_daemon(self.folders)
        return info is not None and info.state == "ready"

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None, timeout: float = 30.0) -> dict[str, Any]:
        """The API's answer; raises the error that it tells of."""
        return http.request(self.folders.socket, method, path, body, timeout)

    def answer(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """The API's answer whatever its status."""
        return http.exchange(self.folders.socket, method, path, body, 30.0)

    def open(self, root: Path) -> str:
        return str(self.ask("POST", "/v1/projects", {"path": str(root)})["id"])

    def start(self, project: str, **options: Any) -> dict[str, Any]:
        return self.ask("POST", f"/v1/projects/{project}/start", options)

    def stop(self, project: str, *, now: bool = False) -> dict[str, Any]:
        return self.ask("POST", f"/v1/projects/{project}/stop", {"now": now})

    def doubt(self, project: str, do: str = "list", **which: str) -> dict[str, Any]:
        return self.ask("POST", f"/v1/projects/{project}/doubt", {"do": do, **which})

    def status(self, project: str) -> dict[str, Any]:
        return self.ask("GET", f"/v1/projects/{project}")

    def beat(self, project: str, style: str, beat: str) -> dict[str, Any]:
        return self.ask("GET", f"/v1/projects/{project}/beats/{style}/{beat}")

    def wait_for_end(self, project: str) -> dict[str, Any]:
        """The status once no run is active."""
        return self.wait_for(project, lambda status: status["run"]["state"] in ENDED, "the end of the run")

    def wait_for(self, project: str, held: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        last: dict[str, Any] = {}

        def look() -> bool:
            last.update(self.status(project))
            return bool(held(last))

        try:
            until(look, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; the last status: {json.dumps(last, indent=1)}") from None
        return last

    def run_through(self, root: Path, **options: Any) -> dict[str, Any]:
        """Open, start, wait for the end; the status then."""
        project = self.open(root)
        self.start(project, **options)
        return self.wait_for_end(project)

    def command(
        self, *words: str, cwd: Path | None = None, patience_s: float = 60.0, typed: str = "", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """`shotmill …` to its end; `typed` is what it reads."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("shotmill")), *words],
            cwd=cwd or self.path,
            env={**self.environ, **environ},
            input=typed,
            capture_output=True,
            text=True,
            timeout=patience_s,
            check=False,
        )

    def daemon_pid(self) -> int:
        """The process that holds the daemon's lock now; 0 without one."""
        path = self.folders.run / "daemon.lock"
        return int(path.read_text() or 0) if lock.is_held(path) else 0

    def close(self) -> None:
        """End every daemon of this home, whoever started it."""
        for daemon in self._daemons:
            daemon.kill()
        pid = self.daemon_pid()
        if pid:
            with suppress(ProcessLookupError):  # a program that it was starting may hold its lock for a moment more
                os.kill(pid, signal.SIGKILL)
            until(lambda: not self.daemon_pid(), "the end of the daemon")
        shutil.rmtree(self.path, ignore_errors=True)


def run_with_out(mill: Home, provider: Witness, root: Path, count: int) -> str:
    """Start a run; returns the project's id once so many requests are out, which stay so until the provider lets go."""
    provider.hold()
    project = mill.open(root)
    mill.start(project)
    provider.wait_for_held(count)
    return project


def sealed(mill: Home) -> set[str]:
    """Attempts whose answers are whole and sealed in the spool."""
    files = mill.folders.spool.glob("*.part") if mill.folders.spool.is_dir() else ()
    return {file.stem for file in files if trailer.verified_body(file.read_bytes()) is not None}


@contextmanager
def home(keys: Sequence[str] = ("anna",)) -> Iterator[Home]:
    """A home with keys, under a path that is short enough for a socket."""
    made = Home(short_folder("sm-"))
    if keys:
        made.write_keys(*keys)
    try:
        yield made
    finally:
        made.close()
