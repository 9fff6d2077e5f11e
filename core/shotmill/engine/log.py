"""A project's log: lines as data, in `.shotmill/log.jsonl` and in memory for those who come to look."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import math
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from shotmill.errors import ShotmillError
from shotmill.secrets import redact
from shotmill.untrusted import printable

Level = Literal["debug", "info", "warning", "error"]
LogEvent = Literal["sent", "done", "again", "failed", "blocked", "in_doubt", "exists", "note"]
KEPT_LINES = 300
ROTATE_BYTES = 5 * 1024 * 1024
ROTATED_FILES = 4
MOST_LINES = 2**53
MOST_WAITING = 10_000
"""Lines in memory that a disk has yet to take, because it is slow or because it refuses or is away; what comes beyond
is lost to the file, and counted."""
AGAIN_S = 5.0
"""Seconds after which what the disk refused is tried again, whether or not there are more lines by then."""
RECALLED_BYTES = 256 * 1024
"""How much of the end of the file is read again: some 1,500 lines."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. `style` and `beat` are empty for what concerns the whole project; `text` is for people."""

    at: float
    level: Level
    event: LogEvent
    text: str = ""
    style: str = ""
    beat: str = ""
    key: str = ""
    seconds: float | None = None
    bytes: int | None = None

    def to_json(self, number: int) -> dict[str, Any]:
        """As docs/api.md has it; text is printable and redacted here, whoever wrote it."""
        line: dict[str, Any] = {"n": number, "at": round(self.at, 3), "level": self.level, "style": self.style}
        line |= {"beat": self.beat, "event": self.event, "key": self.key}
        if self.seconds is not None:
            line["seconds"] = round(self.seconds, 1)
        if self.bytes is not None:
            line["bytes"] = self.bytes
        line["text"] = printable(redact(self.text), 600)
        return line


class _Line(NamedTuple):
    """What stands in the file, and when it was told."""

    at: float
    data: bytes


class ProjectLog:
    """Appends lines in a thread of its own, so that a slow disk never holds the engine. What a full disk or one that is
    away refuses is kept and written when it takes it; what is too much to keep is counted, and told there."""

    def __init__(self, path: Path, at_home: Callable[[], None], told: Callable[[dict[str, Any]], None]) -> None:
        self._path = path
        self._at_home = at_home  # raises where another folder is at the project's path: its log is its own
        self._told = told
        self._number = 0
        self._lines: dict[str, deque[dict[str, Any]]] = {}
        self._queue: queue.SimpleQueue[_Line | None] = queue.SimpleQueue()
        self._kept: list[_Line] = []
        """Lines that the disk has not taken yet; this and the next two are the writing thread's own."""
        self._lost = 0
        self._lost_since = 0.0
        self._dropped: deque[float] = deque()
        """When lines were told that were not queued any more."""
        self._thread = threading.Thread(target=self._write_all, name=f"log {path.parent.parent.name}", daemon=True)
        self._thread.start()

    def recall(self) -> None:
        """Take in, blocking and before the first `add`, what earlier daemons wrote last: screens go on where they were,
        and the numbers too."""
        for number, line in _told_before(self._path):
            if number > self._number:
                self._number = number
                self._lines.setdefault(line.style, deque(maxlen=KEPT_LINES)).append(line.to_json(number))

    def add(self, line: LogLine) -> None:
        self._number += 1
        data = line.to_json(self._number)
        self._lines.setdefault(line.style, deque(maxlen=KEPT_LINES)).append(data)
        if self._queue.qsize() < MOST_WAITING:
            self._queue.put(_Line(line.at, _encoded(data)))
        else:
            self._dropped.append(line.at)
        self._told(data)

    def recent(self) -> list[dict[str, Any]]:
        """The last lines of every style and of the project, in the order they came."""
        return sorted((line for lines in self._lines.values() for line in lines), key=lambda line: int(line["n"]))

    def close(self) -> None:
        """Write what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _write_all(self) -> None:
        going = True
        while going:
            came: list[_Line | None] = []
            with contextlib.suppress(queue.Empty):
                came.append(self._queue.get(timeout=AGAIN_S if self._kept else None))
            while not self._queue.empty():
                came.append(self._queue.get())
            going = None not in came
            self._keep([line for line in came if line is not None])
            if self._kept:
                self._write()
        if self._kept:
            _log.warning("%s: %d lines could not be written", self._path, len(self._kept) + self._lost)

    def _keep(self, lines: list[_Line]) -> None:
        room = max(0, MOST_WAITING - len(self._kept)) if self._kept else len(lines)
        self._kept += lines[:room]
        lost = [line.at for line in lines[room:]]
        while self._dropped:
            lost.append(self._dropped.popleft())
        if lost:
            self._lost_since = self._lost_since if self._lost else min(lost)
            self._lost += len(lost)

    def _write(self) -> None:
        """All that is kept, and then how many came after it that are not."""
        data = b"".join(line.data for line in self._kept)
        if self._lost:
            data += _encoded(_lost_words(self._lost, self._lost_since))
        try:
            self._at_home()
            _append(self._path, data)
        except (OSError, ShotmillError):
            return
        self._kept, self._lost = [], 0


def _encoded(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _lost_words(count: int, since: float) -> dict[str, Any]:
    """Without a number: nobody was told of it as it came."""
    said = f"{count} log line{'' if count == 1 else 's'} could not be written from {_clock(since)} on"
    return {"at": since, "level": "warning", "style": "", "beat": "", "event": "note", "key": "", "text": said}


def _clock(at: float) -> str:
    return time.strftime("%a %H:%M:%S", time.localtime(at))


def _told_before(path: Path) -> Iterator[tuple[int, LogLine]]:
    """The last lines with their numbers; what a crash cut, or anybody else wrote, is passed over."""
    older = path.with_name(f"{path.stem}.1{path.suffix}")
    for raw in [*_end_of(older), *_end_of(path)]:
        with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
            found = json.loads(raw)
            number, at = found["n"], float(found["at"])
            if isinstance(number, int) and 0 < number < MOST_LINES and math.isfinite(at):
                yield number, _line_of(found, at)


def _line_of(found: dict[str, Any], at: float) -> LogLine:
    said = {name: printable(str(found.get(name, "")), 200) for name in ("style", "beat", "key")}
    level, event = found["level"], found["event"]
    if level not in get_args(Level) or event not in get_args(LogEvent):
        raise ValueError(level, event)
    seconds, size = found.get("seconds"), found.get("bytes")
    return LogLine(
        at=at,
        level=level,
        event=event,
        text=str(found.get("text", "")),
        seconds=float(seconds) if seconds is not None else None,
        bytes=int(size) if size is not None else None,
        **said,
    )


def _end_of(path: Path) -> list[bytes]:
    """Whole lines of the end of a file; none where it can't be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - RECALLED_BYTES))
            lines = file.read(RECALLED_BYTES).splitlines()
    except OSError:
        return []
    return lines[1:] if size > RECALLED_BYTES else lines


def _append(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        if os.write(descriptor, data) < len(data):
            os.ftruncate(descriptor, size)  # half a line would be none, and what is whole is written again
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)
    if size + len(data) > ROTATE_BYTES:
        with contextlib.suppress(OSError):  # what is written is written: a file that can't be moved grows on
            _rotate(path)


def _rotate(path: Path) -> None:
    """The file becomes the first of the older ones, and each of these the next."""
    for number in range(ROTATED_FILES, 0, -1):
        older = path.with_name(f"{path.stem}.{number}{path.suffix}")
        newer = path if number == 1 else path.with_name(f"{path.stem}.{number - 1}{path.suffix}")
        if newer.exists():
            newer.replace(older)
