"""From files on disk to styles, or one error that lists everything that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from shotmill.errors import NothingRunsError
from shotmill.story.discover import SUFFIXES, Source
from shotmill.story.json_reader import read_json
from shotmill.story.markdown_reader import read_markdown
from shotmill.story.model import Prompt, Style
from shotmill.story.problems import Problem, StoryError, UnreadableError, file_label, found, listed, located
from shotmill.story.prompts import prompts_from
from shotmill.story.rows import Reader
from shotmill.story.source_text import read_source
from shotmill.story.txt_reader import read_txt

_CURE = "Correct the lines that are named, then try again: nothing was sent."


def load_style(style: str, path: Path) -> Style:
    """The style whose prompts `path` holds: a prompts file or a storyboard, told apart by suffix and folder.

    Blocking: reads and parses the file. Raises StoryError, whose message lists up to ten problems by file and line.
    """
    loaded, problems = _load(style, path)
    _refuse([(path, problem) for problem in problems])
    return loaded


def load_story(sources: Iterable[Source]) -> tuple[Style, ...]:
    """Every style, in the sources' order; one StoryError for the problems of all files together.

    Raises NothingRunsError where no file holds a single prompt.
    """
    styles: list[Style] = []
    problems: list[tuple[Path, Problem]] = []
    for source in sources:
        style, wrong = _load(source.style, source.path)
        styles.append(style)
        problems += [(source.path, problem) for problem in wrong]
    _refuse(problems)
    if not any(style.prompts for style in styles):
        files = ", ".join(file_label(style.source) for style in styles[:3])
        raise NothingRunsError(f"there is no prompt in {files or 'this project'}", cure="Put prompts into the file.")
    return tuple(styles)


def is_storyboard(path: Path) -> bool:
    """A table, or a file in the folder of storyboards; there the word `None` means empty."""
    return path.suffix.lower() == ".md" or path.parent.name == "storyboards"


def _load(style: str, path: Path) -> tuple[Style, list[Problem]]:
    read = _reader(path)
    problems: list[Problem] = []
    prompts: tuple[Prompt, ...] = ()
    try:
        prompts = prompts_from(read(read_source(path), problems), problems, storyboard=is_storyboard(path))
    except UnreadableError as error:
        problems.append(error.problem)
    return Style(style, path, prompts), sorted(problems, key=lambda problem: (problem.line, problem.column))


def _reader(path: Path) -> Reader:
    match path.suffix.lower():
        case ".json":
            return read_json
        case ".js" | ".mjs" | ".cjs":
            from shotmill.story.js_reader import read_js  # brings the parser along, which most projects never need

            return read_js
        case ".txt":
            return read_txt
        case ".md":
            return read_markdown
        case suffix:
            raise StoryError(
                f"{file_label(path)}: a prompts file ends with {', '.join(SUFFIXES)} or .md, found {found(suffix)}",
                cure="Name the prompts file by its format.",
            )


def _refuse(problems: list[tuple[Path, Problem]]) -> None:
    if problems:
        message = listed([located(path, problem) for path, problem in problems])
        first = problems[0][0]
        raise StoryError(message, cure=_CURE, problems=[problem for path, problem in problems if path == first])
