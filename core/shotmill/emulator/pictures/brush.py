"""What every hand paints with: polygons in pixels, gradients, grain, light."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from shotmill.emulator.pictures.palette import Colour, Palette
from shotmill.emulator.pictures.shapes import Point, Shape

Size = tuple[int, int]


def gradient(size: Size, top: Colour, bottom: Colour) -> Image.Image:
    """From one colour at the top to another at the bottom."""
    ramp = Image.linear_gradient("L").resize(size, Image.Resampling.BILINEAR)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


@lru_cache(maxsize=8)
def grain(size: Size, strength: int, scale: int = 1) -> Image.Image:
    """Grey noise around 128, always the same: a tile of seeded bytes, `scale` pixels to each grain."""
    side = 256
    tile = Image.frombytes("L", (side, side), random.Random(7).randbytes(side * side))
    tile = tile.point([128 + (value - 128) * strength // 128 for value in range(256)])
    if scale > 1:
        tile = tile.resize((side * scale, side * scale), Image.Resampling.BICUBIC)
    sheet = Image.new("L", size)
    for x in range(0, size[0], tile.width):
        for y in range(0, size[1], tile.height):
            sheet.paste(tile, (x, y))
    return sheet


def textured(picture: Image.Image, strength: int, scale: int = 1) -> Image.Image:
    """The picture with grain in it, as bright as before."""
    noise = grain(picture.size, strength, scale)
    return ImageChops.overlay(picture, Image.merge("RGB", (noise, noise, noise)))


@lru_cache(maxsize=4)
def vignette(size: Size, darkest: int) -> Image.Image:
    """White in the middle, `darkest` in the corners; to multiply with."""
    fall = Image.radial_gradient("L").resize(size, Image.Resampling.BILINEAR)
    shade = fall.point([255 - max(0, value - 110) * (255 - darkest) // 145 for value in range(256)])
    return Image.merge("RGB", (shade, shade, shade))


def pixels(points: Iterable[Point], height: float, left: float = 0, top: float = 0) -> list[Point]:
    return [(left + x * height, top + y * height) for x, y in points]


def fill(
    draw: ImageDraw.ImageDraw, shape: Shape, height: float, paint: Colour | tuple[int, int, int, int] | int
) -> None:
    """A polygon, or a line with round joints."""
    points = pixels(shape.points, height)
    if shape.width:
        draw.line(points, fill=paint, width=max(1, round(shape.width * height)), joint="curve")
    else:
        draw.polygon(points, fill=paint)


def glow(size: Size, shapes: Iterable[tuple[Shape, float]], blur: float) -> Image.Image:
    """Light in the air as a mask: each shape with its strength from 0 to 1, blurred; made at a quarter of the size."""
    small = (max(1, size[0] // 4), max(1, size[1] // 4))
    light = Image.new("L", small)
    for shape, strength in shapes:
        one = Image.new("L", small)
        pen = ImageDraw.Draw(one)
        for part, left in _fading(shape):
            fill(pen, part, small[1], round(255 * strength * left))
        light = ImageChops.screen(light, one)
    return light.filter(ImageFilter.GaussianBlur(blur * small[1])).resize(size, Image.Resampling.BILINEAR)


def _fading(shape: Shape) -> list[tuple[Shape, float]]:
    """A cone of light in slices, each with the part of the light that is left so far from its source.

    A cone is given as its source (a point, or two) and then its two far corners.
    """
    if shape.tone != "glow" or len(shape.points) not in {3, 4}:
        return [(shape, 1.0)]
    *source, far_one, far_two = shape.points
    near_one, near_two = source[-1], source[0]
    cuts = [step / 12 for step in range(13)]
    return [
        (
            Shape((_between(near_one, far_one, a), _between(near_one, far_one, b),
                   _between(near_two, far_two, b), _between(near_two, far_two, a)), "glow"),
            (1 - a) ** 1.3,
        )
        for a, b in pairwise(cuts)
    ]  # fmt: skip


def _between(one: Point, other: Point, part: float) -> Point:
    return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part


def lit(picture: Image.Image, light: Image.Image, paint: Colour) -> Image.Image:
    """The picture with coloured light added where the mask says."""
    black = Image.new("RGB", picture.size)
    return ImageChops.screen(picture, Image.composite(Image.new("RGB", picture.size, paint), black, light))


def tone(palette: Palette, name: str) -> Colour:
    return palette.tones.get(name, palette.tones["near"])
