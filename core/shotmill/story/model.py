"""What a storyboard is made of: a style holds prompts, each of them one beat of a shot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

NO_EXTRA: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked of the model for one beat in one style.

    `beat` is the beat's id (`"1.1"`), `name` the same as a file name that is safe on every disk, `continues` whether
    the finished image of the beat before is sent along, `transition` the word as the file has it, `line` the 1-based
    line in the file where the prompt begins. `extra` keeps the fields that Shotmill does not know.
    """

    beat: str
    name: str
    shot: int
    text: str
    continues: bool
    line: int
    transition: str = "H"
    script_phrase: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: NO_EXTRA, hash=False)


@dataclass(frozen=True, slots=True)
class Style:
    """One look in which every beat is drawn, its prompts in the file's order."""

    name: str
    source: Path
    prompts: tuple[Prompt, ...]
