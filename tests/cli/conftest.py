from __future__ import annotations

from collections.abc import Iterator

import pytest

from cli.command_line import Home, a_home


@pytest.fixture
def home() -> Iterator[Home]:
    with a_home() as made:
        yield made


@pytest.fixture
def here(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The same for commands that run in this process."""
    monkeypatch.setenv("SHOTMILL_HOME", home.environ["SHOTMILL_HOME"])
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(home.work)
    return home
