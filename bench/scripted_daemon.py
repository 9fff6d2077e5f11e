"""A daemon that draws nothing and tells as much as it is asked to: three styles, one beat and one line an event.

`python bench/scripted_daemon.py FOLDERS` listens on the socket of those folders; each line on standard input is a new
number of events a second, or `until N RATE` for N lines at that rate and then none, which `done` on standard output
answers, or `count`, which is answered by the number of lines that were told so far.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import sys
import time
from typing import Any

import shotmill
from shotmill.settings.folders import Folders

STYLES = ("illustration", "clear", "consistent")
SHOTS, BEATS = 40, 25
STEP_S = 0.02
_EVENTS = (("sent", ">"), ("done", "v"))


class Teller:
    """The state of the made-up project, and the frames that tell it."""

    def __init__(self) -> None:
        self.rate = 0.0
        self.lines = 0
        self.seq = 1
        self._at = 0

    def snapshot(self) -> dict[str, Any]:
        shots = [
            {"shot": shot, "beats": [f"{shot}.{beat}" for beat in range(1, BEATS + 1)], "states": "." * BEATS}
            for shot in range(1, SHOTS + 1)
        ]
        return {
            "seq": self.seq, "at": time.time(), "daemon": {"version": shotmill.__version__, "pid": os.getpid()},
            "project": {"id": "p1", "path": "/bench", "title": "Night train"}, "status": self.status(),
            "styles": [{"name": name, "quota": [f"film-{at}"], "shots": shots} for at, name in enumerate(STYLES)],
            "quota": self.quota(), "keys": [], "pace": {"limit": "nothing"}, "log": [],
        }  # fmt: skip

    def status(self) -> dict[str, Any]:
        total = len(STYLES) * SHOTS * BEATS
        run = {"state": "running", "spent_usd": round(self.lines * 0.01, 2), "budget_usd": 10_000.0,
               "images": {"done": self.lines % total, "total": total}}  # fmt: skip
        return {"run": run, "styles": {name: {"state": "running"} for name in STYLES}, "for_you": []}

    def quota(self) -> list[dict[str, Any]]:
        return [
            {"name": f"film-{at}", "keys": ["anna", "ben"], "styles": [name], "state": "ready",
             "rpm": {"used": self.lines // 3 % 10, "limit": 9}, "rpd": {"used": self.lines // 3 % 500, "limit": 500}}
            for at, name in enumerate(STYLES)
        ]  # fmt: skip

    def change(self, events: int) -> dict[str, Any]:
        beats, log = [], []
        for _ in range(events):
            self.lines += 1
            self._at += 1
            style = STYLES[self._at % len(STYLES)]
            cell = self._at // len(STYLES) % (SHOTS * BEATS)
            shot, beat = divmod(cell, BEATS)
            event, mark = _EVENTS[self._at // (SHOTS * BEATS) % 2]
            beats.append([style, shot, beat, mark])
            log.append({"n": self.lines, "at": time.time(), "level": "info", "style": style, "event": event, "text": "",
                        "beat": f"{shot + 1}.{beat + 1}", "key": ("anna", "ben")[self._at % 2],
                        "seconds": 7 + self._at % 30 / 10, "bytes": 1.2e6 + self._at % 7 * 1e5})  # fmt: skip
        self.seq += 1
        return {"seq": self.seq, "at": time.time(), "beats": beats, "log": log}


TELLER = Teller()


def _frame(event: str, number: int, data: dict[str, Any]) -> bytes:
    return f"id: {number}\nevent: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: an answer, or news for as long as somebody reads."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    if "/v1/events" in head.partition("\r\n")[0]:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        writer.write(_frame("snapshot", TELLER.seq, TELLER.snapshot()))
        try:
            await tell(writer)
        except OSError:
            return
    body = json.dumps({"pid": os.getpid(), "version": shotmill.__version__, "state": "running", "id": "p1",
                       "survives_logout": "unit"}).encode()  # fmt: skip
    lead = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nShotmill-Version: {shotmill.__version__}\r\n"
    writer.write(f"{lead}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()
    writer.close()


async def tell(writer: asyncio.StreamWriter) -> None:
    owed, last, alive, status = 0.0, time.monotonic(), time.monotonic(), 0.0
    while True:
        await asyncio.sleep(STEP_S)
        now = time.monotonic()
        owed, last = owed + TELLER.rate * (now - last), now
        if owed >= 1:
            change = TELLER.change(int(owed))
            owed %= 1
            if now - status >= 1:
                change |= {"status": TELLER.status(), "quota": TELLER.quota()}
                status = now
            writer.write(_frame("change", TELLER.seq, change))
        if now - alive >= 5:
            alive = now
            writer.write(b": alive\n\n")
        await writer.drain()


async def listen_for_rates() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).decode().split():
        if line[0] == "count":
            print(TELLER.lines, flush=True)
            continue
        TELLER.rate = float(line[-1])
        if line[0] == "until":
            goal, TELLER.rate = TELLER.lines + int(line[1]), float(line[2])
            while TELLER.lines < goal:  # noqa: ASYNC110 - a look fifty times a second is all it needs
                await asyncio.sleep(STEP_S)
            TELLER.rate = 0.0
            print("done", flush=True)


async def main(home: str) -> None:
    folders = Folders.of({"SHOTMILL_HOME": home})
    folders.run.mkdir(parents=True, mode=0o700, exist_ok=True)
    lock = os.open(folders.run / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folders.socket.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    server = await asyncio.start_unix_server(serve, folders.socket)
    folders.socket.chmod(0o600)
    print("ready", flush=True)
    async with server:
        await listen_for_rates()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
