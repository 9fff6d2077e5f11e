"""The sample's style reference: a palette and a few soft shapes, drawn the same every time."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = (1024, 576)
PALETTE = ("#10182b", "#22344f", "#7a2f2a", "#c2703d", "#f2c14e", "#efe6d2")


def draw(path: Path) -> None:
    """Write the picture as PNG: a night sky with a lit window, and the palette as swatches below it."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, PALETTE[0])
    pen = ImageDraw.Draw(picture)
    sky = height * 3 // 4
    for row in range(sky):
        pen.line([(0, row), (width, row)], fill=_mixed(PALETTE[0], PALETTE[1], row / sky))
    pen.polygon([(0, sky), (280, 250), (520, sky - 60), (760, 220), (width, sky)], fill=PALETTE[1])
    pen.rectangle([560, 300, 960, 400], fill=PALETTE[2])
    for window in range(6):
        pen.rectangle([580 + window * 63, 320, 620 + window * 63, 360], fill=PALETTE[4])
    picture = picture.filter(ImageFilter.GaussianBlur(3))
    pen = ImageDraw.Draw(picture)
    swatch = width / len(PALETTE)
    for number, colour in enumerate(PALETTE):
        pen.rectangle([round(number * swatch), sky, round((number + 1) * swatch), height], fill=colour)
    picture.save(path, "PNG", optimize=True)


def _mixed(first: str, second: str, share: float) -> tuple[int, int, int]:
    red, green, blue = (
        round(int(first[at : at + 2], 16) * (1 - share) + int(second[at : at + 2], 16) * share) for at in (1, 3, 5)
    )
    return red, green, blue
