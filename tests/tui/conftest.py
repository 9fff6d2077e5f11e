"""What all tests of screens have in common."""

from __future__ import annotations

import pytest
from textual import app, pilot

from tui.resting import at_rest


@pytest.fixture(autouse=True)
def at_rest_by_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (app, pilot):
        monkeypatch.setattr(module, "wait_for_idle", at_rest)
