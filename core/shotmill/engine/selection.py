"""Which beats a run is for: what `start`'s options choose among those that are to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from shotmill.engine.beat import NOT_TO_BE_HAD, TO_DO, Beat, BeatState
from shotmill.engine.board import Board
from shotmill.errors import UsageError
from shotmill.story.beat_id import beat_id
from shotmill.untrusted import printable

DEAREST_BUDGET_USD = 1e12
"""More dollars than anybody has; what is above it is no sum."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one `start`. Empty tuples choose all; `limit` is a number of beats in each style."""

    styles: tuple[str, ...] = ()
    shots: tuple[int, ...] = ()
    beats: tuple[str, ...] = ()
    limit: int | None = None
    budget_usd: float | None = None
    retry_failed: bool = False
    stale: bool = False
    only: tuple[tuple[str, str], ...] = ()
    """Styles and beats that an interrupted run was for, where it was not for all; no option of a person's."""
    in_doubt_usd: float | None = None
    """What an interrupted run had left of its allowance."""

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> Options:
        """The body of a start request. Raises `UsageError` for a value that can't be meant."""
        limit, budget = body.get("limit"), body.get("budget_usd")
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            raise UsageError("limit is a number of beats, 1 or more", cure="leave --limit out to draw all")
        if budget is not None and not _is_sum(budget):
            raise UsageError("budget is a sum in dollars above 0", cure="leave --budget out for no limit of the run")
        return cls(
            styles=tuple(_strings(body, "styles")),
            shots=tuple(_numbers(body, "shots")),
            beats=tuple(beat_id(beat) for beat in _strings(body, "beats")),
            limit=limit,
            budget_usd=None if budget is None else float(budget),
            retry_failed=_flag(body, "retry_failed"),
            stale=_flag(body, "stale"),
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def goes_on(self) -> bool:
        """Whether they are those of a run that was interrupted: no person says start."""
        return self.in_doubt_usd is not None

    @property
    def in_words(self) -> str:
        """What they choose; empty for all."""
        parts = [*self.styles, *(f"shot {shot}" for shot in self.shots), *(f"beat {beat}" for beat in self.beats)]
        if self.limit is not None:
            parts.append(f"at most {self.limit} beats a style")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen beats; `renewed` are the failed and blocked ones among them, that get fresh attempts.

    A chain that is cut by the choice goes on from the last drawn beat of its shot: none is left out.
    """

    beats: tuple[Beat, ...]
    renewed: tuple[Beat, ...]


def select(board: Board, options: Options) -> Selection:
    """Choose the beats of a run; the board is not changed. Raises `UsageError` for a style, shot or beat unknown."""
    _check_names(board, options)
    chosen: list[Beat] = []
    only, states = set(options.only), _states(options)
    for style in board.styles:
        if options.styles and style.name not in options.styles:
            continue
        of_style = [beat for beat in style.beats if beat.state in states and _asked(beat, options, only)]
        chosen += of_style[: options.limit]
    renewed = [beat for beat in chosen if beat.state in (BeatState.FAILED, BeatState.BLOCKED)]
    return Selection(tuple(chosen), tuple(renewed))


def asked(beat: Beat, options: Options) -> bool:
    """Whether the options of a start choose this beat, apart from their limit."""
    return (not options.styles or beat.style in options.styles) and _asked(beat, options, set(options.only))


def _asked(beat: Beat, options: Options, only: set[tuple[str, str]]) -> bool:
    if only and (beat.style, beat.id) not in only:
        return False
    return (not options.shots or beat.prompt.shot in options.shots) and (not options.beats or beat.id in options.beats)


def _states(options: Options) -> frozenset[BeatState]:
    """Of the beats that are to be drawn."""
    states = TO_DO
    if options.retry_failed:
        states |= NOT_TO_BE_HAD
    if options.stale:
        states |= {BeatState.STALE}
    return states


def _check_names(board: Board, options: Options) -> None:
    known = [style.name for style in board.styles]
    for name in options.styles:
        if name not in known:
            raise UsageError(
                f"there is no style {printable(name, 40)!r}", cure=f"the styles here are {', '.join(known)}"
            )
    shots = {shot for style in board.styles for shot, _ in style.shots}
    for shot in options.shots:
        if shot not in shots:
            raise UsageError(f"there is no shot {shot}", cure=f"the shots here are {_range(sorted(shots))}")
    for beat in options.beats:
        if not any(beat in style.by_id for style in board.styles):
            raise UsageError(f"there is no beat {printable(beat, 40)}", cure="beats are named as in the prompts file")


def _range(numbers: list[int]) -> str:
    return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 6 else ", ".join(map(str, numbers))


def _is_sum(value: object) -> bool:
    """Dollars above 0; JSON as Python reads it also has numbers that are none, and ones without end."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= DEAREST_BUDGET_USD


def _flag(body: dict[str, Any], name: str) -> bool:
    """Both mean money: only true and false are understood."""
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise UsageError(f"{name} is true or false")
    return value


def _strings(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{name} is a list of names")
    return value


def _numbers(body: dict[str, Any], name: str) -> list[int]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, int) and not isinstance(item, bool) for item in value):
        raise UsageError(f"{name} is a list of numbers")
    return value
