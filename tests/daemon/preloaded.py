"""Programs that start in a moment: a process that has imported everything, and forks into as many as are asked for.

What runs in the fork is the program's own `main`, in a process of its own that can be killed like any other; only the
second that its imports take is saved, hundreds of times, and some seconds of waiting.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

_CERTIFICATES: list[ssl.SSLContext] = []
"""Those that every daemon reads anew, for a twentieth of a second."""


class Forked:
    """One process. `at_death` is called once it is gone."""

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
        """Wait for its end: its exit code, or a signal's number below 0; -6 where it had to be aborted, after a
        minute."""
        if self._code is None:
            self._code = int(self._preloaded.ask({"wait": self.pid})["code"])
            self._at_death()
        return self._code


class Preloaded:
    """The process that forks."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", __file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def daemon(self, environ: Mapping[str, str], errors: Path, at_death: Callable[[], None]) -> Forked:
        """A daemon in the foreground; what it prints is added to `errors`."""
        order = {"run": ["daemon"], "environ": dict(environ), "out": str(errors)}
        return Forked(int(self.ask(order)["pid"]), self, at_death)

    def emulator(self, arguments: Sequence[str], out: Path) -> Forked:
        """An emulator; what it prints is added to `out`."""
        order = {"run": ["emulator", *arguments], "environ": dict(os.environ), "out": str(out)}
        return Forked(int(self.ask(order)["pid"]), self, lambda: None)

    def ask(self, order: Mapping[str, object]) -> dict[str, int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it, and everything that it forked."""
        self._process.communicate()


@cache
def preloaded() -> Preloaded:
    """The one of this process; it ends with it, however that ends."""
    made = Preloaded()
    atexit.register(made.close)
    return made


def _serve() -> None:
    children: set[int] = set()
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer = {"code": _wait(order["wait"])}
            children.discard(order["wait"])
        else:
            answer = {"pid": _fork(order["run"], order["environ"], order["out"])}
            children.add(answer["pid"])
        print(json.dumps(answer), flush=True)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _wait(child: int) -> int:
    def too_late(number: int, frame: object) -> None:
        os.kill(child, signal.SIGABRT)

    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(60)
    _, status = os.waitpid(child, 0)
    signal.alarm(0)
    return os.waitstatus_to_exitcode(status)


def _fork(run: list[str], environ: dict[str, str], out: str) -> int:
    child = os.fork()
    if child:
        return child
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    null, file = os.open("/dev/null", os.O_RDONLY), os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, descriptor in ((0, null), (1, file), (2, file)):
        os.dup2(descriptor, number)
    os.chdir("/")
    code = 1
    try:
        code = _daemon(environ) if run[0] == "daemon" else _emulator(run[1:])
    finally:
        os._exit(code)


def _daemon(environ: Mapping[str, str]) -> int:
    from daemon import forked_decoders
    from shotmill.daemon.command import main
    from shotmill.gemini import transport
    from shotmill.takes.checkpoints import arm

    forked_decoders.use()
    _look_again_soon()
    if not environ.keys() & {"SSL_CERT_FILE", "SSL_CERT_DIR"}:
        vars(transport)["trusted_certificates"] = lambda: _CERTIFICATES[0]
    arm(environ.get("SHOTMILL_CRASH_AT", ""))
    return main(["run"])


def _look_again_soon() -> None:
    """What it looks at every five seconds it looks at every second: a disk that refuses, a socket that is gone, a model
    that is overloaded. A beat that got no image rests a fifth of its time as well."""
    from shotmill.daemon import serving
    from shotmill.engine import disk_patience, disk_watch, found_images, run, scheduler, verdict
    from shotmill.gemini.row import SOON
    from shotmill.quota import overload

    vars(overload)["SOON"] = replace(SOON, seconds=1.0)
    for module in (verdict, scheduler):
        vars(module)["FIRST_RETRY_S"] /= 5.0
    for module, name in (
        (serving, "HEAL_S"),
        (disk_patience, "DISK_RETRY_S"),
        (found_images, "DISK_RETRY_S"),
        (disk_watch, "LOOK_EVERY_S"),
        (run, "LOOK_EVERY_S"),
    ):
        assert getattr(module, name) == 5.0
        setattr(module, name, 1.0)


def _emulator(arguments: Sequence[str]) -> int:
    from shotmill.emulator.command import main

    return main(arguments)


if __name__ == "__main__":
    import shotmill.emulator.command  # noqa: F401
    from shotmill.daemon.loading import load_every_module
    from shotmill.gemini.sdk import import_sdk, sdk_client

    load_every_module()
    import_sdk()
    from shotmill.gemini.transport import trusted_certificates

    _CERTIFICATES.append(trusted_certificates())
    sdk_client("http://127.0.0.1", "v1", cast("Any", None), _CERTIFICATES[0]).close()  # its first one imports the rest
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from daemon import forked_decoders

    sys.path.pop(0)
    forked_decoders.load()
    gc.freeze()  # else each fork's collector would look at all of it, and copy it
    _serve()
