"""Great prompts files, parsed by a process of their own while this one reads the rest: an interpreter does one thing
after the other, and a hundred thousand prompts take it half a second.

What goes wrong there, with the files or with the process, is told by nobody: the caller reads such a file itself.
"""

from __future__ import annotations

import gc
import logging
import marshal
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

import shotmill
from shotmill import interpreter
from shotmill.story.discover import Source
from shotmill.story.model import NO_EXTRA, Prompt

GREAT_BYTES = 4 << 20
"""Files of less together are parsed sooner than another process has begun."""
MOST_BYTES = 1 << 30
"""Of one answer: more is none, but the words of somebody who writes where the answers come."""
_log = logging.getLogger(__name__)
_VERSION = repr((shotmill.__version__, sys.version, Prompt._fields)).encode()
"""It says this first: after an upgrade in place its files may be another version's."""

Apart = Callable[[Source], tuple[Prompt, ...] | None]
"""The prompts of a source once they are there; None for one that the caller has to read."""


@contextmanager
def reading_apart(sizes: Mapping[Source, int]) -> Iterator[Apart]:
    """Have files of so many bytes read. The process is gone when this ends, whatever it was doing."""
    sources = share(sizes)
    process = _begin() if sources else None
    if process is None:
        yield lambda _: None
        return
    assert process.stdin is not None  # noqa: S101 - as it was asked for
    assert process.stdout is not None  # noqa: S101
    heard: dict[Source, SimpleQueue[bytes]] = {source: SimpleQueue() for source in sources}
    wire = process.stdin, process.stdout
    hearing = Thread(target=_hear, args=(*wire, heard), name="prompts", daemon=True)
    hearing.start()
    try:
        yield lambda source: _prompts(heard[source].get()) if source in heard else None
    finally:
        process.kill()
        hearing.join()
        process.wait()


def share(sizes: Mapping[Source, int]) -> list[Source]:
    """What another process reads: the last files, until half of the bytes are among them. The first are left to who
    waits for these; nothing where there is little in all."""
    got, whole = 0, sum(sizes.values())
    shared: list[Source] = []
    for source, size in reversed(list(sizes.items())):
        if whole < GREAT_BYTES or 2 * got >= whole:
            break
        shared.insert(0, source)
        got += size
    return shared


def _begin() -> subprocess.Popen[bytes] | None:
    environment = {name: os.environ[name] for name in interpreter.VARIABLES if name in os.environ}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-X", "utf8", "-m", "shotmill.story.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=environment,
            start_new_session=True,  # a Ctrl-C is its parent's
        )
    except OSError:
        return None


def _hear(ask: IO[bytes], answer: IO[bytes], heard: Mapping[Source, SimpleQueue[bytes]]) -> None:
    """One answer for each source, in their order; an empty one for all that does not come."""
    waiting = list(heard.values())
    try:
        with ask, answer:
            ask.write(marshal.dumps([(source.style, os.fsencode(source.path.absolute())) for source in heard]))
            ask.close()
            if _receive(answer) == _VERSION:
                while waiting:
                    waiting[0].put(_receive(answer))
                    del waiting[0]
    except (OSError, MemoryError) as error:
        _log.info("prompts are read here: %s", error)
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


def _prompts(data: bytes) -> tuple[Prompt, ...] | None:
    return tuple(starmap(Prompt, marshal.loads(data))) if data else None  # noqa: S302 - our own process wrote it


def _plain(prompt: Prompt) -> tuple[object, ...]:
    """Without `extra` where there is none: that is a type which `marshal` does not know."""
    return tuple(prompt[:-1]) if prompt.extra is NO_EXTRA else tuple(prompt)


def answers(sources: Sequence[tuple[str, bytes]]) -> Iterator[bytes]:
    """For each style and path its prompts; empty where anything is wrong with them."""
    from shotmill.errors import ShotmillError
    from shotmill.story.load import read_style

    for style, path in sources:
        try:
            read, problems = read_style(style, Path(os.fsdecode(path)))
        except ShotmillError:
            yield b""
        else:
            yield b"" if problems else marshal.dumps(list(map(_plain, read.prompts)))


def main() -> None:
    gc.disable()  # it ends before there is anything to collect
    _send(sys.stdout.buffer, _VERSION)
    for answer in answers(marshal.loads(sys.stdin.buffer.read())):  # noqa: S302 - our own process wrote it
        _send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main()
