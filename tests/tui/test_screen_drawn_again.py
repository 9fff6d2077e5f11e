"""Only what changed is drawn again, and what is kept is never out of date."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shotmill.client.link import ChangeArrived, SnapshotArrived
from shotmill_tui.drawing import floor
from shotmill_tui.drawing.floor import Kept, draw_floor
from shotmill_tui.drawing.look import Look
from shotmill_tui.drawing.panel import Drawn, Place, draw_panel
from shotmill_tui.model.grid import plan
from shotmill_tui.model.view import Style, View
from shotmill_tui.session import Session
from tui.sample import NOW, log, night_train, quotas

LOOK = Look(NOW, None)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The styles whose panels were drawn, in their order."""
    names: list[str] = []

    def seen(view: View, style: Style, *more: Any) -> Drawn:
        names.append(style.name)
        return draw_panel(view, style, *more)

    monkeypatch.setattr(floor, "draw_panel", seen)
    return names


def test_what_is_kept_equals_what_would_be_drawn(drawn: list[str]) -> None:
    session, kept, look = Session(), Kept(), LOOK
    session.apply(SnapshotArrived(night_train()))

    def news(**parts: object) -> None:
        assert session.view is not None
        session.apply(ChangeArrived({"seq": session.view.seq + 1, "at": NOW, **parts}))

    def check(*expected: str) -> None:
        assert session.view is not None
        drawn.clear()
        blocks = draw_floor(session.view, session.log, session.desk, look, 200, 47, kept)
        assert drawn == list(expected)
        fresh = draw_floor(session.view, session.log, session.desk, look, 200, 47)
        assert [one.lines for one in blocks] == [one.lines for one in fresh]

    every = ("illustration", "clear", "consistent")
    check(*every)
    check()
    session.put(Place((2, 1)))
    check("illustration")
    news(beats=[["clear", 5, 0, "v"]])
    check("clear")
    news(log=[log(30, "12:05:00", "consistent", "5.5", "sent", "eva")])
    check("consistent")
    session.focus(1)
    check("illustration", "clear")
    look = replace(look, now=NOW + 1)
    check("clear")  # its slot counts down
    news(quota=[{**one, "until": None, "next_slot_at": None} for one in quotas()])
    check(*every)
    look = replace(look, now=NOW + 2)
    check()
    look = replace(look, now=NOW + 90)
    check(*every)
    look = replace(look, is_gone=True)
    check(*every)  # what was on its way was out


def test_a_grid_is_planned_once_for_the_same_shots() -> None:
    session = Session()
    session.apply(SnapshotArrived(night_train()))
    assert session.view is not None
    shots = session.view.styles[0].shots
    assert plan(shots, 60, 9) is plan(shots, 60, 9)
    assert plan(tuple(shots), 60, 9) == plan(list(shots), 60, 9)
