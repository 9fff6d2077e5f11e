"""`shotmill init`: write shotmill.toml from what is found."""

from __future__ import annotations

from pathlib import Path

from shotmill_tui.cli.place import add_project, named_folder
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.project import default_title
    from shotmill.settings.write import project_toml, write_project_toml

    root = named_folder(asked.project) if asked.project else Path.cwd()
    sources = _sources(root)
    styles = {style: path.relative_to(root).as_posix() for style, path in sources.items()}
    path = write_project_toml(root, project_toml(default_title(root), styles))
    terminal.note(f"Wrote {path}: {number_of(len(styles), 'style')}{' (' + ', '.join(styles) + ')' if styles else ''}.")
    terminal.note("  → shotmill start" if styles else "  → put prompts into prompts/, or storyboards into storyboards/")
    return 0


def _sources(root: Path) -> dict[str, Path]:
    """Style and prompts file of all that is there; none in an empty folder."""
    from shotmill.errors import NothingRunsError
    from shotmill.story.discover import find_sources

    try:
        return {source.style: source.path for source in find_sources(root, {})}
    except NothingRunsError:
        return {}
