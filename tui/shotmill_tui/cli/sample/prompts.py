"""The film as prompts: three styles, each in another of the file formats that Shotmill reads. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from shotmill_tui.cli.sample.film import FRAMING, LATER, SCENES

BEATS_A_SHOT = 3
LONGEST_CHAIN = 8
"""Beats in a row that continue, in the style of chains."""


class Look(NamedTuple):
    """A style of the sample: its words, its keys, and the suffix of its prompts file."""

    opening: str
    words: str
    keys: tuple[str, str]
    suffix: str


LOOKS = {
    "illustration": Look(
        "Illustration style",
        "gouache on rough paper, visible brush, a limited palette of ink blue, brick red and lamp yellow",
        ("anna", "ben"),
        ".json",
    ),
    "clear": Look(
        "Clear style",
        "clean line drawing, flat colours, even light, one idea in the picture",
        ("carl", "dora"),
        ".txt",
    ),
    "consistent": Look(
        "Consistent style",
        "the same woman throughout: grey coat, dark hair tied low, small brown suitcase; film still, soft grain",
        ("eva", "finn"),
        ".js",
    ),
}


class Beat(NamedTuple):
    """One beat of the film, in no style yet; `number` counts all beats from 0."""

    number: int
    shot: int
    id: str
    phrase: str
    seen: str


def beats(count: int) -> Iterator[Beat]:
    """The first `count` beats; beyond the film's own the scenes come again, each time at another time of day."""
    for number in range(count):
        shot, place_in_shot = divmod(number, BEATS_A_SHOT)
        around, scene_number = divmod(shot, len(SCENES))
        scene = SCENES[scene_number]
        moment = scene.moments[place_in_shot]
        seen = f"{moment.seen}; {scene.place}"
        if around:
            when, also = LATER[(around - 1 + scene_number) % len(LATER)]
            seen = f"{when}, {also}: {seen}"
        if around > len(LATER):
            seen += f", the {around}th journey"
        seen += f". {FRAMING[(number * 3 + around) % len(FRAMING)].capitalize()}"
        yield Beat(number, shot + 1, f"{shot + 1}.{place_in_shot + 1}", moment.phrase, seen)


def transition(style: str, beat: Beat) -> str:
    """`H` or `C`: a few beats of the illustration continue, nearly all of the consistent style, none of the clear."""
    if style == "illustration":
        return "C" if beat.number % 5 == 4 else "H"
    if style == "consistent":
        return "H" if beat.number % (LONGEST_CHAIN + 1) == 0 else "C"
    return "H"


def prompt(style: str, beat: Beat) -> dict[str, Any]:
    """One prompt with the contract's fields."""
    look = LOOKS[style]
    return {
        "shot_number": beat.shot,
        "beat_number": beat.id,
        "script_phrase": beat.phrase,
        "transition_type": transition(style, beat),
        "ai_prompt": f"{look.opening}: Shot {beat.shot}, Beat {beat.id}. {beat.seen}. {look.words}. No text.",
    }


def file_text(style: str, count: int) -> str:
    """The whole prompts file of a style, in the style's format."""
    prompts = [prompt(style, beat) for beat in beats(count)]
    suffix = LOOKS[style].suffix
    if suffix == ".txt":
        return "\n".join(_txt(each) for each in prompts)
    if suffix == ".js":
        return "// Parsed, never run.\nexport default [\n" + "".join(_js(each) for each in prompts) + "];\n"
    return json.dumps(prompts, ensure_ascii=False, indent=2) + "\n"


def _txt(prompt: dict[str, Any]) -> str:
    return f"=== Beat {prompt['beat_number']} (Shot {prompt['shot_number']}) ===\n{prompt['ai_prompt']}\n"


def _js(prompt: dict[str, Any]) -> str:
    """One prompt as people write it by hand: bare keys, and a comma after the last."""
    fields = "".join(f"    {name}: {json.dumps(value, ensure_ascii=False)},\n" for name, value in prompt.items())
    return f"  {{\n{fields}  }},\n"
