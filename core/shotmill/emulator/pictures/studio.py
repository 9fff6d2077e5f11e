"""Draws a picture that was asked for: the hand by its style, the scene by its words, the ground by its references."""

from __future__ import annotations

import hashlib
import io
import random
from dataclasses import dataclass
from typing import Protocol

from PIL import Image, ImageEnhance, ImageFilter

from shotmill.emulator.pictures.brush import Size
from shotmill.emulator.pictures.caption import STRIP, caption_words, is_frame, write_caption
from shotmill.emulator.pictures.gouache import Gouache
from shotmill.emulator.pictures.layout import Drawing, compose, newcomer
from shotmill.emulator.pictures.night import Night
from shotmill.emulator.pictures.palette import Colour, Palette, lent
from shotmill.emulator.pictures.scene import Scene, read_scene
from shotmill.emulator.pictures.shapes import Shape
from shotmill.emulator.pictures.vector import Vector

_CONTINUES = ("continu", "same frame", "previous frame", "same shot")


class Hand(Protocol):
    """One way to draw. `margin` is paper around the art, `bar` a strip above it, both parts of the height."""

    name: str
    paper: Colour
    ink: Colour
    margin: float
    bar: float

    def palette(self, time: str) -> Palette: ...

    def paint(self, drawing: Drawing, size: Size, colours: Palette, seed: str) -> Image.Image: ...

    def over(self, picture: Image.Image, shapes: list[Shape], colours: Palette, seed: str) -> Image.Image: ...


HANDS: tuple[Hand, ...] = (Gouache(), Vector(), Night())


@dataclass(frozen=True, slots=True)
class Commission:
    """A picture to draw, `size` in pixels; equal commissions give equal pictures."""

    prompt: str
    size: Size
    style: str = ""
    shot: str = ""
    beat: str = ""
    seed: int = 0
    attempt: int = 1
    references: tuple[Image.Image, ...] = ()


def draw(commission: Commission) -> Image.Image:
    """The finished picture. It is drawn at about a megapixel and enlarged beyond that."""
    hand = choose_hand(commission)
    size = _working_size(commission.size)
    scene = read_scene(commission.prompt, commission.shot, commission.beat, commission.seed, commission.attempt)
    frame = commission.references[-1] if commission.references and _continues(commission) else None
    looks = [reference for reference in commission.references if reference is not frame and not is_frame(reference)]
    colours = hand.palette(scene.time)
    if looks:
        colours = lent(colours, looks[0])
    left, top, right, bottom = _art(hand, size)
    area = (right - left, bottom - top)
    if frame is None:
        art = hand.paint(compose(scene, area[0] / area[1]), area, colours, scene.detail_seed)
    else:
        art = _grown(hand, frame, area, scene, colours)
    picture = Image.new("RGB", size, hand.paper)
    picture.paste(art, (left, top))
    inset = frame.crop(_art(hand, frame.size)) if frame is not None else None
    write_caption(picture, _label(commission), caption_words(commission.prompt), hand.ink, inset)
    return picture if size == commission.size else picture.resize(commission.size, Image.Resampling.BICUBIC)


def card(commission: Commission) -> Image.Image:
    """A ground of one colour with the caption: equal commissions give equal cards, for a small part of the work."""
    hand, size = choose_hand(commission), _working_size(commission.size)
    lot = hashlib.sha256(f"{commission.prompt}|{commission.seed}|{commission.attempt}".encode("utf-8", "replace"))
    red, green, blue = (64 + part // 2 for part in lot.digest()[:3])
    picture = Image.new("RGB", size, (red, green, blue))
    write_caption(picture, _label(commission), caption_words(commission.prompt), hand.ink, None)
    return picture if size == commission.size else picture.resize(commission.size, Image.Resampling.NEAREST)


def sketch(commission: Commission, number: int) -> Image.Image:
    """A draft on the way to the picture: a third of its size, grey, and arranged a little otherwise."""
    small = (max(64, commission.size[0] // 6), max(64, commission.size[1] // 6))
    hand, scene = choose_hand(commission), read_scene(
        commission.prompt, commission.shot, commission.beat, commission.seed, commission.attempt * 1000 + number
    )  # fmt: skip
    rough = hand.paint(compose(scene, small[0] / small[1]), small, hand.palette(scene.time), scene.detail_seed)
    grey = rough.convert("L").filter(ImageFilter.CONTOUR).convert("RGB")
    full = _working_size(commission.size)
    return Image.blend(rough, grey, 0.7).resize((full[0] // 2, full[1] // 2), Image.Resampling.BILINEAR)


def encode(picture: Image.Image, kind: str) -> bytes:
    """`jpeg` at quality 88, or `png` packed quickly rather than tightly."""
    file = io.BytesIO()
    if kind == "jpeg":
        picture.save(file, "JPEG", quality=88)
    else:
        picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def choose_hand(commission: Commission) -> Hand:
    """By the style's name where a hand has it, else by the first hand that the prompt names, else by lot."""
    for hand in HANDS:
        if hand.name == commission.style:
            return hand
    text = commission.prompt.lower()
    named = [(text.find(hand.name), hand) for hand in HANDS if commission.style == "" and hand.name in text[:200]]
    if named:
        return min(named, key=lambda pair: pair[0])[1]
    lot = hashlib.sha256((commission.style or commission.prompt).encode("utf-8", "surrogatepass")).digest()[0]
    return HANDS[lot % len(HANDS)]


def _continues(commission: Commission) -> bool:
    """Whether the last reference is the frame before: of this ratio, and drawn here or spoken of in the prompt."""
    last = commission.references[-1]
    ratio, wanted = last.width / last.height, commission.size[0] / commission.size[1]
    if abs(ratio / wanted - 1) > 0.02:
        return False
    text = commission.prompt.lower()
    return is_frame(last) or len(commission.references) > 1 or any(word in text for word in _CONTINUES)


def _grown(hand: Hand, frame: Image.Image, area: Size, scene: Scene, colours: Palette) -> Image.Image:
    """The frame before after a small move of the camera, with one thing that was not there."""
    chance = random.Random(scene.detail_seed + "|move")
    left, top, right, bottom = _art(hand, frame.size) if is_frame(frame) else (0, 0, *frame.size)
    zoom = chance.uniform(1.07, 1.16)
    width, height = (right - left) / zoom, (bottom - top) / zoom
    x = left + (right - left - width) * chance.choice((0.0, 0.5, 1.0))
    y = top + (bottom - top - height) * chance.uniform(0.3, 0.8)
    ground = frame.resize(area, Image.Resampling.BICUBIC, box=(x, y, x + width, y + height))
    ground = ImageEnhance.Brightness(ground).enhance(chance.uniform(0.95, 1.04))
    ground = ground.filter(ImageFilter.UnsharpMask(2, 45, 8))  # so that a long chain does not grow soft
    return hand.over(ground, newcomer(scene, area[0] / area[1]), colours, scene.detail_seed)


def _art(hand: Hand, size: Size) -> tuple[int, int, int, int]:
    """Where the art is in a picture of this hand: between margins, below the bar, above the strip."""
    width, height = size
    edge = round(hand.margin * min(size))
    return edge, max(edge, round(hand.bar * height)), width - edge, height - round(STRIP * height)


def _working_size(size: Size) -> Size:
    """The size at which one draws: that of the 1K tier."""
    factor = 1
    while size[0] * size[1] > factor * factor * 2_200_000:
        factor *= 2
    return size[0] // factor, size[1] // factor


def _label(commission: Commission) -> str:
    parts = []
    if commission.shot:
        parts.append(f"Shot {commission.shot}")
    if commission.beat:
        parts.append(f"Beat {commission.beat}")
    return "  ".join(parts)
