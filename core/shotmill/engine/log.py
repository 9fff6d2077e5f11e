"""A project's log: lines as data, in `.shotmill/log.jsonl` and in memory for those who come to look."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from shotmill.secrets import redact
from shotmill.untrusted import printable

Level = Literal["debug", "info", "warning", "error"]
LogEvent = Literal["sent", "done", "again", "failed", "blocked", "in_doubt", "exists", "note"]
KEPT_LINES = 300
ROTATE_BYTES = 5 * 1024 * 1024
ROTATED_FILES = 4


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

    def __init__(self, path: Path, told: Callable[[dict[str, Any]], None]) -> None:
        self._path = path
        self._told = told
        self._number = 0
        self._lines: dict[str, deque[dict[str, Any]]] = {}
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._lost = 0
        self._thread = threading.Thread(target=self._write_all, name=f"log {path.parent.parent.name}", daemon=True)
        self._thread.start()

    def add(self, line: LogLine) -> None:
        self._number += 1
        data = line.to_json(self._number)
        self._lines.setdefault(line.style, deque(maxlen=KEPT_LINES)).append(data)
        self._queue.put(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
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
        try:
            if self._lost:
                note = {"level": "warning", "event": "note", "text": f"{self._lost} log lines could not be written"}
                data = json.dumps(note).encode() + b"\n" + data
            _append(self._path, data)
            self._lost = 0
        except OSError:
            self._lost += lines


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
