"""What a `start` checks before a cent is spent: keys, budget, folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shotmill.engine.expected import dearest_seen_usd
from shotmill.engine.project import OpenProject
from shotmill.engine.purse import CENT
from shotmill.engine.selection import Options
from shotmill.engine.waiting import cure_of
from shotmill.errors import ExitCode, NothingRunsError, ShotmillError
from shotmill.gemini.outcome import for_key
from shotmill.quota.book import QuotaBook
from shotmill.settings.keys import Key
from shotmill.takes.place import PlaceError, cure_at
from shotmill.takes.probe import probe

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop


def check_keys(
    workshop: Workshop, project: OpenProject, pools: Mapping[str, tuple[Key, ...]], styles: set[str]
) -> None:
    """Raises `NothingRunsError` where no style that is to be drawn has a key."""
    if any(pools[style] for style in styles):
        return
    unusable = workshop.keys.unusable(project, pools)
    if unusable:
        said = "; ".join(f"{name}: {reason}" for name, reason, _ in unusable)
        raise NothingRunsError(f"no usable key: {said}", cure=unusable[0][2], code="no_key")
    raise NothingRunsError(
        "there is no key on this machine",
        cure="shotmill keys add NAME, or set GEMINI_API_KEY where you start Shotmill",
        code="no_key",
    )


def keyless(
    workshop: Workshop, project: OpenProject, pools: Mapping[str, tuple[Key, ...]], styles: set[str]
) -> list[str]:
    """Say of each style that no key can draw, before anything is sent for the others."""
    unusable, passed_over = workshop.keys.unusable(project, pools), workshop.places.pools(project)
    return [without_keys(name, passed_over[name].passed_over, unusable) for name in sorted(styles) if not pools[name]]


def without_keys(style: str, named: Sequence[str], unusable: Sequence[tuple[str, str, str]]) -> str:
    """Why a style waits for a key: what is wrong with those that it names, and the first cure."""
    known = [(name, reason, cure) for name, reason, cure in unusable if name in named] or list(unusable)
    why = "; ".join(f"{name}: {reason}" for name, reason, _ in known)
    cure = known[0][2] if known else "shotmill keys add NAME"
    return f"{style} has no usable key and waits for one{f' ({why})' if why else ''}: {cure}"


def refused_before(
    book: QuotaBook, model: str, pools: Mapping[str, tuple[Key, ...]], styles: set[str], now: float
) -> list[str]:
    """Say of each style whose keys were all refused, as far as is known, what waits for a person; one more request
    tries them."""
    told = []
    for style in sorted(style for style in styles if pools[style]):
        troubles = [(key, book.trouble(key, model, now)) for key in pools[style]]
        refused = [(key, found) for key, found in troubles if found is not None and found.until is None]
        if len(refused) == len(troubles):
            why = "; ".join(f"{key.name}: {found.reason}" for key, found in refused)
            key, found = refused[0]
            cure = for_key(cure_of(found.code, found.cure), key.name)
            told.append(f"{style}: none of its keys could draw when last asked ({why}); tried once more. {cure}")
    return told


def check_budget(project: OpenProject, options: Options) -> None:
    """Raises where not even one more image fits, into the project's budget or that of this start. It may cost as much
    as the dearest that was seen here."""
    if project.settings.budget_usd is None and options.budget_usd is None:
        return
    price = max(project.prices.one_usd, dearest_seen_usd(project.record, project.settings))
    for limit, cure in (
        (project.settings.budget_usd, "raise budget_usd in shotmill.toml"),
        (options.budget_usd, "start with a higher --budget"),
    ):
        gone = project.money.gone if limit is project.settings.budget_usd else 0.0
        if limit is not None and gone + price > limit + CENT:
            raise ShotmillError(
                f"the budget of ${limit:.2f} has no room for one more image at ${price:.4f}; ${gone:.2f} are spent"
                + (" (play money)" if project.settings.gemini.is_play_money else ""),
                cure=cure,
                code="budget",
                exit_code=ExitCode.BUDGET,
            )


def short_of_budget(project: OpenProject, options: Options, cost_usd: float) -> tuple[str, ...]:
    """Say that a budget ends the run before all is drawn, where what is to be drawn costs more than it has left."""
    of_project, of_run = project.settings.budget_usd, options.budget_usd
    rooms = [of_project - project.money.gone] if of_project is not None else []
    left = min([*rooms, *([of_run] if of_run is not None else [])], default=None)
    if left is None or cost_usd <= left + CENT:
        return ()
    play = " play money" if project.settings.gemini.is_play_money else ""
    return (f"the budget has ${left:.2f}{play} left: the run ends there, before all is drawn",)


def check_writable(project: OpenProject) -> None:
    """Try what a run will do: make folders and a file below each place that it writes to."""
    for parts in ((project.layout.dot.name,), ("generated_images",), ()):
        folder = project.root.joinpath(*parts)
        try:
            probe(project.root, *parts)
        except PlaceError as error:
            raise NothingRunsError(
                f"{folder} can't be written: {error.strerror}",
                cure=cure_at(error, folder),
                code="not_writable",
            ) from error
