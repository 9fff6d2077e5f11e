"""What a project is read from: its settings, its prompts, and what lies in the folders of its images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from shotmill.errors import ShotmillError
from shotmill.file_mark import FileMark
from shotmill.settings.project import ProjectSettings, load_project_settings
from shotmill.story.discover import Source, find_sources
from shotmill.story.load import StoryCache, is_great, loading_story
from shotmill.story.model import Style
from shotmill.takes.layout import Layout
from shotmill.takes.listing import Listing, listing_images


@dataclass(frozen=True, slots=True)
class Reading:
    """The settings, and what other processes read of a great project meanwhile: each of both waits for it, and is to be
    asked once. They raise `ShotmillError`. `listings` tells what lies in the folders of those styles."""

    settings: ProjectSettings
    styles: Callable[[], tuple[Style, ...]]
    listings: Callable[[tuple[Style, ...]], Mapping[str, Listing]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a reading begins with; of two that are alike the same is read."""

    settings: ProjectSettings
    sources: tuple[Source, ...]
    marks: tuple[FileMark | None, ...]


class _Begun(NamedTuple):
    seen: _Seen
    processes: ExitStack
    found: Reading


class Reader:
    """Reads one project whenever it is asked to; a prompts file that has not changed since is not read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._story = StoryCache()
        self._begun: _Begun | None = None

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """The project as it is now; its images, as they were when this reading was begun. Processes that read for it
        are gone when this ends. Blocking; raises `ShotmillError`."""
        begun, self._begun = self._begun, None
        with ExitStack() as processes:
            if begun is not None:
                processes.enter_context(begun.processes)
            seen = self._look()
            if begun is None or begun.seen != seen:
                begun = self._begin(seen)
                processes.enter_context(begun.processes)
            yield begun.found

    def begin(self) -> None:
        """Begin with what the next `reading` has; what keeps it from being read is for that one to tell."""
        with suppress(ShotmillError, OSError):
            self._begun = self._begin(self._look())

    def close(self) -> None:
        """Nobody asks for what was begun."""
        if self._begun is not None:
            self._begun.processes.close()
            self._begun = None

    def _look(self) -> _Seen:
        settings = load_project_settings(self.root)
        sources = find_sources(self.root, {name: style.prompts for name, style in settings.styles.items()})
        return _Seen(settings, sources, tuple(FileMark.of(source.path) for source in sources))

    def _begin(self, seen: _Seen) -> _Begun:
        names, great = [source.style for source in seen.sources], is_great(seen.sources)
        with ExitStack() as processes:
            styles = processes.enter_context(loading_story(seen.sources, self._story))
            listing_of = processes.enter_context(listing_images(Layout(self.root), names, great=great))
            found = Reading(
                seen.settings, styles, lambda asked: {style.name: listing_of(style.name) for style in asked}
            )
            return _Begun(seen, processes.pop_all(), found)
