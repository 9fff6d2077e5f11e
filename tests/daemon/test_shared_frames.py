"""Clients that have seen the same get the same bytes, made once, at the same times."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shotmill.daemon.frames import FRAME_S, SHARED_S, Frames, until_next
from shotmill.engine.feed import Feed


class Project:
    def __init__(self) -> None:
        self.feed = Feed()


class View:
    """Counts what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def topic(self, name: str) -> str:
        self.asked.append(name)
        return name

    def snapshot(self, daemon: Any) -> dict[str, Any]:
        self.asked.append("snapshot")
        return {"daemon": daemon}


def told(data: bytes) -> tuple[str, dict[str, Any]]:
    fields = dict(line.partition(": ")[::2] for line in data.decode().splitlines() if line)
    return fields["event"], json.loads(fields["data"])


async def test_a_frame_is_made_once_for_all_who_have_seen_the_same() -> None:
    view, project = View(), cast(Any, Project())
    workshop = SimpleNamespace(view=lambda _: view, clock=SimpleNamespace(now=lambda: 5.0))
    frames = Frames(cast(Any, workshop), cast(Any, SimpleNamespace(describe_short=lambda: {"pid": 1})))
    project.feed.beat("ink", (0, 0), ">")
    first = frames.after(project, None)
    assert first is not None and told(first.data)[0] == "snapshot" and frames.after(project, first.seq) is None

    project.feed.beat("ink", (0, 0), "v")
    project.feed.topic("status")
    change, again = frames.after(project, 1), frames.after(project, 1)
    assert change is not None and change is again and change.seq == 3
    assert told(change.data) == ("change", {"seq": 3, "at": 5.0, "beats": [["ink", 0, 0, "v"]], "status": "status"})
    behind = frames.after(project, 2)
    assert behind is not None and "beats" not in told(behind.data)[1]
    assert view.asked == ["snapshot", "status", "status"]

    ahead = frames.after(project, 99)
    assert ahead is not None and told(ahead.data)[0] == "snapshot", "a number of another daemon's"
    cleared = asyncio.Event()
    asyncio.get_running_loop().call_later(SHARED_S, cleared.set)
    await cleared.wait()
    assert frames.after(project, 1) is not change, "what it says of quotas goes with the clock"


@pytest.mark.parametrize(("moment", "left"), [(7.0, 0.1), (7.002, 0.098), (7.04, 0.06), (7.06, 0.14), (7.099, 0.101)])
def test_clients_wake_together(moment: float, left: float) -> None:
    assert until_next(moment) == pytest.approx(left)
    assert (moment + until_next(moment)) % FRAME_S == pytest.approx(0) or (moment + until_next(moment)) % FRAME_S > 0.09
