"""`:` lists every action by its name, from the registry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

if TYPE_CHECKING:
    from shotmill_tui.app import ShotmillApp


class ActionProvider(Provider):
    """Feeds Textual's palette. Names are shown as they are; no markup is read from them."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        from shotmill_tui.app import ShotmillApp

        assert isinstance(self.app, ShotmillApp)  # noqa: S101
        self._mill: ShotmillApp = self.app
        self._listed = list(self._mill.usable())

    async def discover(self) -> Hits:
        for name, label, told in self._listed:
            yield DiscoveryHit(Content(label), partial(self._mill.run_action, f"do('{name}')"), label, told)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, label, told in self._listed:
            if (score := matcher.match(label)) > 0:
                run = partial(self._mill.run_action, f"do('{name}')")
                yield Hit(score, Content(label), run, label, told)


def open_palette(app: ShotmillApp) -> None:
    """Not twice, and with the actions of the screen below."""
    if not isinstance(app.screen, CommandPalette):
        app.push_screen(CommandPalette(providers=[ActionProvider], placeholder="What do you want to do?"))
