"""The event stream as `curl` would read it: a raw socket, one event after the other."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from daemon.home import Home
from daemon.waiting import until


class Event(NamedTuple):
    kind: str
    seq: int | None
    data: dict[str, Any]


class Stream:
    """One connection to `/v1/events`."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._rest = b""

    def next(self, patience_s: float = 60.0) -> Event | None:
        """The next event, comments left out; None when the line is closed."""
        deadline = time.monotonic() + patience_s
        while True:
            block, separator, rest = self._rest.partition(b"\n\n")
            if separator:
                self._rest = rest
                event = _event(block.decode())
                if event is not None:
                    return event
                continue
            self._line.settimeout(max(0.01, deadline - time.monotonic()))
            data = self._line.recv(1 << 20)
            if not data:
                return None
            self._rest += data

    def until(self, kind: str) -> list[Event]:
        """Events up to and with the first of that kind."""
        found: list[Event] = []
        while not found or found[-1].kind != kind:
            event = self.next()
            assert event is not None, f"the line closed before {kind}: {[one.kind for one in found]}"
            found.append(event)
        return found


@contextmanager
def stream(path: Path, query: str, last_seen: int | None = None) -> Iterator[Stream]:
    """Open the stream; `last_seen` is sent as `Last-Event-ID`."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        line.connect(str(path))
        again = f"Last-Event-ID: {last_seen}\r\n" if last_seen is not None else ""
        # HTTP/1.0: the answer is not cut into chunks.
        line.sendall(f"GET /v1/events{query} HTTP/1.0\r\nHost: x\r\n{again}\r\n".encode())
        opened = Stream(line)
        while b"\r\n\r\n" not in opened._rest:
            opened._rest += line.recv(65536)
        head, _, opened._rest = opened._rest.partition(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head
        yield opened


def all_is_written(mill: Home, root: Path) -> None:
    """Wait until the project's log on disk has every line that its daemon tells by now: a thread writes them there."""
    with stream(mill.folders.socket, f"?project={mill.open(root)}") as news:
        is_written(root, news.until("snapshot")[-1].data)


def is_written(root: Path, snapshot: dict[str, Any]) -> None:
    """The same, of the lines that a snapshot tells."""
    last = max((int(line["n"]) for line in snapshot["log"]), default=0)
    path = root / ".shotmill" / "log.jsonl"

    def is_there() -> bool:
        return not last or (path.exists() and f'{{"n":{last},' in path.read_text())

    until(is_there, f"line {last} of the log")


def _event(block: str) -> Event | None:
    fields = dict(line.partition(": ")[::2] for line in block.splitlines() if not line.startswith(":"))
    if "data" not in fields:
        return None
    return Event(fields["event"], int(fields["id"]) if "id" in fields else None, json.loads(fields["data"]))
