"""What a storyboard is made of: a style holds prompts, each of them one beat of a shot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

NO_EXTRA: Mapping[str, Any] = MappingProxyType({})


class Prompt(Struct, frozen=True, gc=False, array_like=True):
    """What is asked of the model for one beat in one style.

    `beat` is the beat's id (`"1.1"`), `name` the same as a file name that is safe on every disk, `continues` whether
    the finished image of the beat before is sent along, `transition` the word as the file has it, `line` the 1-based
    line in the file where the prompt begins. `extra` keeps the fields that Shotmill does not know.
    """

    # A struct of msgspec: a project has up to 300,000 of them, and a frozen dataclass takes ten times as long to make.
    beat: str
    name: str
    shot: int
    text: str
    continues: bool
    line: int
    transition: str = "H"
    script_phrase: str = ""
    extra: Mapping[str, Any] = NO_EXTRA

    def __hash__(self) -> int:
        return hash((self.beat, self.text, self.line))  # `extra` has none


@dataclass(frozen=True, slots=True)
class Style:
    """One look in which every beat is drawn, its prompts in the file's order."""

    name: str
    source: Path
    prompts: tuple[Prompt, ...]
