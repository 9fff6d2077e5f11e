"""The screen's process: screens, actions from the registry, and the commands that they send."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from shotmill.client.link import Connecting, Connection, DaemonGone
from shotmill.errors import ExitCode, ShotmillError
from shotmill.untrusted import printable
from shotmill_tui.cli.place import named_from
from shotmill_tui.farewell import farewell
from shotmill_tui.keymap import key_name
from shotmill_tui.memory import Memory
from shotmill_tui.model.hints import named
from shotmill_tui.news_app import NewsApp
from shotmill_tui.preferences import Preferences
from shotmill_tui.reach import Reach
from shotmill_tui.reasons import Context
from shotmill_tui.screens.floor import FloorScreen
from shotmill_tui.screens.mill import MillScreen
from shotmill_tui.screens.opening import screen_of
from shotmill_tui.screens.runs import RunActions
from shotmill_tui.session import Session
from shotmill_tui.themes import DEFAULT, Palette
from shotmill_tui.workplace import Workplace

Telling = Callable[[dict[str, Any]], str]  # from a command's answer to what stands in the second line
QUIET_S = 1.0
"""Seconds after which a command says that it waits."""
UNANSWERED = "Sent; the daemon has not answered yet"
OPENS = {"diagnostics": "diagnostics", "log": "log", "help": "help", "theme": "themes", "keys": "keys",
         "projects": "projects"}  # fmt: skip  # actions that open a screen


class ShotmillApp(NewsApp):
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
        reach: Reach | None = None,
        preferences: Preferences | None = None,
    ) -> None:
        """`plain` for marks without UTF-8, `timezone` None for the machine's, `now` the client's clock in epoch
        seconds, `remember` a file that keeps panel and cursor from one visit to the next; without a `workplace` the
        screen only looks. `trouble` is what keeps the project from being opened, `first_run` asks what only a person
        knows; `reach` is a daemon that has not answered yet, and tells both."""
        super().__init__(connection, Memory(remember), theme, themes, preferences or Preferences(),
                         plain=plain, mouse=mouse, zone=timezone, now=now)  # fmt: skip
        if theme not in self.palettes:
            self.notices.say(f"There is no theme {theme[:40]}", now(), 12, None)
        self.for_you_at: int | None = None
        self.workplace, self.trouble, self.first_run, self._reach = workplace, trouble, first_run, reach
        self.refused: Exception | None = None
        if reach is not None:
            self.session.link = Connecting(reach.since, reach.starting)

    def on_mount(self) -> None:
        self.meet_terminal()
        self.push_screen(FloorScreen())
        self._ask_person()
        self.listen()

    def _ask_person(self) -> None:
        """What a person can mend is shown, and what only a person knows is asked."""
        if self.trouble is not None or self.first_run:
            self.to_floor()
            self.push_screen(screen_of("diagnostics" if self.trouble is not None else "first"))

    async def reached(self) -> bool:
        """What refuses altogether ends the screen; the command says it."""
        reach, self._reach = self._reach, None
        if reach is None:
            return True
        try:
            found = await reach.end()
        except Exception as error:
            self.refused = error
            self.announcer.end()
            self.exit()
            return False
        self.trouble, self.first_run = found.trouble, found.first_run
        self._ask_person()
        return True

    # ---- commands

    def send(self, method: str, path: str, body: dict[str, Any] | None, told: Telling) -> None:
        """A command in the background; its answer, or what went wrong, stands in the second line."""
        self.run_worker(self._send(method, path, body, told), group="commands")

    async def _send(self, method: str, path: str, body: dict[str, Any] | None, told: Telling) -> None:
        waits = self.set_timer(QUIET_S, self._unanswered)
        try:
            answer = await self.connection.command(method, path, body)
        except ShotmillError as error:
            if path.endswith("/start"):
                self._not_started(error)
            self.notice("  ".join(part for part in (error.message, error.cure) if part), 15)
            return
        finally:
            waits.stop()
            self.notices.retract({UNANSWERED})
            self.touch()
        self.notice(told(answer))

    def _unanswered(self) -> None:
        """A key that was pressed has an echo, however slow the daemon is."""
        if not self.notice_text:
            self.notice(UNANSWERED, 60)

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
        self.keep_place()
        self.workplace = replace(place, root=root)
        self.connection, self._memory = place.connect(root), Memory(place.memory(root))
        self.session, self.for_you_at, self.trouble = Session(), None, None
        self.announcer.forget()
        self.left = None
        self.to_floor()
        self.listen()
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
        self.do(name)

    def press(self, key: str) -> bool:
        """What a key does, as Textual names it; False where it has no meaning."""
        if (action := self.keyboard.of_key(key)) is not None:
            self.do(action)
        elif (told := self.keyboard.moved.get(key_name(key))) is not None:
            self.notice(told[:1].upper() + told[1:])  # a key that sentences name, but that the user gave another place
        else:
            return False
        return True

    def do(self, name: str) -> None:
        """Every key and every line of the palette ends here. What can't be used now says why."""
        action = self.keyboard[name]
        if not isinstance(self.screen, MillScreen) and name != "detach":
            return
        if reason := action.reason(self.context()):
            self.notice(named(reason, self.keyboard.keys))
            return
        self.notices.clear()  # why an earlier key did nothing, for one that does something
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
        self.keep_place()
        gone = isinstance(link, DaemonGone)
        way, here, room = self.keeps_after_logout, self._named_here(), self.size.width
        self.exit(farewell(view, link, self.now(), self.zone, way, gone=gone, project=here, room=room,
                           trouble=self.trouble))  # fmt: skip

    @property
    def folder_name(self) -> str:
        """The project's, as long as its title is not known."""
        return printable(self.workplace.root.name if self.workplace else "", 60) or "Shotmill"

    def _named_here(self) -> str:
        """The project on the screen as a command names it where the shell stands."""
        if self.workplace is None:
            return ""
        try:
            return named_from(Path.cwd(), self.workplace.root)
        except OSError:  # the folder that the shell stands in is gone
            return named_from(Path("/"), self.workplace.root)

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
