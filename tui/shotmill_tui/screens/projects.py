"""All projects of the daemon: state, images, end, money, what is for you. Enter shows another one on this screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.worker import Worker

from shotmill.errors import ShotmillError
from shotmill_tui.drawing.floor import Block
from shotmill_tui.drawing.projects import project_lines
from shotmill_tui.model.hints import named
from shotmill_tui.model.pieces import Line, plain_text, spread, wrap_text
from shotmill_tui.model.projects import ProjectLine, read_projects
from shotmill_tui.reasons import Context
from shotmill_tui.screens.mill import MillScreen

EVERY_S = 2.0


class ProjectsScreen(MillScreen):
    kind: ClassVar[str] = "projects"

    def __init__(self) -> None:
        super().__init__()
        self._projects: tuple[ProjectLine, ...] | None = None
        self._trouble = ""
        self._chosen = ""

    def on_mount(self) -> None:
        view = self.mill.session.view
        self._chosen = view.project if view else ""
        super().on_mount()
        self._load()
        self.set_interval(EVERY_S, self._load)

    def context(self) -> Context:
        return replace(super().context(), thing="project" if self._projects else "")

    def _load(self) -> None:
        self._asking: Worker[None] = self.run_worker(self._ask, exclusive=True)

    async def _ask(self) -> None:
        mill = self.mill
        try:
            answer = await mill.connection.command("GET", "/v1/status")
            self._projects, self._trouble = read_projects(answer, mill.now(), mill.zone), ""
        except ShotmillError as error:
            self._trouble = "  ".join(part for part in (error.message, error.cure) if part)
        self.redraw()

    def head_lines(self, room: int) -> list[Line]:
        left: Line = ((" Projects", "title"),)
        if self._projects:
            draws = sum(1 for one in self._projects if one.state in ("running", "stopping"))
            waits = sum(1 for one in self._projects if one.state == "waiting")
            left = (*left, ("    ", ""), (f"{draws} running", "accent" if draws else "dim"),
                    *((((f"   {waits} waiting"), "again"),) if waits else ()),
                    (f"   {len(self._projects)} in all", "dim"))  # fmt: skip
        return [spread(left, (), room), super().head_lines(room)[1]]

    @property
    def _at(self) -> int:
        ids = [one.id for one in self._projects or ()]
        return ids.index(self._chosen) if self._chosen in ids else 0

    def body(self, room: int, height: int) -> list[Block]:
        if self._projects is None:
            told = self._trouble or "Asking the daemon."
            return self.scrolled([(), *(((f" {part}", "dim"),) for part in wrap_text(told, room - 2))], room, height)
        if not self._projects:
            return self.scrolled([(), ((" No project is open in the daemon.", "dim"),)], room, height)
        lines = project_lines(self._projects, self._at, self._here, self.mill.look(), room)
        row = 2 * self._at + 2
        starts = range(2, len(lines) + 1, 2)
        self.keep_in_sight(max(0, row - 2), row + 1, len(lines), height)
        return self.scrolled(lines, room, height, starts)

    @property
    def _here(self) -> str:
        view = self.mill.session.view
        return view.project if view else ""

    def move(self, key: str) -> None:
        projects = self._projects or ()
        step = {"up": -1, "down": 1, "tab": 1, "shift+tab": -1, "home": -len(projects), "end": len(projects)}.get(key)
        if step is None or not projects:
            super().move(key)
            return
        self._chosen = projects[min(max(0, self._at + step), len(projects) - 1)].id
        self.redraw()

    @property
    def entry(self) -> int:
        return self._at

    def point(self, entry: int) -> None:
        if self._projects and entry < len(self._projects):
            self._chosen = self._projects[entry].id

    def digit(self, number: int) -> None:
        if self._projects and number <= len(self._projects):
            self._chosen = self._projects[number - 1].id
            self.redraw()

    def do_open(self) -> None:
        projects = self._projects or ()
        if not projects:
            return
        one = projects[self._at]
        if one.id == self._here:
            self.do_back()
        elif self.mill.workplace is None:
            self.mill.notice(f"This screen shows one project only: shotmill {one.path}")
        else:
            self.mill.switch_to(Path(one.path))
            back = named("{projects} goes back to the others", self.mill.keyboard.keys)
            self.mill.notice(f"{one.title}.  {back}")

    def copied(self) -> list[str]:
        lines = project_lines(self._projects or (), -1, self._here, self.mill.look(), 120)
        return [plain_text(line).rstrip() for line in lines]
