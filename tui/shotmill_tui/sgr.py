"""The shortest way from one style of the terminal to another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color, ColorSystem
from rich.style import Style


@dataclass(frozen=True, slots=True)
class Appearance:
    """Parameters of SGR: attributes (bold, dim, …), text colour, ground. Empty ones are the terminal's default."""

    attributes: str = ""
    colour: str = ""
    ground: str = ""

    def blanks_like(self, other: Appearance) -> bool:
        """Whether a space looks the same in both: only its ground is seen, unless it is turned round or underlined."""
        return not self.attributes and not other.attributes and self.ground == other.ground


PLAIN = Appearance()


@lru_cache(2048)
def look_of(style: Style | None, system: ColorSystem | None) -> Appearance:
    """What a style is in a terminal of these colours; None for one without any codes."""
    if style is None or system is None:
        return PLAIN
    attributes = style.without_color.render("x", color_system=system).partition("x")[0]
    return Appearance(
        attributes.removeprefix("\x1b[").removesuffix("m"),
        _colour(style.color, system, foreground=True),
        _colour(style.bgcolor, system, foreground=False),
    )


def _colour(colour: Color | None, system: ColorSystem, *, foreground: bool) -> str:
    if colour is None or colour.is_default:
        return ""
    return ";".join(colour.downgrade(system).get_ansi_codes(foreground=foreground))


@lru_cache(4096)
def change(now: Appearance, wanted: Appearance) -> str:
    """Attributes can be added, but are taken away only by a reset."""
    if now.attributes and now.attributes != wanted.attributes:
        parts = ["0", wanted.attributes, wanted.colour, wanted.ground]
    else:
        parts = [
            wanted.attributes if wanted.attributes != now.attributes else "",
            (wanted.colour or "39") if wanted.colour != now.colour else "",
            (wanted.ground or "49") if wanted.ground != now.ground else "",
        ]
    return f"\x1b[{';'.join(part for part in parts if part)}m"
