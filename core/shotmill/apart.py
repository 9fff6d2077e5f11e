"""Reading that a process of its own does while this one reads the rest: an interpreter does one thing after the other,
and a hundred thousand prompts with their images keep it busy for more than a second.

What goes wrong there, with the files or with the process, is told by nobody: the caller reads for itself whatever it
gets no answer for.
"""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, TypeVar

import msgspec

import shotmill
from shotmill import interpreter

GREAT_BYTES = 4 << 20
"""Prompts of less, and what belongs to them, are read sooner than another process has begun."""
MOST_BYTES = 1 << 30
"""Of one answer: more is none, but the words of somebody who writes where the answers come."""
NICER = 5
"""Than its parent, which has most to do while a person waits: a quarter of a processor where both want it. They are of
one session, or the system would weigh that against its parent's instead."""
_VERSION = repr((shotmill.__version__, sys.version)).encode()
"""Said first: after an upgrade in place the other process's files may be another version's."""
_log = logging.getLogger(__name__)

Asked = tuple[str, bytes]
"""A style and a path: what there is to read."""
T = TypeVar("T")


@contextmanager
def reading_apart(module: str, kind: type[T], asked: Sequence[Asked]) -> Iterator[Sequence[Callable[[], T | None]]]:
    """Have `module`, which calls `read_for_another`, read each of what is `asked`.

    An answer waits until it is there; it is None where there will be none. The process is gone when this ends,
    whatever it was doing. Where nothing is asked there is none.
    """
    process = _begin(module) if asked else None
    if process is None:
        yield [_nothing for _ in asked]
        return
    assert process.stdin is not None  # noqa: S101 - as it was asked for
    assert process.stdout is not None  # noqa: S101
    heard = [SimpleQueue[bytes]() for _ in asked]
    wire = process.stdin, process.stdout
    hearing = Thread(target=_hear, args=(*wire, asked, heard), name="reading-apart", daemon=True)
    try:
        hearing.start()
    except RuntimeError as error:  # no thread is to be had
        _log.info("what was to be read apart is read here: %s", error)
        with process.stdin, process.stdout:
            _end(process)
        yield [_nothing for _ in asked]
        return
    try:
        decoder = msgspec.msgpack.Decoder(kind)
        yield [partial(_answer, queue, decoder) for queue in heard]
    finally:
        _end(process)
        hearing.join()


def read_for_another(read: Callable[[str, Path], Any]) -> None:
    """The other process's part: `read` answers with plain data, None where anything is wrong."""
    gc.disable()  # it ends before there is anything to collect
    _send(sys.stdout.buffer, _VERSION)
    for name, path in msgspec.msgpack.decode(sys.stdin.buffer.read(), type=list[Asked]):
        found = read(name, Path(os.fsdecode(path)))
        _send(sys.stdout.buffer, b"" if found is None else _encoded(found))


def _encoded(found: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(found)
    except UnicodeEncodeError:  # half a character in a file's name
        return b""


def _answer(queue: SimpleQueue[bytes], decoder: msgspec.msgpack.Decoder[T]) -> T | None:
    data = queue.get()
    try:
        return decoder.decode(data) if data else None
    except msgspec.DecodeError:  # not what was asked for
        return None


def _nothing() -> None:
    """Without a process."""


def _begin(module: str) -> subprocess.Popen[bytes] | None:
    environment = {name: os.environ[name] for name in interpreter.VARIABLES if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603 - a module of ours
            [sys.executable, "-P", "-X", "utf8", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=environment,
            process_group=0,  # a Ctrl-C is its parent's
        )
    except OSError:
        return None
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NICER)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _hear(ask: IO[bytes], answer: IO[bytes], asked: Sequence[Asked], heard: Iterable[SimpleQueue[bytes]]) -> None:
    """One answer after the other, an empty one for all that does not come."""
    waiting = list(heard)
    try:
        with ask, answer:
            ask.write(msgspec.msgpack.encode(asked))
            ask.close()
            if _receive(answer) == _VERSION:
                while waiting:
                    waiting[0].put(_receive(answer))
                    del waiting[0]
    except (OSError, MemoryError) as error:
        _log.info("what was to be read apart is read here: %s", error)
    finally:
        for queue in waiting:
            queue.put(b"")


def _send(line: IO[bytes], data: bytes) -> None:
    line.write(len(data).to_bytes(8, "big"))
    line.write(data)
    line.flush()


def _receive(line: IO[bytes]) -> bytes:
    """Empty where the other end is gone, in the middle of it too, or says what is no answer."""
    size = int.from_bytes(line.read(8), "big")
    data = line.read(size) if size <= MOST_BYTES else b""
    return data if len(data) == size else b""
