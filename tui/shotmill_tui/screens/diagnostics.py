"""Every check with its cure: broken ones first, what is fine folded into one line. They appear as they finish."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from shotmill.doctor.check import Check, Surroundings, Test, Verdict
from shotmill.doctor.examine import distinct, examining, fitting, in_order, worst_first
from shotmill.errors import ShotmillError, UnreachableError
from shotmill_tui.drawing.checks import check_lines, verdict_counts
from shotmill_tui.drawing.floor import Block
from shotmill_tui.model import parse
from shotmill_tui.model.pieces import Line, plain_text, spread
from shotmill_tui.screens.runs import RunActions

LOOK_AGAIN_S = 2.0
_ABOUT_THE_TROUBLE = 40  # characters that two tellings of one fault have in common


class DiagnosticsScreen(RunActions):
    """Checks of this machine and of the daemon. Over a project that can't be opened it says why, tries again by
    itself, and makes way for the floor once that is mended."""

    kind: ClassVar[str] = "diagnostics"

    def __init__(self) -> None:
        super().__init__()
        self._tests: list[Test] = []
        self._found: dict[str, list[Check]] = {}
        self._of_daemon: list[Check] | None = None
        self._wrong: ShotmillError | None = None
        self._round = 0
        self._unfolded = False
        self._online = False

    def on_mount(self) -> None:
        mill = self.mill
        self._wrong = mill.trouble
        if mill.session.view is not None:
            mill.trouble = None  # it kept a run from starting; the picture is there
        elif self._wrong is not None:
            self.set_interval(LOOK_AGAIN_S, self._look_again)
        super().on_mount()
        self._examine()

    # ---- checking

    def do_again(self) -> None:
        if self.mill.session.view is not None:
            self._wrong = None
        self._examine()

    def do_online(self) -> None:
        """With the checks that ask the provider, now and whenever it is tested again."""
        self._online = True
        self.do_again()

    def _examine(self) -> None:
        self._round += 1
        self._tests, self._found, self._of_daemon = [], {}, None
        self.redraw()
        if around := self._around():
            self._tests = fitting(around)
            loop = asyncio.get_running_loop()
            self.run_worker(
                partial(self._make, around, self._tests, self._round, loop), thread=True, exit_on_error=False
            )
        self.run_worker(self._ask(self._round))

    def _around(self) -> Surroundings | None:
        place = self.mill.workplace
        if place is None:
            return None
        return Surroundings(place.folders, place.environ, place.root, online=self._online)

    def _make(self, around: Surroundings, tests: list[Test], round_: int, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: each check is handed over as it finishes."""
        for test, checks in examining(around, tests):
            if loop.is_closed():
                return
            loop.call_soon_threadsafe(self._finished, round_, test, checks)

    def _finished(self, round_: int, test: Test, checks: list[Check]) -> None:
        if round_ == self._round and self.is_attached:
            self._found[test.id] = checks
            self.redraw()

    async def _ask(self, round_: int) -> None:
        """What only the daemon knows."""
        try:
            answer = await self.mill.connection.command("GET", "/v1/doctor?project={id}")
            found = [Check.from_json(one) for one in parse.items(answer, "checks") if isinstance(one, dict)]
        except ShotmillError as error:
            cannot_open = self._wrong is not None and not isinstance(error, UnreachableError)
            found = [] if cannot_open else [Check("daemon", "Daemon", Verdict.BROKEN, error.message, error.cure)]
        if round_ == self._round:
            self._of_daemon = found
            self.redraw()

    async def _look_again(self) -> None:
        """Whether the project can be opened by now; else what is wrong with it now."""
        mill = self.mill
        if mill.workplace is None or mill.screen is not self:
            return
        root = mill.workplace.root
        try:
            await mill.connection.command("POST", "/v1/projects", {"path": str(root)})
        except ShotmillError as error:
            if self._wrong is None or error.message != self._wrong.message:
                self._wrong = mill.trouble = error
                self._examine()
            return
        mill.mended(root)

    def _of_screen(self) -> list[Check]:
        """What this screen could not do with the user's keys and themes, and how it tells the desktop."""
        mill = self.mill
        keys = [(str(one), "Mend [keys] in config.toml") for one in mill.keyboard.faults]
        themes = [(str(one), "Mend the file; it is read again by itself") for one in mill.theme_faults]
        found = [
            Check(f"screen.{number}", "Screen", Verdict.LOOK, fact, cure, page="terminal")
            for number, (fact, cure) in enumerate((*keys, *themes))
        ]
        messages = mill.announcer.explained()
        return [*found, *([Check("messages", "Messages", Verdict.FINE, messages)] if messages else [])]

    # ---- drawing

    def checks(self) -> list[Check]:
        """All that was found so far, worst first; what keeps the project from being opened before all of it."""
        local = in_order(self._tests, self._found)
        found = worst_first(distinct([*local, *(self._of_daemon or ()), *self._of_screen()]))
        found = _once(found)
        if self._wrong is None:
            return found
        title = "Project" if self.mill.session.view is None else "Start"
        first = Check("wrong", title, Verdict.BROKEN, self._wrong.message, self._wrong.cure)
        return [first, *(one for one in found if not _same(one.fact, first.fact))]

    @property
    def _awaited(self) -> int:
        return len(self._tests) - len(self._found) + (self._of_daemon is None)

    def head_lines(self, room: int) -> list[Line]:
        left: Line = ((" Diagnostics", "title"), ("    ", ""), *verdict_counts(self.checks()))
        right: Line = ((f"{self._awaited} still checking ", "dim"),) if self._awaited else ()
        second = super().head_lines(room)[1]
        if self._wrong is not None and self.mill.session.view is None and not self.mill.notice_text:
            told = " This project can't be opened as it is; once mended, it opens by itself."
            second = spread(((told, "text"),), (), room)
        return [spread(left, right, room), second]

    def body(self, room: int, height: int) -> list[Block]:
        lines = check_lines(self.checks(), room, self.mill.look(), unfolded=self._unfolded)
        if not lines:
            lines = [((" Checking.", "dim"),)]
        return self.scrolled([(), *lines], room, height)

    def do_open(self) -> None:
        self._unfolded = not self._unfolded
        self.redraw()

    def copied(self) -> list[str]:
        lines = check_lines(self.checks(), 100, self.mill.look(), unfolded=True)
        return [plain_text(line).rstrip() for line in lines]

    # ---- the bundle

    def do_bundle(self) -> None:
        around = self._around()
        if around is None:
            self.mill.notice("This screen only looks: shotmill doctor --bundle FILE writes one")
            return
        missing = [test.title for test in self._tests if test.id not in self._found]
        missing += ["the daemon's own checks"] if self._of_daemon is None else []
        without = f", without {', '.join(missing)}: still checking" if missing else ""
        self.mill.notice(f"Gathering the bundle{without}", 30)
        self.run_worker(self._bundle(around, self.checks(), without), group="bundle", exclusive=True)

    async def _bundle(self, around: Surroundings, checks: Sequence[Check], without: str) -> None:
        try:
            path = await asyncio.to_thread(_write, around, list(checks), self.mill.now())
        except ShotmillError as error:
            self.mill.notice("  ".join(part for part in (error.message, error.cure) if part), 15)
            return
        self.mill.notice(f"Wrote {path}{without}: no key, no prompt. Look into it before you send it", 15)


def _once(checks: Sequence[Check]) -> list[Check]:
    """Several checks may stumble over one fault; it is told by the first of them."""
    told: dict[tuple[str, str], Check] = {}
    return [one for one in checks if one.verdict is Verdict.FINE or told.setdefault((one.fact, one.cure), one) is one]


def _same(fact: str, other: str) -> bool:
    return " ".join(fact.split())[:_ABOUT_THE_TROUBLE] == " ".join(other.split())[:_ABOUT_THE_TROUBLE]


def _write(around: Surroundings, checks: list[Check], now: float) -> Path:
    """Blocking. In the folder that the screen was opened from."""
    import time

    from shotmill.doctor.bundle import gather, write_bundle

    path = Path.cwd() / f"shotmill-bundle-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}.zip"
    write_bundle(path, gather(around, checks, now), around)
    return path
