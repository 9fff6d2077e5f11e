"""The hand of "illustration": layered gouache on paper, warm, with soft washes and grain."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from shotmill.emulator.pictures import brush
from shotmill.emulator.pictures.brush import Size
from shotmill.emulator.pictures.layout import Drawing
from shotmill.emulator.pictures.palette import Colour, Palette, mix, palette
from shotmill.emulator.pictures.shapes import Shape, disc, wobbled

PALETTES = {
    "day": palette("8fc1c4 f6e2bd", "fff3d2", far="a9c0b5", mid="7fa58f", near="4f7f6c", ground="d9a866",
                   water="6fa7ad", body="c8553d", dark="3f3a40", trim="f4e3c6", light="ffe9b0", accent="e39a3b",
                   skin="e9b795", wall="e7cda4", cloud="fdf4e1", glow="fff0c0", fog="f6ead2"),
    "dusk": palette("6d6a9c f3a86b", "ffd98f", far="b98a95", mid="8c6a84", near="584c6c", ground="8a5a55",
                    water="8f7899", body="b8433a", dark="332c3f", trim="f0cfa4", light="ffdf8e", accent="f0913f",
                    skin="e0a282", wall="b98468", cloud="f8cfae", glow="ffd98a", fog="eebf9f"),
    "dawn": palette("b6c6d8 fbd9c3", "fff0d8", far="c5bfc9", mid="9aa6ae", near="66808a", ground="c7a58c",
                    water="9fb8c0", body="b65c55", dark="454553", trim="fbeedd", light="fff0c4", accent="e8a87c",
                    skin="ecbfa0", wall="e6cfc0", cloud="fff3ea", glow="ffeccb", fog="fbe8dc"),
    "night": palette("232f52 6d6f94", "fbefc8", far="565f85", mid="424b70", near="2f3658", ground="3c3a54",
                     water="3d4f77", body="a8473f", dark="1b1e33", trim="c9bfae", light="ffd77a", accent="dd8b3d",
                     skin="cf9b83", wall="5d5069", cloud="8d93b4", glow="ffd98c", fog="7f86a8"),
}  # fmt: skip
_BIG = 0.16  # shapes wider than this part of the picture get a wash of their own


class Gouache:
    """Paper with painted land on it."""

    name = "illustration"
    paper: Colour = (247, 240, 226)
    ink: Colour = (74, 60, 54)
    margin = 0.022
    bar = 0.0

    def palette(self, time: str) -> Palette:
        return PALETTES[time]

    def paint(self, drawing: Drawing, size: Size, colours: Palette, seed: str) -> Image.Image:
        """The whole frame."""
        chance = random.Random(seed)
        picture = brush.gradient(size, *colours.sky)
        x, y, radius = drawing.luminary
        halo = brush.glow(size, [(disc("light", x, y, radius * 2.1), 0.6)], 0.07)
        picture = brush.lit(picture, halo, mix(colours.luminary, (0, 0, 0), 0.45))
        self._sheet(picture, Shape(tuple(wobbled(disc("light", x, y, radius).points, 0.001, chance)), "light"),
                    colours.luminary, chance)  # fmt: skip
        picture = self._layers(picture, drawing.setting, colours, chance)
        picture = self._layers(picture, [*drawing.things, *drawing.weather], colours, chance)
        return brush.textured(picture.filter(ImageFilter.GaussianBlur(0.7)), 15, 2)

    def over(self, picture: Image.Image, shapes: list[Shape], colours: Palette, seed: str) -> Image.Image:
        """More paint on a frame; the paper's grain is in it already."""
        return self._layers(picture, shapes, colours, random.Random(seed + "|over"))

    def _layers(
        self, picture: Image.Image, shapes: list[Shape], colours: Palette, chance: random.Random
    ) -> Image.Image:
        size = picture.size
        lights = [(shape, 0.6) for shape in shapes if shape.tone == "glow"]
        fog = [(shape, 0.4) for shape in shapes if shape.tone == "fog"]
        for shape in shapes:
            if shape.tone in {"glow", "fog"}:
                continue
            paint = mix(brush.tone(colours, shape.tone), (255, 255, 255), chance.uniform(-0.04, 0.06))
            drawn = shape if shape.width else replace(shape, points=tuple(wobbled(shape.points, 0.0011, chance)))
            if shape.tone == "cloud" and _wide(shape, 0.06):
                self._veil(picture, drawn, paint, 0.55)
            elif _wide(shape):
                if shape.tone == "wall":  # what is behind a wall must not show through thin paint
                    brush.fill(ImageDraw.Draw(picture), drawn, size[1], _kept(paint))
                self._sheet(picture, drawn, paint, chance)
            else:
                brush.fill(ImageDraw.Draw(picture), drawn, size[1], _kept(paint))
        if fog:
            picture.paste(brush.tone(colours, "fog"), mask=brush.glow(size, fog, 0.05))
        if lights:
            light = brush.glow(size, lights, 0.02)
            picture = brush.lit(picture, light, mix(brush.tone(colours, "glow"), (0, 0, 0), 0.35))
        return picture

    @staticmethod
    def _veil(picture: Image.Image, shape: Shape, paint: Colour, strength: float) -> None:
        mask = Image.new("L", picture.size)
        brush.fill(ImageDraw.Draw(mask), shape, picture.height, round(255 * strength))
        picture.paste(paint, mask=mask)

    @staticmethod
    def _sheet(picture: Image.Image, shape: Shape, paint: Colour, chance: random.Random) -> None:
        """A wash: lighter where the brush began, thin enough in places to show what is below."""
        points = brush.pixels(shape.points, picture.height)
        left, top = (max(0, int(min(p[axis] for p in points))) for axis in (0, 1))
        right = min(picture.width, int(max(p[0] for p in points)) + 1)
        bottom = min(picture.height, int(max(p[1] for p in points)) + 1)
        if right <= left or bottom <= top:
            return
        size = (right - left, bottom - top)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(px - left, py - top) for px, py in points], fill=255)
        mask = ImageChops.multiply(mask, _strokes(picture.size).crop((left, top, right, bottom)))
        lighter, deeper = mix(paint, (255, 248, 230), 0.2), mix(paint, (40, 30, 50), chance.uniform(0.06, 0.16))
        picture.paste(brush.gradient(size, _kept(lighter), _kept(deeper)), (left, top), mask)


@lru_cache(maxsize=4)
def _strokes(size: Size) -> Image.Image:
    """How thickly the paint lies, from place to place."""
    return brush.grain(size, 60, 9).point([min(255, 170 + value * 85 // 165) for value in range(256)])


def _wide(shape: Shape, least: float = _BIG) -> bool:
    xs, ys = [p[0] for p in shape.points], [p[1] for p in shape.points]
    return not shape.width and (max(xs) - min(xs) > least and max(ys) - min(ys) > least / 2)


def _kept(paint: Colour) -> Colour:
    red, green, blue = (max(0, min(255, part)) for part in paint)
    return red, green, blue
