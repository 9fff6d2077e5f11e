"""Checks as lines: the mark, what was found, below it the cure; what is fine folded into one line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from shotmill.doctor.check import Check, Verdict
from shotmill.untrusted import printable_lines
from shotmill_tui.drawing.look import Look
from shotmill_tui.model.pieces import Line, pad_text, spread, wrap_text

_SIGNS = {
    Verdict.BROKEN: ("✗", "x", "failed"),
    Verdict.LOOK: ("look", "look", "again"),
    Verdict.FINE: ("✓", "v", "done"),
}
_SIGN = 5


def verdict_counts(checks: Sequence[Check]) -> Line:
    """`1 broken   2 to look at   11 fine`."""
    broken, look, fine = (sum(1 for one in checks if one.verdict is verdict) for verdict in _SIGNS)
    return (
        (f"{broken} broken", "failed" if broken else "dim"),
        (f"   {look} to look at", "again" if look else "dim"),
        (f"   {fine} fine", "dim"),
    )


def check_lines(checks: Sequence[Check], room: int, look: Look, *, unfolded: bool) -> list[Line]:
    """`checks` worst first. Unfolded, fine ones and what else is known of each stand there too."""
    seen = [one for one in checks if unfolded or one.verdict is not Verdict.FINE]
    titles = min(max((cell_len(one.title) for one in seen), default=4), 18, max(8, room // 5))
    lines: list[Line] = []
    for one in seen:
        lines.extend(_check(one, titles, room, look, unfolded=unfolded))
    fine = [one.title.lower() for one in checks if one.verdict is Verdict.FINE]
    hint: Line = (*look.hint("open", "shows them"), (" ", ""))
    if fine and not unfolded:
        lead = () if not lines else ((),)
        names = ", ".join(dict.fromkeys(fine))
        lines += [*lead, spread(((f" {len(fine)} fine: {names}", "dim"),), hint, room)]
    return lines


def _check(check: Check, titles: int, room: int, look: Look, *, unfolded: bool) -> list[Line]:
    drawn, ascii_form, role = _SIGNS[check.verdict]
    indent = 1 + _SIGN + titles + 2
    inner = max(10, room - indent - 1)
    lines: list[Line] = []
    for part in _wrapped(check.fact, inner):
        lead: Line = ((" " * indent, ""),)
        if not lines:
            sign = f" {pad_text(ascii_form if look.plain else drawn, _SIGN)}"
            lead = ((sign, role), (f"{pad_text(check.title, titles)}  ", "title"))
        lines.append((*lead, (part, "text")))
    if check.cure and check.verdict is not Verdict.FINE:
        arrow = "-> " if look.plain else "→ "
        key = look.keys.get("keys")
        here = f"     or: {key}" if key and check.cure.startswith("shotmill keys ") else ""
        for index, part in enumerate(_wrapped(check.cure + here, inner - len(arrow))):
            lines.append(((" " * indent, ""), (arrow if index == 0 else " " * len(arrow), "accent"), (part, "text")))
    if unfolded:
        more = [part for part in _wrapped(check.more, inner) if part]
        if check.page and check.verdict is not Verdict.FINE:
            more.append(f"more: shotmill help {check.page}")
        lines.extend(((" " * indent, ""), (part, "dim")) for part in more)
    return lines


def _wrapped(text: str, room: int) -> list[str]:
    return [part for line in printable_lines(text) or [""] for part in wrap_text(line, room)]
