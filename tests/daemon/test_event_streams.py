"""The daemon's news: a snapshot, numbered changes, resuming, slow clients, goodbye."""

from __future__ import annotations

import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from daemon.film import make_film
from daemon.home import Home
from daemon.stream import Event, stream
from daemon.waiting import until
from daemon.witness import Witness


def _apply(snapshot: dict[str, Any], changes: list[Event]) -> dict[str, str]:
    """The styles' marks after the changes, as a screen keeps them."""
    marks = {style["name"]: [list(shot["states"]) for shot in style["shots"]] for style in snapshot["styles"]}
    for event in changes:
        for style, shot, beat, mark in event.data.get("beats", []):
            marks[style][shot][beat] = mark
    return {name: "".join("".join(shot) for shot in shots) for name, shots in marks.items()}


def test_a_snapshot_then_numbered_changes_add_up_to_the_end(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "2.1"))
    provider.faults({"match": {"beat": "1.2"}, "do": "prohibited"})
    mill.start_daemon()
    project = mill.open(film.root)
    with stream(mill.folders.socket, f"?project={project}") as news:
        first = news.next()
        assert first is not None
        assert first.kind == "snapshot"
        assert _apply(first.data, []) == {"ink": "..."}
        assert {"daemon", "project", "status", "styles", "quota", "keys", "pace", "log"} <= set(first.data)
        mill.start(project)
        snapshot = first.data
        changes: list[Event] = []
        while snapshot["status"]["run"]["state"] != "finished":
            event = news.next()
            assert event is not None
            if event.kind == "snapshot":
                snapshot, changes = event.data, []
            else:
                changes.append(event)
                snapshot["status"] = event.data.get("status", snapshot["status"])
        assert _apply(snapshot, changes) == {"ink": "v#v"}
        numbers = [event.seq for event in changes]
        assert None not in numbers
        assert numbers == sorted(set(numbers), key=lambda number: number or 0)
        seen = {line["event"] for event in changes for line in event.data.get("log", [])}
        assert {"sent", "done", "blocked"} <= seen


def test_a_client_that_comes_back_goes_on_or_gets_a_snapshot(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for_end(project)
    with stream(mill.folders.socket, f"?project={project}") as news:
        first = news.next()
        assert first is not None
        assert first.seq is not None
    mill.asked_again["ink 1.1"] = 1
    mill.excused["I2"] = "a person deletes an image"
    film.image("ink", "1.1").unlink()
    with stream(mill.folders.socket, f"?project={project}", last_seen=first.seq + 1000) as news:
        ahead = news.next()
        assert ahead is not None
        assert ahead.kind == "snapshot"  # a number of another daemon's
    provider.hold()
    mill.start(project)
    with stream(mill.folders.socket, f"?project={project}") as news:
        begun = news.next()
    assert begun is not None
    provider.release()
    mill.wait_for_end(project)
    with stream(mill.folders.socket, f"?project={project}", last_seen=begun.seq) as news:
        missed = news.next()
        assert missed is not None
        assert missed.kind == "change"
        assert missed.data["status"]["run"]["state"] == "finished"


def _memory_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_clients_that_do_not_read_cost_nothing(mill: Home, provider: Witness, tmp_path: Path) -> None:
    beats = [f"{shot}.{number}" for shot in range(1, 5) for number in range(1, 6)]
    film = make_film(tmp_path / "film", provider.base_url, beats=beats)
    provider.faults({"match": {}, "do": "prohibited"})  # many events, no pictures to draw
    daemon = mill.start_daemon()
    project = mill.open(film.root)
    with ExitStack() as stack:
        for _ in range(31):  # of 32: one is left for the stream below
            line = stack.enter_context(socket.socket(socket.AF_UNIX))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            line.connect(str(mill.folders.socket))
            line.sendall(f"GET /v1/events?project={project} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        mill.start(project)
        mill.wait_for_end(project)
        before = _memory_kib(daemon.pid)
        for _ in range(4):
            mill.start(project, retry_failed=True)
            assert mill.wait_for_end(project)["run"]["state"] in ("finished", "stopped")
        assert _memory_kib(daemon.pid) - before < 32 * 1024
        with stream(mill.folders.socket, f"?project={project}") as news:
            fresh = news.next()
            assert fresh is not None
            assert fresh.kind == "snapshot"
        # Its end is not held up by those that never read.
        daemon.signal(signal.SIGTERM)
        assert daemon.ended() == 0


def test_goodbye(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    project = mill.open(film.root)
    with stream(mill.folders.socket, f"?project={project}") as news, stream(mill.folders.socket, "") as all_news:
        assert (first := news.next()) is not None
        assert first.kind == "snapshot"
        status = all_news.next()
        assert status is not None
        assert (status.kind, status.data["project"]["id"]) == ("status", project)
        mill.ask("POST", "/v1/daemon/stop", {})
        assert news.until("bye")[-1].data["reason"]
        assert all_news.until("bye")
        until(lambda: not mill.daemon_pid(), "the daemon's end")
