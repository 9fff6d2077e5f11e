"""One `start`: what it draws, and the run that comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from shotmill.daemon.interrupted import noted
from shotmill.daemon.joining import join
from shotmill.daemon.opening import read_own_journal, take_in_left, tell_refused
from shotmill.daemon.start_checks import (
    check_budget,
    check_keys,
    check_writable,
    keyless,
    refused_before,
    short_of_budget,
)
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.expected import dearest_seen_usd
from shotmill.engine.gone import images_gone, told_gone
from shotmill.engine.project import OpenProject
from shotmill.engine.purse import Terms
from shotmill.engine.redraws import doubt_usd, doubts_to_redraw, held_back, may_risk, told_held, told_left, within_limit
from shotmill.engine.run import Run
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.selection import Options, Selection, select
from shotmill.errors import NothingRunsError, ShotmillError
from shotmill.settings.keys import differing_limits
from shotmill.story.hints import hints
from shotmill.takes.entries import Fresh, Settled

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop

PATIENCE_S = 2.0
"""Images of which no record speaks are looked at before the start for so long; then while others are drawn."""
END_S = 10.0
"""How long a start waits for the last lines of the run before."""
JUST_NOW_S = 1.0
"""A command opens the project and starts it: what was read a moment ago is not read again."""


async def start(workshop: Workshop, project: OpenProject, options: Options) -> dict[str, Any]:
    """Start a run, take a stop back, or answer with the run that is there.

    Raises `ShotmillError` for whatever keeps it from starting; nothing was sent or spent then, and the log says why.
    """
    try:
        return await _start(workshop, project, options)
    except ShotmillError as error:
        tell_refused(project, "not started", error)
        raise


async def _start(workshop: Workshop, project: OpenProject, options: Options) -> dict[str, Any]:
    async with workshop.starting(project), at_rest(workshop, project) as run:
        if run is not None:
            return await join(workshop, project, run)
        return await begin(workshop, project, options)


@asynccontextmanager
async def at_rest(workshop: Workshop, project: OpenProject) -> AsyncIterator[Run | None]:
    """The run that is under way; else None, and what earlier ones left is written down and taken in. Under `starting`.

    Without a run no other daemon draws the project inside, or adds to its record: what is to be drawn is chosen from a
    record that nobody else changes before the run that comes of it has ended.
    """
    run = await _under_way(workshop, project)
    if run is not None:
        yield run
        return
    await workshop.tools.in_thread(project.home.require)  # a lock in another's folder keeps nobody out
    await workshop.lock(project)
    try:
        await _up_to_date(workshop, project)
        yield None
    finally:
        if not workshop.is_active(project):  # a run lets go by itself
            workshop.unlock(project)


async def _under_way(workshop: Workshop, project: OpenProject) -> Run | None:
    if workshop.draining:
        raise _draining()
    run = workshop.runs.get(project.id)
    if run is not None and run.is_ending and not await run.over(END_S):
        raise _not_over(project)
    if run is not None and run.active:
        return run
    try:
        async with asyncio.timeout(END_S):
            await workshop.released(project)
    except TimeoutError:
        raise _not_over(project) from None
    return None


async def _up_to_date(workshop: Workshop, project: OpenProject) -> None:
    """Read what another daemon wrote since; take in what it left, and what a fault of this one did. Under the lock."""
    if not await workshop.tools.in_thread(project.journal.is_known):
        await read_own_journal(workshop, project, anew=True)
        await project.reload()
        project.watch()
    if not project.is_recovered:
        await take_in_left(workshop, project)
        project.loaded_at = 0.0  # the board is another one, and to be watched
        await _look_anew(workshop, project)


async def begin(
    workshop: Workshop, project: OpenProject, options: Options, again: Sequence[tuple[str, str]] = ()
) -> dict[str, Any]:
    """Start a run of a project that is at rest. The doubts of the beats in `again` are a person's to be drawn again;
    without any, those are that the run's allowance has room for. In `at_rest`.
    """
    await read_own_journal(workshop, project)
    await workshop.refresh_keys()
    await _look_anew(workshop, project)
    selection = select(project.board, options)
    usd_of = partial(doubt_usd, project.record, project.prices)
    doubts = list(again) or doubts_to_redraw(
        project.board, options, _risk(project, options), usd_of, set(project.in_the_air.values())
    )
    risked = 0.0 if again else sum(usd_of(*doubt) for doubt in doubts)
    if not selection.beats and not doubts and project.found.inspecting:
        await _all_inspected(project)
        selection = select(project.board, options)
    selection = within_limit(selection, doubts, options)
    held = held_back(selection.beats, project.board)
    if len(held) == len(selection.beats) and not doubts:
        await _close_last(workshop, project, len(held))
        return _nothing_to_do(workshop, project, told_left(project.board, options, len(held)))
    await workshop.tools.in_thread(lambda: check_writable(project))
    check_budget(project, options)
    place = await workshop.places.place_of(project)
    try:
        pools = workshop.places.keys_of(project)
        drawn = {beat.style for beat in selection.beats} | {key[0] for key in doubts}
        check_keys(workshop, project, pools, drawn)
        without = keyless(workshop, project, pools, drawn)
        model = project.settings.gemini.model
        refused = refused_before(place.book, model, pools, drawn, workshop.clock.now())
        strange = await workshop.tools.in_thread(lambda: hints(project.styles))
        if workshop.draining:
            raise _draining()
        if not options.goes_on:
            place.book.mended([key for pool in pools.values() for key in pool])  # a person says: try again
        await _prepare(workshop, project, selection, doubts, "as asked" if again else "within in_doubt_usd")
        terms = _terms(project, options, risked)
        scheduler = Scheduler(project.board, pools, place.book, model, terms, project.money)
        run = Run(workshop.tools.new_id()[:16], workshop.tools, place, project, scheduler, options)
        if workshop.draining:
            raise _draining()
    except BaseException:
        await workshop.leave(project)
        raise
    return _begin(workshop, project, run, without, [*refused, *_gone(project), *strange])


def _draining() -> ShotmillError:
    return ShotmillError("the daemon is stopping", cure="try again in a moment", code="draining")


def _not_over(project: OpenProject) -> ShotmillError:
    """The end of the run before can't be written down."""
    trouble = project.disk.trouble
    said, cure = (trouble.reason, trouble.cure) if trouble is not None else ("its disk does not answer", "try again")
    return NothingRunsError(f"the run before is not over yet: {said}", cure=cure, code="not_over")


async def _close_last(workshop: Workshop, project: OpenProject, held: int) -> None:
    """A run that was interrupted or stopped is finished, once nothing of the project is left to draw but `held` beats
    behind doubts."""
    await project.mirror.settle()
    last = project.record.last_run
    if last is None or last.state == "finished" or sum(style.to_do for style in project.board.styles) > held:
        return
    await project.note(replace(last, at=workshop.clock.now(), state="finished", reason=""), durable=True)
    workshop.runs.pop(project.id, None)
    project.feed.topic("status", "pace")


async def _look_anew(workshop: Workshop, project: OpenProject) -> None:
    """Prompts, settings and images as they are on disk now; images of which no record speaks are looked at first."""
    if not project.found.inspecting and workshop.clock.now() - project.loaded_at > JUST_NOW_S:
        await project.reload()
        project.watch()
    await project.found.inspected(PATIENCE_S)


async def _all_inspected(project: OpenProject) -> None:
    """Nothing is to be drawn unless one of them is damaged. Raises `NothingRunsError` while no decoder is to be had."""
    while project.found.inspecting:
        if project.found.undecoded is not None:
            said, cure = project.found.undecoded.reason, project.found.undecoded.cure
            raise NothingRunsError(f"the images that are there can't be looked at: {said}", cure=cure, code="decoder")
        await project.found.inspected(PATIENCE_S)


async def _prepare(
    workshop: Workshop, project: OpenProject, selection: Selection, doubts: list[tuple[str, str]], why: str
) -> None:
    """Mark what is to be drawn."""
    workshop.places.limits_changed()
    keys = [key for pool in workshop.places.keys_of(project).values() for key in pool]
    for note in differing_limits(keys):
        project.tell("warning", "note", note)
    for name, pool in workshop.places.pools(project).items():
        if pool.passed_over:
            project.tell("warning", "note", f"{name}: keys that can't be used: {', '.join(pool.passed_over)}")
    await _fresh_start(project, selection.renewed, workshop.clock.now())
    await _redraw(workshop, project, doubts, why)
    for beat in selection.beats:
        beat.wanted = True


def _begin(
    workshop: Workshop, project: OpenProject, run: Run, without_keys: Sequence[str], strange: Sequence[str]
) -> dict[str, Any]:
    chosen = [beat for style in project.board.styles for beat in style.beats if beat.wanted]
    held = held_back(chosen, project.board)
    count, cost = run.scheduler.pending - len(held), project.expected.of([beat for beat in chosen if beat not in held])
    strange = (*told_held(len(held)), *short_of_budget(project, run.options, cost), *strange)
    for sentence in (*without_keys, *strange):
        project.tell("warning", "note", sentence)
    workshop.drive(project, run, noted(run, project))
    images = "1 image" if count == 1 else f"{count} images"
    project.tell("info", "note", f"started: {images} to draw")
    project.feed.topic("status", "quota", "keys", "pace")
    play = " play money" if project.settings.gemini.is_play_money else ""
    message = "; ".join((*without_keys, f"started: {images}, about ${cost:.2f}{play}"))
    return {
        "outcome": "started",
        "message": message,
        "notes": [*without_keys, *strange],
        "run": run.id,
        "images": count,
        "cost_usd": round(cost, 4),
        "status": workshop.view(project).status(),
    }


def _nothing_to_do(workshop: Workshop, project: OpenProject, why: Sequence[str]) -> dict[str, Any]:
    status = workshop.view(project).status()
    return {"outcome": "nothing_to_do", "message": "; ".join(("nothing to draw", *why)), "run": None, "status": status}


def _gone(project: OpenProject) -> tuple[str, ...]:
    return told_gone(sum(beat.wanted for beat in images_gone(project.board, project.record)), project.root)


async def _fresh_start(project: OpenProject, beats: Sequence[Beat], now: float) -> None:
    """Failed and blocked beats are to do again, their attempts counted anew."""
    await project.note(*(Fresh(now, beat.style, beat.id) for beat in beats), durable=True)
    for beat in beats:
        beat.failures, beat.tries = 0, None
        project.board.set(beat, BeatState.PENDING)


async def _redraw(workshop: Workshop, project: OpenProject, doubts: list[tuple[str, str]], why: str) -> None:
    now = workshop.clock.now()
    for key in doubts:
        known = project.record.beat(*key)
        beat = project.board.find(*key)
        if known is None or beat is None:
            continue
        await project.note(*(Settled(now, attempt, *key, "retry") for attempt in list(known.doubts)), durable=True)
        if beat.state is not BeatState.IN_DOUBT:
            continue  # its image is there: only a further take was in doubt
        beat.wanted = True
        project.board.set(beat, BeatState.PENDING)
        project.tell("warning", "again", f"was in doubt; drawn again {why}", beat=beat)


def _risk(project: OpenProject, options: Options) -> float:
    return may_risk(project.settings.generation.in_doubt_usd, options)


def _terms(project: OpenProject, options: Options, risked_usd: float) -> Terms:
    settings = project.settings
    return Terms(
        price_usd=project.prices.one_usd,
        dearest_usd=project.prices.dearest_usd,
        seen_usd=dearest_seen_usd(project.record, settings),
        attempts=settings.generation.attempts,
        in_doubt_usd=_risk(project, options) - risked_usd,
        pause_after=settings.generation.pause_after,
        budget_usd=settings.budget_usd,
        run_budget_usd=options.budget_usd,
    )
