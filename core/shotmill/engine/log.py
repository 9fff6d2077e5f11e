"""A project's log: lines as data, in `.shotmill/log.jsonl` and in memory for those who come to look."""

from __future__ import annotations

import contextlib
import json
import math
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

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
"""Lines in memory that a slow disk has yet to take; what comes beyond is lost to the file, and counted."""
RECALLED_BYTES = 256 * 1024
"""How much of the end of the file is read again: some 1,500 lines."""


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


class ProjectLog:
    """Appends lines in a thread of its own, so that a slow disk never holds the engine; a full one loses log lines
    and nothing else, and says so in the next line that fits."""

    def __init__(self, path: Path, at_home: Callable[[], None], told: Callable[[dict[str, Any]], None]) -> None:
        self._path = path
        self._at_home = at_home  # raises where another folder is at the project's path: its log is its own
        self._told = told
        self._number = 0
        self._lines: dict[str, deque[dict[str, Any]]] = {}
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lost = 0
        """Lines that the disk refused; the writing thread's own."""
        self._dropped = 0
        """Lines that were not queued, ever; never set by the writing thread, which remembers how many it told."""
        self._dropped_told = 0
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
            self._queue.put(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        else:
            self._dropped += 1
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
            lines = [self._queue.get()]
            while not self._queue.empty():
                lines.append(self._queue.get())
            going = None not in lines
            data = b"".join(line for line in lines if line is not None)
            if data:
                self._write(data, len(lines))

    def _write(self, data: bytes, lines: int) -> None:
        dropped = self._dropped
        lost = self._lost + dropped - self._dropped_told
        try:
            if lost:
                note = {"level": "warning", "event": "note", "text": f"{lost} log lines could not be written"}
                data = json.dumps(note).encode() + b"\n" + data
            self._at_home()
            _append(self._path, data)
            self._lost, self._dropped_told = 0, dropped
        except (OSError, ShotmillError):
            self._lost += lines


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
        os.write(descriptor, data)
    finally:
        os.close(descriptor)
    if size + len(data) > ROTATE_BYTES:
        for number in range(ROTATED_FILES, 0, -1):
            older = path.with_name(f"{path.stem}.{number}{path.suffix}")
            newer = path if number == 1 else path.with_name(f"{path.stem}.{number - 1}{path.suffix}")
            if newer.exists():
                newer.replace(older)
