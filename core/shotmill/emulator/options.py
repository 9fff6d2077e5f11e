"""What a project says of the emulator that draws it: `.shotmill/emulator.json`, from whoever made the project."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
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
    divides it, `faults` the name of a script beside the file, empty without one."""

    speed: float = 1.0
    seed: int = 0
    latency: float = 8.0
    format: str = "mixed"
    faults: str = ""


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
    if not isinstance(found, dict):
        raise _refused(path, "is not an object")
    usual = EmulatorOptions()
    return EmulatorOptions(
        speed=float(_number(path, found, "speed", usual.speed, 0.001, 1e6)),
        seed=int(_number(path, found, "seed", usual.seed, -(2**63), 2**63)),
        latency=float(_number(path, found, "latency", usual.latency, 0, 86_400)),
        format=_word(path, found, "format", usual.format, FORMATS),
        faults=_file_name(path, found.get("faults", usual.faults)),
    )


def _number(path: Path, found: dict[str, Any], name: str, usual: float, least: float, most: float) -> float:
    value = found.get(name, usual)
    kinds = int if isinstance(usual, int) else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not least <= value <= most:
        whole = "whole " if isinstance(usual, int) else ""
        raise _refused(path, f"has to have a {whole}number from {least:g} to {most:g} as {name}")
    return value


def _word(path: Path, found: dict[str, Any], name: str, usual: str, allowed: tuple[str, ...]) -> str:
    value = found.get(name, usual)
    if value not in allowed:
        raise _refused(path, f"has to have one of {', '.join(allowed)} as {name}")
    return str(value)


def _file_name(path: Path, value: object) -> str:
    if not isinstance(value, str) or "/" in value or "\0" in value or value in (".", ".."):
        raise _refused(path, "has to have the name of a file beside it as faults")
    return value


def _refused(path: Path, what: str) -> ShotmillError:
    shown = printable(str(path))
    return ShotmillError(
        f"{shown} {what}", cure=f"correct it, or remove it: rm {printable(shlex.quote(str(path)))}", code="emulator"
    )
