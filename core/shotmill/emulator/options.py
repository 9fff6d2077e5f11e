"""How an emulator answers: what a project says of the one that draws it in `.shotmill/emulator.json`, from whoever made
the project, and what one that is a process of its own tells of itself."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shotmill.errors import ShotmillError
from shotmill.takes.folder import open_folder
from shotmill.takes.place import told
from shotmill.untrusted import printable

NAME = "emulator.json"
LARGEST = 64_000
"""Bytes of the file: a few numbers and words."""
FORMATS = ("jpeg", "png", "mixed")


@dataclass(frozen=True, slots=True)
class EmulatorOptions:
    """The file's fields, as the arguments of `shotmill emulator` have them: `latency` in seconds before `speed`
    divides it, `drafts` whether replies may hold some, `faults` the name of a script beside the file, empty without
    one."""

    speed: float = 1.0
    seed: int = 0
    latency: float = 8.0
    format: str = "mixed"
    faults: str = ""
    drafts: bool = True

    @classmethod
    def of(cls, found: object) -> EmulatorOptions:
        """From JSON that was parsed; what is not named has its default. Raises ValueError with what is wrong."""
        if not isinstance(found, dict):
            raise ValueError("is not an object")
        usual = cls()
        return cls(
            speed=float(_number(found, "speed", usual.speed, 0.001, 1e6)),
            seed=int(_number(found, "seed", usual.seed, -(2**63), 2**63)),
            latency=float(_number(found, "latency", usual.latency, 0, 86_400)),
            format=_word(found, "format", usual.format, FORMATS),
            faults=_file_name(found.get("faults", usual.faults)),
            drafts=_truth(found, "drafts", usual.drafts),
        )

    def told(self) -> dict[str, Any]:
        """What an emulator tells of itself; its script of faults, which may change, is not in it."""
        return {name: value for name, value in asdict(self).items() if name != "faults"}


def read_options(dot: Path) -> EmulatorOptions:
    """The options in the project's folder `dot`, the defaults where it has no such file. Raises `ShotmillError` for
    what is no small plain file of sane values; a link or pipe in its place is not followed."""
    path = dot / NAME
    with told(path):
        try:
            with open_folder(dot.parent, dot.name) as folder:
                data, _ = folder.read(NAME, LARGEST)
        except FileNotFoundError:
            return EmulatorOptions()
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise _refused(path, "is not JSON") from None
    try:
        return EmulatorOptions.of(found)
    except ValueError as wrong:
        raise _refused(path, str(wrong)) from None


def _number(found: dict[str, Any], name: str, usual: float, least: float, most: float) -> float:
    value = found.get(name, usual)
    kinds = int if isinstance(usual, int) else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not least <= value <= most:
        whole = "whole " if isinstance(usual, int) else ""
        raise ValueError(f"has to have a {whole}number from {least:g} to {most:g} as {name}")
    return value


def _truth(found: dict[str, Any], name: str, usual: bool) -> bool:
    value = found.get(name, usual)
    if not isinstance(value, bool):
        raise ValueError(f"has to have true or false as {name}")
    return value


def _word(found: dict[str, Any], name: str, usual: str, allowed: tuple[str, ...]) -> str:
    value = found.get(name, usual)
    if value not in allowed:
        raise ValueError(f"has to have one of {', '.join(allowed)} as {name}")
    return str(value)


def _file_name(value: object) -> str:
    if not isinstance(value, str) or "/" in value or "\0" in value or value in (".", ".."):
        raise ValueError("has to have the name of a file beside it as faults")
    return value


def _refused(path: Path, what: str) -> ShotmillError:
    shown = printable(str(path))
    return ShotmillError(
        f"{shown} {what}", cure=f"correct it, or remove it: rm {printable(shlex.quote(str(path)))}", code="emulator"
    )
