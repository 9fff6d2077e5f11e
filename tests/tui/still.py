"""A screen as text for snapshots: its characters, below them a letter for the style of each, and what letters mean."""

from __future__ import annotations

from typing import Any

from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from shotmill_tui.app import ShotmillApp

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class TextPicture(SingleFileSnapshotExtension):
    """One text file a snapshot."""

    _write_mode = WriteMode.TEXT
    _file_extension = "txt"


def still(app: ShotmillApp) -> str:
    """What stands on the screen now. The style of the ground is a dot."""
    strips = app.screen._compositor.render_strips()  # as Textual's own test helpers read it
    letters: dict[str, str] = {}
    rows, styles = [], []
    for strip in strips:
        cells = [(segment.text, _told(segment.style)) for segment in strip if segment.text]
        rows.append("".join(text for text, _ in cells).rstrip())
        marked = ""
        for text, style in cells:
            for character in text:
                seen = character != " " or "reverse" in style
                letter = letters.setdefault(style, LETTERS[len(letters)]) if seen else "."
                marked += letter
        styles.append(marked.rstrip("."))
    legend = [f"{letter}  {style}" for style, letter in letters.items()]
    return "\n".join([*rows, "", *styles, "", *legend, ""])


def _told(style: Style | None) -> str:
    """`bold #e4dbd1 on #151210`."""
    if style is None:
        return "plain"
    return str(style.without_color + Style(color=style.color, bgcolor=style.bgcolor))


async def settled(app: ShotmillApp, pilot: Any) -> None:
    """All that was sent is reduced, and what screens asked for is answered."""
    for _ in range(2):
        await pilot.pause()
    if busy := [one for one in app.workers if one.name != "news"]:
        await app.workers.wait_for_complete(busy)
    app.flush()
    await pilot.pause()
