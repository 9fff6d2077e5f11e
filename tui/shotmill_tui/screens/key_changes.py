"""Add, replace, test, rename, move, remove: what each asks, and the edit of the user's key file."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from shotmill.errors import ShotmillError
from shotmill.secrets import Secret, redact
from shotmill.settings.folders import Folders
from shotmill_tui.model import parse
from shotmill_tui.model.keyring import KeyLine, Keyring
from shotmill_tui.question import KEEPS, Answer, Entry, Question
from shotmill_tui.screens.runs import RunActions

Edit = Callable[[Folders], str]  # changes the key file (blocking); what the second line says then


def free_name(taken: set[str]) -> str:
    """`key-1`, or the next that is free."""
    return next(name for number in range(1, len(taken) + 2) if (name := f"key-{number}") not in taken)


def why_no_name(name: str) -> str:
    """Why a key can't be called that; empty when it can."""
    from shotmill.settings.names import ENVIRONMENT_KEY, KEY_NAME, KEY_NAME_ALLOWED

    if name == ENVIRONMENT_KEY:
        return f"{ENVIRONMENT_KEY} is the name of the key in GEMINI_API_KEY: choose another"
    return "" if re.fullmatch(KEY_NAME, name) else f"A key's name must be {KEY_NAME_ALLOWED}"


def error_words(error: ShotmillError) -> str:
    """What happened and what to do, in one line that holds no key."""
    return redact("  ".join(part for part in (error.message, error.cure) if part))


class KeyChanges(RunActions):
    """The keys screen's actions. Every edit runs in a thread; the daemon is told to look, so that runs know at once."""

    ring: Keyring | None = None

    @property
    def chosen(self) -> KeyLine | None:
        """The key under the cursor."""
        raise NotImplementedError

    def load(self) -> None:
        """Ask for the keys anew."""
        raise NotImplementedError

    def do_add_key(self) -> None:
        taken = {one.name for one in self.ring.keys} if self.ring else set()
        label, then = "name of the new key:", "then the key"
        self.ask(Entry(label, free_name(taken), _unheard, self._named, then, suggested=True))

    def _named(self, name: str) -> None:
        name = name.strip()
        if not name:
            return
        if why := why_no_name(name):
            self.mill.notice(why)
        elif self.ring and any(one.name == name for one in self.ring.keys):
            self.mill.notice(f"There is a key {name} already: Enter on it replaces it")
        else:
            self._ask_secret(name, replaces=False)

    def do_open(self) -> None:
        if self.chosen is not None:
            self._ask_secret(self.chosen.name, replaces=True)

    def _ask_secret(self, name: str, *, replaces: bool) -> None:
        label = f"{'new key' if replaces else 'key'} {name}, it stays hidden:"
        self.ask(Entry(label, "", _unheard, partial(self._store, name, replaces), "store", hidden=True))

    def _store(self, name: str, replaces: bool, text: str) -> None:
        if not text:
            self.mill.notice("Nothing was stored")
            return
        secret = Secret(text)
        self._change(lambda folders: store_key(folders, name, secret, replaces=replaces), test=name)

    def do_again(self) -> None:
        self.mill.notice("Asking the provider; it costs nothing", 30)
        self.run_worker(self._test(None), group="keys")

    def do_rename_key(self) -> None:
        if self.chosen is not None:
            old = self.chosen.name
            label, done = f"new name for {old}:", partial(self._rename, old)
            self.ask(Entry(label, old, _unheard, done, "rename", suggested=True))

    def _rename(self, old: str, name: str) -> None:
        new = name.strip()
        if not new or new == old:
            return

        def edit(folders: Folders) -> str:
            from shotmill.settings.keystore import rename

            rename(folders, old, new)
            return f"{old} is called {new}. Projects that name it in shotmill.toml are not changed"

        self._change(edit)

    def do_move_key(self) -> None:
        one = self.chosen
        if one is not None:
            others = [key.quota_project for key in (self.ring.keys if self.ring else ()) if key.quota_project]
            known = ", ".join(dict.fromkeys(name for name in others if name != one.quota_project))
            label = f"cloud project of {one.name}{f' (others: {known})' if known else ''}:"
            done = partial(self._move, one.name)
            self.ask(Entry(label, one.quota_project, _unheard, done, "move", suggested=True))

    def _move(self, name: str, text: str) -> None:
        project = text.strip()
        if not project:
            return

        def edit(folders: Folders) -> str:
            from shotmill.settings.keystore import move

            move(folders, name, project)
            return f"{name} is counted in cloud project {project}; runs that go on know it"

        self._change(edit)

    def do_remove_key(self) -> None:
        if self.chosen is None:
            return
        name, styles = self.chosen.name, ", ".join(self.chosen.styles)
        used = f" It draws {styles}." if styles else ""
        text = f"Remove {name} {self.chosen.masked} from this machine?{used} It can't be brought back from here."

        def edit(folders: Folders) -> str:
            from shotmill.settings.keystore import remove

            remove(folders, name)
            return f"{name} is removed"

        yes = Answer("y", "y", "yes, remove", lambda: self._change(edit))
        self.ask(Question(text, (KEEPS, yes)))

    def _change(self, edit: Edit, test: str | None = None) -> None:
        self.run_worker(self._changed(edit, test), group="keys")

    async def _changed(self, edit: Edit, test: str | None) -> None:
        mill = self.mill
        if mill.workplace is None:
            mill.notice("This screen only looks: shotmill keys changes them")
            return
        try:
            said = await asyncio.to_thread(edit, mill.workplace.folders)
            mill.notice(said, 12)
            await tell_daemon(mill.connection.command)
            if test is not None:
                await self._test(test, said)
        except ShotmillError as error:
            mill.notice(error_words(error), 15)
        except OSError as error:
            mill.notice(f"The key file can't be written: {error.strerror}", 15)
        self.load()

    async def _test(self, name: str | None, before: str = "") -> None:
        mill = self.mill
        is_open = mill.session.view is not None  # else Google's own endpoint is asked
        root = str(mill.workplace.root) if mill.workplace and is_open else None
        try:
            answer = await mill.connection.command("POST", "/v1/keys/test", {"name": name, "path": root})
        except ShotmillError as error:
            mill.notice("  ".join(part for part in (before, error_words(error)) if part), 15)
            return
        mill.notice("  ".join(part for part in (before, tested_words(answer)) if part), 15)
        self.load()


def store_key(folders: Folders, name: str, secret: Secret, *, replaces: bool) -> str:
    """Blocking; raises `KeyStoreError` for a text that is no key."""
    from shotmill.settings.keystore import add

    same = add(folders, name, secret, replaces)
    return f"{name} {secret.masked} is stored." + (f" It is the same key as {', '.join(same)}." if same else "")


async def tell_daemon(command: Callable[..., Any]) -> None:
    """The daemon looks at the key file at once, not when it next would. Without one there is nobody to tell."""
    try:
        await command("PUT", "/v1/environment", {"keys": {}})
    except ShotmillError:
        return


def tested_words(answer: dict[str, Any]) -> str:
    """`4 known to the provider; finn: API key not valid`."""
    tested = parse.items(answer, "keys")
    known = [one for one in tested if parse.text(one, "verdict") == "known"]
    others = [one for one in tested if parse.text(one, "verdict") != "known"]
    told = [f"{parse.text(one, 'name', 40)}: {parse.text(one, 'message', 200) or 'not known'}" for one in others]
    if len(tested) == 1 and known:
        return f"{parse.text(known[0], 'name', 40)} is known to the provider; whether it draws shows at the first image"
    if known:
        told.insert(0, f"{len(known)} known to the provider")
    return "; ".join(told) or "There is no key to test"


def _unheard(value: str) -> None:
    """What is typed is only of interest when it is whole."""
