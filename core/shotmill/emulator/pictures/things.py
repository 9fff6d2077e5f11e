"""Things that prompts speak of, each of height 1 (about), standing at (0, 0) and facing right."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

from shotmill.emulator.pictures.shapes import Shape, box, disc, line, placed, polygon, rounded


def person(chance: random.Random) -> list[Shape]:
    lean, coat = chance.uniform(-0.03, 0.03), chance.choice(("body", "accent", "dark"))
    shapes = [
        polygon("dark", (-0.09, -0.34), (-0.02, -0.34), (-0.03, 0), (-0.11, 0)),
        polygon("dark", (0.02, -0.34), (0.09, -0.34), (0.13, 0), (0.05, 0)),
        polygon(coat, (-0.09 + lean, -0.8), (0.09 + lean, -0.8), (0.17, -0.26), (-0.17, -0.26)),
        polygon(coat, (0.06 + lean, -0.78), (0.11 + lean, -0.74), (0.2, -0.42), (0.14, -0.4)),
        disc("skin", lean + 0.01, -0.89, 0.085),
        polygon("accent" if coat != "accent" else "trim", (-0.1 + lean, -0.83), (0.1 + lean, -0.83),
                (0.1 + lean, -0.77), (-0.1 + lean, -0.77)),
    ]  # fmt: skip
    hair = chance.random()
    if hair < 0.4:
        shapes.append(polygon("dark", (-0.14 + lean, -0.93), (0.15 + lean, -0.93), (0.1 + lean, -0.96),
                              (0.07 + lean, -1.06), (-0.07 + lean, -1.06), (-0.09 + lean, -0.96)))  # fmt: skip
    else:
        long = 0.2 if hair < 0.75 else 0.0
        shapes.append(polygon("dark", (0.08 + lean, -0.93), (0.03 + lean, -1.0), (-0.07 + lean, -0.99),
                              (-0.1 + lean, -0.9), (-0.1 + lean, -0.84 + long), (-0.04 + lean, -0.82)))  # fmt: skip
    return shapes


def people(chance: random.Random) -> list[Shape]:
    other = placed(person(chance), 0.48, 0.0, chance.uniform(0.82, 0.98), flip=True)
    return placed(person(chance), -0.12, 0.0, 1.0) + other


def umbrella(chance: random.Random) -> list[Shape]:
    rim = [(0.17 + 0.42 * math.cos(a), -1.06 + 0.3 * math.sin(a)) for a in (math.pi * (1 + i / 12) for i in range(13))]
    return [
        *person(chance),
        line("dark", 0.018, (0.17, -0.44), (0.17, -1.2)),
        polygon("accent", *rim),
        polygon("trim", (0.03, -1.06), (0.17, -1.36), (0.31, -1.06)),
    ]


def suitcase(chance: random.Random) -> list[Shape]:
    return [
        line("dark", 0.06, (-0.16, -0.76), (-0.16, -0.95), (0.16, -0.95), (0.16, -0.76)),
        rounded("body", -0.62, -0.78, 0.62, -0.02, 0.08),
        box("trim", -0.4, -0.78, -0.3, -0.02),
        box("trim", 0.3, -0.78, 0.4, -0.02),
        rounded("accent", -0.12, -0.5, 0.14, -0.28, 0.03),
    ]


def train(chance: random.Random) -> list[Shape]:
    """A locomotive at the right end and carriages behind it, its lamp lighting the way."""
    shapes = [polygon("glow", (0.9, -0.42), (4.2, -1.0), (4.2, 0.25))]
    for number in range(4):
        left = -1.45 - 1.5 * number
        shapes += [
            rounded("body", left, -0.86, left + 1.42, -0.16, 0.07),
            box("dark", left + 0.03, -0.93, left + 1.39, -0.84),
            box("accent", left, -0.36, left + 1.42, -0.3),
        ]
        shapes += [box("light", left + 0.1 + 0.26 * i, -0.74, left + 0.28 + 0.26 * i, -0.46) for i in range(5)]
        shapes += [disc("dark", left + x, -0.09, 0.1) for x in (0.25, 0.5, 0.95, 1.2)]
    shapes += [
        polygon("body", (0.0, -0.9), (0.55, -0.9), (0.95, -0.5), (1.0, -0.16), (0.0, -0.16)),
        box("dark", 0.0, -0.98, 0.55, -0.88),
        polygon("light", (0.3, -0.8), (0.53, -0.8), (0.73, -0.56), (0.3, -0.56)),
        box("accent", 0.0, -0.36, 0.97, -0.3),
        polygon("dark", (0.86, -0.16), (1.0, -0.16), (1.14, -0.02), (0.86, -0.02)),
        disc("light", 0.93, -0.42, 0.06),
    ]
    return shapes + [disc("dark", x, -0.11, 0.12) for x in (0.18, 0.45, 0.72)]


def boat(chance: random.Random) -> list[Shape]:
    return [
        line("dark", 0.03, (0.02, -0.16), (0.02, -1.0)),
        polygon("trim", (0.06, -0.95), (0.06, -0.24), (0.52, -0.24)),
        polygon("accent", (-0.02, -0.86), (-0.02, -0.24), (-0.36, -0.24)),
        polygon("body", (-0.56, -0.2), (0.66, -0.2), (0.46, 0.03), (-0.42, 0.03)),
        polygon("dark", (-0.5, -0.1), (0.57, -0.1), (0.54, -0.06), (-0.48, -0.06)),
    ]


def car(chance: random.Random) -> list[Shape]:
    return [
        polygon("glow", (1.0, -0.34), (3.4, -0.72), (3.4, 0.2)),
        polygon("body", (-1.0, -0.5), (-0.68, -0.56), (-0.42, -0.92), (0.34, -0.92), (0.64, -0.56), (1.02, -0.46),
                (1.06, -0.14), (-1.04, -0.14)),
        polygon("light", (-0.36, -0.84), (-0.04, -0.84), (-0.04, -0.57), (-0.52, -0.57)),
        polygon("light", (0.05, -0.84), (0.3, -0.84), (0.5, -0.57), (0.05, -0.57)),
        disc("dark", -0.58, -0.14, 0.17), disc("trim", -0.58, -0.14, 0.07),
        disc("dark", 0.6, -0.14, 0.17), disc("trim", 0.6, -0.14, 0.07),
        disc("light", 0.99, -0.36, 0.06),
    ]  # fmt: skip


def house(chance: random.Random) -> list[Shape]:
    return [
        box("dark", 0.24, -1.08, 0.36, -0.74),
        box("body", -0.5, -0.62, 0.5, 0),
        polygon("accent", (-0.62, -0.6), (-0.02, -1.02), (0.02, -1.02), (0.62, -0.6)),
        box("light", -0.36, -0.46, -0.1, -0.22),
        line("dark", 0.025, (-0.23, -0.46), (-0.23, -0.22)),
        box("dark", 0.12, -0.42, 0.34, 0),
        disc("light", 0.3, -0.2, 0.018),
    ]


def tree(chance: random.Random) -> list[Shape]:
    """A pine or a round crown."""
    if chance.random() < 0.5:
        tiers = [
            polygon("near", (-w, -b), (0, -t), (w, -b))
            for w, b, t in ((0.3, 0.12, 0.62), (0.24, 0.38, 0.8), (0.17, 0.62, 1))
        ]
        return [box("dark", -0.035, -0.16, 0.035, 0), *tiers]
    crown = [disc("near", x, y, r) for x, y, r in ((-0.17, -0.62, 0.22), (0.18, -0.6, 0.2), (0, -0.76, 0.25))]
    return [polygon("dark", (-0.05, 0), (-0.025, -0.55), (0.025, -0.55), (0.06, 0)), *crown]


def lamp(chance: random.Random) -> list[Shape]:
    return [
        polygon("glow", (-0.06, -0.88), (0.06, -0.88), (0.42, 0.02), (-0.42, 0.02)),
        line("dark", 0.026, (0, 0), (0, -0.86)),
        polygon("dark", (-0.08, -0.93), (0.08, -0.93), (0.035, -1.0), (-0.035, -1.0)),
        polygon("light", (-0.06, -0.93), (0.06, -0.93), (0.04, -0.83), (-0.04, -0.83)),
        box("dark", -0.06, -0.03, 0.06, 0),
    ]


def lighthouse(chance: random.Random) -> list[Shape]:
    return [
        polygon("near", (-0.42, 0.04), (-0.3, -0.06), (-0.12, -0.04), (0.05, -0.09), (0.26, -0.02), (0.46, 0.04)),
        polygon("glow", (0.05, -0.9), (2.6, -1.22), (2.6, -0.72)),
        polygon("trim", (-0.15, 0), (-0.09, -0.8), (0.09, -0.8), (0.15, 0)),
        polygon("accent", (-0.135, -0.2), (-0.12, -0.4), (0.12, -0.4), (0.135, -0.2)),
        polygon("accent", (-0.107, -0.57), (-0.096, -0.73), (0.096, -0.73), (0.107, -0.57)),
        box("dark", -0.13, -0.83, 0.13, -0.79),
        box("light", -0.065, -0.95, 0.065, -0.83),
        polygon("dark", (-0.09, -0.95), (0, -1.05), (0.09, -0.95)),
    ]


def bridge(chance: random.Random) -> list[Shape]:
    shapes = [box("body", -7, -0.78, 7, -0.62), line("dark", 0.03, (-7, -0.86), (7, -0.86))]
    for number in range(-10, 11):
        x = number * 0.64
        arch = [(x + 0.26 * math.cos(a), -0.36 - 0.24 * math.sin(a)) for a in (math.pi * i / 10 for i in range(11))]
        shapes.append(polygon("body", (x + 0.38, -0.64), (x + 0.38, 0.3), (x + 0.26, 0.3), *arch, (x - 0.26, 0.3),
                              (x - 0.38, 0.3), (x - 0.38, -0.64)))  # fmt: skip
    return shapes


def clock(chance: random.Random) -> list[Shape]:
    hour = chance.uniform(0, 6.3)
    return [
        box("dark", -0.03, -0.5, 0.03, 0),
        disc("dark", 0, -0.72, 0.3),
        disc("light", 0, -0.72, 0.25),
        line("dark", 0.025, (0, -0.72), (0.19 * math.sin(hour * 2), -0.72 - 0.19 * math.cos(hour * 2))),
        line("dark", 0.035, (0, -0.72), (0.12 * math.sin(hour), -0.72 - 0.12 * math.cos(hour))),
    ]


def letter(chance: random.Random) -> list[Shape]:
    shapes = [polygon("trim", (-0.55, -0.78), (0.5, -0.86), (0.6, -0.06), (-0.46, 0))]
    shapes += [
        line("dark", 0.02, (-0.4, -0.64 + y), (0.4 - chance.uniform(0, 0.3), -0.7 + y)) for y in (0, 0.13, 0.26, 0.39)
    ]
    return [*shapes, disc("accent", 0.36, -0.18, 0.09)]


def cup(chance: random.Random) -> list[Shape]:
    """A cup on a small round table."""
    steam = [(0.1 * math.sin(i * 0.9), -0.72 - 0.045 * i) for i in range(10)]
    table = [
        box("dark", -0.03, -0.62, 0.03, -0.02),
        polygon("dark", (-0.22, 0), (0, -0.08), (0.22, 0)),
        rounded("near", -0.46, -0.66, 0.46, -0.6, 0.03),
    ]
    drawn = [
        line("cloud", 0.05, *steam),
        line("body", 0.07, (0.3, -0.5), (0.5, -0.46), (0.46, -0.22), (0.26, -0.18)),
        polygon("body", (-0.36, -0.62), (0.36, -0.62), (0.26, -0.06), (-0.26, -0.06)),
        disc("dark", 0, -0.61, 0.34, 0.18),
        disc("trim", 0, -0.03, 0.5, 0.1),
    ]
    return table + placed(drawn, 0.05, -0.66, 0.34)


def dog(chance: random.Random) -> list[Shape]:
    legs = [box("body", x, -0.36, x + 0.09, 0) for x in (-0.4, -0.27, 0.2, 0.33)]
    return [
        line("body", 0.08, (-0.4, -0.56), (-0.6, -0.74), (-0.62, -0.9)),
        *legs,
        rounded("body", -0.46, -0.68, 0.44, -0.3, 0.14),
        polygon("body", (0.28, -0.62), (0.36, -0.98), (0.62, -0.92), (0.82, -0.74), (0.8, -0.66), (0.5, -0.6)),
        polygon("dark", (0.36, -0.96), (0.3, -0.72), (0.44, -0.8)),
        box("accent", 0.3, -0.7, 0.5, -0.64),
    ]


def birds(chance: random.Random) -> list[Shape]:
    flock: list[Shape] = []
    for _ in range(chance.randint(4, 7)):
        x, y, size = chance.uniform(-0.9, 0.9), -chance.uniform(0.6, 1.5), chance.uniform(0.08, 0.16)
        flock.append(line("dark", 0.025, (x - size, y - size * 0.4), (x - size * 0.4, y - size * 0.5), (x, y),
                          (x + size * 0.4, y - size * 0.5), (x + size, y - size * 0.4)))  # fmt: skip
    return flock


THINGS: Mapping[str, Callable[[random.Random], list[Shape]]] = {
    "person": person, "people": people, "umbrella": umbrella, "suitcase": suitcase, "train": train, "boat": boat,
    "car": car, "house": house, "tree": tree, "lamp": lamp, "lighthouse": lighthouse, "bridge": bridge, "clock": clock,
    "letter": letter, "cup": cup, "dog": dog, "birds": birds,
}  # fmt: skip
