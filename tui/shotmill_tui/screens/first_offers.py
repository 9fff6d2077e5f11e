"""The first run's last pages: 3 a limit, then the estimate and what can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from shotmill.errors import ShotmillError
from shotmill_tui.drawing import first as drawing
from shotmill_tui.model.first import suggested_limit
from shotmill_tui.question import Answer, Entry, Question
from shotmill_tui.screens.first_keys import KeyPages, unheard
from shotmill_tui.screens.first_work import make_demo, write_limit
from shotmill_tui.screens.floor import FloorScreen
from shotmill_tui.screens.key_changes import error_words
from shotmill_tui.screens.runs import read_usd


class OfferPages(KeyPages):
    """What it may cost, and how it begins."""

    def _limit_entry(self) -> Entry:
        view = self.mill.session.view
        offered = str(suggested_limit(view)) if view else ""
        return Entry("limit", offered, unheard, self._limited, suggested=True)

    def _limited(self, text: str) -> None:
        usd = read_usd(text) if text.strip() else None
        if text.strip() and usd is None:
            self.asked = Entry("limit", text, unheard, self._limited)
            self.mill.notice("A number such as 10 or 2.50, or an empty line for no limit", 10)
            return
        place = self.mill.workplace
        if place is not None:
            self._work(lambda: write_limit(place.root, usd), "offer")

    # ---- the estimate and what can be done

    def _offer(self) -> Question:
        view = self.mill.session.view
        acts: dict[str, Callable[[], None]] = {"Enter": lambda: self._begin({"limit": 3}), "a": self._begin_all,
                                               "0": self._demo, "n": self._leave}  # fmt: skip
        answers = [Answer(key.lower(), key, said, acts[key]) for key, said in drawing.offers(view)]
        return Question("", (*answers, Answer("escape", "Esc", "back", lambda: self._go("limit"))))

    def _begin(self, body: dict[str, int]) -> None:
        self._leave()
        if isinstance(self.mill.screen, FloorScreen):
            self.mill.screen.begin(dict(body))

    def _begin_all(self) -> None:
        view = self.mill.session.view
        self._leave()
        if isinstance(self.mill.screen, FloorScreen) and view is not None:
            self.mill.screen.agree_and_begin(view.run.cost_left)

    def _demo(self) -> None:
        self.mill.notice("Making the sample film", 30)
        self.run_worker(self._to_demo(), group="work", exclusive=True)

    async def _to_demo(self) -> None:
        mill = self.mill
        if mill.workplace is None:
            return
        try:
            root: Path = await asyncio.to_thread(make_demo, mill.workplace.root)
        except ShotmillError as error:
            mill.notice(error_words(error), 15)
            self._go(self._page)
            return
        mill.first_run = False
        mill.switch_to(root)
        mill.notice("A sample film: an emulator draws it, nothing is paid.  o goes back to yours", 20)
        mill.send("POST", "/v1/projects/{id}/start", {}, lambda _: "")

    def _leave(self) -> None:
        self.mill.first_run = False
        self.mill.to_floor()
