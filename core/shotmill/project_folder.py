"""Whether a folder is a project, and the one answer where it is none."""

from __future__ import annotations

from pathlib import Path

from shotmill.errors import UsageError
from shotmill.untrusted import printable

_SIGNS = ("shotmill.toml", "prompts", "storyboards", ".shotmill/journal.jsonl")
TO_MAKE_ONE = "Put prompts into prompts/ or storyboards into storyboards/, then: shotmill init. A sample: shotmill demo"


class NoProjectError(UsageError):
    """A folder that is no project. Nothing is written into it."""

    code = "no_project"

    def __init__(self, folder: Path, *, more: str = "", cure: str = TO_MAKE_ONE) -> None:
        told = f"This folder is no project: {printable(str(folder))}"
        super().__init__(f"{told} (no shotmill.toml, prompts/ or storyboards/){more}", cure=cure)


def is_project(folder: Path) -> bool:
    """Settings, prompts, storyboards or a journal are there; on a share that does not answer nothing is."""
    try:
        return any((folder / sign).exists() for sign in _SIGNS)
    except OSError:
        return False
