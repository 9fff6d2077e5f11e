"""Decoders of a daemon that was forked are forks too, of a process that has loaded all that they need: what they do is
the program's own, only the start of Python and the loading of Pillow are saved, some thousand times a suite."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import NoReturn

from shotmill.takes import decoder, decoders


def load() -> None:
    """Load what decoders need, for all forks to come."""
    decoder._load()


def use() -> None:
    """From now on this process's decoders are forks. To be called while it has one thread."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        ours.close()
        _serve(theirs)
    theirs.close()
    nursery = _Nursery(ours)
    vars(decoders)["subprocess"] = SimpleNamespace(
        Popen=lambda command, *, stdin, env, **_: _Forked(nursery, command, stdin, env),
        PIPE=subprocess.PIPE,
        DEVNULL=subprocess.DEVNULL,
        TimeoutExpired=subprocess.TimeoutExpired,
    )


class _Nursery:
    """The line to the process that forks; it ends when that closes, so also when the daemon is killed."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._one_at_a_time = threading.Lock()

    def ask(self, order: Mapping[str, object], descriptors: Sequence[int] = ()) -> int | None:
        with self._one_at_a_time:
            socket.send_fds(self._line, [json.dumps(order).encode()], descriptors)
            answer: int | None = json.loads(self._line.recv(4096))
        return answer


class _Forked:
    """As much of a `Popen` as is asked of a decoder's."""

    def __init__(self, nursery: _Nursery, command: Sequence[str], stdin: int, env: Mapping[str, str]) -> None:
        self._nursery = nursery
        self._code: int | None = None
        read, write = os.pipe()
        self.stderr = os.fdopen(read, "rb")
        self.pid = nursery.ask({"fork": list(command[-2:]), "environ": dict(env)}, [stdin, write]) or 0
        os.close(write)

    def kill(self) -> None:
        if self._code is None:
            os.kill(self.pid, 9)

    def wait(self, timeout: float = 60.0) -> int:
        if self._code is None:
            self._code = self._nursery.ask({"wait": self.pid, "seconds": timeout})
        if self._code is None:
            raise subprocess.TimeoutExpired("decoder", timeout)
        return self._code

    def poll(self) -> int | None:
        return self._code


def _serve(line: socket.socket) -> NoReturn:
    while True:
        words, descriptors, _, _ = socket.recv_fds(line, 65536, 2)
        if not words:
            os._exit(0)
        order = json.loads(words)
        if "wait" in order:
            answer = _ended(order["wait"], order["seconds"])
        else:
            answer = os.fork()
            if answer == 0:
                line.close()
                _decode(order["fork"], order["environ"], *descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
        line.send(json.dumps(answer).encode())


def _ended(child: int, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            return None
        time.sleep(0.002)


def _decode(arguments: list[str], environ: Mapping[str, str], stdin: int, stderr: int) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(environ)
        null = os.open("/dev/null", os.O_WRONLY)
        for number, descriptor in ((0, stdin), (1, null), (2, stderr)):
            os.dup2(descriptor, number)
        for descriptor in (stdin, stderr, null):
            os.close(descriptor)
        code = decoder.main(arguments)
    finally:
        os._exit(code)
