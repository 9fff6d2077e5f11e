"""The screen's process: one reader of the daemon's news, one timer that repaints, actions from the registry."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from shotmill.client.host import keeps_after_logout, look_at_host
from shotmill.client.link import Connection, DaemonGone
from shotmill.errors import ExitCode, ShotmillError
from shotmill_tui.drawing.look import Look
from shotmill_tui.farewell import farewell
from shotmill_tui.memory import Memory
from shotmill_tui.model import parse
from shotmill_tui.model.hints import named
from shotmill_tui.model.sentence import CANT_BE_OPENED, Told, tell
from shotmill_tui.notices import Notices
from shotmill_tui.pacing import between_repaints
from shotmill_tui.preferences import Preferences
from shotmill_tui.reasons import Context
from shotmill_tui.screens.floor import FloorScreen
from shotmill_tui.screens.mill import MillScreen
from shotmill_tui.screens.opening import screen_of
from shotmill_tui.screens.runs import RunActions
from shotmill_tui.session import Session
from shotmill_tui.terminal_app import TerminalApp
from shotmill_tui.themes import DEFAULT, Palette
from shotmill_tui.workplace import Workplace

Telling = Callable[[dict[str, Any]], str]  # from a command's answer to what stands in the second line
OPENS = {"diagnostics": "diagnostics", "log": "log", "help": "help", "theme": "themes", "keys": "keys",
         "projects": "projects"}  # fmt: skip  # actions that open a screen
NOTICE_S = 6.0


class ShotmillApp(TerminalApp):
    """Draws what a `Connection` tells. It never ends by itself but for `d` and a hang-up; closing it touches no run."""

    CSS_PATH = "screens/floor.tcss"
    TITLE = "Shotmill"
    ENABLE_COMMAND_PALETTE = False  # `:` opens it through the registry
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "do('detach')", "detach", show=False, priority=True),
        Binding("ctrl+q", "do('detach')", "detach", show=False, priority=True),
        Binding("ctrl+l", "repaint", "draw anew", show=False),
        Binding("ctrl+z", "suspend_process", "suspend", show=False),
    ]

    def __init__(
        self,
        connection: Connection,
        *,
        theme: str = DEFAULT,
        plain: bool = False,
        timezone: tzinfo | None = None,
        now: Callable[[], float] = time.time,
        themes: dict[str, Palette] | None = None,
        remember: Path | None = None,
        mouse: bool = True,
        workplace: Workplace | None = None,
        trouble: ShotmillError | None = None,
        first_run: bool = False,
        preferences: Preferences | None = None,
    ) -> None:
        """`plain` for marks without UTF-8, `timezone` None for the machine's, `now` the client's clock in epoch
        seconds, `remember` a file that keeps panel and cursor from one visit to the next; without a `workplace` the
        screen only looks. `trouble` is what keeps the project from being opened, `first_run` asks what only a person
        knows."""
        super().__init__(theme, themes, preferences or Preferences(), plain=plain, mouse=mouse)
        self.connection = connection
        self.session = Session()
        self.zone, self.now = timezone, now
        self.notices = Notices()
        if theme not in self.palettes:
            self.notices.say(f"There is no theme {theme[:40]}", now() + 12, None)
        self.for_you_at: int | None = None
        self.keeps_after_logout = ""
        self.workplace, self.trouble, self.first_run = workplace, trouble, first_run
        self._memory = Memory(remember)
        self._soon: Timer | None = None
        self._sooned_at, self._events_seen, self._minute = 0.0, 0, 0

    # ---- news

    def on_mount(self) -> None:
        self.meet_terminal()
        self.push_screen(FloorScreen())
        if self.trouble is not None:
            self.push_screen(screen_of("diagnostics"))
        elif self.first_run:
            self.push_screen(screen_of("first"))
        self.set_interval(1.0, self._tick)
        self.run_worker(self._read(), name="news", exclusive=True, group="news")

    async def _read(self) -> None:
        """The one reader: reduces every update and lets the timer repaint."""
        async for update in self.connection.updates():
            first = self.session.view is None
            self.session.apply(update)
            if first and self.session.view is not None:
                self._arrived()
            self.touch()
            await asyncio.sleep(0)  # a burst never keeps keys waiting

    def _arrived(self) -> None:
        """The first picture: back to where the person was, with what happened while they were away."""
        if self.session.view is not None:
            self.trouble = None
            away = self._memory.restore(self.session, self.now(), self.zone, self.keyboard.keys)
            if away:
                self.notice(away, 30)
            self.run_worker(self._ask_logout(), exit_on_error=False)

    async def _ask_logout(self) -> None:
        try:
            answer = await self.connection.command("GET", "/v1/daemon")
        except ShotmillError:
            return  # only a warning at the end hangs on it
        way = parse.text(answer, "survives_logout", 20)
        self.keeps_after_logout = keeps_after_logout(way, await asyncio.to_thread(look_at_host, os.environ))

    def touch(self) -> None:
        """Something may look different: repaint soon, as often as it costs little."""
        if self._soon is None and self.is_running:
            since = time.monotonic() - self._sooned_at
            between = between_repaints(self.session.events - self._events_seen, since, self.size.area)
            self._soon = self.set_timer(max(0.001, between - since), self.flush)

    def flush(self) -> None:
        """Repaints what differs on the screen that is seen, once the terminal has taken what was sent before."""
        self._soon = None
        if (hold := self.pacer.holds()) > 0:
            self._soon = self.set_timer(hold, self.flush)
            return
        self._sooned_at, self._events_seen = time.monotonic(), self.session.events
        if self.session.view is not None:
            self.announce(self.session.view)
        seen = self.screen_stack[-1] if self.screen_stack else None  # none is left while the app ends
        if isinstance(seen, MillScreen):
            seen.redraw()

    def resume_news(self) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
            self.touch()

    def _tick(self) -> None:
        """Once a second, and only where words change by the clock alone."""
        self.look_at_themes(often=isinstance(self.screen, MillScreen) and self.screen.kind == "themes")
        now = self.now()
        over = self.notices.over(now)
        minute = int(now // 60)
        if over or minute != self._minute or self._counts_down(now):
            self._minute = minute
            self.touch()

    def _counts_down(self, now: float) -> bool:
        view = self.session.view
        if view is None:
            return False
        ahead = (moment for one in view.quota for moment in (one.next_slot_at, one.until) if moment is not None)
        return self.told().ticks or any(now - 1.5 < moment < now + 3600 for moment in ahead)

    # ---- what screens ask for

    def look(self) -> Look:
        return Look(self.now(), self.zone, self.plain, self.keyboard.keys)

    def told(self) -> Told:
        if self.trouble is not None and self.session.view is None:
            return CANT_BE_OPENED
        return tell(self.session.view, self.session.link, self.now(), self.zone)

    @property
    def notice_text(self) -> str:
        return self.notices.text(self.now(), self.screen)

    def notice(self, text: str, seconds: float = NOTICE_S) -> None:
        """A few words in the second line's place; never over a panel."""
        if text:
            self.notices.say(text, self.now() + seconds, self.screen if self.screen_stack else None)
            self.touch()

    def send(self, method: str, path: str, body: dict[str, Any] | None, told: Telling) -> None:
        """A command in the background; its answer, or what went wrong, stands in the second line."""
        self.run_worker(self._send(method, path, body, told), group="commands")

    async def _send(self, method: str, path: str, body: dict[str, Any] | None, told: Telling) -> None:
        try:
            answer = await self.connection.command(method, path, body)
        except ShotmillError as error:
            if path.endswith("/start"):
                self._not_started(error)
            self.notice("  ".join(part for part in (error.message, error.cure) if part), 15)
            return
        self.notice(told(answer))

    def _not_started(self, error: ShotmillError) -> None:
        """What keeps a run from starting is asked for, or shown where it can be mended."""
        if error.code == "budget" and isinstance(self.screen, RunActions):
            self.screen.ask_limit()
        elif error.exit_code in (ExitCode.NOTHING_RUNS, ExitCode.USAGE):
            self.trouble = error
            if not (isinstance(self.screen, MillScreen) and self.screen.kind == "diagnostics"):
                self._open("diagnostics")

    def switch_to(self, root: Path) -> None:
        """Another project on the screen; what goes on in this one goes on. Also this one anew, once it can be read."""
        place = self.workplace
        if place is None:
            return
        self._memory.keep(self.session, self.now())
        self.workplace = replace(place, root=root)
        self.connection, self._memory = place.connect(root), Memory(place.memory(root))
        self.session, self.for_you_at, self.trouble = Session(), None, None
        self.announcer.forget()
        self.to_floor()
        self.run_worker(self._read(), name="news", exclusive=True, group="news")
        self.touch()

    def mended(self, root: Path) -> None:
        """What kept the project from being opened is gone."""
        self.switch_to(root)
        if self.first_run:
            self.push_screen(screen_of("first"))
        self.notice("Mended: the project is open", 10)

    def to_floor(self) -> None:
        """Closes every screen above the floor."""
        while len(self.screen_stack) > 2:
            self.pop_screen()

    # ---- actions

    def context(self) -> Context:
        screen = self.screen
        return screen.context() if isinstance(screen, MillScreen) else Context("", self.session.view, self.session.link)

    async def action_do(self, name: str) -> None:
        """Every key and every line of the palette ends here. What can't be used now says why."""
        action = self.keyboard[name]
        if not isinstance(self.screen, MillScreen) and name != "detach":
            return
        if reason := action.reason(self.context()):
            self.notice(named(reason, self.keyboard.keys))
            return
        if name in OPENS:
            self._open(OPENS[name])
            return
        handler: Callable[[], None] = getattr(self.screen, f"do_{name}", None) or getattr(self, f"do_{name}")
        handler()

    def do_detach(self) -> None:
        if not any(one.group == "leaving" for one in self.workers):
            self.run_worker(self._leave_soon(), group="leaving")

    async def _leave_soon(self) -> None:
        await self.answers_in()
        self.leave()

    def leave(self) -> None:
        """Closes the screen at once; the farewell is what the shell says."""
        self.announcer.end()
        view, link = self.session.view, self.session.link
        self._memory.keep(self.session, self.now())
        self.exit(
            farewell(view, link, self.now(), self.zone, self.keeps_after_logout, gone=isinstance(link, DaemonGone))
        )

    def open_shot(self, style: str, shot: int) -> None:
        from shotmill_tui.screens.shot import ShotScreen

        self.push_screen(ShotScreen(style, shot))

    def open_beat(self, style: str, beat: str) -> None:
        from shotmill_tui.screens.beat import BeatScreen

        self.push_screen(BeatScreen(style, beat))

    def _open(self, kind: str) -> None:
        """A screen over the floor; asked for again, it closes."""
        above = self.screen.kind if isinstance(self.screen, MillScreen) else ""
        if above == kind:
            self.pop_screen()
        elif above == "floor":
            self.push_screen(screen_of(kind))
        else:
            self.switch_screen(screen_of(kind))

    def do_palette(self) -> None:
        from shotmill_tui.screens.palette import PaletteScreen

        self.push_screen(PaletteScreen(self.context()))
