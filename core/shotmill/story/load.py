"""From files on disk to styles, or one error that lists everything that is wrong in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from shotmill.apart import GREAT_BYTES
from shotmill.errors import NothingRunsError
from shotmill.file_mark import FileMark
from shotmill.story.apart import PromptsOf, prompts_apart
from shotmill.story.crowds import MOST_ROWS, too_many
from shotmill.story.discover import SUFFIXES, Source
from shotmill.story.json_reader import read_json
from shotmill.story.markdown_reader import read_markdown
from shotmill.story.model import Prompt, Style
from shotmill.story.problems import Problem, StoryError, UnreadableError, file_label, found, listed, located
from shotmill.story.prompts import prompts_from
from shotmill.story.rows import Reader
from shotmill.story.source_text import decoded, read_source
from shotmill.story.txt_reader import read_txt
from shotmill.story.usual_json import usual_prompts

_CURE = "Correct the lines that are named, then try again: nothing was sent."


def load_style(style: str, path: Path) -> Style:
    """The style whose prompts `path` holds: a prompts file or a storyboard, told apart by suffix and folder.

    Blocking: reads and parses the file. Raises StoryError, whose message lists up to ten problems by file and line.
    """
    loaded, problems = read_style(style, path)
    _refuse([(path, problem) for problem in problems])
    return loaded


class StoryCache:
    """Styles whose files have not changed since they were read: a hundred thousand prompts take a second to parse."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, Path], tuple[FileMark, Style]] = {}

    def get(self, source: Source, mark: FileMark | None) -> Style | None:
        known = self._read.get((source.style, source.path))
        return known[1] if known is not None and known[0] == mark else None

    def keep(self, source: Source, mark: FileMark | None, style: Style) -> None:
        """`mark` is from before the reading, so a change meanwhile shows; a file that is young is read again."""
        if mark is not None and not mark.young(time.time_ns()):
            self._read[source.style, source.path] = mark, style


def load_story(sources: Iterable[Source], cache: StoryCache | None = None) -> tuple[Style, ...]:
    """Every style, in the sources' order; one StoryError for the problems of all files together.

    Raises NothingRunsError where no file holds a single prompt.
    """
    with loading_story(sources, cache) as styles:
        return styles()


def is_great(sources: Iterable[Source]) -> bool:
    """Whether there are so many prompts that it is worth while to have them, and what belongs to them, read apart."""
    marks = (FileMark.of(source.path) for source in sources)
    return sum(mark.size for mark in marks if mark is not None) >= GREAT_BYTES


@contextmanager
def loading_story(
    sources: Iterable[Source], cache: StoryCache | None = None
) -> Iterator[Callable[[], tuple[Style, ...]]]:
    """The same, begun: great files are read by other processes until the styles are asked for."""
    cache = cache or StoryCache()
    marks = {source: FileMark.of(source.path) for source in sources}
    known = {source: style for source, mark in marks.items() if (style := cache.get(source, mark)) is not None}
    sizes = {source: mark.size for source, mark in marks.items() if mark is not None and source not in known}
    with prompts_apart(sizes) as apart:
        yield lambda: _styles(marks, known, cache, apart)


def _styles(
    marks: Mapping[Source, FileMark | None], known: Mapping[Source, Style], cache: StoryCache, apart: PromptsOf
) -> tuple[Style, ...]:
    problems: list[tuple[Path, Problem]] = []
    styles: list[Style] = []
    for source, mark in marks.items():
        style = known.get(source)
        if style is None:
            style, wrong = _read(source, apart)
            problems += [(source.path, problem) for problem in wrong]
            if not wrong:
                cache.keep(source, mark, style)
        styles.append(style)
    _refuse(problems)
    if not any(style.prompts for style in styles):
        files = ", ".join(file_label(style.source) for style in styles[:3])
        raise NothingRunsError(f"there is no prompt in {files or 'this project'}", cure="Put prompts into the file.")
    return tuple(styles)


def _read(source: Source, apart: PromptsOf) -> tuple[Style, list[Problem]]:
    prompts = apart(source)
    if prompts is None:
        return read_style(source.style, source.path)
    return Style(source.style, source.path, prompts), []


def is_storyboard(path: Path) -> bool:
    """A table, or a file in the folder of storyboards; there the word `None` means empty."""
    return path.suffix.lower() == ".md" or path.parent.name == "storyboards"


def read_style(style: str, path: Path) -> tuple[Style, list[Problem]]:
    """What stands in a file, and what is wrong in it, by line. Raises StoryError for one that can't be read."""
    read, data, storyboard = _reader(path), read_source(path), is_storyboard(path)
    problems: list[Problem] = []
    prompts = usual_prompts(data) if read is read_json and not storyboard else None
    if prompts is None:
        prompts = _with_care(read, data, problems, storyboard=storyboard)
    return Style(style, path, prompts), sorted(problems, key=lambda problem: (problem.line, problem.column))


def _with_care(read: Reader, data: bytes, problems: list[Problem], *, storyboard: bool) -> tuple[Prompt, ...]:
    try:
        rows = islice(read(decoded(data), problems), MOST_ROWS + 1)
        prompts = prompts_from(rows, problems, storyboard=storyboard)
        if len(prompts) <= MOST_ROWS:
            return prompts
        problems.append(too_many(prompts[-1].line).problem)
    except UnreadableError as error:
        problems.append(error.problem)
    return ()


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
