"""Puts a scene's things into its setting, as a camera would frame them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from shotmill.emulator.pictures.places import setting
from shotmill.emulator.pictures.scene import Scene
from shotmill.emulator.pictures.shapes import Shape, disc, line, placed
from shotmill.emulator.pictures.things import THINGS

_SIZES = {
    "person": 0.5, "people": 0.46, "umbrella": 0.46, "suitcase": 0.2, "train": 0.26, "boat": 0.34, "car": 0.2,
    "house": 0.36, "tree": 0.6, "lamp": 0.58, "lighthouse": 0.6, "bridge": 0.34, "clock": 0.36, "letter": 0.22,
    "cup": 0.38, "dog": 0.22, "birds": 0.28,
}  # fmt: skip
_BEHIND = {
    "train": 0.15,
    "bridge": 0.2,
    "house": 0.14,
    "lighthouse": 0.2,
    "birds": 0.42,
    "tree": 0.06,
    "boat": 0.08,
    "clock": 0.1,
    "letter": 0.34,
}
_ENTRANCES = (0.2, 0.74, 0.45, 0.86, 0.31, 0.6)  # beats that follow each other take different ones
_HEADS = {"person": 1.06, "people": 1.06, "umbrella": 1.4}
_CAMERA = {"close": 1.85, "medium": 1.1, "wide": 0.72}


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to paint: the sky's light, the setting, the things before it, the weather over all."""

    aspect: float
    luminary: tuple[float, float, float]
    setting: list[Shape]
    things: list[Shape]
    weather: list[Shape]


def compose(scene: Scene, aspect: float) -> Drawing:
    """A frame of the scene."""
    chance = random.Random(scene.setting_seed)
    luminary = (chance.uniform(0.15, 0.85) * aspect, chance.uniform(0.13, 0.3), chance.uniform(0.05, 0.075))
    ground, foot = setting(scene.place, aspect, chance)
    detail = random.Random(scene.detail_seed)
    return Drawing(aspect, luminary, ground, _things(scene, aspect, foot, detail), _weather(scene, aspect, detail))


def newcomer(scene: Scene, aspect: float) -> list[Shape]:
    """The one thing that a continuing beat adds to the frame before it."""
    chance = random.Random(scene.detail_seed + "|newcomer")
    small = [name for name in _told_apart(scene.subjects) if name not in {"train", "bridge"}]
    small.sort(key=lambda name: name in {"person", "people"})  # who is there already need not come again
    name = small[0] if small else chance.choice(("person", "birds", "lamp", "dog", "suitcase"))
    x = aspect * _ENTRANCES[sum(map(ord, scene.beat)) % len(_ENTRANCES)]
    return _put(name, x, 0.95, min(1.0, aspect) * _CAMERA[scene.camera], chance)


def _things(scene: Scene, aspect: float, foot: float, chance: random.Random) -> list[Shape]:
    """The subjects side by side, the far ones first; the first that was named takes the best place."""
    zoom = min(1.0, aspect * 0.9) * _CAMERA[scene.camera]
    spots = chance.choice(((0.36, 0.7, 0.16), (0.64, 0.3, 0.84), (0.5, 0.8, 0.2)))
    ordered = sorted(zip(_told_apart(scene.subjects), spots, strict=False), key=lambda pair: -_BEHIND.get(pair[0], 0))
    shapes: list[Shape] = []
    for number, (name, spot) in enumerate(ordered):
        x = aspect * (spot + chance.uniform(-0.05, 0.05))
        size = zoom if number == len(ordered) - 1 else zoom * 0.85
        on_deck = name == "train" and "bridge" in scene.subjects
        shapes += _put(name, x, foot - 0.5 * _SIZES["bridge"] * size if on_deck else foot, size, chance)
    return shapes


def _told_apart(subjects: tuple[str, ...]) -> list[str]:
    """Without those that another one already shows: somebody holds the umbrella."""
    return [name for name in subjects if not (name == "person" and {"umbrella", "people"} & set(subjects))]


def _put(name: str, x: float, foot: float, zoom: float, chance: random.Random) -> list[Shape]:
    y = min(1.0, foot + 0.04 * (zoom - 1)) - _BEHIND.get(name, 0) * min(1.0, zoom)
    if name in _HEADS and zoom > 1.5:
        y = 0.12 + _HEADS[name] * _SIZES[name] * zoom  # close: the feet are out of the picture, never the head
    return placed(THINGS[name](chance), x, y, _SIZES[name] * zoom, flip=chance.random() < 0.5)


def _weather(scene: Scene, aspect: float, chance: random.Random) -> list[Shape]:
    if scene.place == "interior" or scene.weather == "clear":
        return []
    if scene.weather == "rain":
        drops = (
            (chance.uniform(-0.1, aspect), chance.uniform(-0.1, 1), chance.uniform(0.03, 0.07)) for _ in range(170)
        )
        return [line("cloud", 0.0022, (x, y), (x - 0.28 * long, y + long)) for x, y, long in drops]
    if scene.weather == "snow":
        return [
            disc("cloud", chance.uniform(0, aspect), chance.random(), chance.uniform(0.002, 0.007), corners=8)
            for _ in range(190)
        ]
    return [
        disc("fog", chance.uniform(0, aspect), chance.uniform(0.5, 0.85), chance.uniform(0.3, 0.6), 0.13)
        for _ in range(7)
    ]
