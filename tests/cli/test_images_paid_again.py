"""`start` where images are gone that were paid for once: a person is asked before, a script is told."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.command_line import paper_terminal, status
from shotmill_tui.cli import start
from shotmill_tui.cli.talk import Talk


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """The starts that were sent; three images are gone."""
    sent: list[dict[str, Any]] = []
    told = status(gone=3, play_money=False)

    def send(root: Path, order: dict[str, Any], terminal: object) -> dict[str, Any]:
        sent.append(order)
        return {"outcome": "started", "images": 3, "cost_usd": 0.1, "status": told}

    monkeypatch.setattr(start, "find_project", lambda _: tmp_path)
    monkeypatch.setattr(start, "told_of_logout", list)
    monkeypatch.setattr(Talk, "starting", lambda _: SimpleNamespace(status=lambda: told))
    monkeypatch.setattr(start, "start_run", send)
    return sent


def asked(**choice: Any) -> Namespace:
    none: dict[str, Any] = {"style": [], "shot": [], "beat": [], "limit": None, "retry_failed": False, "stale": False}
    return Namespace(**{"project": None, "budget": None, "wait": False, "json": False, **none, **choice})


@pytest.mark.parametrize(("said", "code", "starts"), [("y\n", 0, 1), ("n\n", 4, 0), ("\n", 4, 0)])
def test_a_person_is_asked_first(started: list[Any], said: str, code: int, starts: int) -> None:
    terminal = paper_terminal(tty=True, said=said)
    assert start.run(asked(), terminal) == code
    told = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert "3 images to draw were drawn before and are gone" in told and "Draw them again?" in told
    assert len(started) == starts
    assert ("Nothing was started" in told) == (starts == 0)


@pytest.mark.parametrize(("tty", "choice"), [(False, {}), (True, {"limit": 1}), (True, {"style": ["clear"]})])
def test_where_nobody_can_be_asked_and_for_a_part_it_goes_on(
    started: list[Any], tty: bool, choice: dict[str, Any]
) -> None:
    terminal = paper_terminal(tty=tty)
    assert start.run(asked(**choice), terminal) == 0
    assert "Draw them again?" not in terminal.err.getvalue()  # type: ignore[attr-defined]
    assert len(started) == 1
