"""What the screens know: the picture, the log, the link, and what a person did with the floor."""

from __future__ import annotations

from dataclasses import replace

from shotmill.client.link import ChangeArrived, Connecting, LinkChanged, LinkState, SnapshotArrived, Update
from shotmill_tui.drawing.floor import Desk
from shotmill_tui.drawing.panel import Place
from shotmill_tui.model import parse
from shotmill_tui.model.logbook import Logbook
from shotmill_tui.model.reading import reduce
from shotmill_tui.model.view import Style, View


class Session:
    """One project's picture in this process; `apply` is the only way that news get in."""

    def __init__(self) -> None:
        self.view: View | None = None
        self.link: LinkState = Connecting()
        self.log = Logbook()
        self.desk = Desk()
        self.events = 0

    def apply(self, update: Update) -> None:
        if isinstance(update, LinkChanged):
            self.link = update.state
            return
        source = update.snapshot if isinstance(update, SnapshotArrived) else update.change
        known = self.view
        self.view = reduce(self.view, update)
        if isinstance(update, ChangeArrived) and self.view is known:
            return
        if known is not None and self.view is not None and self.view.project != known.project:
            self.log = Logbook()
        take = self.log.meet if isinstance(update, SnapshotArrived) else self.log.add
        self.events += take(parse.items(source, "log")) + len(parse.items(source, "beats"))

    @property
    def style(self) -> Style | None:
        """The style with the focus."""
        if self.view is None or not self.view.styles:
            return None
        return self.view.styles[min(self.desk.focus, len(self.view.styles) - 1)]

    @property
    def place(self) -> Place:
        return self.desk.place(self.style.name) if self.style else Place()

    @property
    def mark(self) -> str:
        """The plain mark under the cursor of the panel with the focus, "" without one."""
        style, cursor = self.style, self.place.cursor
        if style is None or cursor is None or not 0 <= cursor[0] < len(style.shots):
            return ""
        return style.shots[cursor[0]].states[cursor[1] : cursor[1] + 1]

    @property
    def beat(self) -> tuple[str, str] | None:
        """Style and beat under the cursor."""
        style, cursor = self.style, self.place.cursor
        if style is None or cursor is None or not self.mark:
            return None
        return style.name, style.shots[cursor[0]].beats[cursor[1]]

    def put(self, place: Place, style: str | None = None) -> None:
        """Another cursor or log line for a panel (the one with the focus)."""
        name = style if style is not None else (self.style.name if self.style else "")
        self.desk = replace(self.desk, places={**(self.desk.places or {}), name: place})

    def focus(self, index: int) -> None:
        if self.view and 0 <= index < len(self.view.styles):
            self.desk = replace(self.desk, focus=index)

    def go_to(self, style: str, beat: str) -> bool:
        """Puts focus and cursor on a beat."""
        found = self.view.locate(style, beat) if self.view else None
        if found is None:
            return False
        self.focus(found[0])
        self.put(replace(self.place, cursor=(found[1], found[2])))
        return True
