"""Start, stop, stop now, try failed ones again: what each asks before it does something that costs."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

from shotmill.client.link import DaemonGone
from shotmill.errors import ShotmillError
from shotmill_tui.farewell import LOGOUT_ENDS_IT
from shotmill_tui.model import parse, words
from shotmill_tui.model.first import TRIAL, trial
from shotmill_tui.model.view import View
from shotmill_tui.question import KEEPS, Answer, Entry, Question
from shotmill_tui.screens.mill import MillScreen

MOST_NAMED = 6


class RunActions(MillScreen):
    """The actions on the run, on every screen where they mean something."""

    def do_start(self) -> None:
        view, link = self.mill.session.view, self.mill.session.link
        goes_on = view is not None and view.run.state in ("running", "waiting")
        if view is None or (isinstance(link, DaemonGone) and goes_on) or view.run.state == "stopping":
            self.begin({})
        elif view.run.state == "stopped" and "budget" in view.run.reason and _is_short(view, self.unit_price()):
            self.ask_limit()
        elif view.run.gone or view.run.start_cost > (view.run.agreed or 0.0) + 0.005:
            self.ask(self._start_question(view, {}))
        else:
            self.begin({})

    def ask_limit(self) -> None:
        """At the budget: a new limit for the project's life, suggested as what the rest needs."""
        view = self.mill.session.view
        if view is None:
            return
        gone = view.run.spent + view.run.in_doubt
        needs = math.ceil(max(gone + view.run.start_cost, gone + self.unit_price()) - 0.005)
        rest = view.run.price(view.run.cost_left)
        told = f"{words.usd(gone)} spent, the rest costs about {rest}. New limit in dollars:"
        offered = f"{max(needs, 1)}"
        self.ask(Entry(told, offered, lambda value: None, self._limited, "start", of_run=True, suggested=True))

    def _limited(self, text: str) -> None:
        view, place = self.mill.session.view, self.mill.workplace
        if view is None or not text:
            return
        usd = read_usd(text)
        if usd is None:
            self.mill.notice(f"{text} is no sum of dollars: a number such as 10 or 2.50")
        elif usd < view.run.spent + view.run.in_doubt + self.unit_price() - 1e-6:
            self.mill.notice(f"{words.usd(usd)} has no room for one more image: nothing was changed")
        elif place is None:
            self.mill.notice("This screen only looks: budget_usd in shotmill.toml is the limit")
        else:
            self.run_worker(self._raise(place.root, usd, view.run.start_cost), group="commands")

    async def _raise(self, root: Path, usd: float, cost: float) -> None:
        """The limit stands in shotmill.toml, where it counts for every later run too; then the run goes on."""
        from shotmill.settings.budget import set_budget

        try:
            await asyncio.to_thread(set_budget, root, usd)
        except ShotmillError as error:
            self.mill.notice("  ".join(part for part in (error.message, error.cure) if part), 15)
            return
        self.agree_and_begin(cost)

    def _start_question(self, view: View, body: dict[str, Any]) -> Question:
        now, zone = self.mill.now(), self.mill.zone
        eta = view.run.eta_s
        ends = f", ends about {words.moment(now + eta, now, zone)}" if eta else ""
        cost, again = view.run.start_cost, f" and {view.run.again} in doubt again" if view.run.again else ""
        gone = f" ({_told_gone(view.run.gone)})" if view.run.gone else ""
        asked = f"{words.count(view.to_do, 'image')}{gone}{again}, about {view.run.price(cost)}"
        text = f"Draw {asked}{_left_of_budget(view, cost)}{ends}?"
        yes = Answer("enter", "Enter", "yes", lambda: self.agree_and_begin(cost, body))
        no = Answer("escape", "Esc", "no")
        images, usd = trial(view)
        if images >= view.to_do:
            return Question(text, (yes, no), of_run=True)
        price = view.run.price(usd)
        told = f"try three beats of each style first ({words.count(images, 'image')}, {price})"
        short = f"three of each style first ({images}, {price})"
        return Question(
            text, (yes, Answer("3", "3", told, lambda: self.begin({**body, "limit": TRIAL}), short), no), of_run=True
        )

    def agree_and_begin(self, usd: float, body: dict[str, Any] | None = None) -> None:
        """The yes covers this sum and stays for later starts."""

        def start(answer: dict[str, Any]) -> str:
            self.begin(body or {})
            return ""

        self.mill.send("POST", "/v1/projects/{id}/agree", {"usd": round(usd, 4)}, start)

    def begin(self, body: dict[str, Any]) -> None:
        gone = isinstance(self.mill.session.link, DaemonGone)
        self.mill.notice("Starting the daemon, then the run" if gone else "Starting", 30)
        self.mill.send("POST", "/v1/projects/{id}/start", body, self._began)

    def _began(self, answer: dict[str, Any]) -> str:
        said = parse.text(answer, "message", 300) or "started"
        told = said[:1].upper() + said[1:]
        command = self.mill.keeps_after_logout
        return told + (f". {LOGOUT_ENDS_IT}{command}" if command else "")

    def do_stop(self) -> None:
        view = self.mill.session.view
        if view is not None and view.run.state == "stopping":
            self.mill.notice(f"Stopping: {words.count(view.drawing, 'image')} still out: {self.in_flight(view)}")
            return
        self.mill.send("POST", "/v1/projects/{id}/stop", {"now": False}, self._stopped)

    def _stopped(self, answer: dict[str, Any]) -> str:
        if answer.get("outcome") == "stopping" and answer.get("in_flight"):
            return ""  # the second line says what is still to come, and goes on saying it
        return parse.text(answer, "message", 300) or "It stops after the images in flight"

    def do_stop_now(self) -> None:
        view = self.mill.session.view
        if view is None:
            return
        out, price, received = view.run.stop_now
        paid = f", perhaps paid: {view.run.price(price)}" if price >= 0.005 else ""
        kept = f" {words.count(received, 'answer')} received already and kept." if received else ""
        lost = f"{words.count(out, 'image')} out: {self.in_flight(view)}. In doubt then{paid}."
        text = f"Stop now? {lost}{kept}" if out else f"Stop now? Nothing is in doubt then.{kept}"
        act = Answer("y", "y", "yes, stop", lambda: self.mill.send(
            "POST", "/v1/projects/{id}/stop", {"now": True}, self._stopped))  # fmt: skip
        self.ask(Question(text, (KEEPS, act), of_run=True))

    def do_retry(self) -> None:
        view = self.mill.session.view
        if view is None:
            return
        number = sum(style.counts.get("x", 0) + style.counts.get("#", 0) for style in view.styles)
        cost = self.unit_price() * number + view.run.cost_left
        price = f", about {view.run.price(cost)}" if cost >= 0.005 else ""
        rest = f" and the {words.count(view.to_do, 'image')} left" if view.to_do else ""
        text = f"Fresh tries for {words.count(number, 'failed or blocked beat')}{rest}{price}?"
        yes = Answer("enter", "Enter", "yes", lambda: self.begin({"retry_failed": True}))
        self.ask(Question(text, (yes, Answer("escape", "Esc", "no")), of_run=True))

    def do_again(self) -> None:
        """The paused style: of several the one with the focus, else all of them. With none paused every style, since
        a person may have mended what its keys wait for."""
        session = self.mill.session
        styles = session.view.styles if session.view else ()
        paused = [style.name for style in styles if style.state == "paused"]
        if session.style is not None and session.style.name in paused:
            paused = [session.style.name]
        tried = paused or [style.name for style in styles if style.to_do]
        for name in tried:
            self.mill.send("POST", "/v1/projects/{id}/resume-style", {"style": name}, lambda _: "")
        if paused:
            self.mill.notice(f"{words.listed(paused)} {'tries' if len(paused) == 1 else 'try'} again")
        elif tried:
            self.mill.notice("Keys that wait are tried again, with one request each")

    def unit_price(self) -> float:
        view = self.mill.session.view
        return view.price if view is not None else 0.0

    def settle(self, do: str, style: str, beat: str) -> None:
        """A beat in doubt, drawn again (`retry`) or left out (`skip`), after a question."""

        def settled() -> None:
            self._settled(do, style, beat)

        if do == "retry":
            view, price = self.mill.session.view, self.unit_price()
            cost = f", about {view.run.price(price)}" if view is not None and price else ""
            asked = f"Draw {style} {beat} again{cost}, perhaps paid twice?"
            answers = (KEEPS, Answer("y", "y", "yes, draw it", settled))
        else:
            asked = f"Leave {style} {beat} out?"
            answers = (Answer("enter", "Enter", "yes", settled), Answer("escape", "Esc", "no"))
        self.ask(Question(asked, answers, of_run=True))

    def _settled(self, do: str, style: str, beat: str) -> None:
        view = self.mill.session.view
        if view is None or view.mark_of(style, beat) != "?":
            self.mill.notice(f"{beat} is no longer in doubt: nothing was sent")
            return
        told = f"{beat} will be drawn again" if do == "retry" else f"{beat} is left out"
        body = {"do": do, "style": style, "beat": beat}
        self.mill.send("POST", "/v1/projects/{id}/doubt", body, lambda _: told)

    def in_flight(self, view: View) -> str:
        """`illustration 6.4, 6.5, clear 5.6`, the first few by name."""
        named: list[str] = []
        for style in view.styles:
            out = [shot.beats[at] for shot in style.shots for at, plain in enumerate(shot.states) if plain == ">"]
            named.extend(f"{style.name} {beat}" if index == 0 else beat for index, beat in enumerate(out))
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        return ", ".join(named[:MOST_NAMED]) + more


def read_usd(text: str) -> float | None:
    """`10`, `$2.50`, `1,200`; None for what is no sum above zero."""
    try:
        usd = float(text.strip().lstrip("$").replace(",", ""))
    except ValueError:
        return None
    return usd if math.isfinite(usd) and usd > 0 else None


def _told_gone(count: int) -> str:
    return f"{count} of them {'was' if count == 1 else 'were'} drawn before and {'is' if count == 1 else 'are'} gone"


def _left_of_budget(view: View, cost: float) -> str:
    """What the project's budget has left, where that is less than the cost."""
    run = view.run
    left = None if run.budget is None else max(0.0, run.budget - run.spent - run.in_doubt)
    return "" if left is None or cost <= left + 0.005 else f" (the budget has {run.price(left)} left)"


def _is_short(view: View, price: float) -> bool:
    """Whether the limit would end another run too: somebody may have raised it since."""
    run = view.run
    return run.budget is None or run.spent + run.in_doubt + max(price, run.start_cost) > run.budget + 0.005
