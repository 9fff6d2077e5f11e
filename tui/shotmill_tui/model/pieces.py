"""A line on a screen as text with roles; a theme turns roles into colours. All widths are terminal cells."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

Piece = tuple[str, str]
Line = tuple[Piece, ...]
_BREAKS = "/-_,"  # behind these a long word breaks well


def width(line: Iterable[Piece]) -> int:
    return sum([len(text) if text.isascii() else cell_len(text) for text, _ in line])


def crop_text(text: str, room: int) -> str:
    """At most `room` cells; what was cut off shows as an ellipsis."""
    if cell_len(text) <= room:
        return text
    if room <= 0:
        return ""
    return set_cell_size(text, room - 1).rstrip() + "…"


def tail_text(text: str, room: int) -> str:
    """The end of a text in at most `room` cells; what was cut off shows as an ellipsis."""
    if cell_len(text) <= room:
        return text
    kept = text[-max(1, room) :]
    while kept and cell_len(kept) > room - 1:
        kept = kept[1:]
    return "…" + kept


def pad_text(text: str, room: int, *, right: bool = False) -> str:
    """Exactly `room` cells; `right` puts figures under each other."""
    text = crop_text(text, room)
    gap = " " * max(0, room - cell_len(text))
    return gap + text if right else text + gap


def crop(line: Iterable[Piece], room: int) -> Line:
    """At most `room` cells of a line."""
    kept: list[Piece] = []
    for text, role in line:
        wide = cell_len(text)
        if wide > room:
            if room > 0:
                kept.append((crop_text(text, room), role))
            break
        if text:
            kept.append((text, role))
        room -= wide
    return tuple(kept)


def fit(line: Iterable[Piece], room: int) -> Line:
    """Exactly `room` cells."""
    kept = tuple(line)
    missing = room - width(kept)
    if missing < 0:
        kept = crop(kept, room)
        missing = room - width(kept)  # a wide character that was cut may leave a cell
    return (*kept, (" " * missing, "")) if missing > 0 else kept


def spread(left: Iterable[Piece], right: Iterable[Piece], room: int) -> Line:
    """Left and right at their edges of exactly `room` cells; the right side wins what there is, two cells apart."""
    right_line = crop(right, room)
    used = width(right_line)
    if not used:
        return fit(left, room)
    free = room - used
    left_line = crop(left, max(0, free - 2))
    return (*left_line, (" " * (free - width(left_line)), ""), *right_line)


def join(parts: Iterable[Line], gap: str = "  ") -> Line:
    """Parts with a gap between."""
    joined: list[Piece] = []
    for part in parts:
        if joined:
            joined.append((gap, ""))
        joined.extend(part)
    return tuple(joined)


def plain_text(line: Iterable[Piece]) -> str:
    return "".join(text for text, _ in line)


def wrap_text(text: str, room: int) -> list[str]:
    """Words on lines of at most `room` cells; a word that is longer, a path mostly, is broken behind its signs."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        while cell_len(word) > room:
            if current:
                lines.append(current)
                current = ""
            head = _head(word, room)
            lines.append(head)
            word = word[len(head) :]
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= room:
            current = joined
        else:
            lines.append(current)
            current = word
    return [*lines, current]


def _head(word: str, room: int) -> str:
    kept = 0
    for index, character in enumerate(word):
        kept += cell_len(character)
        if kept > room:
            head = word[: max(1, index)]
            sign = max(head.rfind(one) for one in _BREAKS) + 1
            return head[:sign] if sign > len(head) // 2 else head
    return word
