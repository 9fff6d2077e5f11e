"""Settings: land, sea, town and rooms, from far to near, as shapes that fill the picture."""

from __future__ import annotations

import random

from shotmill.emulator.pictures.shapes import Shape, box, disc, line, placed, polygon, ridge
from shotmill.emulator.pictures.things import lamp, tree

HORIZON = 0.6


def setting(place: str, aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    """The shapes, and the height on which things stand."""
    if place == "interior":
        return _interior(aspect, chance)
    makers = {"sea": _sea, "mountain": _mountain, "forest": _forest, "city": _city, "station": _station}
    return makers.get(place, _field)(aspect, chance)


def _clouds(aspect: float, chance: random.Random) -> list[Shape]:
    clouds: list[Shape] = []
    for _ in range(chance.randint(2, 3)):
        x, y, size = chance.uniform(0, aspect), chance.uniform(0.1, 0.3), chance.uniform(0.035, 0.06)
        clouds += [disc("cloud", x + size * dx, y + size * dy, size * r, 0.62) for dx, dy, r in
                   ((-1.6, 0.25, 0.9), (-0.5, -0.15, 1.15), (0.8, 0.0, 1.25), (1.9, 0.3, 0.8))]  # fmt: skip
    return clouds


def _mountain(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    return [
        *_clouds(aspect, chance),
        ridge("far", aspect, 0.42, 0.24, chance, sharp=True),
        ridge("mid", aspect, 0.56, 0.2, chance, sharp=True),
        ridge("near", aspect, 0.7, 0.07, chance),
        ridge("ground", aspect, 0.82, 0.03, chance),
    ], 0.9


def _field(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    turn = chance.uniform(0.3, 0.7) * aspect
    road = polygon("trim", (turn - 0.01, 0.66), (turn + 0.01, 0.66), (turn + 0.3, 1.02), (turn - 0.16, 1.02))
    trees = [s for x in _spread(6, aspect, chance) for s in placed(tree(chance), x, 0.645, chance.uniform(0.07, 0.13))]
    return [
        *_clouds(aspect, chance),
        ridge("far", aspect, 0.54, 0.06, chance),
        ridge("mid", aspect, 0.6, 0.04, chance),
        *trees,
        ridge("ground", aspect, 0.66, 0.012, chance),
        road,
    ], 0.9


def _forest(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    shapes = [*_clouds(aspect, chance), ridge("far", aspect, 0.45, 0.1, chance)]
    for tone, foot, count, tall in (("far", 0.62, 15, 0.34), ("mid", 0.72, 11, 0.46), ("near", 0.8, 6, 0.62)):
        for x in _spread(count, aspect, chance):
            grown = placed(tree(chance), x, foot, tall * chance.uniform(0.75, 1.15))
            shapes += [Shape(s.points, tone if s.tone == "near" else s.tone, s.width) for s in grown]
        shapes.append(ridge(tone if tone != "near" else "ground", aspect, foot - 0.01, 0.015, chance))
    return shapes, 0.92


def _sea(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    shapes = [*_clouds(aspect, chance)]
    headland = chance.random() < 0.5
    left, right = (-0.1, aspect * 0.36) if headland else (aspect * 0.66, aspect + 0.1)
    shapes.append(polygon("far", (left, 0.62), (left + 0.04, 0.5), (left + 0.2, 0.46), ((left + right) / 2, 0.5),
                          (right - 0.1, 0.57), (right, 0.62)))  # fmt: skip
    shapes.append(box("water", -0.05, 0.61, aspect + 0.05, 1.05))
    for _ in range(26):
        depth = chance.random() ** 0.7
        x, y, long = chance.uniform(-0.1, aspect), 0.63 + 0.35 * depth, 0.03 + 0.13 * depth
        shapes.append(line("cloud", 0.002 + 0.004 * depth, (x, y), (x + long * 0.5, y - 0.006 * depth), (x + long, y)))
    shapes.append(ridge("ground", aspect, 0.93, 0.03, chance))
    return shapes, 0.86


def _city(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    shapes = [*_clouds(aspect, chance)]
    rows = (("far", 0.72, 0.2, 0.46, 0.1), ("mid", 0.76, 0.14, 0.42, 0.14), ("near", 0.82, 0.1, 0.34, 0.2))
    for tone, foot, low, high, wide in rows:
        x = -0.05
        while x < aspect + 0.05:
            width, top = wide * chance.uniform(0.7, 1.5), foot - chance.uniform(low, high)
            shapes += _building(tone, x, top, x + width * 0.96, foot + 0.1, chance)
            x += width
    shapes.append(box("ground", -0.05, 0.81, aspect + 0.05, 1.05))
    shapes += [line("trim", 0.006, (x, 0.9), (x + 0.09, 0.9)) for x in (i * 0.2 for i in range(int(aspect / 0.2) + 1))]
    return shapes, 0.93


def _building(tone: str, left: float, top: float, right: float, foot: float, chance: random.Random) -> list[Shape]:
    shapes = [box(tone, left, top, right, foot)]
    if chance.random() < 0.4:
        shapes.append(polygon(tone, (left - 0.008, top), ((left + right) / 2, top - 0.05), (right + 0.008, top)))
    if tone == "far":
        return shapes
    step = 0.034 if tone == "mid" else 0.045
    for row in range(int((foot - top - 0.12) / step)):
        for column in range(int((right - left - 0.02) / step)):
            if chance.random() < 0.42:
                x, y = left + 0.02 + column * step, top + 0.025 + row * step
                shapes.append(box("light", x, y, x + step * 0.45, y + step * 0.55))
    return shapes


def _station(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    """A platform in perspective under a roof, rails beside it."""
    gone = chance.uniform(0.35, 0.6) * aspect
    shapes = [
        ridge("far", aspect, 0.5, 0.05, chance),
        ridge("mid", aspect, 0.57, 0.02, chance),
        box("ground", -0.05, 0.6, aspect + 0.05, 1.05),
        polygon("dark", (gone - 0.004, 0.6), (gone + 0.002, 0.6), (gone - 0.1, 1.05), (gone - 0.16, 1.05)),
        polygon("dark", (gone + 0.004, 0.6), (gone + 0.01, 0.6), (gone + 0.22, 1.05), (gone + 0.16, 1.05)),
        polygon("wall", (gone + 0.03, 0.6), (aspect + 0.05, 0.72), (aspect + 0.05, 1.05), (gone + 0.42, 1.05)),
        polygon("trim", (gone + 0.03, 0.6), (gone + 0.42, 1.05), (gone + 0.38, 1.05), (gone + 0.025, 0.6)),
        polygon("near", (gone + 0.06, 0.5), (aspect + 0.05, 0.0), (aspect + 0.05, 0.13), (gone + 0.06, 0.53)),
    ]
    for part in (0.2, 0.42, 0.75):
        x = gone + 0.06 + (aspect - gone) * part
        foot, top = 0.6 + 0.16 * part + 0.02, 0.52 - 0.42 * part
        shapes.append(line("dark", 0.006 + 0.012 * part, (x, foot), (x, top)))
        shapes += placed(lamp(chance), x - 0.03 - 0.06 * part, foot + 0.01, 0.14 + 0.3 * part)
    return shapes, 0.93


def _interior(aspect: float, chance: random.Random) -> tuple[list[Shape], float]:
    """A wall with a window on another setting, and a table before it."""
    outside, _ = setting(chance.choice(("mountain", "field", "sea", "city")), aspect, chance)
    width = min(0.62 * aspect, 0.95)
    left = chance.uniform(0.12, 0.9) * (aspect - width)
    right, top, sill = left + width, 0.1, 0.68
    frame = 0.022
    return [
        *outside,
        polygon("wall", (-0.05, -0.05), (aspect + 0.05, -0.05), (aspect + 0.05, 1.05), (-0.05, 1.05), (-0.05, top),
                (left, top), (left, sill), (right, sill), (right, top), (-0.05, top)),
        box("trim", left - frame, top - frame, right + frame, top), box("trim", left - frame, top, left, sill),
        box("trim", right, top, right + frame, sill), box("trim", left - 0.06, sill, right + 0.06, sill + 0.03),
        box("trim", (left + right) / 2 - 0.009, top, (left + right) / 2 + 0.009, sill),
        polygon("accent", (left - 0.09, top - 0.05), (left + 0.07, top - 0.05), (left + 0.02, 0.4),
                (left - 0.06, sill + 0.06)),
        polygon("accent", (right + 0.09, top - 0.05), (right - 0.07, top - 0.05), (right - 0.02, 0.4),
                (right + 0.06, sill + 0.06)),
        box("near", -0.05, 0.86, aspect + 0.05, 0.89), box("ground", -0.05, 0.89, aspect + 0.05, 1.05),
    ], 0.92  # fmt: skip


def _spread(count: int, aspect: float, chance: random.Random) -> list[float]:
    return [aspect * (number + chance.uniform(0.1, 0.9)) / count for number in range(count)]
