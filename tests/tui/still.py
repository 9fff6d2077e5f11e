"""A screen as text for snapshots: its characters, below them a letter for the style of each, and what letters mean.

What themes change is the styles alone. So one text holds a screen in all of them: two cells have the same letter where
they look alike in every theme, and the legend has a column a theme.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.filter import NoColor

from shotmill_tui.app import ShotmillApp

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
GROUNDS = ".:'`"
"""Where nothing stands: the screen's ground, the panels', and whatever else there may be."""
SAME = '"'
"""Styles as in the row above."""
NO_COLOUR = "no colour"

Cells = list[tuple[str, list[str]]]
"""A row's characters, and how each is drawn."""
Drawn = tuple[str, ...]


class TextPicture(SingleFileSnapshotExtension):
    """One text file a snapshot."""

    _write_mode = WriteMode.TEXT
    _file_extension = "txt"


def still(app: ShotmillApp) -> str:
    """What stands on the screen now, in the theme that is worn."""
    return _told({app.painter.palette.name: cells(app)})


def in_every_theme(app: ShotmillApp) -> str:
    """What stands on the screen now: in every theme, without colour, and in the plain marks."""
    worn = app.painter.palette.name
    looks = {name: _worn(app, name) for name in app.palettes}
    app.show_theme(worn)
    with without_colour(app):
        looks[NO_COLOUR] = cells(app)
    with plainly(app):
        plain = _rows(cells(app))
    return "\n".join([_told(looks), "in plain marks", "", *plain, ""])


def _worn(app: ShotmillApp, theme: str) -> Cells:
    app.show_theme(theme)
    return cells(app)


@contextmanager
def without_colour(app: ShotmillApp) -> Iterator[None]:
    """As with NO_COLOR, which an app reads once: the terminal's own colours stay, then are dropped. A test shows that
    an app that read it looks the same."""
    filters = list(app._filters)
    for app.no_color, app._filters[:] in ((True, [NoColor(), *filters[1:]]), (False, filters)):
        app.show_theme(app.painter.palette.name)
        if app.no_color:
            yield


@contextmanager
def plainly(app: ShotmillApp) -> Iterator[None]:
    """In the marks for terminals that are not UTF-8."""
    for plain in (True, False):
        app.plain = plain
        app.show_theme(app.painter.palette.name)
        app.flush()
        if plain:
            yield


def cells(app: ShotmillApp) -> Cells:
    """What stands on the screen now, cell by cell."""
    strips = app.screen._compositor.render_strips()  # as Textual's own test helpers read it
    return [
        (
            "".join(part.text for part in strip),
            [said for part in strip for said in [_said(part.style)] * len(part.text)],
        )
        for strip in strips
    ]


@lru_cache(1000)
def _said(style: Style | None) -> str:
    """`bold #e4dbd1 on #151210`."""
    if style is None:
        return "none"
    return str(style.without_color + Style(color=style.color, bgcolor=style.bgcolor))


def _rows(look: Cells) -> list[str]:
    return [text.rstrip() for text, _ in look]


class _Alphabet:
    """A letter for each way in which something is drawn, one way a theme."""

    def __init__(self) -> None:
        self.named: dict[str, Drawn] = {}
        self._letters: dict[tuple[bool, Drawn], str] = {}

    def letter(self, sign: str, drawn: Drawn) -> str:
        empty = sign == " " and "reverse" not in drawn[0]
        found = self._letters.get((empty, drawn))
        if found is None:
            shown = tuple(style[style.find("on ") :] for style in drawn) if empty else drawn
            free = (letter for letter in (GROUNDS if empty else LETTERS) if letter not in self.named)
            known = (letter for letter, other in self.named.items() if other == shown)
            found = self._letters[empty, drawn] = next(known, None) or next(free)
            self.named[found] = shown
        return found


def _told(looks: dict[str, Cells]) -> str:
    first = next(iter(looks.values()))
    for name, look in looks.items():
        assert _rows(look) == _rows(first), f"{name} changes more than how it is drawn"
    alphabet = _Alphabet()
    marked = []
    for rows in zip(*looks.values(), strict=True):
        signs = zip(rows[0][0], zip(*(styles for _, styles in rows), strict=True), strict=True)
        letters = (alphabet.letter(sign, drawn) * cell_len(sign) for sign, drawn in signs)
        marked.append("".join(letters).rstrip(GROUNDS[0]))
    marked = [SAME if again else row for again, row in zip(_repeats(marked), marked, strict=True)]
    return "\n".join([*_rows(first), "", *marked, "", *_legend(list(looks), alphabet.named), ""])


def _repeats(rows: list[str]) -> Iterator[bool]:
    """Whether each is as the one above."""
    return (at > 0 and row == rows[at - 1] for at, row in enumerate(rows))


def _legend(themes: list[str], named: dict[str, Drawn]) -> list[str]:
    order = sorted(named, key=(GROUNDS + LETTERS).index)
    rows = [("", *themes), *((letter, *named[letter]) for letter in order)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(text.ljust(wide) for text, wide in zip(row, widths, strict=True)).rstrip() for row in rows]


async def settled(app: ShotmillApp, pilot: Any) -> None:
    """All that was sent is reduced, and what screens asked for is answered."""
    for _ in range(2):
        await pilot.pause()
    while busy := [one for one in app.workers if one.name != "news"]:
        await app.workers.wait_for_complete(busy)
    app.flush()
    await pilot.pause()
