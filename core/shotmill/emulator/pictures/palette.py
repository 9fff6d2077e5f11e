"""A colour for every tone, by the hour; and how a style reference lends its colours."""

from __future__ import annotations

import colorsys
from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """`sky` from top to horizon, `tones` for every shape, `luminary` for the sun or the moon."""

    sky: tuple[Colour, Colour]
    luminary: Colour
    tones: Mapping[str, Colour]


def colour(text: str) -> Colour:
    """`e8a04c` as numbers."""
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


def palette(sky: str, luminary: str, **tones: str) -> Palette:
    """A palette from hexadecimal words: two for the sky, one for the luminary and one for each tone."""
    top, bottom = sky.split()
    return Palette(
        (colour(top), colour(bottom)), colour(luminary), {name: colour(text) for name, text in tones.items()}
    )


def mix(one: Colour, other: Colour, part: float) -> Colour:
    """`one` with `part` of the other, 0 to 1."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def brightness(of: Colour) -> float:
    return (0.299 * of[0] + 0.587 * of[1] + 0.114 * of[2]) / 255


def lent(own: Palette, reference: Image.Image, part: float = 0.72) -> Palette:
    """The palette moved towards the reference's chief colours: each tone to the one that is about as bright.

    Brightness stays the palette's own, so that the picture reads as before.
    """
    chief = chief_colours(reference)

    def moved(tone: Colour) -> Colour:
        near = min(chief, key=lambda other: abs(brightness(other) - brightness(tone)))
        hue, light, saturation = colorsys.rgb_to_hls(*(c / 255 for c in near))
        _, own_light, _ = colorsys.rgb_to_hls(*(c / 255 for c in tone))
        red, green, blue = colorsys.hls_to_rgb(hue, own_light * 0.75 + light * 0.25, saturation)
        return mix(tone, (round(red * 255), round(green * 255), round(blue * 255)), part)

    return Palette(
        (moved(own.sky[0]), moved(own.sky[1])),
        moved(own.luminary),
        {name: moved(tone) for name, tone in own.tones.items()},
    )


def chief_colours(picture: Image.Image, count: int = 6) -> list[Colour]:
    """The colours that most of a picture is made of."""
    small = picture.convert("RGB").resize((48, 48), Image.Resampling.BOX).quantize(count)
    flat = small.getpalette() or [128, 128, 128]
    return [(flat[i * 3], flat[i * 3 + 1], flat[i * 3 + 2]) for i in range(min(count, len(flat) // 3))]
