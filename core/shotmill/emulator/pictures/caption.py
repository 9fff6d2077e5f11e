"""The strip under a frame: which beat it is, some words of its prompt, and where it came from."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from shotmill.emulator.pictures.palette import Colour
from shotmill.untrusted import printable

STRIP = 0.075  # of the picture's height
_CHIPS: tuple[Colour, ...] = ((228, 87, 46), (243, 167, 18), (46, 134, 171))
_LABELS = re.compile(r"\b[\w-]+\s+style\s*:|\b(shot|beat)[\s_]+\d[\w.]*", re.IGNORECASE)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def write_caption(picture: Image.Image, label: str, words: str, ink: Colour, inset: Image.Image | None) -> None:
    """Writes into the strip at the bottom, which the caller has left free.

    Three chips at its left end mark the frame as one of these; `inset` is the frame before, for its right end.
    """
    height = round(picture.height * STRIP)
    top = picture.height - height
    pen = ImageDraw.Draw(picture)
    for box, chip in zip(_chip_boxes(picture.size), _CHIPS, strict=True):
        pen.rectangle(box, fill=chip)
    right = picture.width - height // 3
    if inset is not None:
        right = _film(picture, inset, right, top, height) - height // 4
    x = _chip_boxes(picture.size)[-1][2] + height // 3
    size = max(9, min(round(height * 0.46), picture.width // 22))
    if label:
        pen.text((x, top + height / 2), label, fill=ink, font=_font(size), anchor="lm")
        x += round(_font(size).getlength(label)) + size
    small = max(8, round(size * 0.78))
    shown = _fitted(words, right - x, small)
    pen.text(
        (x, top + height / 2), shown, fill=_faded(ink, picture.getpixel((x, top + 2))), font=_font(small), anchor="lm"
    )


def caption_words(prompt: str) -> str:
    """The prompt without its labels, on one line."""
    return re.sub(r"\s+", " ", _LABELS.sub(" ", printable(prompt[:400]))).strip(" ,.;:-–—")


def is_frame(picture: Image.Image) -> bool:
    """Whether the strip with its chips is there: then the emulator drew the picture."""
    small = picture.convert("RGB")
    for (left, top, right, bottom), chip in zip(_chip_boxes(small.size), _CHIPS, strict=True):
        found = small.getpixel(((left + right) // 2, (top + bottom) // 2))
        if not isinstance(found, tuple) or max(abs(a - b) for a, b in zip(found, chip, strict=False)) > 48:
            return False
    return True


def _chip_boxes(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    height = size[1] * STRIP
    side = min(height * 0.3, size[0] * 0.02)
    left, middle = height / 3, size[1] - height / 2
    above, below = round(middle - side / 2), round(middle + side / 2)
    starts = [left + number * side * 1.35 for number in range(len(_CHIPS))]
    return [(round(x), above, round(x + side), below) for x in starts]


def _film(picture: Image.Image, inset: Image.Image, right: int, top: int, height: int) -> int:
    """The frame before as a piece of film; returns its left edge."""
    tall = round(height * 0.62)
    wide = max(1, round(inset.width * tall / inset.height))
    left, above = right - wide - tall // 4, top + (height - tall) // 2
    pen = ImageDraw.Draw(picture)
    pen.rectangle((left - tall // 4, top + 2, right, top + height - 3), fill=(18, 18, 20))
    picture.paste(inset.resize((wide, tall), Image.Resampling.BOX), (left, above))
    hole = max(2, height // 14)
    for x in range(left - tall // 6, right - hole, hole * 3):
        pen.rectangle((x, top + hole, x + hole, top + hole * 2 - 1), fill=(205, 200, 190))
        pen.rectangle((x, top + height - hole * 2, x + hole, top + height - hole - 1), fill=(205, 200, 190))
    return left - tall // 4


def _fitted(words: str, width: int, size: int) -> str:
    font = _font(size)
    if width < size * 4:
        return ""
    words = words[: width // max(1, size // 4)]
    if font.getlength(words) <= width:
        return words
    fitting = bisect_right(range(len(words)), width, key=lambda count: math.ceil(font.getlength(words[:count] + "…")))
    return words[: max(0, fitting - 1)].rstrip(" ,.;:-") + "…"


def _faded(ink: Colour, ground: object) -> Colour:
    if not isinstance(ground, tuple):
        return ink
    red, green, blue = (round(a * 0.7 + b * 0.3) for a, b in zip(ink, ground, strict=False))
    return red, green, blue
