"""Estimates: the arithmetic, the engine itself in simulated time, and what then happens."""

from __future__ import annotations

import json
import math
import random
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from PIL import Image

from engine.simulated_world import MODEL, NOON, PRICE, Record, make_board, make_book, make_key, simulate
from shotmill.clock import iso
from shotmill.emulator.asked import Asked, Reference
from shotmill.emulator.foreseen import Foresight
from shotmill.emulator.latency import Latency as EmulatedLatency
from shotmill.emulator.models import MODELS
from shotmill.emulator.options import EmulatorOptions
from shotmill.emulator.reply import Manner, bill_of, make_reply, pictures_billed
from shotmill.engine.ahead import rooms_of, work_of
from shotmill.engine.beat import BeatState
from shotmill.engine.board import Board
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.emulated import foreseen_by_emulator
from shotmill.engine.estimate import RunEstimate, estimate_run
from shotmill.engine.expected import dearest_seen_usd, expected_usd
from shotmill.engine.landing import booked_price
from shotmill.engine.meters import Meters
from shotmill.engine.pace import estimate
from shotmill.engine.pace_words import binds
from shotmill.engine.project_work import FoundProject
from shotmill.engine.purse import Terms
from shotmill.engine.selection import Options
from shotmill.engine.simulated_provider import CalmProvider, Foreseen, Latency
from shotmill.engine.simulation import Answer
from shotmill.engine.used_today import of_database, of_status
from shotmill.engine.works import Quotas, Work
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.gemini.reply import read_reply
from shotmill.ledger.schema import MIGRATIONS
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.day import next_reset
from shotmill.quota.learned import ANY_MODEL, Learned
from shotmill.quota.replay import replay
from shotmill.quota.resting import Resting
from shotmill.settings.prices import prices_of
from shotmill.settings.project import GeminiSettings, ProjectSettings
from shotmill.takes.entries import Intent
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord
from shotmill_tui.cli.estimate import words
from takes.takes_samples import take_entry

BAD = Resting("key_invalid", "not valid", None)


@settings(max_examples=60, deadline=None)
@given(
    styles=st.lists(st.integers(1, 60), min_size=1, max_size=3),
    rpm=st.integers(1, 20),
    rpd=st.sampled_from([25, 5000]),
    latency=st.floats(1, 40),
    shared=st.booleans(),
)
def test_the_arithmetic_agrees_with_the_simulation_where_nothing_continues(
    styles: list[int], rpm: int, rpd: int, latency: float, shared: bool
) -> None:
    board = make_board(*("H" * count for count in styles))
    pools = {style.name: [make_key("one" if shared else style.name)] for style in board.styles}
    limits = {key.quota_project: (rpm, rpd) for pool in pools.values() for key in pool}
    told = estimate(work_of(board, pools), rooms_of(make_book(limits), pools, MODEL, NOON), latency, NOON).seconds
    provider = CalmProvider(limits, Latency(latency), PRICE, random.Random(1))
    simulation = simulate(board, pools, make_book(limits), provider)
    assert simulation.proceed() and told is not None
    took = simulation.runs[0].last_image - NOON
    assert told <= took * 1.02 + 1 and took <= told * 1.35 + 8


@settings(max_examples=30, deadline=None)
@given(st.text("HHC", min_size=1, max_size=60), st.integers(1, 20), st.floats(1, 40))
def test_chains_keep_the_arithmetic_within_a_factor_of_two(transitions: str, rpm: int, latency: float) -> None:
    board = make_board(transitions)
    pools, limits = {"style0": [make_key("one")]}, {"one": (rpm, 5000)}
    told = estimate(work_of(board, pools), rooms_of(make_book(limits), pools, MODEL, NOON), latency, NOON).seconds
    provider = CalmProvider(limits, Latency(latency), PRICE, random.Random(1))
    simulation = simulate(board, pools, make_book(limits), provider)
    assert simulation.proceed() and told is not None
    took = simulation.runs[0].last_image - NOON
    assert told <= took * 1.02 + 1 and took <= 2 * told + 10


def work(board: Board, latency: float, foreseen: Foreseen | None = None, **terms: float) -> Work:
    return Work(board, MODEL, Terms(PRICE, **terms), Latency(latency), PRICE, foreseen=foreseen)  # type: ignore[arg-type]


def quotas(rpm: int, *, sent: int = 0, in_flight: int | Literal["auto"] = "auto") -> Quotas:
    record = Record()
    record.sends = [(NOON - 30, "p", "x")] * sent
    return Quotas({"style0": [make_key("a", "p")]}, lambda name: AccountLimits(rpm, 500, in_flight), record)


def test_an_estimate_sends_no_more_at_once_than_a_run_would() -> None:
    found = estimate_run(work(make_board("H" * 40), 12.0), quotas(1000, in_flight=1), NOON)
    assert found.seconds is not None and 480 <= found.seconds < 490
    assert found.pace.limit == "in_flight" and 230 < found.pace.saves_s < 250


def test_an_estimate_leaves_the_board_alone_and_says_what_one_more_key_would_save() -> None:
    board = make_board("H" * 40)
    board.set(board.styles[0].beats[0], BeatState.DONE)
    found = estimate_run(work(board, 8.0), quotas(10), NOON)
    assert (found.images, round(found.usd, 4)) == (39, round(39 * PRICE, 4))
    assert found.seconds is not None and 180 < found.seconds < 195
    assert found.pace.limit == "minute_quota" and 110 < found.pace.saves_s < 130
    assert board.styles[0].to_do == 39


def test_what_was_sent_today_counts() -> None:
    board = make_board("H" * 10)
    fresh = estimate_run(work(board, 8.0), quotas(10), NOON).seconds
    used = estimate_run(work(board, 8.0), quotas(10, sent=10), NOON).seconds
    assert fresh is not None and used is not None
    assert 60 < used - fresh < 62  # recorded half a minute ago; the last of them may have left this moment


def test_nothing_to_do_takes_no_time() -> None:
    assert estimate_run(work(make_board(""), 8.0), quotas(10), NOON).images == 0


def test_without_a_key_there_is_no_time_to_tell() -> None:
    nothing = Quotas({"style0": []}, lambda name: AccountLimits(9, 500), Record())
    found = estimate_run(work(make_board("HH"), 8.0), nothing, NOON)
    assert found.seconds is None and found.pace.limit == "person" and found.images == 2


def rested(*rests: tuple[str, Resting], rpm: int = 10) -> RunEstimate:
    """What 30 beats take whose two keys, each of a project of its own, rest as told."""
    keys = [make_key("a"), make_key("b")]
    known = Quotas(
        {"style0": keys}, lambda name: AccountLimits(rpm, 500), Record(), [(*where(rest), rest[1]) for rest in rests]
    )
    return estimate_run(work(make_board("H" * 30), 8.0), known, NOON)


def where(rest: tuple[str, Resting]) -> tuple[str, str, str]:
    return "quota_project", rest[0], MODEL


def test_quotas_that_rest_are_not_counted_on() -> None:
    both = rested().seconds
    one = rested(("a", Resting("no_quota", "limit: 0", None))).seconds
    assert both is not None and one is not None and 60 < both < 70 and 120 < one < 130
    spent = rested(("a", Resting("day_quota", "x", next_reset(NOON))), ("b", Resting("no_quota", "x", None))).seconds
    assert spent is not None and spent > 12 * 3600
    window = rested(
        ("a", Resting("spend_rate", "x", NOON + 120)), ("b", Resting("spend_rate", "x", NOON + 120))
    ).seconds
    assert window is not None and 180 < window < 200
    for gone in (Resting("no_quota", "x", None), Resting("day_quota", "x", next_reset(NOON))):
        pace = rested(("a", gone)).pace
        assert (pace.limit, pace.per_minute, pace.quota_projects) == ("minute_quota", 10.0, 1)
    nothing = rested(("a", Resting("no_quota", "x", None)), ("b", Resting("no_quota", "x", None)))
    assert nothing.seconds is None and nothing.pace.limit == "person"


def test_a_style_that_no_key_may_draw_hides_the_time_of_the_others_no_more() -> None:
    pools = {"style0": [make_key("a")], "style1": [make_key("b")]}
    known = Quotas(
        pools, lambda name: AccountLimits(10, 500), Record(), [("key", pools["style1"][0].fingerprint, "", BAD)]
    )
    found = estimate_run(work(make_board("HHH", "HH"), 8.0), known, NOON)
    assert found.seconds is not None and found.without_key == 2


def test_a_budget_that_ends_it_is_told_with_what_is_drawn_till_then() -> None:
    found = estimate_run(work(make_board("H" * 30), 8.0, budget_usd=5.5 * PRICE), quotas(10), NOON)
    assert (found.images, found.within_budget) == (30, 5) and round(found.usd, 4) == round(5 * PRICE, 4)
    assert found.seconds is not None and found.seconds < 40 and found.pace.limit == "budget"
    nothing = estimate_run(work(make_board("H" * 30), 8.0, budget_usd=0.5 * PRICE), quotas(10), NOON)
    assert (nothing.within_budget, nothing.usd, nothing.seconds) == (0, 0.0, 0.0)
    assert words(nothing, NOON) == ["30 images (style0 30); the budget has no room for one."]
    whole = estimate_run(work(make_board("H" * 5), 8.0, budget_usd=5.5 * PRICE), quotas(10), NOON)
    assert whole.within_budget is None


@pytest.mark.parametrize(
    ("styles", "rpm", "rpd", "spend"),
    [
        (["H" * 150, "H" * 150], 10, 5000, 0),
        (["HHC" * 50, "HC" * 60], 7, 5000, 0),
        (["H" * 300], 10, 110, 0),
        (["H" * 300], 60, 5000, 30),
    ],
)
def test_what_comes_after_the_images_that_are_simulated_is_carried_on_by_arithmetic(
    styles: list[str], rpm: int, rpd: int, spend: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = make_board(*styles)
    known = Quotas(
        {style.name: [make_key("a", "p")] for style in board.styles},
        lambda name: AccountLimits(rpm, rpd),
        Record(),
        learned=[("p", ANY_MODEL, spend_of(spend))] if spend else [],
    )
    whole = estimate_run(work(board, 8.0), known, NOON)
    monkeypatch.setattr("shotmill.engine.play.SIMULATED_UP_TO", 100)
    part = estimate_run(work(board, 8.0), known, NOON)
    assert whole.is_simulated and not part.is_simulated and 100 <= part.simulated < 140
    assert whole.seconds is not None and part.seconds is not None
    assert abs(part.seconds - whole.seconds) <= 0.05 * whole.seconds
    assert part.pace.limit == whole.pace.limit == ("spend" if spend else "day_quota" if rpd == 110 else "minute_quota")


def spend_of(images: int) -> list[Learned]:
    """A window of so many images in ten minutes."""
    return [Learned("spend", images * PRICE, NOON - 60), Learned("spend_each", PRICE, NOON - 60)]


def test_a_budget_or_a_style_without_a_key_is_told_of_what_is_carried_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shotmill.engine.play.SIMULATED_UP_TO", 100)
    found = estimate_run(work(make_board("H" * 400), 8.0, budget_usd=250.5 * PRICE), quotas(10), NOON)
    whole = estimate_run(work(make_board("H" * 250), 8.0), quotas(10), NOON)
    assert found.within_budget == 250 and found.usd == pytest.approx(250 * PRICE)
    assert found.seconds is not None and whole.seconds is not None
    assert abs(found.seconds - whole.seconds) <= 0.05 * whole.seconds
    keyless = estimate_run(work(make_board("H" * 400, "H" * 7), 8.0), quotas(10), NOON)
    assert keyless.without_key == 7 and keyless.seconds is not None


def test_a_spend_window_that_sets_the_pace_is_named_and_a_key_of_its_account_saves_nothing() -> None:
    board = make_board("H" * 120)
    known = Quotas(
        {"style0": [make_key("a", "p")]},
        lambda name: AccountLimits(60, 5000),
        Record(),
        learned=[("p", ANY_MODEL, spend_of(40))],
    )
    found = estimate_run(work(board, 8.0), known, NOON)
    assert found.pace.limit == "spend" and found.pace.per_minute == pytest.approx(4.0)
    assert found.seconds is not None and 1200 < found.seconds < 1300 and found.pace.saves_s == 0.0
    wide = replace(known, learned=[("p", ANY_MODEL, spend_of(4000))])
    assert estimate_run(work(board, 8.0), wide, NOON).pace.limit == "minute_quota"


def test_an_estimate_for_the_emulator_is_what_then_happens_there() -> None:
    """The run is played with the latencies and drafts that the emulator's own code gives to each request."""
    board = make_board("HHHHHCCHHH", "HHHHHHHHHH")
    for beat in (beat for style in board.styles for beat in style.beats[1:]):  # the first of each ask for the same
        beat.prompt = structs.replace(beat.prompt, text=f"{beat.style}, beat {beat.id}")
    looks = {"style0": [Path("a.png"), Path("b.png")]}  # sent along with the hard cuts of that style
    answers = foreseen_by_emulator(EmulatorOptions(seed=7, speed=2.0), ProjectSettings(""), board, looks)
    limits = {"p": (9, 500)}
    pools = {f"style{n}": [make_key("a", "p")] for n in (0, 1)}
    asked = work(board, 4.0, lambda beat: answers[beat.style, beat.id])
    told = estimate_run(asked, replace(quotas(9), pools=pools), NOON)
    provider = EmulatedProvider(limits, Latency(0.0), PRICE, random.Random(5))
    pools = {style.name: [make_key("a", "p")] for style in board.styles}
    simulation = simulate(board, pools, make_book(limits), provider)
    assert simulation.proceed() and told.seconds is not None
    took = simulation.runs[0].last_image - NOON
    assert told.images == simulation.runs[0].drawn == 20
    assert told.usd == pytest.approx(provider.billed) and told.usd > 20 * PRICE
    assert abs(told.seconds - took) <= 0.05 * took


class EmulatedProvider(CalmProvider):
    """Answers as the emulator does, by its own counts of what it was asked."""

    billed, times = 0.0, EmulatedLatency(4.0, 7)

    def drawn(self, dispatch: Dispatch) -> Answer:
        sent_along = 1 if dispatch.after is not None else 2 if dispatch.beat.style == "style0" else 0
        asked = asked_for(dispatch.beat.prompt.text, sent_along)
        attempt = self.times.attempt(asked.prompt_sha256)
        pictures = pictures_billed(Manner(7), asked.prompt_sha256, attempt)
        seconds = self.times.seconds(asked.prompt_sha256, attempt)
        usd = bill_of(asked, MODELS[MODEL], Manner(7), attempt, pictures).usd(MODELS[MODEL])
        self.billed += usd
        return Answer(Outcome(Fate.IMAGE, "image", billed=True), seconds, usd)


def asked_for(prompt: str, references: int) -> Asked:
    return Asked(prompt, "1:1", "1K", True, (Reference("", 1, 1, Image.new("RGB", (64, 64))),) * references)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_emulator_answers_and_bills_what_is_foreseen_and_a_project_books_the_same(seed: int) -> None:
    model, manner, asked = MODELS[MODEL], Manner(seed), asked_for(f"a train {seed}", 2)
    foresight = Foresight(MODEL, "1K", manner, 8.0)
    for attempt in (1, 2):
        reply = make_reply(asked, model, manner, attempt)
        foreseen = foresight.next(asked.prompt, 2)
        assert reply.images == pictures_billed(manner, asked.prompt_sha256, attempt)
        project = SimpleNamespace(prices=prices_of(MODEL, "1K"))
        booked = booked_price(cast(Any, project), read_reply(json.dumps(reply.body).encode()))
        assert booked == pytest.approx(foreseen.usd, abs=1e-9)
        beside = booked - reply.images * PRICE
        assert 208 * 7.5e-6 < beside < 1050 * 7.5e-6 + 600 * 1.5e-6


def test_without_takes_of_its_own_a_project_expects_drafts_and_then_goes_by_its_mean() -> None:
    settings = ProjectSettings("")
    usual = expected_usd(ProjectRecord(), settings)
    assert usual == pytest.approx(1.467 * PRICE + (400 * 1.5 + 630 * 7.5) / 1e6)
    takes = [structs.replace(take_entry(f"1.{n}", attempt=f"a{n}"), cost_usd=0.12, model=MODEL) for n in range(1, 101)]
    assert expected_usd(ProjectRecord.of(takes[:1]), settings) == pytest.approx((20 * usual + 0.12) / 21)
    assert expected_usd(ProjectRecord.of(takes), settings) == pytest.approx((20 * usual + 100 * 0.12) / 120)
    larger = ProjectSettings("", gemini=GeminiSettings(image_size="4K"))
    of_larger = expected_usd(ProjectRecord(), larger)
    smaller = [structs.replace(take, cost_usd=0.05) for take in takes]
    assert expected_usd(ProjectRecord.of(smaller), larger) == of_larger, "a smaller image's price tells nothing"
    others = [structs.replace(take, model="another") for take in takes]
    assert expected_usd(ProjectRecord.of(others), settings) == usual


def test_the_dearest_reply_on_record_is_one_of_the_same_model_and_size() -> None:
    settings, larger = ProjectSettings(""), ProjectSettings("", gemini=GeminiSettings(image_size="4K"))
    takes = [
        structs.replace(take_entry(f"1.{n}", attempt=f"a{n}"), cost_usd=usd, model=MODEL)
        for n, usd in enumerate((0.1, 0.7))
    ]
    record = ProjectRecord.of([*takes, structs.replace(take_entry("1.9", attempt="a9"), cost_usd=9.0, model="another")])
    assert dearest_seen_usd(record, settings) == 0.7
    assert dearest_seen_usd(ProjectRecord.of(takes[:1]), larger) == 0.0
    assert dearest_seen_usd(ProjectRecord(), settings) == 0.0


def test_the_emulators_replies_cost_on_average_what_is_expected_beforehand() -> None:
    foresight = Foresight(MODEL, "1K", Manner(3), 8.0)
    bills = [foresight.next(f"beat {n}, " + "a long train in the rain " * 20, 1).usd for n in range(3000)]
    assert math.fsum(bills) / len(bills) == pytest.approx(expected_usd(ProjectRecord(), ProjectSettings("")), rel=0.05)
    assert max(bills) <= prices_of(MODEL, "1K").dearest_usd


def found_of(board: Board, record: ProjectRecord) -> FoundProject:
    """A project without a folder."""
    return FoundProject(Layout(Path("/film")), ProjectSettings(""), (), {}, record, board)


def test_doubts_within_the_allowance_are_drawn_again_as_a_start_would() -> None:
    board = make_board("HCC")
    board.set(board.styles[0].beats[0], BeatState.IN_DOUBT)
    found_of(board, ProjectRecord()).choose(Options(), 0.5)
    found = estimate_run(work(board, 8.0), quotas(10), NOON)
    assert found.images == 3 and found.seconds is not None and 24 <= found.seconds < 26
    board.set(board.styles[0].beats[0], BeatState.IN_DOUBT)
    assert found_of(board, ProjectRecord()).choose(Options(), 0.0) == 2
    assert estimate_run(work(board, 8.0), quotas(10), NOON).images == 0


def test_beats_that_a_doubt_holds_back_are_neither_counted_nor_priced_whatever_else_is_chosen() -> None:
    board = make_board("HCCHH")
    board.set(board.styles[0].beats[0], BeatState.IN_DOUBT)
    twin = board.twin()
    assert found_of(board, ProjectRecord()).choose(Options(), 0.0) == 2
    found = estimate_run(work(board, 8.0), quotas(10), NOON)
    assert found.images == 2 and found.is_simulated and found.usd == pytest.approx(2 * PRICE)
    assert found_of(twin, ProjectRecord()).choose(Options(beats=("1.3", "1.4")), 0.0) == 1
    assert twin.styles[0].to_do == 1


def test_what_a_daemon_has_out_is_not_drawn_again_and_its_chain_goes_on_as_it_lands() -> None:
    board = make_board("HCC", "HCC")
    for style in board.styles:
        board.set(style.beats[0], BeatState.IN_DOUBT)
    record = ProjectRecord.of(
        [Intent(NOON, f"a{style.name}", style.name, "1.1", 1, "a", "a", MODEL, PRICE, "x") for style in board.styles]
    )
    out = found_of(board, record).put_in_flight({"styles": {"style0": {"in_flight": 1}, "style1": {"in_flight": 0}}})
    assert out == {("style0", "1.1"): NOON}
    found_of(board, record).choose(Options(), 0.0)
    assert [style.to_do for style in board.styles] == [2, 0], "what was out of the other is in doubt"
    pools = {style.name: [make_key("a", "p")] for style in board.styles}
    for lands_in in (0.0, 5.0):
        of_work = replace(work(board, 8.0), lands={("style0", "1.1"): lands_in})
        found = estimate_run(of_work, replace(quotas(10), pools=pools), NOON)
        assert found.simulated == 2 and found.seconds is not None
        assert 16 <= found.seconds - lands_in < 18, "its follower is not started before it lands"


def test_a_daemons_status_tells_its_limits_and_what_rests() -> None:
    key = make_key("a")
    told = {"quota_project": "a", "code": "day_quota", "resting": True, "until": iso(NOON + 60), "reason": "x"}
    status = {"keys": {"a": told | {"rpm": {"used": 2, "limit": 7}, "rpd": {"used": 5, "limit": 70}}}}
    used = of_status(status, [key], MODEL, NOON)
    assert used.limits == {"a": (7, 70)} and len(used.sends.sent("a", (), MODEL, 0.0)) == 5
    assert used.rests == [("key", key.fingerprint, "", Resting("day_quota", "x", NOON + 60))]


def test_a_key_that_was_refused_when_it_was_tested_is_not_counted_on() -> None:
    key, book = make_key("a"), make_book((9, 500))
    book.account("a", MODEL, [key], NOON)
    book.key_state(key.fingerprint).refused_test(BAD)
    told = {"keys": Meters(ProjectSettings(""), book, {"style0": [key]}, [], NOON).keys()}
    assert of_status(told, [key], MODEL, NOON).rests == [("key", key.fingerprint, "", BAD)]


def test_a_daemon_tells_in_its_status_what_it_learned_of_a_spend_window() -> None:
    key, book = make_key("a", account="bank"), make_book((9, 500))
    book.account("a", MODEL, [key], NOON)

    def told() -> dict[str, Any]:
        return Meters(ProjectSettings(""), book, {"style0": [key]}, [], NOON).keys()

    assert "spend" not in told()["a"]
    book.spend_window("bank").remember(spend_of(40), NOON)
    account = book.accounts["a", MODEL]
    replay(account, [NOON - 100 - n for n in range(60)], [key.fingerprint], NOON)
    book.spend_window("bank").replay([NOON - 100 - n for n in range(25)], NOON)
    used = of_status({"keys": told()}, [key], MODEL, NOON)
    assert len(used.sends.sent("a", (), MODEL, NOON - 600)) == 25
    assert len(used.sends.sent("a", (), MODEL, 0.0)) == 60
    known = Quotas({"style0": [key]}, lambda name: AccountLimits(60, 5000), used.sends, learned=used.learned)
    assert known.spending == {"bank": pytest.approx(40.0)}
    assert estimate_run(work(make_board("H" * 120), 8.0), known, NOON).pace.limit == "spend"


@pytest.mark.parametrize("pause", [0.0, 7.0, 41.0])
@pytest.mark.parametrize("guard", [0.5, 4.0])
def test_an_estimate_right_after_a_run_counts_the_minute_as_its_daemon_does(pause: float, guard: float) -> None:
    """45 images were drawn; 17 more are estimated by the status alone, and then drawn."""
    keys, limits = [make_key("a"), make_key("b")], {"a": (9, 500), "b": (9, 500)}
    book = make_book(limits)
    book.guard.remember(guard, NOON, NOON)
    provider = CalmProvider(limits, Latency(8.0), PRICE, random.Random(1))
    first = simulate(make_board("H" * 45), {"style0": keys}, book, provider)
    assert first.proceed()
    now = first.runs[0].ended_at + pause
    status = {"keys": Meters(ProjectSettings(""), book, {"style0": keys}, [], now).keys()}
    used = of_status(json.loads(json.dumps(status)), keys, MODEL, now)
    known = Quotas({"style0": keys}, lambda name: AccountLimits(*used.limits[name]), used.sends, learned=used.learned)
    told = estimate_run(work(make_board("H" * 17), 8.0), known, now).seconds
    then = simulate(make_board("H" * 17), {"style0": keys}, book, provider, now=now)
    assert then.proceed() and told is not None
    took = then.runs[0].last_image - now
    assert abs(told - took) <= 0.05 * took


@pytest.mark.parametrize("after", [20.0, 75.0, 130.0])
@pytest.mark.parametrize("style", ["H" * 80, "HHC" * 26])
def test_an_estimate_in_the_midst_of_a_run_is_what_then_happens(style: str, after: float) -> None:
    keys, limits = [make_key("a"), make_key("b")], {"a": (9, 500), "b": (9, 500)}
    board, book = make_board(style), make_book(limits)
    simulation = simulate(board, {"style0": keys}, book, CalmProvider(limits, Latency(8.0), PRICE, random.Random(1)))
    now = NOON + after
    assert not simulation.proceed(until=now)
    left = board.twin()
    for beat in left.styles[0].beats:
        if beat.state is BeatState.IN_FLIGHT:
            left.set(beat, BeatState.EXISTS)
    used = of_status({"keys": Meters(ProjectSettings(""), book, {"style0": keys}, [], now).keys()}, keys, MODEL, now)
    known = Quotas({"style0": keys}, lambda name: AccountLimits(*used.limits[name]), used.sends)
    told = estimate_run(work(left, 8.0), known, now).seconds
    assert simulation.proceed() and told is not None
    took = simulation.runs[0].last_image - now
    assert abs(told - took) <= 0.05 * took


def test_tokens_that_a_refusal_named_are_known_to_an_estimate_beside_a_daemon() -> None:
    """Two requests fill a minute's tokens, though nine would fit."""
    key, book = make_key("a"), make_book((9, 500))
    account = book.account("a", MODEL, [key], NOON)
    account.remember([Learned("tpm", 2_500.0, NOON), Learned("tokens", 1_000.0, NOON)], NOON)
    status = {"keys": Meters(ProjectSettings(""), book, {"style0": [key]}, [], NOON).keys()}
    used = of_status(status, [key], MODEL, NOON)
    known = Quotas({"style0": [key]}, lambda name: AccountLimits(9, 500), used.sends, learned=used.learned)
    told = estimate_run(work(make_board("H" * 20), 8.0), known, NOON)
    provider = CalmProvider({"a": (9, 500)}, Latency(8.0), PRICE, random.Random(1))
    simulation = simulate(make_board("H" * 20), {"style0": [key]}, book, provider)
    assert simulation.proceed() and told.seconds is not None
    took = simulation.runs[0].last_image - NOON
    assert took > 9 * 60 and abs(told.seconds - took) <= 0.05 * took
    assert (told.pace.limit, told.pace.per_minute) == ("minute_quota", 2.0)
    assert binds(told.pace) == "2 a minute, the minute quota of tokens of 1 cloud project"
    assert 0.4 * took < told.pace.saves_s < 0.6 * took, "one more project like it has as few tokens"


@pytest.mark.parametrize(
    ("styles", "rpm", "limit"),
    [
        (["H" * 30], 10, "minute_quota"),
        (["H" * 5], 10, "latency"),
        (["H" + "C" * 29, "H" * 30], 60, "chain"),
        (["H" + "C" * 29 + "H" * 10], 10, "chain"),  # the others wait for longer, and it ends no sooner without them
    ],
)
def test_what_sets_the_pace_is_what_held_the_simulated_run_longest(styles: list[str], rpm: int, limit: str) -> None:
    board = make_board(*styles)
    pools = {style.name: [make_key("a", "p")] for style in board.styles}
    known = Quotas(pools, lambda name: AccountLimits(rpm, 500), Record())
    assert estimate_run(work(board, 8.0), known, NOON).pace.limit == limit


def test_what_sets_the_pace_of_keys_that_rest_is_what_they_rest_for() -> None:
    rests = [(name, Resting("spend_rate", "x", NOON + 900)) for name in "ab"]
    assert rested(*rests).pace.limit == "spend"


def test_an_estimate_counts_a_spend_window_as_its_daemon_does() -> None:
    """The window of 40 images is full by a run that ended a while ago; 30 more are estimated, and then drawn."""
    key, limits = make_key("a"), {"a": (9, 500)}
    book = make_book(limits)
    book.spend_window("a").remember(spend_of(40), NOON)
    book.spend_window("a").try_nothing()
    provider = CalmProvider(limits, Latency(8.0), PRICE, random.Random(1))
    first = simulate(make_board("H" * 40), {"style0": [key]}, book, provider)
    assert first.proceed()
    now = first.runs[0].ended_at + 90
    used = of_status({"keys": Meters(ProjectSettings(""), book, {"style0": [key]}, [], now).keys()}, [key], MODEL, now)
    known = Quotas({"style0": [key]}, lambda name: AccountLimits(9, 500), used.sends, learned=used.learned)
    told = estimate_run(work(make_board("H" * 30), 8.0), known, now)
    then = simulate(make_board("H" * 30), {"style0": [key]}, book, provider, now=now)
    assert then.proceed() and told.seconds is not None
    took = then.runs[0].last_image - now
    assert took > 300 and abs(told.seconds - took) <= 0.05 * took
    assert told.pace.limit == "spend"


def test_the_database_tells_what_rests_and_what_was_learned(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as db:
        for statement in (one for version in MIGRATIONS for one in version):
            db.execute(statement)
        db.execute("INSERT INTO rests VALUES ('google', 'quota_project', 'a', ?, 'no_quota', 'x', 'y', NULL)", (MODEL,))
        db.execute("INSERT INTO learned VALUES ('google', 'a', ?, 'rpm', 4, ?)", (MODEL, NOON))
        for fingerprint, verdict in (("bad", "invalid"), ("good", "known"), ("drew", "invalid")):
            db.execute("INSERT INTO key_tests VALUES ('google', ?, ?, ?, 'x', 'y')", (fingerprint, NOON, verdict))
        db.execute("INSERT INTO draws VALUES ('google', 'drew', ?, ?)", (MODEL, NOON))
    used = of_database(tmp_path / "x.db", "google", NOON)
    assert [(rest[1], rest[3].code) for rest in used.rests] == [("bad", "key_invalid"), ("a", "no_quota")]
    assert [(name, [one.value for one in found]) for name, _, found in used.learned] == [("a", [4.0])]
    assert of_database(tmp_path / "none.db", "google", NOON).rests == ()
