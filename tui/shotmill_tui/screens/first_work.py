"""What a first run writes: keys, settings, a sample film. All of it blocks and belongs in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shotmill.errors import NothingRunsError
from shotmill.secrets import Secret
from shotmill.settings.folders import Folders


def store(folders: Folders, name: str, secret: Secret, *, replaces: bool) -> None:
    """A key that stands in the file under this name from before is kept: the name is taken."""
    from shotmill.settings.keystore import add

    add(folders, name, secret, replaces)


def write_limit(root: Path, usd: float | None) -> str:
    """The project's settings with what was found, and the limit; what was done, in words."""
    from shotmill.settings.budget import set_budget
    from shotmill.settings.project import default_title
    from shotmill.settings.write import ProjectFileExistsError, project_toml, write_project_toml

    limit = f"limit ${usd:,.2f}" if usd is not None else "no limit"
    try:
        path = write_project_toml(root, project_toml(default_title(root), _styles(root), budget_usd=usd))
    except ProjectFileExistsError:  # written by an earlier page, or by hand meanwhile
        if usd is None:
            return f"{root / 'shotmill.toml'} stays as it is."
        path = set_budget(root, usd)
    return f"Written to {path}: {limit}."


def keys_here(folders: Folders, environ: Mapping[str, str]) -> tuple[bool, tuple[tuple[str, str], ...]]:
    """Whether this machine has a key that can be used; names and reasons of those that can't, such as placeholders."""
    from shotmill.settings.keys import load_keys

    ring = load_keys(folders, environ)
    return bool(ring.keys), tuple((key.name, key.reason) for key in ring.unusable)


def _styles(root: Path) -> dict[str, str | None]:
    from shotmill.settings.write import found_styles
    from shotmill.story.discover import find_sources

    try:
        return found_styles(root, {source.style: source.path for source in find_sources(root, {})})
    except NothingRunsError:
        return {}


def make_demo(inside: Path) -> Path:
    """The sample project, where `shotmill demo` puts it too; one that is there goes on. Answers with its folder."""
    from shotmill_tui.cli.demo import BEATS, DEFAULT_FOLDER, SEED, SPEED
    from shotmill_tui.cli.sample import folder

    root = inside / DEFAULT_FOLDER
    if not folder.is_sample(root):
        folder.make(root, BEATS, SPEED, SEED)
    return root
