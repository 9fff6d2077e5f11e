"""The screen's process: one reader of the daemon's news, one timer that repaints, actions from the registry."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.timer import Timer

from shotmill.client.link import Connection, DaemonGone
from shotmill.errors import ExitCode, ShotmillError
from shotmill.untrusted import printable
from shotmill_tui.actions import ACTIONS, BY_ID, Context
from shotmill_tui.bell import Bell
from shotmill_tui.clipboard import copy_text
from shotmill_tui.differ import Frame
from shotmill_tui.drawing.look import Look
from shotmill_tui.farewell import farewell
from shotmill_tui.memory import Memory
from shotmill_tui.model import parse
from shotmill_tui.model.sentence import Told, tell
from shotmill_tui.paint import Painter
from shotmill_tui.screens.floor import FloorScreen
from shotmill_tui.screens.mill import MillScreen
from shotmill_tui.screens.opening import screen_of
from shotmill_tui.session import Session
from shotmill_tui.themes import DEFAULT, Palette, load_themes, own_folder
from shotmill_tui.widgets.canvas import Canvas

Telling = Callable[[dict[str, Any]], str]  # from a command's answer to what stands in the second line
OPENS = {"diagnostics": "diagnostics", "log": "log", "help": "help", "theme": "themes"}  # actions that open a screen
NOTICE_S = 6.0
FAST_S, SLOW_S = 0.1, 0.25  # between repaints; slow above this many events a second:
MANY_EVENTS = 200.0


class ShotmillApp(App[str]):
    """Draws what a `Connection` tells. It never ends by itself but for `d` and a hang-up; closing it touches no run."""

    CSS_PATH = "screens/floor.tcss"
    TITLE = "Shotmill"
    ENABLE_COMMAND_PALETTE = False  # `:` opens it through the registry
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                key, f"do('{one.id}')", one.label, show=False, priority=key.startswith("ctrl+"), id=f"{one.id}.{key}"
            )
            for one in ACTIONS
            for key in one.keys
        ),
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
    ) -> None:
        """`plain` for marks without UTF-8, `timezone` None for the machine's, `now` the client's clock in epoch
        seconds, `remember` a file that keeps panel and cursor from one visit to the next."""
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.connection = connection
        self.session = Session()
        self.palettes = themes if themes is not None else load_themes([own_folder()])[0]
        for palette in self.palettes.values():
            self.register_theme(palette.to_textual())
        self.zone, self.now, self.plain = timezone, now, plain
        self.painter = self._painter(self.palettes.get(theme) or self.palettes[DEFAULT])
        self._frame, self._differ = Frame(), os.environ.get("SHOTMILL_DIFFER") != "0"
        self._notice, self._notice_until = "", 0.0
        if theme not in self.palettes:
            self._notice, self._notice_until = f"There is no theme {printable(theme, 40)}", now() + 12
        self.theme = self.painter.palette.name
        self.animation_level = "none"
        self.for_you_at: int | None = None
        self.mouse_on = mouse
        self.survives_logout = ""
        self._memory = Memory(remember)
        self._ringer = Bell()
        self._soon: Timer | None = None
        self._sooned_at, self._events_seen, self._minute = 0.0, 0, 0

    # ---- the terminal

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's way to the terminal, with less in it."""
        thin = self._frame.thin(renderable, *self.size) if self._differ else renderable
        super()._display(screen, thin)  # type: ignore[arg-type]

    def action_repaint(self) -> None:
        """Everything anew: something else may have written to the terminal."""
        self._frame.forget()
        self._switch_mouse()
        self.screen.refresh(layout=True)

    # ---- news

    def on_mount(self) -> None:
        self.app_resume_signal.subscribe(self, lambda _: self.action_repaint())
        self._switch_mouse()
        self.push_screen(FloorScreen())
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
            away = self._memory.restore(self.session, self.now(), self.zone)
            if away:
                self.notice(away, 30)
            self.run_worker(self._ask_logout(), exit_on_error=False)

    async def _ask_logout(self) -> None:
        try:
            answer = await self.connection.command("GET", "/v1/daemon")
        except ShotmillError:
            return  # only a warning at the end hangs on it
        self.survives_logout = parse.text(answer, "survives_logout", 20)

    def touch(self) -> None:
        """Something may look different: repaint soon, at most ten times a second, four under many events."""
        if self._soon is None and self.is_running:
            since = time.monotonic() - self._sooned_at
            many = self.session.events - self._events_seen > MANY_EVENTS * max(since, FAST_S)
            self._soon = self.set_timer(max(0.001, (SLOW_S if many else FAST_S) - since), self.flush)

    def flush(self) -> None:
        """Repaints what differs on the screen that is seen."""
        self._soon = None
        self._sooned_at, self._events_seen = time.monotonic(), self.session.events
        if self.session.view is not None and self._ringer.rings(self.session.view):
            self.bell()
        seen = self.screen_stack[-1] if self.screen_stack else None  # none is left while the app ends
        if isinstance(seen, MillScreen):
            seen.redraw()

    def _tick(self) -> None:
        """Once a second, and only where words change by the clock alone."""
        now = self.now()
        over = bool(self._notice) and now >= self._notice_until
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
        return Look(self.now(), self.zone, self.plain)

    def told(self) -> Told:
        return tell(self.session.view, self.session.link, self.now(), self.zone)

    @property
    def notice_text(self) -> str:
        if self._notice and self.now() >= self._notice_until:
            self._notice = ""
        return self._notice

    def notice(self, text: str, seconds: float = NOTICE_S) -> None:
        """A few words in the second line's place; never over a panel."""
        if not text:
            return
        self._notice, self._notice_until = printable(text, 500), self.now() + seconds
        self.touch()

    def send(self, method: str, path: str, body: dict[str, Any] | None, told: Telling) -> None:
        """A command in the background; its answer, or what went wrong, stands in the second line."""
        self.run_worker(self._send(method, path, body, told), group="commands")

    async def _send(self, method: str, path: str, body: dict[str, Any] | None, told: Telling) -> None:
        try:
            answer = await self.connection.command(method, path, body)
        except ShotmillError as error:
            self.notice("  ".join(part for part in (error.message, error.cure) if part), 15)
            if error.exit_code in (ExitCode.NOTHING_RUNS, ExitCode.USAGE) and path.endswith("/start"):
                self._open("diagnostics")
            return
        self.notice(told(answer))

    def copy(self, text: str) -> None:
        self.notice(copy_text(text, self.copy_to_clipboard))

    # ---- actions

    def context(self) -> Context:
        screen = self.screen
        return screen.context() if isinstance(screen, MillScreen) else Context("", self.session.view, self.session.link)

    async def action_do(self, name: str) -> None:
        """Every key and every line of the palette ends here. What can't be used now says why."""
        action = BY_ID[name]
        if not isinstance(self.screen, MillScreen) and name != "detach":
            return
        if reason := action.reason(self.context()):
            self.notice(reason)
            return
        if name in OPENS:
            self._open(OPENS[name])
            return
        handler: Callable[[], None] = getattr(self.screen, f"do_{name}", None) or getattr(self, f"do_{name}")
        handler()

    def do_detach(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Closes the screen; the farewell is what the shell says."""
        view, link = self.session.view, self.session.link
        self._memory.keep(self.session, self.now())
        self.exit(farewell(view, link, self.now(), self.zone, self.survives_logout, gone=isinstance(link, DaemonGone)))

    def open_shot(self, style: str, shot: int) -> None:
        from shotmill_tui.screens.shot import ShotScreen

        self.push_screen(ShotScreen(style, shot))

    def open_beat(self, style: str, beat: str) -> None:
        from shotmill_tui.screens.beat import BeatScreen

        self._notice = ""
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

    def do_mouse(self) -> None:
        self.mouse_on = not self.mouse_on
        self._switch_mouse()
        self.notice("Mouse on" if self.mouse_on else "Mouse off: the terminal selects text, m turns it on again")

    def _switch_mouse(self) -> None:
        """Textual has no public switch for it at run time; the driver's own methods are what its start uses."""
        name = "_enable_mouse_support" if self.mouse_on else "_disable_mouse_support"
        switch = getattr(self._driver, name, None)
        if switch is not None:
            switch()

    def show_theme(self, name: str) -> None:
        """Switched live, on every screen."""
        self.painter = self._painter(self.palettes[name])
        self.theme = name
        for screen in self.screen_stack:
            for canvas in screen.query(Canvas):
                canvas.paint_with(self.painter)

    def _painter(self, palette: Palette) -> Painter:
        return Painter(palette, plain=self.plain, faint=self.no_color)
