"""When a run's waits become events: `RunHooks` with a clock that is turned by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest

from shotmill.daemon.hooks import RunHooks
from shotmill.engine.beat import BeatState
from shotmill.settings.config import Config, Hooks

pytestmark = pytest.mark.slow

NOON = 1_795_435_200.0
BEAT: Any = SimpleNamespace(style="clear", id="2.4", reason="prohibited")


class HandClock:
    """Moves only when told; sleepers wake in their order."""

    def __init__(self) -> None:
        self._now = NOON
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._now + seconds, woken))
        await woken.wait()

    async def forward(self, seconds: float) -> None:
        self._now += seconds
        for at, woken in self._sleepers:
            if at <= self._now:
                woken.set()
        for _ in range(10):
            await asyncio.sleep(0)


class Scene:
    """A run that turns as a test says; `fired` holds the events and their sentences."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.fired: list[tuple[str, str]] = []
        self.run: Any = SimpleNamespace(state="running", reason="", waiting_until=None)
        board = SimpleNamespace(drawn=93, total=180, styles=[])
        project: Any = SimpleNamespace(title="Night train", board=board)
        config = Config(hooks=Hooks(finished=("f",), waiting=("w",), failed=("x",)))
        self._tasks: list[asyncio.Task[Any]] = []
        hooks = cast(Any, SimpleNamespace(run=self._run, spawn=self._spawn))
        tools = cast(Any, SimpleNamespace(clock=self.clock))
        self.hooks = RunHooks(hooks, project, tools, self._spawn(_given(config)))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def _run(self, project: Any, event: str, argv: tuple[str, ...], summary: str) -> None:
        self.fired.append((event, summary))

    async def turn(self, state: str, reason: str = "", until: float | None = None) -> None:
        self.run.state, self.run.reason, self.run.waiting_until = state, reason, until
        self.hooks.turned(self.run)
        await self.clock.forward(0)

    async def end(self, state: str, reason: str = "") -> None:
        self.run.state, self.run.reason = state, reason
        self.hooks.ended(self.run)
        await self.clock.forward(0)

    def events(self) -> list[str]:
        return [event for event, _ in self.fired]


async def _given(config: Config) -> Config:
    return config


async def test_a_long_wait_is_told_at_once_and_only_once() -> None:
    scene = Scene()
    await scene.turn("waiting", "the day quota is spent", NOON + 9 * 3600)
    assert scene.events() == ["waiting"]
    assert "the day quota is spent" in scene.fired[0][1]
    await scene.turn("waiting", "the day quota is spent", NOON + 10 * 3600)
    await scene.clock.forward(120)
    assert scene.events() == ["waiting"]


async def test_a_wait_that_nobody_knows_the_end_of_is_told_after_a_minute() -> None:
    scene = Scene()
    await scene.turn("waiting", "disk space")
    await scene.clock.forward(59)
    assert scene.fired == []
    await scene.clock.forward(1)
    assert scene.events() == ["waiting"]


async def test_a_wait_that_ends_with_an_image_within_the_minute_is_not_told() -> None:
    scene = Scene()
    await scene.turn("waiting", "overloaded", NOON + 30)
    await scene.clock.forward(30)
    await scene.turn("running")
    scene.hooks.settled(BEAT, BeatState.DONE)
    await scene.clock.forward(20)
    await scene.turn("waiting", "overloaded", NOON + 80)
    await scene.clock.forward(20)
    assert scene.fired == []


async def test_tries_on_a_broken_network_are_one_wait() -> None:
    scene = Scene()
    for _ in range(6):
        await scene.turn("waiting", "no network", scene.clock.now() + 20)
        await scene.clock.forward(20)
        await scene.turn("running")
    assert scene.events() == ["waiting"]


async def test_a_run_that_ends_while_it_waits_tells_no_wait_any_more() -> None:
    scene = Scene()
    await scene.turn("waiting", "disk space")
    await scene.end("stopped", "asked")
    await scene.clock.forward(120)
    assert scene.fired == []


async def test_only_the_first_beat_of_a_run_that_fails_is_told_and_an_end_of_its_own() -> None:
    scene = Scene()
    scene.hooks.settled(BEAT, BeatState.PENDING)
    for _ in range(3):
        scene.hooks.settled(BEAT, BeatState.IN_DOUBT)
    await scene.end("stopped", "key anna is not valid")
    first, last = scene.fired
    assert first == ("failed", "Night train: clear beat 2.4 is in doubt: prohibited.")
    assert last == ("failed", "Night train stopped at 93 of 180 images: key anna is not valid.")
