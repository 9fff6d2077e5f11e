"""`python -m shotmill.takes.decoder`: decodes images for the daemon, each in a fork of its own that may die of it.

It talks over a socket at its standard input, one image at a time, and ends when that closes, so also when the daemon is
killed. All decoders are loaded before the first image: forks need no file of the program, which may be gone by then.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import importlib
import mmap
import os
import resource
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from shotmill.takes import image
from shotmill.takes.decoder_wire import VERSION, Message, receive, send
from shotmill.takes.image import DamagedImage

_PR_SET_PDEATHSIG = 1
_SLACK = 16 << 20  # what this process itself may come to take between two looks
_LOADED = ("Image", "ImageOps", "MpoImagePlugin", "TiffImagePlugin", "WebPImagePlugin")


def _check(data: bytes) -> Message:
    return asdict(image.check_whole(data)), b""


def _to_png(data: bytes) -> Message:
    return {}, image.to_png(data)


def _to_sendable(data: bytes) -> Message:
    smaller, mime = image.to_sendable(data)
    return {"mime": mime}, smaller


def _room(data: bytes) -> Message:
    """No image: whether this machine gives what one may take, bytes of address space as decimal digits in `data`.
    Raises OSError where it does not."""
    taken = 0
    with suppress(OSError):
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * mmap.PAGESIZE
    mmap.mmap(-1, int(data) - taken - _SLACK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    return {}, b""


WORK: dict[str, Callable[[bytes], Message]] = {
    "check": _check,
    "to_png": _to_png,
    "to_sendable": _to_sendable,
    "room": _room,
}


def main(argv: list[str]) -> int:
    """`MEMORY SECONDS`: what one image may take, in bytes of address space and in seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("memory", type=int)
    parser.add_argument("seconds", type=float)
    asked = parser.parse_args(argv)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the daemon drains then, and needs it to the last image
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    _load()
    daemon = socket.socket(fileno=os.dup(0))
    with suppress(EOFError, OSError):
        send(daemon, {"wire": VERSION})
        while True:
            send(daemon, *_apart(daemon, receive(daemon), asked.memory, asked.seconds))
    return 0


def _load() -> None:
    """Pillow would load most of its plugins at the first image of theirs."""
    for name in _LOADED:
        importlib.import_module(f"PIL.{name}")
    with suppress(ImportError):  # a build of Pillow may lack it
        importlib.import_module("PIL.AvifImagePlugin")
    from PIL import Image

    Image.preinit()
    gc.freeze()  # what is loaded is shared by all forks: it is never looked through again


def _apart(daemon: socket.socket, job: Message, memory: int, seconds: float) -> Message:
    """Do it in a child, and say what became of it. Raises EOFError when the daemon is gone meanwhile."""
    here, there = socket.socketpair()
    try:
        child = os.fork()
    except OSError as error:
        return {"end": "trouble", "said": f"no process can be made: {error.strerror}"}, b""
    if child == 0:
        daemon.close()
        here.close()
        _work(there, job, memory, seconds)
    there.close()
    with here:
        try:
            return _answer(here, daemon, seconds)
        except TimeoutError:
            return {"end": "died", "said": f"it took longer than {seconds:.0f} s"}, b""
        except ChildGone:
            _, status = os.waitpid(child, 0)
            child = 0
            return _death(status), b""
        finally:
            if child:
                os.kill(child, signal.SIGKILL)  # it has said all, or has to go
                os.waitpid(child, 0)


class ChildGone(Exception):  # noqa: N818 - what happened, for the function that looks after it
    """It ended before its answer did."""


def _answer(child: socket.socket, daemon: socket.socket, seconds: float) -> Message:
    deadline = time.monotonic() + seconds
    ready, _, _ = select.select([child, daemon], [], [], seconds)
    if not ready:
        raise TimeoutError
    if daemon in ready:  # it asks for one thing at a time: this is its end
        raise EOFError
    child.settimeout(max(0.1, deadline - time.monotonic()))
    try:
        return receive(child)
    except (EOFError, ConnectionError) as error:
        raise ChildGone from error


def _death(status: int) -> dict[str, str]:
    """No image sends SIGKILL: somebody did, or the system when memory was short."""
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        return {"end": "trouble", "said": "it was killed (signal SIGKILL), as a system does that is short of memory"}
    if code == -signal.SIGXCPU:
        return {"end": "died", "said": "it took too much of the processor"}
    return {"end": "died", "said": f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"}


def _work(line: socket.socket, job: Message, memory: int, seconds: float) -> NoReturn:
    """The child: limits, the work, one answer."""
    code = 1
    try:
        _limit(memory, seconds)
        send(line, *_done(job))
        code = 0
    finally:
        os._exit(code)


def _done(job: Message) -> Message:
    words, data = job
    try:
        said, found = WORK[words["do"]](data)
    except DamagedImage as error:
        return {"end": "damaged", "code": error.code, "said": error.reason, "cure": error.cure}, b""
    except MemoryError:
        return {"end": "memory", "said": "there is too little memory"}, b""
    except Exception as error:
        return {"end": "trouble", "said": f"{type(error).__name__}: {error}"[:1000]}, b""
    return {"end": "done", **said}, found


def _limit(memory: int, seconds: float) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform == "linux":  # goes with its parent, however that one goes
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with suppress(OSError):  # where memory runs out it is this one that goes, not the daemon
            Path("/proc/self/oom_score_adj").write_text("1000")
    _at_most(resource.RLIMIT_CPU, int(seconds) + 1)
    _at_most(resource.RLIMIT_AS, memory)


def _at_most(what: int, limit: int) -> None:
    """Lower a limit; one that the system does not take (macOS: memory) is left to the others."""
    _, hard = resource.getrlimit(what)
    wanted = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(what, (wanted, hard))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
