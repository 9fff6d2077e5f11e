"""Which doubts a start draws again by itself, and what that leaves of its choice. Pure: the estimate asks the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from shotmill.engine.board import BeatState, Board
from shotmill.engine.purse import CENT
from shotmill.engine.selection import Options, Selection


def may_risk(allowed_usd: float, options: Options) -> float:
    """Dollars; a run that goes on has what it had left."""
    return allowed_usd if options.in_doubt_usd is None else min(allowed_usd, options.in_doubt_usd)


def doubts_to_redraw(
    board: Board, options: Options, risk_usd: float, price_usd: float, in_the_air: Collection[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """Beats in doubt (style, beat) that a run may draw again within `risk_usd`, those that hold most others back first.

    The answers to those `in_the_air` may still come.
    """
    found = [
        (-beat.tail, style.name, beat.id)
        for style in board.styles
        if not options.styles or style.name in options.styles
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
    for _, style, beat in found[: int((risk_usd + CENT) / price_usd)]:
        drawn[style] += 1
        if options.limit is None or drawn[style] <= options.limit:
            chosen.append((style, beat))
    return chosen


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
