"""The hand of "consistent": a film at night, deep blue and orange, silhouettes, cones of light, black bars."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageDraw

from shotmill.emulator.pictures import brush
from shotmill.emulator.pictures.brush import Size
from shotmill.emulator.pictures.layout import Drawing
from shotmill.emulator.pictures.palette import Colour, Palette, mix, palette
from shotmill.emulator.pictures.shapes import Shape, disc

_TONES = {
    "far": "1d3a5f", "mid": "132a4a", "near": "0c1c36", "ground": "0a1528", "water": "12304f", "body": "0d1a30",
    "dark": "050b18", "trim": "2c4566", "light": "ffb347", "accent": "a8481f", "skin": "c98a5c", "wall": "0b1526",
    "cloud": "35587f", "glow": "ffa23a", "fog": "36618a",
}  # fmt: skip
PALETTES = {
    "night": palette("050d22 1f4d7a", "dbe9ff", **_TONES),
    "dusk": palette("0c1a3c d9702e", "ffc47a", **_TONES),
    "dawn": palette("0b2140 c98a6a", "ffe1bd", **_TONES),
    "day": palette("0a2744 4a8fa8", "fff0cf", **_TONES),
}
_STRENGTH = {"glow": 0.42, "light": 0.75}


class Night:
    """Everything is dark against the light behind it."""

    name = "consistent"
    paper: Colour = (4, 6, 10)
    ink: Colour = (214, 180, 136)
    margin = 0.0
    bar = 0.075

    def palette(self, time: str) -> Palette:
        return PALETTES[time]

    def paint(self, drawing: Drawing, size: Size, colours: Palette, seed: str) -> Image.Image:
        """The whole frame."""
        chance = random.Random(seed)
        picture = Image.new("RGB", size)
        horizon = int(size[1] * 0.68)
        picture.paste(brush.gradient((size[0], horizon), *colours.sky), (0, 0))
        picture.paste(brush.gradient((size[0], size[1] - horizon), colours.sky[1], mix(colours.sky[1], (0, 0, 0), 0.7)),
                      (0, horizon))  # fmt: skip
        self._stars(picture, colours, drawing, chance)
        x, y, radius = drawing.luminary
        halo = brush.glow(size, [(disc("light", x, y, radius * 2.4), 0.5), (disc("light", x, y, radius), 0.9)], 0.06)
        picture = brush.lit(picture, halo, colours.luminary)
        brush.fill(ImageDraw.Draw(picture), disc("light", x, y, radius, corners=48), size[1], colours.luminary)
        picture = self._shapes(
            picture,
            [*drawing.setting, *drawing.things, *drawing.weather],
            colours,
            rimmed=range(len(drawing.setting), len(drawing.setting) + len(drawing.things)),
        )
        picture = ImageChops.multiply(picture, brush.vignette(size, 90))
        return brush.textured(picture, 12)

    def over(self, picture: Image.Image, shapes: list[Shape], colours: Palette, seed: str) -> Image.Image:
        """More silhouettes in a frame."""
        return self._shapes(picture, shapes, colours, rimmed=range(len(shapes)))

    @staticmethod
    def _stars(picture: Image.Image, colours: Palette, drawing: Drawing, chance: random.Random) -> None:
        pen = ImageDraw.Draw(picture)
        for _ in range(90):
            x, y = chance.uniform(0, picture.width), chance.uniform(0, 0.5) ** 1.4 * picture.height
            bright = mix(colours.sky[0], (235, 240, 255), chance.uniform(0.25, 0.9))
            pen.ellipse((x, y, x + chance.choice((1, 1, 2)), y + 1), fill=bright)

    def _shapes(self, picture: Image.Image, shapes: list[Shape], colours: Palette, rimmed: range) -> Image.Image:
        """Silhouettes at twice the size for smooth edges, `rimmed` ones edged with light, then the lamps' light."""
        large = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BILINEAR)
        pen, veil, height = ImageDraw.Draw(large), ImageDraw.Draw(large, "RGBA"), large.height
        edge = mix(brush.tone(colours, "glow"), brush.tone(colours, "dark"), 0.45)
        for number, shape in enumerate(shapes):
            paint = brush.tone(colours, shape.tone)
            if shape.tone == "cloud" and len(shape.points) <= 8 and not shape.width:
                paint = mix(paint, (235, 242, 255), 0.7)  # snow
            if shape.tone == "fog":
                continue
            if shape.tone == "cloud" and not shape.width and len(shape.points) > 8:
                brush.fill(veil, shape, height, (*paint, 70))
            elif shape.tone != "glow":
                if number in rimmed and not shape.width and shape.tone not in {"light"}:
                    moved = [
                        (px - 0.004 * height, py - 0.003 * height) for px, py in brush.pixels(shape.points, height)
                    ]
                    pen.polygon(moved, fill=edge)
                brush.fill(pen, shape, height, paint)
        picture = large.reduce(2)
        fog = [(shape, 0.3) for shape in shapes if shape.tone == "fog"]
        if fog:
            picture.paste(brush.tone(colours, "fog"), mask=brush.glow(picture.size, fog, 0.05))
        beams = [(shape, _STRENGTH["glow"]) for shape in shapes if shape.tone == "glow"]
        lamps = [(shape, _STRENGTH["light"]) for shape in shapes if shape.tone == "light"]
        if beams:
            picture = brush.lit(picture, brush.glow(picture.size, beams, 0.012), brush.tone(colours, "glow"))
        if lamps:
            picture = brush.lit(picture, brush.glow(picture.size, lamps[:60], 0.018), brush.tone(colours, "glow"))
        return picture
