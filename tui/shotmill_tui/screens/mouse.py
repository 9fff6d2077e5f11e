"""What the mouse does on every screen: nothing that a key does not do, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.screen import Screen

from shotmill_tui.clicks import clicked_key
from shotmill_tui.model.pieces import Line
from shotmill_tui.question import Entry, Question
from shotmill_tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from shotmill_tui.app import ShotmillApp

WHEEL_LINES = 3
"""Lines that one notch of the wheel scrolls; through a list it steps one by one."""


class MouseScreen(Screen[None]):
    """A screen whose clicks and notches are keys; which keys act, and what is drawn, a screen itself says."""

    lists_answers: ClassVar[bool] = False
    """Whether the list is what is asked about, so that it takes clicks meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Question | Entry | None = None
        self._entries: list[int | None] = []
        """The entry of a list that each row of the body belongs to."""
        self._clicked: int | None = None

    @property
    def mill(self) -> ShotmillApp:
        from shotmill_tui.app import ShotmillApp

        assert isinstance(self.app, ShotmillApp)  # noqa: S101  # a screen of this app is on no other one
        return self.app

    def strike(self, key: events.Key) -> None:
        """Does what a key means."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draws what changed."""
        raise NotImplementedError

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.wheel("up", event.screen_x)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.wheel("down", event.screen_x)

    def wheel(self, way: str, x: int) -> None:
        """A notch, `up` or `down`, over a column of the screen."""
        for _ in range(1 if self._entries else WHEEL_LINES):
            self.strike(events.Key(way, None))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        head, body, foot = (self.query_one(f"#{name}", Canvas) for name in ("head", "body", "foot"))
        seen = (one for one in (head, body, foot) if one.display and one.region.contains(*event.screen_offset))
        if (hit := next(seen, None)) is None:
            return
        x, row = event.screen_offset - hit.region.offset
        if hit is body and head.display:
            self.click(x, row)
        else:
            self.click_key(hit.line(row), x)

    def click(self, x: int, row: int) -> None:
        """At a place of the body."""
        if self.asked is not None and not self.lists_answers:
            return
        entry = self._entries[row] if row < len(self._entries) else None
        if entry is not None:
            self.click_entry(entry)
        else:
            self.click_key(self.query_one("#body", Canvas).line(row), x)

    def click_key(self, line: Line, x: int) -> bool:
        """The key that a line names there, as if it were pressed; False where it names none."""
        answers = self.asked.answers if isinstance(self.asked, Question) else ()
        key = clicked_key(line, x, self.mill.keyboard.actions, answers)
        if key is not None:
            self.strike(key)
        return key is not None

    def click_entry(self, entry: int) -> None:
        """Puts the cursor of a list there; once more on the same one is Enter."""
        if entry == self._clicked == self.entry:
            self.strike(events.Key("enter", None))
            return
        self.point(entry)
        self._clicked = entry
        self.redraw()

    @property
    def entry(self) -> int:
        """Where the cursor of a list is."""
        return 0

    def point(self, entry: int) -> None:
        """Puts the cursor of a list there."""
