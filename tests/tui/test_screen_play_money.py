"""Prices on the screen of a project that the built-in emulator draws."""

from __future__ import annotations

from dataclasses import replace

from shotmill.client.link import Connected
from shotmill_tui.drawing.first import offers
from shotmill_tui.drawing.header import header
from shotmill_tui.drawing.look import Look
from shotmill_tui.farewell import farewell
from shotmill_tui.model.pieces import plain_text
from shotmill_tui.model.reading import read_snapshot
from shotmill_tui.model.sentence import tell
from tui.sample import night_train, status

NOW = 1_795_432_809.0


def test_the_floor_the_farewell_and_the_offers_say_that_nothing_is_billed() -> None:
    view = read_snapshot(night_train(status=status(play_money=True)))
    told = tell(view, Connected("0.1.0"), NOW, None)
    first = plain_text(header(view, told, "", Look(NOW, None), 140, lambda _: "")[0])
    assert "$3.12 of $10.00 play money" in first
    assert "$3.12 of $10.00 play money" in farewell(view, Connected("0.1.0"), NOW, None, "", gone=False)
    assert all("play money" in said for key, said in offers(view) if key in ("Enter", "a"))
    ready = replace(view, run=replace(view.run, state="idle"))
    assert "about $2.92 play money" in tell(ready, Connected("0.1.0"), NOW, None).long
