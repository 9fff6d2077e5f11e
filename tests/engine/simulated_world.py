"""A small world for the scheduler: boards, keys, a record of what was sent, books and simulations of runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shotmill.engine.board import Board
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.purse import Money, Terms
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.simulated_provider import CalmProvider
from shotmill.engine.simulation import Simulation
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.secrets import Secret
from shotmill.settings.keys import Key
from shotmill.story.model import Prompt, Style

EVENING = 1_793_494_800.0  # 2026-10-31, six in the evening: the clocks of Los Angeles go back in the night
MODEL = "gemini-nano-banana-2.1"
PRICE = 0.0336
NOON = 1_795_464_000.0  # 2026-11-23, noon in Los Angeles


def make_key(name: str, project: str = "", account: str = "") -> Key:
    return Key(name, Secret(f"AIza-{name}-secret"), project or name, account or project or name)


def make_board(*styles: Sequence[str] | str, shot: int = 10) -> Board:
    """One style for each word of transitions, such as "HCCH"; shots of ten beats."""
    made = []
    for number, transitions in enumerate(styles):
        prompts = tuple(
            Prompt(f"{i // shot + 1}.{i % shot + 1}", f"b{i}", i // shot + 1, "draw", turn == "C", i + 1)
            for i, turn in enumerate(transitions)
        )
        made.append(Style(f"style{number}", Path("x.json"), prompts))
    return Board(made)


def want_all(board: Board) -> None:
    for style in board.styles:
        for beat in style.beats:
            beat.wanted = True
    board.settle_all()


@dataclass
class Record:
    """What a ledger has: every request that left, and by which key in which quota project."""

    sends: list[tuple[float, str, str]] = field(default_factory=list)
    facts: list[tuple[str, float]] = field(default_factory=list)  # of the boot and its clocks

    def note(self, dispatch: Dispatch, at: float) -> None:
        key = dispatch.lease.key
        self.sends.append((at, key.quota_project, key.fingerprint))

    def take_back(self, dispatch: Dispatch) -> None:
        """Certainly not one byte left."""
        key = dispatch.lease.key
        last = next(
            n for n in reversed(range(len(self.sends))) if self.sends[n][1:] == (key.quota_project, key.fingerprint)
        )
        del self.sends[last]

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        return sorted(
            at
            for at, project, fingerprint in self.sends
            if at >= since and (project == quota_project or fingerprint in fingerprints)
        )


def make_book(
    limits: Mapping[str, tuple[int, int]] | Mapping[str, AccountLimits] | tuple[int, int],
    record: Record | None = None,
    seed: int = 0,
) -> QuotaBook:
    """A book whose settings say so many requests a minute and a day."""

    def limits_of(name: str) -> AccountLimits:
        found = limits if isinstance(limits, tuple) else limits[name]
        return found if isinstance(found, AccountLimits) else AccountLimits(*found)

    return QuotaBook(record or Record(), limits_of, random.Random(seed))


def simulate(
    board: Board,
    pools: Mapping[str, Sequence[Key]],
    book: QuotaBook,
    provider: CalmProvider,
    *,
    now: float = NOON,
    terms: Terms | None = None,
    checker: Callable[[Simulation], None] | None = None,
    record: Record | None = None,
) -> Simulation:
    """A simulation with one run that was started."""
    simulation = Simulation(book, provider, now, record.note if record else None, checker)
    want_all(board)
    terms = terms or Terms(PRICE)
    simulation.start(Scheduler(board, pools, book, MODEL, terms, Money()))
    return simulation
