"""Every key with what it may do, broken ones first; each cloud project's quota, its last hour and day so far."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.worker import Worker

from shotmill.errors import ShotmillError
from shotmill.settings.folders import Folders
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.keys import counts_line, key_lines, quota_table
from shotmill_tui.model.hints import named
from shotmill_tui.model.keyring import KeyLine, Keyring, read_keyring
from shotmill_tui.model.pieces import Line, fit, plain_text, spread, wrap_text
from shotmill_tui.reasons import Context
from shotmill_tui.screens.key_changes import KeyChanges, error_words

EVERY_S = 3.0


class KeysScreen(KeyChanges):
    kind: ClassVar[str] = "keys"

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._trouble = ""
        self._emulated = self._follow = False

    def on_mount(self) -> None:
        super().on_mount()
        self.load()
        self.set_interval(EVERY_S, self.load)

    def context(self) -> Context:
        return replace(super().context(), thing=self.chosen.origin if self.chosen else "", mark="")

    @property
    def chosen(self) -> KeyLine | None:
        keys = self.ring.keys if self.ring else ()
        return keys[min(self._at, len(keys) - 1)] if keys else None

    def load(self) -> None:
        self._asking: Worker[None] = self.run_worker(self._load, exclusive=True, group="load")

    async def _load(self) -> None:
        mill = self.mill
        name = self.chosen.name if self.chosen else ""
        try:
            answer = await self._asked()
            self._trouble = ""
        except ShotmillError as error:
            self._trouble = error_words(error)
            answer = await self._from_file()
        self.ring = read_keyring(answer, mill.session.view, emulated=self._emulated)
        names = [one.name for one in self.ring.keys]
        self._at = names.index(name) if name in names else min(self._at, max(0, len(names) - 1))
        self.redraw()

    async def _asked(self) -> dict[str, Any]:
        """At this project's endpoint; where the project can't be opened, of this machine."""
        place = self.mill.workplace
        if place is not None:
            self._emulated = await asyncio.to_thread(_draws_on_an_emulator, place.root)
        if self.mill.session.view is not None:
            return await self.mill.connection.command("GET", "/v1/keys?project={id}")
        return await self.mill.connection.command("GET", "/v1/keys")

    async def _from_file(self) -> dict[str, Any]:
        """Names alone, while no daemon tells more."""
        place = self.mill.workplace
        return await asyncio.to_thread(_stored, place.folders) if place is not None else {}

    def head_lines(self, room: int) -> list[Line]:
        left: Line = ((" Keys", "title"), ("    ", ""))
        if self.ring is not None:
            left = (*left, *counts_line(self.ring))
        return [spread(left, (), room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        if self.ring is None:
            return self.scrolled([(), ((" Asking the daemon.", "dim"),)], room, height)
        lines, starts = key_lines(self.ring, self._at, self.mill.look(), room)
        above: list[Line] = [(), *self._above(room)]
        listed = lines if self.ring.keys else self._without_keys(room)
        shown = [*above, *listed, *self._notes(room), *self._quota(room)]
        if self._follow and self.ring.keys:
            self._follow = False
            first, end = starts[self._at : self._at + 2]
            self.keep_in_sight(first + len(above) if self._at else 0, end - 1 + len(above), len(shown), height)
        return self.scrolled(shown, room, height, [len(above) + start for start in starts])

    def _above(self, room: int) -> list[Line]:
        """What has to be said of the list as a whole."""
        said = self._trouble
        if self._emulated:
            said = "This project is drawn by the emulator with keys of its own; yours are never touched."
        return [*(((f" {part}", "dim"),) for part in wrap_text(said, room - 2)), ()] if said else []

    def _without_keys(self, room: int) -> list[Line]:
        if self._emulated:
            return [((" Its keys are seen while it runs.", "text"),)]
        told = "No key is on this machine. Google AI Studio makes them: aistudio.google.com/apikey"
        stores = self.mill.look().hint("add_key", "stores one; it stays hidden, and in a file that only you can read")
        hint: Line = ((" ", ""), *stores)
        return [*(((f" {part}", "text"),) for part in wrap_text(told, room - 2)), hint]

    def _notes(self, room: int) -> list[Line]:
        ring = self.ring or Keyring()
        said = "behave like one cloud project: refused though our count had room.  {move_key} moves a key"
        said = named(said, self.mill.keyboard.keys)
        told = [f"{' and '.join(group)} {said}" for group in ring.together]
        parts = [part for text in (*told, *ring.notes) for part in wrap_text(text, room - 8)]
        return [(), *(((" look ", "again"), (part, "text")) for part in parts)] if parts else []

    def _quota(self, room: int) -> list[Line]:
        table = quota_table(self.ring or Keyring(), self.mill.look(), room)
        return [(), *table] if table else []

    def move(self, key: str) -> None:
        step = {"up": -1, "down": 1, "shift+tab": -1, "tab": 1}.get(key)
        if step is None:
            super().move(key)
            return
        number = len(self.ring.keys) if self.ring else 0
        if key == "down" and self._at >= number - 1:
            super().move(key)  # on to the quotas below
            return
        self._at = min(max(0, self._at + step), max(0, number - 1))
        self._follow = True
        self.redraw()

    @property
    def entry(self) -> int:
        return self._at

    def point(self, entry: int) -> None:
        self._at = entry

    def copied(self) -> list[str]:
        ring, look = self.ring or Keyring(), self.mill.look()
        lines = [*key_lines(ring, -1, look, 120)[0], (), *quota_table(ring, look, 120)]
        return [plain_text(fit(line, 120)).rstrip() for line in lines]


def _draws_on_an_emulator(root: Path) -> bool:
    from shotmill.settings.project import load_project_settings

    try:
        return load_project_settings(root).gemini.base_url == "emulator"
    except ShotmillError:
        return False  # what is wrong with the file is said elsewhere


def _stored(folders: Folders) -> dict[str, Any]:
    """The key file in the shape of the daemon's answer."""
    from shotmill.settings.keys import load_keys

    try:
        ring = load_keys(folders, {})
    except ShotmillError as error:
        return {"notes": [error_words(error)]}
    keys = [
        {"name": key.name, "masked": key.secret.masked, "quota_project": key.quota_project, "origin": key.origin}
        for key in ring.keys
    ]
    return {"keys": keys, "unusable": [one._asdict() for one in ring.unusable], "notes": list(ring.notes)}
