"""Which doubts a start draws again by itself, what that leaves of its choice, and what others hold back. Pure: the
estimate asks the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from shotmill.engine.beat import DRAWN, Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.purse import CENT
from shotmill.engine.selection import Options, Selection, asked
from shotmill.settings.prices import Prices
from shotmill.takes.record import ProjectRecord

_IN_THE_WAY = DRAWN | {BeatState.IN_FLIGHT, BeatState.IN_DOUBT}


def may_risk(allowed_usd: float, options: Options) -> float:
    """Dollars; a run that goes on has what it had left."""
    return allowed_usd if options.in_doubt_usd is None else min(allowed_usd, options.in_doubt_usd)


def doubt_usd(record: ProjectRecord, prices: Prices, style: str, beat: str) -> float:
    """Dollars that a beat's doubts may have cost: what was set aside for each as it left, and is told of it. Where that
    line of the journal is lost, an image's price.
    """
    known = record.beat(style, beat)
    doubts = known.doubts.values() if known is not None else ()
    return sum(intent.price_usd or prices.one_usd for intent in doubts) or prices.one_usd


def doubts_to_redraw(
    board: Board,
    options: Options,
    risk_usd: float,
    usd_of: Callable[[str, str], float],
    in_the_air: Collection[tuple[str, str]] = (),
) -> list[tuple[str, str]]:
    """Beats in doubt (style, beat) that a run may draw again within `risk_usd`, those that hold most others back first.

    `usd_of` tells what a beat's doubts may have cost. The answers to those `in_the_air` may still come.
    """
    found = [
        (-beat.tail, style.name, beat.id)
        for style in board.styles
        if style.counts[BeatState.IN_DOUBT] and (not options.styles or style.name in options.styles)
        for beat in style.beats
        if beat.state is BeatState.IN_DOUBT
        and (style.name, beat.id) not in in_the_air
        and (not options.beats or beat.id in options.beats)
        and (not options.shots or beat.prompt.shot in options.shots)
        and (not options.only or (style.name, beat.id) in options.only)
    ]
    found.sort(key=lambda entry: entry[0])
    chosen: list[tuple[str, str]] = []
    drawn: Counter[str] = Counter()
    left = risk_usd
    for _, style, beat in found:
        usd = usd_of(style, beat)
        if usd > left + CENT or (options.limit is not None and drawn[style] >= options.limit):
            continue
        left -= usd
        drawn[style] += 1
        chosen.append((style, beat))
    return chosen


def held_back(chosen: Sequence[Beat], board: Board) -> set[Beat]:
    """Of the beats of a run, in the board's order, those that a doubt holds: it is what they have to continue from, or
    what another one that they wait for has to."""
    held = set[Beat]()
    if not any(style.counts[BeatState.IN_DOUBT] for style in board.styles):
        return held
    of_run = set(chosen)
    for beat in chosen:
        if beat.previous is None:
            continue
        there = (one for one in beat.before() if one in of_run or one.state in _IN_THE_WAY)
        before = next(there, None)
        if before is not None and (before in held or (before not in of_run and before.state is BeatState.IN_DOUBT)):
            held.add(beat)
    return held


def told_held(count: int) -> tuple[str, ...]:
    """The sentence of a start for those; none without any."""
    if not count:
        return ()
    wait = "1 image waits" if count == 1 else f"{count} images wait"
    return (f"{wait} for what is in doubt before: shotmill doubt",)


def told_left(board: Board, options: Options, held: int) -> tuple[str, ...]:
    """What a start of nothing leaves, and what would draw it; nothing where all is there."""
    left = [beat.state for style in board.styles for beat in style.needs_you if asked(beat, options)]
    doubts = left.count(BeatState.IN_DOUBT)
    gaps = len(left) - doubts
    told = told_held(held) or ((f"{doubts} in doubt: shotmill doubt",) if doubts else ())
    return (*told, f"{gaps} failed or blocked: shotmill start --retry-failed") if gaps else told


def within_limit(selection: Selection, doubts: list[tuple[str, str]], options: Options) -> Selection:
    """`--limit` counts what is drawn again for a doubt too."""
    if options.limit is None or not doubts:
        return selection
    left = {style: options.limit - count for style, count in Counter(style for style, _ in doubts).items()}
    kept = []
    for beat in selection.beats:
        room = left.setdefault(beat.style, options.limit)
        if room > 0:
            kept.append(beat)
        left[beat.style] = room - 1
    return replace(selection, beats=tuple(kept), renewed=tuple(beat for beat in selection.renewed if beat in kept))
