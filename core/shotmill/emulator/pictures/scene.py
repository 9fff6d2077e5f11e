"""What a picture shows, read from its prompt's words; what the words leave open is drawn by lot from the seed."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACES: Mapping[str, str] = {
    "interior": "window room kitchen compartment corridor inside indoors desk table bed cabin seat cafe",
    "station": "station platform terminus waiting timetable",
    "sea": "sea ocean harbor harbour coast beach shore wave waves lighthouse river lake water bay tide island quay",
    "city": "city street town rooftop rooftops roof roofs skyline building buildings alley market square downtown",
    "forest": "forest forests wood woods pine pines trees birch jungle",
    "mountain": "mountain mountains hill hills valley peak peaks alps cliff pass ridge tunnel",
    "field": "field fields plain plains meadow desert road countryside farm steppe garden path",
}
_SUBJECTS: Mapping[str, str] = {
    "train": "train trains locomotive engine wagon carriage carriages rail rails railway track tracks express",
    "boat": "boat boats ship ferry sail sailboat fishing harbor harbour",
    "car": "car taxi bus truck van driver",
    "lighthouse": "lighthouse tower beacon",
    "bridge": "bridge viaduct",
    "house": "house houses cottage hut home cabin farm village inn",
    "clock": "clock watch midnight noon hour timetable",
    "letter": "letter book paper map ticket photo photograph notebook page envelope diary",
    "cup": "cup tea coffee mug steam glass",
    "suitcase": "suitcase suitcases bag luggage trunk",
    "umbrella": "umbrella umbrellas",
    "dog": "dog cat fox wolf hound",
    "people": "two couple they friends family crowd people passengers strangers",
    "person": "woman man girl boy child person she he her his figure traveller traveler passenger conductor mother "
    "father grandmother grandfather narrator hero heroine stranger silhouette face keeper painter writer sailor",
    "lamp": "lamp lamps lantern lanterns streetlight light lights headlight signal",
    "tree": "tree oak willow",
    "birds": "bird birds crow crows gull gulls owl swallow swallows geese",
}
_TIMES: Mapping[str, str] = {
    "night": "night nights midnight dark darkness moon moonlight moonlit stars starry nocturnal",
    "dusk": "dusk sunset evening twilight golden autumn",
    "dawn": "dawn sunrise morning first early",
}
_WEATHERS: Mapping[str, str] = {
    "rain": "rain raining rainy storm wet drizzle thunder",
    "snow": "snow snowy snowing winter blizzard frost",
    "fog": "fog foggy mist misty haze smoke",
}
_CAMERAS: Mapping[str, str] = {
    "close": "close closeup detail face hands hand tight macro portrait",
    "wide": "wide establishing aerial panorama far distant distance overhead landscape vast",
}
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Scene:
    """A setting with things in it. `setting_seed` is shared by the beats of a shot, `detail_seed` is the beat's own."""

    place: str
    time: str
    weather: str
    camera: str
    subjects: tuple[str, ...]
    beat: str
    setting_seed: str
    detail_seed: str


def read_scene(prompt: str, shot: str, beat: str, seed: int, attempt: int) -> Scene:
    """The same arguments give the same scene; a further attempt arranges the same words anew."""
    setting_seed = f"{seed}|{shot or prompt}"
    detail_seed = f"{seed}|{shot}|{beat or prompt}|{attempt}"
    words = _WORD.findall(prompt.lower())
    by_lot = random.Random(setting_seed)
    subjects = _found(words, _SUBJECTS)
    places = _found(words, _PLACES)
    open_place = by_lot.choice(tuple(_PLACES)[1:])
    if "train" in subjects and not places:
        open_place = by_lot.choice(("field", "mountain", "forest"))
    time = by_lot.choice(("day", "day", "dusk", "dawn"))
    return Scene(
        places[0] if places else open_place,
        (_found(words, _TIMES) or [time])[0],
        (_found(words, _WEATHERS) or ["clear"])[0],
        (_found(words, _CAMERAS) or ["medium"])[0],
        tuple(subjects[:3]) or (random.Random(detail_seed).choice(("person", "house", "tree", "birds")),),
        beat,
        setting_seed,
        detail_seed,
    )


def _found(words: list[str], vocabulary: Mapping[str, str]) -> list[str]:
    """The vocabulary's names whose words occur, in the order in which the prompt first says them."""
    first: dict[str, int] = {}
    for name, synonyms in vocabulary.items():
        meant = set(synonyms.split())
        position = next((index for index, word in enumerate(words) if word in meant), None)
        if position is not None:
            first[name] = position
    return sorted(first, key=first.__getitem__)
