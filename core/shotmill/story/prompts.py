"""From the rows of a file to the prompts of a style, with everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shotmill.story.beat_id import beat_id, shot_number
from shotmill.story.hints import meant
from shotmill.story.model import NO_EXTRA, Prompt
from shotmill.story.naming import name_key, safe_name
from shotmill.story.problems import MAX_DEPTH, TOO_DEEP, Problem, found, note
from shotmill.story.rows import Row
from shotmill.story.transition import is_continuous

OVERLAYS = ("text_overlay", "kinetic_text", "sfx")
"""The fields that only a storyboard has; kept in a prompt's `extra` where they are not empty."""


def prompts_from(rows: Iterable[Row], problems: list[Problem], *, storyboard: bool = False) -> tuple[Prompt, ...]:
    """The prompts in the rows' order; what is wrong goes into `problems`, and then they are not to be used.

    In a storyboard the word `None` means empty, in every field. The first beat never continues.
    """
    prompts: list[Prompt] = []
    taken: dict[str, Prompt] = {}
    for line, given in rows:
        fields = without_none(given) if storyboard else given
        prompt = _prompt(line, fields, bool(prompts), problems)
        if prompt is None:
            continue
        key = name_key(prompt.name)
        first = taken.setdefault(key, prompt)
        if first is not prompt:
            note(problems, Problem(prompt.line, _twin(prompt, first)))
        prompts.append(prompt)
    return tuple(prompts)


def without_none(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a storyboard's row without those that are empty or the word `None`."""
    return {key: value for key, value in fields.items() if not _is_none(value)}


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.strip().casefold() in ("", "none"))


def _prompt(line: int, fields: dict[str, Any], may_continue: bool, problems: list[Problem]) -> Prompt | None:
    given = "beat_number" in fields
    try:
        beat = beat_id(fields.pop("beat_number", None))
    except ValueError as error:
        missed = "" if given else meant(fields, "beat_number")
        note(problems, Problem(line, f"{error}{missed}"))
        return None
    shot = 0
    try:
        shot = shot_number(fields.pop("shot_number", None), beat)
    except ValueError as error:
        note(problems, Problem(line, f"beat {found(beat)}: {error}"))
    text = _text(fields, "ai_prompt", line, beat, problems)
    phrase = _text(fields, "script_phrase", line, beat, problems)
    transition = _text(fields, "transition_type", line, beat, problems)
    if text == "":
        missed = f"ai_prompt is missing or empty, expected the prompt's text{meant(fields, 'ai_prompt')}"
        note(problems, Problem(line, f"beat {found(beat)}: {missed}"))
    continues = may_continue and is_continuous(transition)
    extra = _extra(fields, line, beat, problems) if fields else NO_EXTRA
    return Prompt(beat, safe_name(beat), shot, text or "", continues, line, transition or "H", phrase, extra)


def _text(fields: dict[str, Any], key: str, line: int, beat: str, problems: list[Problem]) -> str:
    """The field's text without white space around it, so that it is the same in every format."""
    value = fields.pop(key, None)
    if isinstance(value, str):
        return value.strip()
    if value is not None:
        note(problems, Problem(line, f"beat {found(beat)}: {key} is {found(value)}, expected text"))
        return "?"
    return ""


def _extra(fields: dict[str, Any], line: int, beat: str, problems: list[Problem]) -> dict[str, Any]:
    for key in OVERLAYS:
        if key in fields and _is_none(fields[key]):
            del fields[key]
    if any(isinstance(value, list | dict) and _too_deep(value) for value in fields.values()):
        note(problems, Problem(line, f"beat {found(beat)}: {TOO_DEEP}"))
    return fields


def _too_deep(value: list[Any] | dict[str, Any]) -> bool:
    # Level by level and not by calling itself: the nesting is the file's, the stack is ours.
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, list | dict)
        ]
        if not level:
            return False
    return True


def _twin(prompt: Prompt, first: Prompt) -> str:
    if prompt.beat == first.beat:
        return f"beat {found(prompt.beat)} is there twice, first in line {first.line}; expected one beat of each id"
    return (
        f"beat {found(prompt.beat)} would have the same file name as beat {found(first.beat)} in line {first.line} "
        f"(Beat_{first.name}); expected ids that differ by more than case and signs"
    )
