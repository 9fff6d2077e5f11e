"""Flat shapes with a tone instead of a colour: a hand decides what each tone looks like.

Coordinates: the picture's height is 1, y grows downwards, x runs from 0 to the aspect ratio.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed polygon, or an open line where `width` is not 0.

    `tone`: far, mid, near, ground, water, body, dark, trim, light, accent, skin, wall, cloud, glow (light in the air).
    """

    points: tuple[Point, ...]
    tone: str
    width: float = 0.0


def polygon(tone: str, *points: Point) -> Shape:
    return Shape(points, tone)


def line(tone: str, width: float, *points: Point) -> Shape:
    return Shape(points, tone, width)


def box(tone: str, left: float, top: float, right: float, bottom: float) -> Shape:
    return Shape(((left, top), (right, top), (right, bottom), (left, bottom)), tone)


def rounded(tone: str, left: float, top: float, right: float, bottom: float, radius: float) -> Shape:
    """A box with round corners."""
    corners = ((right - radius, top + radius, -90), (right - radius, bottom - radius, 0),
               (left + radius, bottom - radius, 90), (left + radius, top + radius, 180))  # fmt: skip
    points = [
        (x + radius * math.cos(math.radians(start + step)), y + radius * math.sin(math.radians(start + step)))
        for x, y, start in corners
        for step in (0, 30, 60, 90)
    ]
    return Shape(tuple(points), tone)


def disc(tone: str, x: float, y: float, radius: float, squash: float = 1.0, corners: int = 26) -> Shape:
    turns = [2 * math.pi * number / corners for number in range(corners)]
    return Shape(tuple((x + radius * math.cos(a), y + radius * squash * math.sin(a)) for a in turns), tone)


def ridge(tone: str, aspect: float, y: float, height: float, chance: random.Random, *, sharp: bool = False) -> Shape:
    """Land from edge to edge and down to the bottom, its crest around `y`: rolling, or in peaks."""
    if sharp:
        crest = _peaks(aspect, y, height, chance)
    else:
        waves = [(chance.uniform(1, 3.2) * (i + 1), chance.uniform(0, 6.3), 0.5**i) for i in range(3)]
        xs = [aspect * step / 48 for step in range(49)]
        crest = [(x, y - height * sum(a * math.sin(f * x + p) for f, p, a in waves) / 1.75) for x in xs]
    return Shape(
        ((-0.05, 1.05), (-0.05, crest[0][1]), *crest, (aspect + 0.05, crest[-1][1]), (aspect + 0.05, 1.05)), tone
    )


def _peaks(aspect: float, y: float, height: float, chance: random.Random) -> list[Point]:
    points: list[Point] = []
    x = -0.1
    while x < aspect + 0.1:
        points.append((x, y + height * chance.uniform(0.2, 0.6)))
        x += chance.uniform(0.07, 0.2)
        top = y - height * chance.uniform(0.3, 1)
        points.append((x, top))
        points.append((x + 0.03, top + height * 0.22))
        x += chance.uniform(0.1, 0.22)
    return points


def placed(shapes: Iterable[Shape], x: float, y: float, scale: float, *, flip: bool = False) -> list[Shape]:
    """A thing of height 1 that stands at (0, 0), set into the picture with its foot at (x, y)."""
    side = -scale if flip else scale
    return [
        replace(s, points=tuple((x + px * side, y + py * scale) for px, py in s.points), width=s.width * scale)
        for s in shapes
    ]


def wobbled(points: Sequence[Point], amount: float, chance: random.Random) -> list[Point]:
    """The same outline as a hand draws it: long edges get a point between, every point moves a little."""
    drawn: list[Point] = []
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], points[0]), strict=True):
        pieces = max(1, min(8, int(math.hypot(x1 - x0, y1 - y0) / 0.06)))
        for step in range(pieces):
            part = step / pieces
            drawn.append(
                (
                    x0 + (x1 - x0) * part + chance.gauss(0, amount),
                    y0 + (y1 - y0) * part + chance.gauss(0, amount),
                )
            )
    return drawn
