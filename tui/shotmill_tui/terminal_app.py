"""The app's terminal side: what is sent to it and when, its keys, colours, clipboard, mouse, title and bell."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from typing import Any

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.screen import Screen

from shotmill.errors import ShotmillError
from shotmill_tui.announce import Announcer
from shotmill_tui.clipboard import Clipboard
from shotmill_tui.differ import Frame
from shotmill_tui.keymap import rebound
from shotmill_tui.model.view import View
from shotmill_tui.pacing import Pacer
from shotmill_tui.paint import Painter
from shotmill_tui.preferences import Preferences
from shotmill_tui.theme_watch import ThemeFolders, Wardrobe
from shotmill_tui.themes import DEFAULT, Fault, Palette, load_themes
from shotmill_tui.widgets.canvas import Canvas

LOOK_S = 5.0
"""Seconds between looks at the theme files; while themes are chosen it is one."""
ANSWER_S = 0.25
SLOW_ANSWER_S = 0.8
"""How long leaving waits for an answer of the terminal that would else land in the shell."""


class TerminalApp(App[str]):
    """Leaves to its child what is shown. Where Textual has no public way its own methods are used, and each has a
    fallback that leaves Textual as it is."""

    def __init__(
        self, theme: str, themes: dict[str, Palette] | None, preferences: Preferences, *, plain: bool, mouse: bool
    ) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.preferences, self.plain, self.mouse_on = preferences, plain, mouse
        self.keyboard = rebound(preferences.bindings)
        self._folders = ThemeFolders(preferences.theme_folders)
        palettes, faults = (themes, []) if themes is not None else load_themes(preferences.theme_folders)
        self.wardrobe = Wardrobe(palettes, faults)
        for palette in palettes.values():
            self.register_theme(palette.to_textual())
        self.painter = self._painter(palettes.get(theme) or palettes[DEFAULT])
        self.theme = self.painter.palette.name
        self.animation_level = "none"
        self._frame, self._differ = Frame(), os.environ.get("SHOTMILL_DIFFER") != "0"
        self.pacer = Pacer(os.environ, self._backlog)
        self.announcer = Announcer(self.send_raw, self._ring, preferences.notify, os.environ)
        self._copies = Clipboard(self.send_raw, os.environ, preferences.copies)
        self._looked_at = time.monotonic()
        self._answered = asyncio.Event()

    def touch(self) -> None:
        """Something may look different."""
        raise NotImplementedError

    def notice(self, text: str, seconds: float = 6.0) -> None:
        """A few words in the second line's place."""
        raise NotImplementedError

    # ---- what is sent

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Textual's way to the terminal, with less in it."""
        thin = self._frame.thin(renderable, *self.size) if self._differ else renderable
        super()._display(screen, thin)  # type: ignore[arg-type]
        if renderable is not None and self._speaks and not self._batch_count and (ask := self.pacer.drawn()):
            self.send_raw(ask)

    def send_raw(self, sequence: str) -> None:
        """To the terminal as it is; nothing where there is none."""
        if self._driver is not None and self._speaks and sequence:
            self._driver.write(sequence)

    @property
    def _speaks(self) -> bool:
        return self.is_running and not self.is_headless and not self._exit

    def _backlog(self) -> int:
        """Frames that the writer's thread still holds."""
        queue = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return int(queue.qsize()) if queue is not None else 0

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal's answer: all that was sent is drawn."""
        self.pacer.answered()
        self._answered.set()
        self.resume_news()

    def resume_news(self) -> None:
        """News that waited may be drawn."""

    async def answers_in(self) -> None:
        """Waits for an answer that is on its way; it would be typed into the shell."""
        if self.pacer.waiting:
            self._answered.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(SLOW_ANSWER_S if self.pacer.slow else ANSWER_S):
                    await self._answered.wait()

    def action_repaint(self) -> None:
        """Everything anew: something else may have written to the terminal."""
        self._frame.forget()
        self._switch_mouse()
        self.screen.refresh(layout=True)

    # ---- what the terminal is told

    def meet_terminal(self) -> None:
        """At the start, when the app is in the terminal."""
        self.app_resume_signal.subscribe(self, lambda _: self._came_back())
        self.app_suspend_signal.subscribe(self, lambda _: self.announcer.end(), immediate=True)
        self._switch_mouse()
        self.run_worker(self._learn_terminal(), exit_on_error=False)

    async def _learn_terminal(self) -> None:
        self.announcer.begin(await asyncio.to_thread(self.announcer.ask_terminal))
        self.touch()

    def _came_back(self) -> None:
        self.announcer.begin_again()
        self.action_repaint()

    def announce(self, view: View) -> None:
        self.announcer.tell(view, looked_at=self.app_focus)

    def _ring(self) -> None:
        self.bell()

    def copy(self, text: str) -> None:
        self.run_worker(self._copy(text), exit_on_error=False)

    async def _copy(self, text: str) -> None:
        self.notice(await self._copies.copy(text), 10)

    def do_mouse(self) -> None:
        self.mouse_on = not self.mouse_on
        self._switch_mouse()
        key = self.keyboard["mouse"].shown
        again = f", {key} turns it on again" if key else ""
        self.notice("Mouse on" if self.mouse_on else f"Mouse off: the terminal selects text{again}")

    def _switch_mouse(self) -> None:
        """Textual has no public switch for it at run time; the driver's own methods are what its start uses."""
        name = "_enable_mouse_support" if self.mouse_on else "_disable_mouse_support"
        switch = getattr(self._driver, name, None)
        if switch is not None:
            switch()

    # ---- themes

    @property
    def palettes(self) -> dict[str, Palette]:
        return self.wardrobe.palettes

    @property
    def theme_faults(self) -> list[Fault]:
        return self.wardrobe.faults

    def show_theme(self, name: str) -> None:
        """Switched live, on every screen."""
        self.painter = self._painter(self.palettes[name])
        self.theme = self.wardrobe.name(name)
        for screen in self.screen_stack:
            for canvas in screen.query(Canvas):
                canvas.paint_with(self.painter)

    def keep_theme(self, name: str) -> None:
        """Written down for the next time."""
        folders = self.preferences.folders
        if folders is None:
            return
        from shotmill.settings.keep import keep_theme

        try:
            self.notice(f"{name} is kept in {keep_theme(folders, name)}")
        except ShotmillError as error:
            self.notice(f"{name} is shown, but can't be kept: {error.message}", 12)

    def look_at_themes(self, *, often: bool) -> None:
        """Reads the files again when it is time to, away from the event loop."""
        if time.monotonic() - self._looked_at >= (1.0 if often else LOOK_S) - 0.05:
            self._looked_at = time.monotonic()
            self.run_worker(self._look_at_themes(), group="themes", exclusive=True, exit_on_error=False)

    async def _look_at_themes(self) -> None:
        if (found := await asyncio.to_thread(self._folders.look)) is not None:
            self.take_themes(*found)

    def take_themes(self, palettes: dict[str, Palette], faults: list[Fault]) -> None:
        """Themes as their files say them now."""
        worn = self.painter.palette.name
        before = {name: self.wardrobe.name(name) for name in self.palettes}
        changed = self.wardrobe.replace(palettes, faults, worn)
        for name in changed:
            self.register_theme(_renamed(self.palettes[name], self.wardrobe.name(name)))
        if worn in changed:
            self.show_theme(worn)
        for name, known in before.items():
            if name not in self.palettes or self.wardrobe.name(name) != known:
                self.unregister_theme(known)
        blamed = [fault for fault in faults if fault.file.stem == worn]
        if blamed:
            self.notice(f"{worn} stays as it was: {blamed[0]}", 12)
        self.touch()

    def _painter(self, palette: Palette) -> Painter:
        return Painter(palette, plain=self.plain, faint=self.no_color)


def _renamed(palette: Palette, name: str) -> Any:
    theme = palette.to_textual()
    theme.name = name
    return theme
