"""What a project is read from: its settings, its prompts, and what lies in the folders of its images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shotmill.errors import ShotmillError
from shotmill.settings.project import ProjectSettings, load_project_settings
from shotmill.story.discover import find_sources
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


class Reader:
    """Reads one project whenever it is asked to; a prompts file that has not changed since is not read again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._story = StoryCache()
        self._begun: tuple[ExitStack, Reading] | None = None

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """The project as it is now, or was when this reading was begun. Processes that read for it are gone when this
        ends. Blocking; raises `ShotmillError`."""
        begun, self._begun = self._begun, None
        processes, found = begun or self._begin()
        with processes:
            yield found

    def begin(self) -> None:
        """Begin with what the next `reading` has; what keeps it from being read is for that one to tell."""
        with suppress(ShotmillError, OSError):
            self._begun = self._begin()

    def close(self) -> None:
        """Nobody asks for what was begun."""
        if self._begun is not None:
            self._begun[0].close()
            self._begun = None

    def _begin(self) -> tuple[ExitStack, Reading]:
        settings = load_project_settings(self.root)
        sources = find_sources(self.root, {name: style.prompts for name, style in settings.styles.items()})
        names, great = [source.style for source in sources], is_great(sources)
        with ExitStack() as processes:
            styles = processes.enter_context(loading_story(sources, self._story))
            listing_of = processes.enter_context(listing_images(Layout(self.root), names, great=great))
            found = Reading(settings, styles, lambda asked: {style.name: listing_of(style.name) for style in asked})
            return processes.pop_all(), found
