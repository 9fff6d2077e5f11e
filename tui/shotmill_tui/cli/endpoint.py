"""A project that wants keys sent to a host of its own: a person is asked once, by the host's name."""

from __future__ import annotations

from pathlib import Path

from shotmill.settings.endpoint import parse_address
from shotmill.settings.keystore import allow_base_url
from shotmill.settings.project import load_project_settings
from shotmill_tui.cli.place import folders
from shotmill_tui.cli.terminal import Terminal


def ask_to_allow(root: Path, terminal: Terminal) -> bool:
    """Whether the person agreed; the endpoint is then in `keys.toml`, and nobody asks again."""
    url = load_project_settings(root).gemini.base_url
    address = parse_address(url)
    if address.in_clear:
        return False
    terminal.note(f"This project asks to send your keys and prompts to {address.host}, not to Google.")
    if not terminal.confirm(f"Allow {address.origin} for all projects from now on?"):
        return False
    allow_base_url(folders(), url)
    return True
