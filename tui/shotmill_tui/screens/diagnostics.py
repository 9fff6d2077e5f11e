"""Every check with its cure: broken ones first, what is fine folded into one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shotmill.errors import ShotmillError
from shotmill_tui.drawing.floor import Block
from shotmill_tui.model import parse
from shotmill_tui.model.pieces import Line, pad_text, plain_text, spread, wrap_text
from shotmill_tui.screens.mill import MillScreen

_TITLE = 14
_ORDER = ("broken", "look", "fine")


@dataclass(frozen=True, slots=True)
class Check:
    title: str
    verdict: str
    fact: str
    cure: str


def read_checks(answer: dict[str, Any]) -> list[Check]:
    """Broken first, then what wants a look; the order within is the daemon's."""
    names = ("title", "verdict", "fact", "cure")
    checks = [Check(*(parse.text(one, name) for name in names)) for one in parse.items(answer, "checks")]
    return sorted(checks, key=lambda one: _ORDER.index(one.verdict) if one.verdict in _ORDER else 1)


class DiagnosticsScreen(MillScreen):
    kind: ClassVar[str] = "diagnostics"

    def __init__(self) -> None:
        super().__init__()
        self._checks: list[Check] | None = None
        self._trouble = ""
        self._unfolded = False

    def on_mount(self) -> None:
        super().on_mount()
        self.do_again()

    def do_again(self) -> None:
        self._checks, self._trouble = None, ""
        self.redraw()
        self.run_worker(self._ask(), exclusive=True)

    async def _ask(self) -> None:
        try:
            self._checks = read_checks(await self.mill.connection.command("GET", "/v1/doctor?project={id}"))
        except ShotmillError as error:
            self._trouble = "  ".join(part for part in (error.message, error.cure) if part)
        self.redraw()

    def do_open(self) -> None:
        self._unfolded = not self._unfolded
        self.redraw()

    def head_lines(self, room: int) -> list[Line]:
        left: Line = ((" Diagnostics", "title"),)
        if self._checks is not None:
            counts = {verdict: sum(1 for one in self._checks if one.verdict == verdict) for verdict in _ORDER}
            left = (*left, ("    ", ""), (f"{counts['broken']} broken", "failed" if counts["broken"] else "dim"),
                    (f"   {counts['look']} to look at", "again" if counts["look"] else "dim"),
                    (f"   {counts['fine']} fine", "dim"))  # fmt: skip
        return [spread(left, (), room), super().head_lines(room)[1]]

    def body(self, room: int, height: int) -> list[Block]:
        if self._trouble:
            lines: list[Line] = [((f" {part}", "text"),) for part in wrap_text(self._trouble, room - 2)]
        elif self._checks is None:
            lines = [((" Checking.", "dim"),)]
        else:
            lines = self._lines(self._checks, room)
        return self.scrolled([(), *lines], room, height)

    def _lines(self, checks: list[Check], room: int) -> list[Line]:
        lines: list[Line] = []
        for one in checks:
            if one.verdict != "fine" or self._unfolded:
                lines.extend(self._check(one, room))
        fine = [one.title.lower() for one in checks if one.verdict == "fine"]
        if fine and not self._unfolded:
            text = f" {len(fine)} fine: {', '.join(fine)}"
            hint: Line = (("Enter", "key"), (" shows them ", "dim"))
            lines.append(spread(((text, "dim"),), hint, room))
        return lines

    def _check(self, check: Check, room: int) -> list[Line]:
        """The mark, what was found, and below it the cure."""
        plain = self.mill.plain
        signs = {"broken": ("x" if plain else "✗", "failed"), "fine": ("v" if plain else "✓", "done")}
        sign, role = signs.get(check.verdict, ("look", "again"))
        indent = 6 + _TITLE + 1
        lines: list[Line] = []
        for index, part in enumerate(wrap_text(check.fact, max(10, room - indent - 1))):
            lead: Line = ((f" {pad_text(sign, 5)}", role), (f"{pad_text(check.title, _TITLE)} ", "title"))
            lines.append((*(lead if index == 0 else ((" " * indent, ""),)), (part, "text")))
        arrow = "-> " if plain else "→ "
        if check.cure and check.verdict != "fine":
            for index, part in enumerate(wrap_text(check.cure, max(10, room - indent - len(arrow) - 1))):
                lead = ((" " * indent, ""), (arrow if index == 0 else " " * len(arrow), "accent"))
                lines.append((*lead, (part, "text")))
        return lines

    def copied(self) -> list[str]:
        unfolded, self._unfolded = self._unfolded, True
        lines = [plain_text(line).rstrip() for line in self._lines(self._checks or [], 100)]
        self._unfolded = unfolded
        return lines
