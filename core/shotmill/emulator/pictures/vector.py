"""The hand of "clear": flat colours, one thick outline around everything, much light ground."""

from __future__ import annotations

from PIL import Image, ImageDraw

from shotmill.emulator.pictures import brush
from shotmill.emulator.pictures.brush import Size
from shotmill.emulator.pictures.layout import Drawing
from shotmill.emulator.pictures.palette import Colour, Palette, mix, palette
from shotmill.emulator.pictures.shapes import Shape, disc

PALETTES = {
    "day": palette("f7fafc eaf3f8", "ffd23f", far="d6e4ec", mid="b5d0c9", near="7fb7a3", ground="eef0e6",
                   water="bfe0ee", body="2f80c3", dark="26324a", trim="ffffff", light="fff3c4", accent="f2643d",
                   skin="f6c9a8", wall="f3ece2", cloud="ffffff", glow="fff1b8", fog="ffffff"),
    "dusk": palette("fdf1ea fbd9c6", "f2643d", far="f1cfc4", mid="d9aebb", near="a98bb0", ground="f7e6dc",
                    water="d7c3dc", body="5b5fa8", dark="2c2a4a", trim="ffffff", light="ffe7a3", accent="f2643d",
                    skin="f2bf9f", wall="f8e3d6", cloud="ffffff", glow="ffe7a3", fog="fff6ef"),
    "dawn": palette("f3f6fd fdeef0", "ffb3a0", far="dfe1f0", mid="c4cbe4", near="8fa5cc", ground="f2f1f5",
                    water="cfe0f2", body="d9577a", dark="2b3352", trim="ffffff", light="fff0c9", accent="ff9f5a",
                    skin="f6cdb4", wall="f4eef2", cloud="ffffff", glow="fff0c9", fog="ffffff"),
    "night": palette("dfe6f5 c9d5ee", "fff3b0", far="b9c7e6", mid="93a8d3", near="6079b3", ground="d8dff0",
                     water="a9bfe6", body="34508f", dark="1f2a4d", trim="ffffff", light="ffe680", accent="f2643d",
                     skin="f0c3a6", wall="d5dcee", cloud="f3f6fd", glow="fff0a8", fog="eef2fb"),
}  # fmt: skip
_OUTLINE = 0.0052
_FINE = {"cloud", "fog", "light"}


class Vector:
    """Drawn at twice the size and reduced, so that its lines are smooth."""

    name = "clear"
    paper: Colour = (255, 255, 255)
    ink: Colour = (38, 50, 74)
    margin = 0.0
    bar = 0.0

    def palette(self, time: str) -> Palette:
        return PALETTES[time]

    def paint(self, drawing: Drawing, size: Size, colours: Palette, seed: str) -> Image.Image:
        """The whole frame."""
        picture = Image.new("RGB", (size[0] * 2, size[1] * 2), colours.sky[0])
        pen = ImageDraw.Draw(picture)
        width, height = picture.size
        for step in range(1, 4):  # the sky in flat bands
            shade = mix(colours.sky[0], colours.sky[1], step / 3)
            pen.rectangle((0, height * (0.16 * step + 0.1), width, height), fill=shade)
        x, y, radius = drawing.luminary
        sun = disc("light", x, y, radius * 1.1, corners=60)
        brush.fill(
            pen, disc("light", x, y, radius * 1.7, corners=60), height, mix(colours.luminary, colours.sky[0], 0.75)
        )
        brush.fill(pen, sun, height, colours.luminary)
        self._outline(pen, sun, height, mix(self.ink, colours.luminary, 0.1), 1.0)
        self._shapes(picture, [*drawing.setting, *drawing.things, *drawing.weather], colours)
        return picture.reduce(2)

    def over(self, picture: Image.Image, shapes: list[Shape], colours: Palette, seed: str) -> Image.Image:
        """More shapes on a frame."""
        large = picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.BILINEAR)
        self._shapes(large, shapes, colours)
        return large.reduce(2)

    def _shapes(self, picture: Image.Image, shapes: list[Shape], colours: Palette) -> None:
        pen, height = ImageDraw.Draw(picture), picture.height
        for shape in shapes:
            paint = brush.tone(colours, shape.tone)
            if shape.tone == "glow":
                continue  # light lies over what it falls on
            if shape.tone == "fog":
                brush.fill(ImageDraw.Draw(picture, "RGBA"), shape, height, (*paint, 64))
                continue
            if shape.width:
                paint = self.ink if shape.tone == "dark" else mix(paint, self.ink, 0.25 if shape.tone == "cloud" else 0)
            brush.fill(pen, shape, height, paint)
            if not shape.width and shape.tone not in {"far", "wall"}:
                self._outline(pen, shape, height, self.ink, 0.45 if shape.tone in _FINE else 1.0)
        beams = [(shape, 0.62) for shape in shapes if shape.tone == "glow"]
        if beams:
            picture.paste(brush.tone(colours, "glow"), mask=brush.glow(picture.size, beams, 0.002))

    @staticmethod
    def _outline(pen: ImageDraw.ImageDraw, shape: Shape, height: int, ink: Colour, weight: float) -> None:
        xs = [point[0] for point in shape.points]
        if max(xs) - min(xs) < 0.02:
            return
        points = brush.pixels(shape.points, height)
        pen.line([*points, *points[:2]], fill=ink, width=max(2, round(_OUTLINE * height * weight)), joint="curve")
