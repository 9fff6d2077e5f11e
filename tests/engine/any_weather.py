"""Works that go through weather, wrong settings and restarts to their end, looked at after each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from engine.simulated_storm import Work, World, make_world, wrong_by
from engine.simulated_world import NOON, PRICE, make_board, make_key
from engine.storm_provider import Weather
from shotmill.engine.beat import DRAWN, BeatState
from shotmill.engine.purse import Terms


def goes_through(
    weather: Weather,
    styles: Sequence[str],
    beside: str,
    rpm: Sequence[int],
    rpd: int,
    told: Sequence[tuple[float | Literal["auto"], float, bool]],
    *,
    shared: bool = False,
    in_doubt_usd: float = 0.0,
    budget: float | None = None,
    restarts: Sequence[tuple[float, float, bool]] = (),
    start: float = NOON,
    seed: int = 0,
) -> None:
    """`styles` of one project and one of another `beside` it; a quota project for each of `rpm`, of whose limits the
    settings say so many times as is `told`. `restarts`: after so many seconds, with the wall set by so many, the daemon
    or the machine ends."""
    board = make_board(*styles)
    limits = {f"p{i}": (each, rpd) for i, each in enumerate(rpm)}
    by = {name: told[n % len(told)] for n, name in enumerate(limits)}
    settings = {name: wrong_by(limits[name], by[name][0], by[name][1], written=by[name][2]) for name in limits}
    keys = [make_key(f"k{i}", f"p{i}", "one") for i in range(len(rpm))]
    keys.append(make_key("second", "p0", "one"))
    works = [
        Work(board, {style.name: keys if shared else keys[n % len(keys) :] for n, style in enumerate(board.styles)})
    ]
    if beside:
        works.append(Work(make_board(beside), {"style0": [keys[-1], *keys[:2]]}))
    terms = Terms(PRICE, in_doubt_usd=in_doubt_usd, budget_usd=budget)
    world = make_world(works, limits, weather, settings=settings, now=start, seed=seed, terms=terms)
    for pause, jump, boot in restarts:
        if world.simulation.proceed(until=world.simulation.now + pause / 2):
            break
        world.set_wall(0.0 if boot else jump)
        if world.simulation.proceed(until=world.simulation.now + pause / 2):
            break
        world.restart(boot=boot)
    assert world.simulation.proceed(steps=200_000), "it should have ended"
    for run in world.simulation.runs[-len(works) :]:
        money = run.scheduler.purse.money
        assert money.reserved == 0.0
        assert budget is None or money.gone <= budget + 1e-6 or restarts
    settled(world)


def settled(world: World) -> None:
    """Every beat is where the end that its run names lets it be."""
    for work, run in zip(world.works, world.simulation.runs[-len(world.works) :], strict=True):
        assert run.end is not None
        for beat in (beat for style in work.board.styles for beat in style.beats):
            assert beat.state is not BeatState.IN_FLIGHT
            if run.end[0] == "finished" and beat.state not in (*DRAWN, BeatState.FAILED, BeatState.BLOCKED):
                before = beat.nearest_before()
                held = before is not None and before.state in (BeatState.IN_DOUBT, BeatState.WAITING)
                assert beat.state is BeatState.IN_DOUBT or held
