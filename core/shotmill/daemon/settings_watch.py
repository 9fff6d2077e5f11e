"""A `shotmill.toml` that is changed while its project is drawn: a run goes on as it began, and that has to be said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotmill.errors import ShotmillError
from shotmill.settings.project import FILE_NAME, ProjectSettings, StyleSettings, load_project_settings

if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop
    from shotmill.engine.project import OpenProject

LOOK_S = 2.0


class SettingsWatch:
    """Tells each change once, in the project's log."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._seen: dict[str, tuple[int, int] | None] = {}  # by run, the file's mark
        self._told: dict[str, str] = {}

    async def keep(self) -> None:
        while True:
            await self._workshop.clock.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """At the file of every project that is being drawn, where it is another one than it was."""
        active = self._workshop.active_runs
        self._seen = {run.id: self._seen[run.id] for run in active if run.id in self._seen}
        self._told = {run.id: self._told[run.id] for run in active if run.id in self._told}
        for run in active:
            mark = await self._workshop.tools.in_thread(lambda root=run.project.root: _mark(root))  # type: ignore[misc]
            if run.id not in self._seen or self._seen[run.id] != mark:
                self._seen[run.id] = mark
                await self._tell(run.id, run.project)

    async def _tell(self, run: str, project: OpenProject) -> None:
        try:
            now = await self._workshop.tools.in_thread(lambda: load_project_settings(project.root))
        except ShotmillError as error:
            said = f"{FILE_NAME} can't be used as it is now; this run goes on as it began. {error.told}"
        else:
            changed = differing(project.settings, now)
            said = (
                f"{FILE_NAME} has another {', '.join(changed)} now: that holds from the next start, "
                "and this run goes on as it began  → shotmill stop, then: shotmill start"
                if changed
                else ""
            )
        if said != self._told.get(run, ""):
            self._told[run] = said
            project.tell("warning", "note", said or f"{FILE_NAME} is again as it was when this run began")


def differing(before: ProjectSettings, now: ProjectSettings) -> list[str]:
    """The settings that are others now, by the names that the file has for them."""
    found = [
        f"{one.name}.{name}"
        for one in fields(before)
        if is_dataclass(section := getattr(before, one.name))
        for name in _unlike(section, getattr(now, one.name))
    ]
    found += [f"project.{name}" for name in ("title", "budget_usd") if getattr(before, name) != getattr(now, name)]
    return found + _unlike_styles(before.styles, now.styles)


def _unlike_styles(before: Mapping[str, StyleSettings], now: Mapping[str, StyleSettings]) -> list[str]:
    usual = StyleSettings()
    return [
        f"styles.{style}.{name}"
        for style in dict.fromkeys((*before, *now))
        for name in _unlike(before.get(style, usual), now.get(style, usual))
    ]


def _unlike(before: Any, now: Any) -> list[str]:
    return [one.name for one in fields(before) if one.compare and getattr(before, one.name) != getattr(now, one.name)]


def _mark(root: Path) -> tuple[int, int] | None:
    try:
        found = (root / FILE_NAME).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
