"""Daemons that start in a moment: a process that has imported everything, and forks into as many as are asked for.

What runs in the fork is the daemon's own `main`, in a process of its own that can be killed like any other; only the
second that its imports take is saved, dozens of times.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Forked:
    """One daemon process. `at_death` is called once it is gone."""

    def __init__(self, pid: int, preloaded: Preloaded, at_death: Callable[[], None]) -> None:
        self.pid = pid
        self._preloaded = preloaded
        self._at_death = at_death
        self._code: int | None = None

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.ended()

    def ended(self) -> int:
        """Wait for its end: its exit code, or a signal's number below 0; -6 when it had to be aborted after half a
        minute."""
        if self._code is None:
            self._code = int(self._preloaded.ask({"wait": self.pid})["code"])
            self._at_death()
        return self._code


class Preloaded:
    """The process that forks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def fork(self, environ: Mapping[str, str], log: str, at_death: Callable[[], None]) -> Forked:
        return Forked(int(self.ask({"environ": dict(environ), "log": log})["pid"]), self, at_death)

    def ask(self, order: Mapping[str, object]) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def preloaded() -> Iterator[Preloaded]:
    """Ends with the test, and every daemon that it forked with it."""
    command = [sys.executable, "-P", __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Preloaded(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(20)


def _serve() -> None:
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer = {"code": _wait(order["wait"])}
            children.discard(order["wait"])
        else:
            answer = {"pid": _fork(order["environ"], order["log"])}
            children.add(answer["pid"])
        print(json.dumps(answer), flush=True)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _wait(child: int) -> int:
    def too_late(number: int, frame: object) -> None:
        os.kill(child, signal.SIGABRT)

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(30)
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    return os.waitstatus_to_exitcode(status)


def _fork(environ: dict[str, str], log: str) -> int:
    child = os.fork()
    if child:
        return child
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    null, file = os.open("/dev/null", os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, descriptor in ((0, null), (1, file), (2, file)):
        os.dup2(descriptor, number)
    os.chdir("/")
    from shotmill.daemon.command import main
    from shotmill.takes.checkpoints import arm

    arm(environ.get("SHOTMILL_CRASH_AT", ""))
    code = 1
    try:
        code = main(["run"])
    finally:
        os._exit(code)


if __name__ == "__main__":
    import google.genai  # noqa: F401 - what the daemon imports in the course of its life

    import shotmill.daemon.server
    import shotmill.daemon.workshop  # noqa: F401

    _serve()
