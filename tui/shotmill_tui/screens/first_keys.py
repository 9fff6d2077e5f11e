"""The first run's pages of keys: 1 their secrets and names, 2 which of them share a cloud project."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual import events

from shotmill.errors import ShotmillError
from shotmill.secrets import Secret
from shotmill.settings.names import ENVIRONMENT_KEY
from shotmill_tui.model.first import NewKey, cloud_projects, judged, turned, with_key, with_project
from shotmill_tui.question import Answer, Entry, Question
from shotmill_tui.screens.first_work import store
from shotmill_tui.screens.key_changes import error_words, free_name, tell_daemon, why_no_name
from shotmill_tui.screens.mill import MillScreen


class KeyPages(MillScreen):
    """What was pasted so far; a child knows the other pages."""

    def __init__(self) -> None:
        super().__init__()
        self._page = "keys"
        self._keys: tuple[NewKey, ...] = ()
        self._secret: Secret | None = None
        self._at = 0
        self._unusable: tuple[tuple[str, str], ...] = ()

    def _go(self, page: str) -> None:
        raise NotImplementedError

    def _work(self, work: Callable[[], str], then: str) -> None:
        raise NotImplementedError

    def _demo(self) -> None:
        raise NotImplementedError

    def _leave(self) -> None:
        raise NotImplementedError

    # ---- page 1: keys

    def _key_entry(self) -> Entry:
        return Entry("key", "", unheard, self._pasted, hidden=True)

    def _pasted(self, text: str) -> None:
        if not text:
            self._keys_done()
            return
        secret = Secret(text)
        if why := _why_no_key(secret):
            self.asked = self._key_entry()
            self.mill.notice(f"That is no key: {why}", 10)
            return
        self.mill.notices.clear()
        self._secret = secret
        self.asked = Entry("name", self._usual_name(), unheard, self._named, suggested=True)

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
            self.asked = Entry("name", name, unheard, self._named)
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

    def wheel(self, way: str, x: int) -> None:
        """From key to key, where it would scroll."""
        if self._page == "sharing":
            self.on_key(events.Key(way, None))
        else:
            super().wheel(way, x)

    @property
    def entry(self) -> int:
        return self._at

    def point(self, entry: int) -> None:
        self._at = entry

    def click_entry(self, entry: int) -> None:
        """Once more on the same key it is of the next cloud project."""
        if entry == self._at:
            self.on_key(events.Key("right", None))
        else:
            super().click_entry(entry)

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


def _why_no_key(secret: Secret) -> str:
    from shotmill.settings.placeholders import why_no_key

    return why_no_key(secret)


def unheard(value: str) -> None:
    """What is typed is only of interest when it is whole."""
