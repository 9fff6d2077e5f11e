"""The app's news side: one reader of what the daemon tells, one timer that repaints, the words of the second line."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from textual.screen import Screen
from textual.timer import Timer

from shotmill.client.host import keeps_after_logout, look_at_host
from shotmill.client.link import Connection, DaemonGone
from shotmill.errors import ShotmillError
from shotmill_tui.drawing.look import Look
from shotmill_tui.memory import Memory
from shotmill_tui.model import parse
from shotmill_tui.model.away import standing, while_away
from shotmill_tui.model.sentence import CANT_BE_OPENED, tell
from shotmill_tui.model.told import Told
from shotmill_tui.notices import Notices
from shotmill_tui.pacing import between_repaints
from shotmill_tui.preferences import Preferences
from shotmill_tui.reasons import UNTIL_THE_PICTURE
from shotmill_tui.screens.mill import MillScreen
from shotmill_tui.session import Session
from shotmill_tui.terminal_app import TerminalApp
from shotmill_tui.themes import Palette

NOTICE_S = 6.0
AWAY_NOTICE_S = 30.0
NEWS_COME_S = 1.0
"""Seconds that the news need after a suspension."""


class NewsApp(TerminalApp):
    """Leaves to its child what a person does. `trouble` is what keeps the project from being opened, `now` the client's
    clock in epoch seconds, `zone` the user's (None: the machine's)."""

    def __init__(
        self,
        connection: Connection,
        memory: Memory,
        theme: str,
        themes: dict[str, Palette] | None,
        preferences: Preferences,
        *,
        plain: bool,
        mouse: bool,
        zone: tzinfo | None,
        now: Callable[[], float],
    ) -> None:
        super().__init__(theme, themes, preferences, plain=plain, mouse=mouse)
        self.connection, self.zone, self.now = connection, zone, now
        self.trouble: ShotmillError | None = None
        self.session = Session()
        self.notices = Notices()
        self.keeps_after_logout = ""
        self.left: dict[str, Any] | None = None
        """How the picture stood when nobody looked any more, while nobody looks."""
        self._memory = memory
        self._soon: Timer | None = None
        self._ticking: Timer | None = None
        self._sooned_at, self._events_seen, self._minute = 0.0, 0, 0

    def listen(self) -> None:
        """From now on, to the connection that is there."""
        if self._ticking is None:
            self._ticking = self.set_interval(1.0, self._tick)
        self.run_worker(self._read(), name="news", exclusive=True, group="news")

    async def _read(self) -> None:
        """The one reader: reduces every update and lets the timer repaint."""
        if not await self.reached():
            return
        async for update in self.connection.updates():
            first = self.session.view is None
            self.session.apply(update)
            if isinstance(self.session.link, DaemonGone):
                self._drop_questions()
            if first and self.session.view is not None:
                self._arrived()
            self.touch()
            await asyncio.sleep(0)  # a burst never keeps keys waiting

    async def reached(self) -> bool:
        """Waits for the daemon, where it is still being reached; False ends the news."""
        return True

    def _drop_questions(self) -> None:
        """What was asked of the run has no answer any more: the second line says what can be done."""
        for screen in self.screen_stack:
            if isinstance(screen, MillScreen) and screen.asked is not None and screen.asked.of_run:
                screen.ask(None)

    def _arrived(self) -> None:
        """The first picture: back to where the person was, with what happened while they were away."""
        if self.session.view is not None:
            self.trouble = None
            self.notices.retract(UNTIL_THE_PICTURE)
            away = self._memory.restore(self.session, self.now(), self.zone, self.keyboard.keys)
            if away:
                self.notice(away, AWAY_NOTICE_S)
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
        told = self.told()
        self.notices.meet((told.state, told.word), self.now(), lost=isinstance(self.session.link, DaemonGone))
        if isinstance(seen := self._seen(), MillScreen):
            seen.redraw()

    def _seen(self) -> Screen[Any] | None:
        """The screen on top; none is left while the app ends."""
        return self.screen_stack[-1] if self.screen_stack else None

    def resume_news(self) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
            self.touch()

    def _tick(self) -> None:
        """Once a second, and only where words change by the clock alone."""
        seen = self._seen()
        self.look_at_themes(often=isinstance(seen, MillScreen) and seen.kind == "themes")
        now = self.now()
        over = self.notices.over(now)
        minute = int(now // 60)
        if over or minute != self._minute or self._counts_down(now):
            self._minute = minute
            self.touch()

    def _counts_down(self, now: float) -> bool:
        view = self.session.view
        if view is None:
            return self.told().ticks
        ahead = (moment for one in view.quota for moment in (one.next_slot_at, one.until) if moment is not None)
        return self.told().ticks or any(now - 1.5 < moment < now + 3600 for moment in ahead)

    # ---- who looks

    def meet_terminal(self) -> None:
        super().meet_terminal()
        self.app_suspend_signal.subscribe(self, lambda _: self._look_away(), immediate=True)
        self.app_resume_signal.subscribe(self, lambda _: self.set_timer(NEWS_COME_S, self._look_back))

    def watch_app_focus(self, focus: bool) -> None:
        """The terminal tells it where it can; a key is a look too."""
        if focus:
            self._look_back()
        else:
            self._look_away()

    def _look_away(self) -> None:
        if self.left is None and self.session.view is not None:
            self.left = standing(self.session.view, self.now())

    def _look_back(self) -> None:
        """After ten minutes the second line says once what happened meanwhile."""
        left, self.left = self.left, None
        if left is not None and self.session.view is not None:
            view, log, keys = self.session.view, self.session.log.all, self.keyboard.keys
            self.notice(while_away(view, left, log, self.now(), self.zone, keys), AWAY_NOTICE_S)

    def keep_place(self) -> None:
        """For the next time. Who left the screen alone, and then lost it, is told from there on."""
        if (view := self.session.view) is not None:
            self._memory.keep(self.session, self.left or standing(view, self.now()))

    # ---- what screens ask for

    def look(self) -> Look:
        """While something is asked Enter answers, and opens nothing."""
        is_gone = isinstance(self.session.link, DaemonGone)
        seen, keys = self.screen_stack[-1] if self.screen_stack else None, self.keyboard.keys
        if isinstance(seen, MillScreen) and seen.asked is not None:
            keys = {action: key for action, key in keys.items() if action != "open"}
        return Look(self.now(), self.zone, self.plain, keys, is_gone)

    def told(self) -> Told:
        if self.trouble is not None and self.session.view is None:
            return CANT_BE_OPENED
        return tell(self.session.view, self.session.link, self.now(), self.zone)

    @property
    def notice_text(self) -> str:
        return self.notices.text(self.now(), self.screen_stack[-1] if self.screen_stack else None)

    def notice(self, text: str, seconds: float = NOTICE_S) -> None:
        """A few words in the second line's place; never over a panel."""
        if text:
            self.notices.say(text, self.now(), seconds, self.screen if self.screen_stack else None)
            self.touch()
