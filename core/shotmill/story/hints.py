"""What is allowed in a prompts file and is probably not meant: words that are close to others. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from shotmill.story.model import Prompt, Style
from shotmill.story.problems import Problem, found, located
from shotmill.story.transition import is_continuous

SHOWN = 10
"""So many hints of a project are told."""

FIELDS = ("beat_number", "ai_prompt", "shot_number", "script_phrase", "transition_type")
_NEAR = 0.75
_WORDS = re.compile(r"[^\W\d_]+")
_USUAL = re.compile(
    "h|c|cut|hard|soft|jump|smash|match|fade|dissolve|cross|crossfade|wipe|iris|push|slide|zoom|black|white|flash|new|"
    "scene|shot|start|opening|first|end|final|none|no|na|in|out|to|from|continuous|continue|contd|cont"
)
"""How words for a transition begin."""


def hints(styles: Iterable[Style]) -> list[str]:
    """One line for each word, where it stands first, and what it is taken for."""
    told = [hint for style in styles for hint in _of_style(style)]
    more = len(told) - SHOWN
    return [*told[:SHOWN], *([f"… and {more} more"] if more > 0 else [])]


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that was probably meant; empty where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(word[:100].casefold(), known, 1, _NEAR)
    return near[0] if near else ""


def meant(fields: Iterable[str], wanted: str) -> str:
    """`; "ai_promt" is there, did you mean "ai_prompt"?`, for a field that is missed; empty where none is near."""
    near = next((field for field in fields if nearest(field, (wanted,))), "")
    return f'; {found(near)} is there, did you mean "{wanted}"?' if near else ""


def _of_style(style: Style) -> Iterator[str]:
    seen: set[str] = set()
    if style.prompts and not style.prompts[0].continues and is_continuous(style.prompts[0].transition):
        first = style.prompts[0]
        text = f"transition_type {found(first.transition)} is taken as a hard cut: no beat is before it in this style"
        yield located(style.source, Problem(first.line, f"beat {found(first.beat)}: {text}"))
    usual: set[str] = set()
    for prompt in style.prompts:
        if not prompt.extra and prompt.transition in usual:  # as with most: nothing to look at
            continue
        if not _is_strange(prompt.transition):
            usual.add(prompt.transition)
        for word, text in _of_prompt(prompt):
            if word not in seen:
                seen.add(word)
                yield located(style.source, Problem(prompt.line, f"beat {found(prompt.beat)}: {text}"))


def _of_prompt(prompt: Prompt) -> Iterator[tuple[str, str]]:
    if not prompt.continues and _is_strange(prompt.transition):
        yield (
            f"= {prompt.transition}",
            f"transition_type {found(prompt.transition)} is taken as a hard cut; C continues from the beat before",
        )
    for field in prompt.extra:
        near = nearest(field, FIELDS)
        if near:
            yield field, f'{found(field)} is kept but not read; did you mean "{near}"?'


@lru_cache(maxsize=1024)
def _is_strange(transition: str) -> bool:
    """Whether its first word is none that is usual for a cut."""
    first = _WORDS.search(transition[:100])
    return first is None or _USUAL.fullmatch(first.group().casefold()) is None
