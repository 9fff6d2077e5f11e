"""The first run: one question a page. 1 keys, 2 which of them share a cloud project, 3 a limit; then the estimate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from textual import events

from shotmill.errors import ShotmillError
from shotmill_tui.drawing import first as drawing
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.footer import footer
from shotmill_tui.model.pieces import Line, fit, spread, wrap_text
from shotmill_tui.question import Entry, Question
from shotmill_tui.screens.first_offers import OfferPages
from shotmill_tui.screens.first_work import keys_here
from shotmill_tui.screens.key_changes import error_words, tell_daemon
from shotmill_tui.screens.mill import MOST_LINES
from shotmill_tui.screens.opening import screen_of


class FirstScreen(OfferPages):
    """Asks what only a person knows, writes it down, and makes way for the floor."""

    kind: ClassVar[str] = "first"
    lists_answers: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._saved = ""
        self._busy = False
        self._has_keys = False
        self.asked = self._key_entry()

    def on_mount(self) -> None:
        """A machine that has keys is asked for a limit only; keys that are placeholders are named."""
        super().on_mount()
        place = self.mill.workplace
        if place is None:
            return
        try:
            self._has_keys, self._unusable = keys_here(place.folders, place.environ)
        except ShotmillError:
            return  # storing one will say what is wrong with the file
        if self._has_keys:
            self._go("limit")

    # ---- drawing

    def head_lines(self, room: int) -> list[Line]:
        view = self.mill.session.view
        title = view.title if view else ""
        left: Line = ((" Shotmill", "title"), ("   ", ""), (title, "text"))
        notice = self.mill.notice_text
        second: Line = ((f" {notice}", "accent"),) if notice and len(notice) + 2 <= room else ()
        return [spread(left, ((f"{drawing.PAGES[self._page]} ", "dim"),), room), fit(second, room)]

    def body(self, room: int, height: int) -> list[Block]:
        if self._page == "sharing":
            lines, first = drawing.sharing_page(self._keys, self._at, self.mill.look(), room)
            return self.scrolled(lines, room, height, range(first, first + len(self._keys) + 1))
        return self.scrolled(self._lines(room, height), room, height)

    def _lines(self, room: int, height: int) -> list[Line]:
        view, look = self.mill.session.view, self.mill.look()
        if self._page == "keys" and isinstance(self.asked, Entry):
            naming = self._secret.masked if self._secret else ""
            return drawing.key_page(self._keys, self._unusable, view, self.asked, naming, look, room, height)
        if self._page == "limit" and isinstance(self.asked, Entry):
            return drawing.limit_page(view, self.asked, room)
        return drawing.offer_page(view, self._saved, room, height)

    def foot_lines(self, room: int) -> list[Line]:
        notice = self.mill.notice_text
        long = wrap_text(notice, max(1, room - 2))[:MOST_LINES] if len(notice) + 2 > room else []
        said: list[Line] = [fit(((f" {line}", "accent"),), room) for line in long]
        if isinstance(self.asked, Question) and self._page != "offer":
            return [*said, *self.asked.lines(room)]
        page = "name" if self._page == "keys" and self._secret else self._page
        keys = list(drawing.HINTS.get(page, ()))
        if page == "keys" and not self._keys:
            keys[0] = ("Enter", "store it", "store")
        return [*said, footer(keys, room, ()) if keys else fit((), room)]

    # ---- from page to page

    def _go(self, page: str) -> None:
        self._page, self.top = page, 0
        self._secret = None
        makers: dict[str, Callable[[], Question | Entry]] = {
            "keys": self._key_entry,
            "limit": self._limit_entry,
            "offer": self._offer,
        }
        self.asked = makers[page]() if page in makers else None
        self.redraw()

    def _work(self, work: Callable[[], str], then: str) -> None:
        """Something that is written, in a thread; the next page once it stands."""
        if not self._busy:
            self._busy = True
            self.run_worker(self._worked(work, then), group="work")

    async def _worked(self, work: Callable[[], str], then: str) -> None:
        mill = self.mill
        try:
            self._saved = await asyncio.to_thread(work)
            await tell_daemon(mill.connection.command)
            if then == "offer" and mill.workplace is not None:
                await mill.connection.command("POST", "/v1/projects", {"path": str(mill.workplace.root)})
            self._go(then)
        except ShotmillError as error:
            mill.notice(error_words(error), 15)
            self._go(self._page)
        finally:
            self._busy = False

    def finish(self, key: str, entry: Entry) -> None:
        """Enter takes what was typed, Esc goes a page back."""
        if key == "enter":
            entry.done(entry.value)
        elif self._has_keys or (self._page == "keys" and self._secret is None):
            self._leave()
        elif self._page == "limit" and len(self._keys) > 1:
            self._go("sharing")
        else:
            self._go("keys")
        if self.is_attached:
            self.redraw()

    def _type(self, entry: Entry, event: events.Key) -> None:
        """`?` is in no key's, name's or sum's beginning: it asks for help, as on every screen."""
        if event.character == "?" and (not entry.value or not entry.hidden):
            self.mill.push_screen(screen_of("help"))
        else:
            super()._type(entry, event)

    def redraw(self) -> None:
        """The offers go by the picture: they are made anew with it."""
        if self._page == "offer" and isinstance(self.asked, Question):
            self.asked = self._offer()
        super().redraw()

    def do_back(self) -> None:
        self._leave()
