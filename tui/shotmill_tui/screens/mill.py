"""What all screens share: two lines above, a body, a footer that a question may take the place of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult

from shotmill_tui.actions import hints, may_name, tiny_hints
from shotmill_tui.drawing.floor import TINY, Block, draw_tiny
from shotmill_tui.drawing.footer import always, footer
from shotmill_tui.drawing.header import header
from shotmill_tui.model.pieces import Line, fit, wrap_text
from shotmill_tui.question import Entry, Question
from shotmill_tui.reasons import Context
from shotmill_tui.screens.mouse import MouseScreen
from shotmill_tui.widgets.canvas import Canvas

BESIDE = len("   999 for you: n ")
MOST_LINES = 4
MOVES = frozenset({"left", "right", "up", "down", "pageup", "pagedown", "home", "end", "tab", "shift+tab"})


class MillScreen(MouseScreen):
    """Three canvases; a screen says what stands on them. `kind` is the screen's name in the registry of actions."""

    kind: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.top = 0
        self.answering = False
        """While a key is answered: what it changes is drawn at once, what is news may wait for its turn."""

    def compose(self) -> ComposeResult:
        for name in ("head", "body", "foot"):
            yield Canvas(self.mill.painter, name)

    def on_mount(self) -> None:
        self.redraw()

    def on_screen_resume(self) -> None:
        self.redraw()

    def on_resize(self) -> None:
        self.redraw()

    def context(self) -> Context:
        session = self.mill.session
        held = session.place.anchor is not None
        return Context(self.kind, session.view, session.link, session.mark, held)

    def redraw(self) -> None:
        """Says what stands on the canvases; they repaint what differs."""
        room, height = self.size
        if not self.is_mounted or not room or not height or not self.query("#foot"):
            return
        head, body, foot = (self.query_one(f"#{name}", Canvas) for name in ("head", "body", "foot"))
        small = room < TINY[0] or height < TINY[1]
        foot_lines = self.foot_lines(room)
        head.display, foot.display = not small, not small or self.asked is not None
        if foot.styles.height is None or foot.styles.height.value != len(foot_lines):
            foot.styles.height = len(foot_lines)
        if small:
            mill, left = self.mill, height - (len(foot_lines) if self.asked is not None else 0)
            keys = self._tiny_keys(room) if self.asked is None else ()
            body.show_lines(draw_tiny(mill.session.view, mill.told(), mill.notice_text, keys, room, max(1, left)), room)
        else:
            head.show_lines(self.head_lines(room), room)
            body.show(self.body(room, height - 2 - len(foot_lines)))
        foot.show_lines(foot_lines, room)

    def _tiny_keys(self, room: int) -> Line:
        """The keys that matter most, as many as fit; the one that leaves always does."""
        context, keyboard = self.context(), self.mill.keyboard
        offered = tiny_hints(context, keyboard.actions)
        return footer(offered, room, (), keyboard["detach"].shown)

    def head_lines(self, room: int) -> list[Line]:
        mill = self.mill
        notice = mill.notice_text
        shown = notice if self._fits(notice, room) else ""
        return header(mill.session.view, mill.told(), shown, mill.look(), room, self.key_of, mill.folder_name)

    def key_of(self, action: str) -> str:
        """The key that a sentence about the run may name on this screen; nothing while something is typed or asked."""
        one = self.mill.keyboard[action]
        return one.shown if self.asked is None and may_name(one, self.context()) else ""

    def _fits(self, notice: str, room: int) -> bool:
        """Whether the second line holds it beside what is for you."""
        return cell_len(notice) + BESIDE <= room

    def body(self, room: int, height: int) -> list[Block]:
        """The lines between header and footer."""
        raise NotImplementedError

    def foot_lines(self, room: int) -> list[Line]:
        if self.asked is not None:
            return self.asked.lines(room)
        keyboard = self.mill.keyboard
        context, actions = self.context(), self.mill.keyboard.actions
        offered, spare = hints(context, actions), hints(context, actions, spare=True)
        keys = footer(offered, room, always(actions), keyboard["back"].shown, spare)
        notice = self.mill.notice_text
        if self._fits(notice, room):
            return [keys]
        lines = wrap_text(notice, max(1, room - 2))[:MOST_LINES]  # long words stand whole, above the keys
        return [*(fit(((f" {line}", "accent"),), room) for line in lines), keys]

    def scrolled(self, lines: list[Line], room: int, height: int, starts: Sequence[int] = ()) -> list[Block]:
        """A window on lines that may be more than fit, from `top` on; its last row says how many stand below. `starts`
        are the first lines of a list's entries, and the line behind the last one: for the mouse."""
        self.top = min(max(0, self.top), max(0, len(lines) - height))
        at = (bisect_right(starts, line) - 1 for line in range(self.top, self.top + height))
        self._entries = [entry if 0 <= entry < len(starts) - 1 else None for entry in at] if starts else []
        seen = [fit(line, room) for line in lines[self.top : self.top + height]]
        if (below := len(lines) - self.top - height) > 0 and height > 1:
            more = f" {below + 1} more " + ("below" if self.mill.plain else "↓")
            seen[-1] = fit(((more, "dim"),), room)
            self._entries[height - 1 :] = [None] if self._entries else []
        return [Block(0, room, [*seen, *(fit((), room) for _ in range(height - len(seen)))])]

    def keep_in_sight(self, first: int, last: int, total: int, height: int) -> None:
        """Scrolls so that these rows of `total` are seen, above the row that tells of more."""
        room = height if last >= total - 1 else height - 1
        self.top = min(max(self.top, last - room + 1), first)

    def ask(self, question: Question | Entry | None) -> None:
        self.asked = question
        self.redraw()

    def move(self, key: str) -> None:
        """A key that moves; by default it scrolls."""
        page = max(1, self.size.height - 4)
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -1_000_000, "end": 1_000_000}
        self.top += steps.get(key, 0)
        self.redraw()

    def digit(self, number: int) -> None:
        """`1` to `9`; means something on screens that show styles."""

    def on_key(self, event: events.Key) -> None:
        """Keys act here, in the order in which they came: Textual's own bindings come a round later, and what is typed
        fast behind `/` would be actions by then. A key that was on its way when a screen opened is that screen's."""
        top = self.app.screen
        if top is not self and isinstance(top, MillScreen):
            top.on_key(event)
            return
        self._clicked = None
        self.answering = True
        try:
            meant = self._meant(event)
        finally:
            self.answering = False
        if meant:
            event.stop()
            event.prevent_default()

    def strike(self, key: events.Key) -> None:
        self.on_key(key)

    def _meant(self, event: events.Key) -> bool:
        """Does what a key means; False where it has no meaning."""
        if self.asked is not None:
            self._answer(event)
        elif event.key in MOVES:
            self.move(event.key)
        elif event.character and event.character in "123456789":
            self.digit(int(event.character))
        else:
            return self.mill.press(event.key)
        return True

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if isinstance(self.asked, Entry):
            self.asked = self.asked.typed(event.text[:1000], "")
            self.asked.changed(self.asked.value)
            self.redraw()

    def _answer(self, event: events.Key) -> None:
        asked = self.asked
        if isinstance(asked, Question):
            answer = asked.answer(event.key) or (asked.answer(event.character) if event.character else None)
            if answer is not None or event.key == "escape":
                self.ask(None)
                if answer is not None and answer.act is not None:
                    answer.act()
        elif isinstance(asked, Entry):
            self._type(asked, event)

    def _type(self, entry: Entry, event: events.Key) -> None:
        if event.key in ("enter", "escape"):
            self.finish(event.key, entry)
        elif event.key == "backspace" or event.is_printable:
            typed = entry.typed(event.character, event.key)
            self.asked = typed
            typed.changed(typed.value)
            self.redraw()

    def finish(self, key: str, entry: Entry) -> None:
        """Enter or Esc behind what was typed."""
        self.ask(None)
        entry.done(entry.value if key == "enter" else "")

    def do_next(self) -> None:
        self._from_floor("next")

    def do_previous(self) -> None:
        self._from_floor("previous")

    def _from_floor(self, action: str) -> None:
        """What stands on the floor is shown there."""
        self.mill.to_floor()
        self.mill.call_later(self.mill.action_do, action)

    def do_back(self) -> None:
        if len(self.app.screen_stack) > 2:
            self.app.pop_screen()

    def do_copy(self) -> None:
        text = "\n".join(self.copied())
        self.mill.copy(text)

    def copied(self) -> list[str]:
        """What `c` copies: the whole text, not only what is seen."""
        return []
