"""Storyboards to prompts files: the same prompts as `.json`, `.js` and `.txt`, byte for byte the same every time."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from typing import Any

from shotmill.story.discover import SUFFIXES, checked_storyboards
from shotmill.story.load import load_story
from shotmill.story.model import Prompt
from shotmill.story.problems import StoryError, file_label
from shotmill.story.txt_reader import is_header


class Written(StrEnum):
    """What became of a prompts file."""

    WRITTEN = "written"  # it was not there before
    UNCHANGED = "unchanged"  # it was there with the same bytes
    DIFFERS = "differs"  # it was there with other bytes and was left alone
    REPLACED = "replaced"  # the same, but by force: the old one is kept beside it


@dataclass(frozen=True, slots=True)
class Extracted:
    """One prompts file; `kept` is where the replaced one is now."""

    style: str
    path: Path
    state: Written
    kept: Path | None = None


def extract(root: Path, styles: Collection[str] | None = None, *, force: bool = False) -> tuple[Extracted, ...]:
    """Write `prompts/prompts-{style}.json|js|txt` from the storyboards of the named styles, or of all.

    Nothing is written unless every storyboard can be read. A file that differs is left alone without `force`, and with
    it kept as `….bak` (numbered where that is taken). Raises StoryError and NothingRunsError.
    """
    story = load_story(checked_storyboards(root, styles))
    folder = root / "prompts"
    _check_folder(root, folder)
    results: list[Extracted] = []
    for style in story:
        for suffix in SUFFIXES:
            path = folder / f"prompts-{style.name}{suffix}"
            state, kept = _store(path, render(style.prompts, suffix).encode(), force)
            results.append(Extracted(style.name, path, state, kept))
    return tuple(results)


def render(prompts: Sequence[Prompt], suffix: str) -> str:
    """The prompts as the text of a `.json`, `.js` or `.txt` file; `.txt` carries id, shot and prompt only."""
    if suffix == ".txt":
        return "\n".join(_as_text(prompt) for prompt in prompts)
    listing = json.dumps([_fields(prompt) for prompt in prompts], ensure_ascii=False, indent=2)
    if suffix == ".json":
        return f"{listing}\n"
    # Two signs end a line inside a string for older JavaScript; JSON's own strings are JavaScript's otherwise.
    listing = listing.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"export default {listing};\n"


def _fields(prompt: Prompt) -> dict[str, Any]:
    return {
        "shot_number": prompt.shot,
        "beat_number": prompt.beat,
        "script_phrase": prompt.script_phrase,
        "transition_type": prompt.transition,
        "ai_prompt": prompt.text,
        **prompt.extra,
    }


def _as_text(prompt: Prompt) -> str:
    lines = prompt.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # A line that looks like a header would begin another beat.
    body = "\n".join(f"> {line}" if is_header(line) else line for line in lines)
    return f"=== Beat {prompt.beat} (Shot {prompt.shot}) ===\n{body}\n"


def _check_folder(root: Path, folder: Path) -> None:
    if not folder.resolve().is_relative_to(root.resolve()):
        raise StoryError(f"{folder.name}/ leads out of the project", cure="Make it a folder in the project.")
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StoryError(
            f"{folder.name}/ can't be made: {error.strerror}", cure="See that the project is yours."
        ) from error


def _store(path: Path, data: bytes, force: bool) -> tuple[Written, Path | None]:
    try:
        if not os.path.lexists(path):
            _write(path, data)
            return Written.WRITTEN, None
        if path.is_symlink() or not path.is_file():
            raise StoryError(f"{file_label(path)} is not a plain file", cure="Move it away, then extract again.")
        old = path.read_bytes()
        if old == data:
            return Written.UNCHANGED, None
        if not force:
            return Written.DIFFERS, None
        kept = _keep(path, old)
        _write(path, data)
        return Written.REPLACED, kept
    except OSError as error:
        raise StoryError(
            f"{file_label(path)} can't be written: {error.strerror}", cure="See that the folder is yours and has room."
        ) from error


def _keep(path: Path, old: bytes) -> Path:
    """A copy beside the file under the first name that is free."""
    for number in itertools.count(1):
        kept = path.with_name(f"{path.name}.bak{'' if number == 1 else number}")
        with contextlib.suppress(FileExistsError), kept.open("xb") as file:
            file.write(old)
            file.flush()
            os.fsync(file.fileno())
            return kept
    raise AssertionError("unreachable")


def _write(path: Path, data: bytes) -> None:
    """Replace the file in one step: whoever reads it sees the old one or the new one, whole."""
    fresh = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with fresh.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
