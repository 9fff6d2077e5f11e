"""Which styles a project has, and which file holds the prompts of each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shotmill.errors import NothingRunsError
from shotmill.story.problems import StoryError, found
from shotmill.untrusted import printable

SUFFIXES = (".json", ".js", ".txt")
"""Prompts files in the order of preference; a storyboard comes after all of them."""

USUAL = ("illustration", "clear", "consistent")
"""The three usual styles; they come first where shotmill.toml names no order."""

_BOARD_SUFFIXES = (".json", ".md")
_NOT_A_STYLE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\ud800-\udfff:*?\"<>|]|^[. ]|[. ]$|^$")
_STYLE_LIMIT = 100
_WHERE = "prompts/prompts-{style}.json, .js or .txt, or storyboards/{style}.json or .md"


@dataclass(frozen=True, slots=True)
class Source:
    """The file that holds a style's prompts; `path` starts with the project's folder."""

    style: str
    path: Path


def find_sources(root: Path, configured: Mapping[str, str | None]) -> tuple[Source, ...]:
    """The styles of the project in `root`, each with its file.

    `configured` is shotmill.toml's `[styles.X]` in order, with the `prompts` path or None. These come first, then what
    is only on disk: illustration, clear, consistent, then by name. Raises NothingRunsError where there are no prompts
    at all, StoryError for a style of the settings that has none, for a name or a file that would leave the project.
    """
    on_disk = {**find_storyboards(root), **_prompt_files(root)}
    chosen: dict[str, Path] = {}
    for style, path in configured.items():
        if path is not None:
            chosen[style] = _configured(root, style, path)
        elif style in on_disk:
            chosen[style] = on_disk[style]
        elif on_disk or any(configured.values()):
            raise _without_prompts(style)
    for style in sorted(on_disk, key=_usual_order):
        chosen.setdefault(style, on_disk[style])
    if not chosen:
        raise NothingRunsError(f"no prompts in {printable(str(root))}", cure=f"Prompts belong in {_WHERE}.")
    _check_names(chosen)
    return tuple(Source(style, _inside(root, path)) for style, path in chosen.items())


def find_storyboards(root: Path) -> dict[str, Path]:
    """Each style's storyboard; `.json` before `.md`. Files that only describe the folder are no storyboards."""
    boards: dict[str, Path] = {}
    for suffix in reversed(_BOARD_SUFFIXES):
        for name in _names(root / "storyboards"):
            style = name.removesuffix(suffix)
            if style != name and not style.startswith(".") and style.lower() != "readme":
                boards[style] = root / "storyboards" / name
    return dict(sorted(boards.items(), key=lambda item: _usual_order(item[0])))


def checked_storyboards(root: Path, styles: Iterable[str] | None = None) -> tuple[Source, ...]:
    """The storyboards of the named styles, or of all; the same errors as `find_sources`."""
    boards = find_storyboards(root)
    for style in styles or ():
        if style not in boards:
            raise StoryError(
                f"the style {found(style)} has no storyboard",
                cure=f"Storyboards belong in storyboards/. There are: {printable(', '.join(boards)) or 'none'}.",
            )
    if not boards:
        raise NothingRunsError(
            f"no storyboards in {printable(str(root))}", cure="Storyboards belong in storyboards/{style}.json or .md."
        )
    wanted = boards if styles is None else {style: boards[style] for style in styles}
    _check_names(wanted)
    return tuple(Source(style, _inside(root, path)) for style, path in wanted.items())


def _prompt_files(root: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    names = _names(root / "prompts")
    for suffix in reversed(SUFFIXES):
        for name in names:
            if name.startswith("prompts-") and name.endswith(suffix) and len(name) > len("prompts-" + suffix):
                files[name[len("prompts-") : -len(suffix)]] = root / "prompts" / name
    return files


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - names are wanted, not paths
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise StoryError(
            f"{printable(str(folder))} can't be listed: {error.strerror}", cure="See that the folder is yours to read."
        ) from error


def _usual_order(style: str) -> tuple[int, str]:
    return (USUAL.index(style) if style in USUAL else len(USUAL), style)


def _configured(root: Path, style: str, path: str) -> Path:
    try:
        there = (root / path).exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise StoryError(
            f"shotmill.toml: the prompts of the style {found(style)} are to be in {found(path)}, which is not there",
            cure="Correct `prompts` in shotmill.toml, or put the file there.",
        )
    return root / path


def _without_prompts(style: str) -> StoryError:
    return StoryError(
        f"shotmill.toml names the style {found(style)}, which has no prompts",
        cure=f"Put them into {_WHERE.replace('{style}', printable(style, limit=40))}; or take the style out.",
    )


def _inside(root: Path, path: Path) -> Path:
    """The path, if the file that it leads to is in the project."""
    try:
        inside = path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a symlink that leads to itself
        inside = False
    if not inside:
        raise StoryError(
            f"{printable(str(path))} leads out of the project",
            cure="Copy the file into the project; symlinks and paths have to stay inside.",
        )
    return path


def _check_names(styles: Iterable[str]) -> None:
    """A style's name becomes a folder's; two that differ by case only are one folder on many disks."""
    seen: dict[str, str] = {}
    for style in styles:
        if _NOT_A_STYLE.search(style) or len(style.encode("utf-8", "replace")) > _STYLE_LIMIT:
            raise StoryError(
                f"{found(style)} can't be the name of a style: images go into a folder of that name",
                cure="Rename it; letters, digits, - and _ always work.",
            )
        twin = seen.setdefault(style.casefold(), style)
        if twin != style:
            raise StoryError(
                f"the styles {found(twin)} and {found(style)} differ by case only", cure="Rename one of them."
            )
