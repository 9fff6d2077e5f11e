"""Screens by their name; each is imported when it is first needed, so that the floor opens at once."""

from __future__ import annotations

from shotmill_tui.screens.mill import MillScreen


def screen_of(kind: str) -> MillScreen:
    """A new screen of those that any other may open."""
    if kind == "diagnostics":
        from shotmill_tui.screens.diagnostics import DiagnosticsScreen

        return DiagnosticsScreen()
    if kind == "log":
        from shotmill_tui.screens.log import LogScreen

        return LogScreen()
    if kind == "themes":
        from shotmill_tui.screens.themes import ThemesScreen

        return ThemesScreen()
    if kind == "keys":
        from shotmill_tui.screens.keys import KeysScreen

        return KeysScreen()
    if kind == "projects":
        from shotmill_tui.screens.projects import ProjectsScreen

        return ProjectsScreen()
    if kind == "first":
        from shotmill_tui.screens.first import FirstScreen

        return FirstScreen()
    from shotmill_tui.screens.help import HelpScreen

    return HelpScreen()
