"""The first run: one question a page. 1 keys, 2 which of them share a cloud project, 3 a limit; then the estimate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events

from shotmill.errors import ShotmillError
from shotmill.secrets import Secret
from shotmill.settings.names import ENVIRONMENT_KEY
from shotmill_tui.drawing import first as drawing
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.footer import footer
from shotmill_tui.model.first import (
    NewKey,
    cloud_projects,
    judged,
    suggested_limit,
    turned,
    with_key,
    with_project,
)
from shotmill_tui.model.pieces import Line, fit, spread, wrap_text
from shotmill_tui.question import Answer, Entry, Question
from shotmill_tui.screens.first_work import keys_here, make_demo, store, write_limit
from shotmill_tui.screens.floor import FloorScreen
from shotmill_tui.screens.key_changes import error_words, free_name, tell_daemon, why_no_name
from shotmill_tui.screens.mill import MOST_LINES, MillScreen
from shotmill_tui.screens.opening import screen_of
from shotmill_tui.screens.runs import read_usd


class FirstScreen(MillScreen):
    """Asks what only a person knows, writes it down, and makes way for the floor."""

    kind: ClassVar[str] = "first"

    def __init__(self) -> None:
        super().__init__()
        self._page = "keys"
        self._keys: tuple[NewKey, ...] = ()
        self._secret: Secret | None = None
        self._at = 0
        self._saved = ""
        self._busy = False
        self._has_keys = False
        self._unusable: tuple[tuple[str, str], ...] = ()
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
        lines = self._lines(room, height)
        self.top = max(0, min(self.top, len(lines) - height))
        return self.scrolled(lines, room, height)

    def _lines(self, room: int, height: int) -> list[Line]:
        view, look = self.mill.session.view, self.mill.look()
        if self._page == "keys" and isinstance(self.asked, Entry):
            naming = self._secret.masked if self._secret else ""
            return drawing.key_page(self._keys, self._unusable, view, self.asked, naming, look, room, height)
        if self._page == "sharing":
            return drawing.sharing_page(self._keys, self._at, look, room)
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

    # ---- page 1: keys

    def _key_entry(self) -> Entry:
        return Entry("key", "", _unheard, self._pasted, hidden=True)

    def _pasted(self, text: str) -> None:
        if not text:
            self._keys_done()
            return
        secret = Secret(text)
        if why := _why_no_key(secret):
            self.asked = self._key_entry()
            self.mill.notice(f"That is no key: {why}", 10)
            return
        self._secret = secret
        self.asked = Entry("name", self._usual_name(), _unheard, self._named)

    def _usual_name(self) -> str:
        """That of a placeholder which the key replaces, else a new one."""
        taken = {one.name for one in self._keys}
        waiting = (name for name, _ in self._unusable if name not in taken and name != ENVIRONMENT_KEY)
        return next(waiting, "") or free_name(taken)

    def _named(self, name: str) -> None:
        name, secret = name.strip(), self._secret
        why = why_no_name(name) if name else "A key needs a name"
        if why or secret is None:
            self.mill.notice(why, 10)
            self.asked = Entry("name", name, _unheard, self._named)
            return
        again = any(one.name == name for one in self._keys)
        self._keys = with_key(self._keys, NewKey(name, secret.masked))
        self._secret, self.asked = None, self._key_entry()
        self.run_worker(self._store(name, secret, replaces=again), group="keys")

    async def _store(self, name: str, secret: Secret, *, replaces: bool) -> None:
        """Stored, then tested at once; listing models costs nothing."""
        mill = self.mill
        place = mill.workplace
        if place is None:
            return
        try:
            await asyncio.to_thread(store, place.folders, name, secret, replaces=replaces)
            await tell_daemon(mill.connection.command)
            answer = await mill.connection.command("POST", "/v1/keys/test", {"name": name, "path": str(place.root)})
            self._keys = judged(self._keys, answer)
        except ShotmillError as error:
            stored = any(one.name == name for one in self._keys) and error.code != "keys"
            if stored:
                said = {"name": name, "verdict": "unreachable", "message": error.message}
                self._keys = judged(self._keys, {"keys": [said]})
            else:
                self._keys = tuple(one for one in self._keys if one.name != name)
                mill.notice(error_words(error), 15)
        except OSError as error:
            self._keys = tuple(one for one in self._keys if one.name != name)
            mill.notice(f"The key can't be stored: {error.strerror}", 15)
        self.redraw()

    def _keys_done(self) -> None:
        if not self._keys:
            self.ask(self._without_key())
        elif not any(one.may_work for one in self._keys):
            self.asked = self._key_entry()
            self.mill.notice("None of these keys works: paste another one, or the same name again with a new key", 12)
        elif len(self._keys) > 1:
            self._go("sharing")
        else:
            self._go("limit")

    def _without_key(self) -> Question:
        return Question(
            "Without a key nothing of yours can be drawn.",
            (
                Answer("0", "0", "see the demo: no key, no cent", self._demo),
                Answer("n", "n", "to the mill floor", self._leave),
                Answer("escape", "Esc", "back", lambda: self._go("keys")),
            ),
        )

    # ---- page 2: which share a cloud project

    def on_key(self, event: events.Key) -> None:
        if self._page == "sharing" and self.asked is None and self._sharing_key(event.key, event.character):
            event.stop()
            event.prevent_default()
            self.redraw()
        else:
            super().on_key(event)

    def _sharing_key(self, key: str, character: str | None) -> bool:
        if key in ("up", "down", "tab", "shift+tab"):
            self._at = (self._at + (1 if key in ("down", "tab") else -1)) % len(self._keys)
        elif key in ("left", "right"):
            self._keys = turned(self._keys, self._at, 1 if key == "right" else -1)
        elif character and character in "0123456789":
            self._keys = with_project(self._keys, self._at, min(int(character), len(self._keys)))
            self._at = min(self._at + 1, len(self._keys) - 1)
        elif key == "enter":
            self._work(self._share, "limit")
        elif key == "escape":
            self._go("keys")
        else:
            return False
        return True

    def _share(self) -> str:
        from shotmill.settings.keystore import move

        place = self.mill.workplace
        for name, project in cloud_projects(self._keys).items() if place else ():
            move(place.folders, name, project)  # type: ignore[union-attr]
        return ""

    # ---- page 3: the limit

    def _limit_entry(self) -> Entry:
        view = self.mill.session.view
        return Entry("limit", str(suggested_limit(view)) if view else "", _unheard, self._limited)

    def _limited(self, text: str) -> None:
        usd = read_usd(text) if text.strip() else None
        if text.strip() and usd is None:
            self.asked = Entry("limit", text, _unheard, self._limited)
            self.mill.notice("A number such as 10 or 2.50, or an empty line for no limit", 10)
            return
        place = self.mill.workplace
        if place is not None:
            self._work(lambda: write_limit(place.root, usd), "offer")

    # ---- the estimate and what can be done

    def _offer(self) -> Question:
        view = self.mill.session.view
        acts: dict[str, Callable[[], None]] = {"Enter": lambda: self._begin({"limit": 3}), "a": self._begin_all,
                                               "0": self._demo, "n": self._leave}  # fmt: skip
        answers = [Answer(key.lower(), key, said, acts[key]) for key, said in drawing.offers(view)]
        return Question("", (*answers, Answer("escape", "Esc", "back", lambda: self._go("limit"))))

    def _begin(self, body: dict[str, int]) -> None:
        self._leave()
        if isinstance(self.mill.screen, FloorScreen):
            self.mill.screen.begin(dict(body))

    def _begin_all(self) -> None:
        view = self.mill.session.view
        self._leave()
        if isinstance(self.mill.screen, FloorScreen) and view is not None:
            self.mill.screen.agree_and_begin(view.run.cost_left)

    def _demo(self) -> None:
        self.mill.notice("Making the sample film", 30)
        self.run_worker(self._to_demo(), group="work", exclusive=True)

    async def _to_demo(self) -> None:
        mill = self.mill
        if mill.workplace is None:
            return
        try:
            root: Path = await asyncio.to_thread(make_demo, mill.workplace.root)
        except ShotmillError as error:
            mill.notice(error_words(error), 15)
            self._go(self._page)
            return
        mill.first_run = False
        mill.switch_to(root)
        mill.notice("A sample film: an emulator draws it, nothing is paid.  o goes back to yours", 20)
        mill.send("POST", "/v1/projects/{id}/start", {}, lambda _: "")

    def _leave(self) -> None:
        self.mill.first_run = False
        self.mill.to_floor()

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


def _why_no_key(secret: Secret) -> str:
    from shotmill.settings.placeholders import why_no_key

    return why_no_key(secret)


def _unheard(value: str) -> None:
    """What is typed is only of interest when it is whole."""
