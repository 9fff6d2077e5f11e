"""Trouble 3, it stops unexpectedly, 4, it does not stop, and 8, it is slow: always with a reason that can be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from daemon.film import make_film
from daemon.home import Home, run_with_out
from daemon.witness import Witness, witness_of
from doctor.patient import doctor, for_you, key_of, log_of, own_keys, provider_with
from quota.quota_world import IMAGE, MODEL, NOON, answer, make_book, make_key, take
from shotmill.daemon.workshop import Workshop
from shotmill.doctor.check import Check, Verdict
from shotmill.doctor.of_daemon import _quotas, judged_key, judged_refusal
from shotmill.doctor.runs import judged_run
from shotmill.doctor.slow import judged_pace
from shotmill.engine.ahead import Ahead
from shotmill.engine.pace import Pace
from shotmill.engine.project import OpenProject
from shotmill.engine.remedies import remedies
from shotmill.engine.rooms import QuotaRoom, StyleWork
from shotmill.engine.waiting import Waiting
from shotmill.gemini.outcome import Scope, Until
from shotmill.quota.pool import KeyPool

WAITS: list[tuple[str, str, str]] = [
    ("429-day-paid-flash-lite-image", "quota", "keys add"),
    ("429-spend-rate-window", "spend", "by itself"),
    ("503-high-demand", "overloaded", "by itself"),
]


@pytest.mark.parametrize(("fault", "said", "cure"), WAITS)
def test_what_time_mends_is_waited_for_with_its_reason(
    mill: Home, provider: Witness, tmp_path: Path, fault: str, said: str, cure: str
) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"do": fault})
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait")
    check = doctor(mill, film.root)["run"]
    assert check["verdict"] == "look"
    assert said in check["fact"].lower()
    assert cure in check["cure"]
    assert ("next try" if fault.startswith("503") else "until") in check["fact"]
    assert "waiting" in log_of(mill, film.root)


def test_prepaid_credit_that_is_empty_stops_it(mill: Home, tmp_path: Path) -> None:
    states = {"anna": "prepay_depleted"}
    own_keys(mill, states)
    with provider_with(tmp_path, states) as provider:
        film = make_film(tmp_path / "film", provider.base_url)
        mill.start_daemon()
        status = mill.run_through(film.root)
        assert status["run"]["state"] == "stopped"
        assert status["run"]["reason"]
        checks = doctor(mill, film.root)
    assert checks["run"]["verdict"] == "broken"
    assert "credit" in checks["key.anna"]["fact"]
    assert "ai.studio" in checks["key.anna"]["cure"]
    assert "stopped" in log_of(mill, film.root)


def test_a_stop_that_is_under_way_and_the_price_of_not_waiting(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    project = run_with_out(mill, provider, film.root, 3)
    mill.stop(project)
    check = doctor(mill, film.root)["run"]
    assert check["page"] == "cant-stop"
    assert "3 images in flight" in check["fact"]
    assert "shotmill stop --now" in check["cure"]
    assert "$0.12" in check["cure"]
    mill.stop(project, now=True)
    checks = doctor(mill, film.root)
    assert checks["beats.in_doubt"]["fact"].startswith("3 in doubt: [ink] Beat 1.1")
    assert "shotmill doubt" in checks["beats.in_doubt"]["cure"]
    assert "stopped while it was out" in log_of(mill, film.root)


def test_a_network_that_goes_away_is_waited_for(mill: Home, tmp_path: Path) -> None:
    own_keys(mill, {"anna": "ok"})
    with provider_with(tmp_path, {"anna": "ok"}) as provider:
        film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a wait for the network")
    checks = doctor(mill, film.root)
    assert checks["run"]["verdict"] == "look"
    assert "by itself" in checks["run"]["cure"]
    assert "network" in checks["pace"]["fact"]
    assert doctor(mill, film.root, "--online")["network"]["verdict"] == "broken"
    status = mill.status(project)
    assert status["styles"]["ink"]["failed"] == 0
    mill.stop(project, now=True)


def test_a_budget_that_is_reached_says_so(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[project]\nbudget_usd = 0.05")
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["run"]["reason"] == "budget"
    check = doctor(mill, film.root)["run"]
    assert check["verdict"] == "look"
    assert "budget_usd" in check["cure"]
    assert [entry["kind"] for entry in for_you(mill, film.root)] == ["budget"]
    assert "budget" in log_of(mill, film.root)


def test_what_a_budget_pays_for_is_told_before_a_start(mill: Home, provider: Witness, tmp_path: Path) -> None:
    beats = [f"1.{n}" for n in range(1, 41)]
    film = make_film(tmp_path / "film", provider.base_url, beats=beats, settings="[project]\nbudget_usd = 0.01")
    assert doctor(mill, film.root)["pace"]["fact"] == "The budget pays for 0 of 40 images"


def test_a_small_limit_is_slow_and_what_would_help_is_told(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.write_keys("anna", rpm=1)
    film = make_film(tmp_path / "film", provider.base_url, beats=[f"1.{n}" for n in range(1, 41)])
    before = doctor(mill, film.root)["pace"]
    assert before["verdict"] == "look"
    assert "40 images take about 39 min" in before["fact"]
    assert "20 min less" in before["cure"] or "19 min less" in before["cure"]
    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 1, "the first image")
    check = doctor(mill, film.root)["pace"]
    assert check["verdict"] == "look"
    assert check["page"] == "slow"
    assert "minute quota of 1 cloud project" in check["fact"]
    assert any(f"about {minutes} min" in check["fact"] for minutes in (38, 39, 40))
    assert "shotmill keys add" in check["cure"]
    assert "19 min less" in check["cure"] or "20 min less" in check["cure"]
    mill.stop(project, now=True)


def test_keys_that_behave_like_one_cloud_project(mill: Home, tmp_path: Path) -> None:
    """Said to be two projects of two requests a minute each; the provider counts both in one."""
    own_keys(mill, {"anna": "ok", "carl": "ok"}, rpm=2)
    one = {"quota_projects": {"film": {"rpm": 2, "rpd": 500}}}
    keys = [{"name": name, "api_key": key_of(name), "quota_project": "film"} for name in ("anna", "carl")]
    with witness_of({**one, "keys": keys}, tmp_path) as provider:
        film = make_film(tmp_path / "film", provider.base_url, [f"1.{n}" for n in range(1, 7)], limits="rpm = 2")
        mill.start_daemon()
        project = mill.open(film.root)
        mill.start(project)
        mill.wait_for(project, lambda status: status["run"]["state"] in ("waiting", "running") and seen(mill), "a note")
        checks = doctor(mill, film.root)
        log = log_of(mill, film.root)
        mill.stop(project, now=True)
    found = [check for name, check in checks.items() if name.startswith("quota.")]
    assert found
    assert "though our own count had room" in found[0]["fact"]
    assert "though our own count had room" in log


def test_a_key_that_rests_says_till_when_and_not_what_the_provider_counted_down_from() -> None:
    said = "Quota exceeded. Please retry in 11h25m23.111420393s."
    key = {"name": "anna", "state": "exhausted", "reason": said, "code": "day_quota", "cure": "", "until": NOON + 5}
    check = judged_key(key, None, NOON)
    assert check.fact.startswith("day quota spent, back ") and said not in check.fact
    assert check.more == said
    assert judged_key({**key, "state": "invalid", "until": None}, None, NOON).fact == said


def test_what_behaves_like_one_cloud_project_is_told_with_its_keys_and_how_to_move_one() -> None:
    book = make_book(rpm=4)
    anna, carl, ben = (make_key(name, f"film-{name[0]}") for name in ("anna", "carl", "ben"))
    refusal = answer("minute_quota", Scope.QUOTA_PROJECT, Until.SECONDS, 7.0)
    for turn in range(3):
        now = NOON + 100 * turn
        leases = [take(book, KeyPool([key]), now) for key in (anna, carl) * 4]
        book.settle(leases[-1], now, refusal, now)
        for lease in leases[:-1]:
            book.settle(lease, now, IMAGE, now + 5)
    take(book, KeyPool([ben]), NOON + 300)
    ring = SimpleNamespace(keys=[anna, carl, ben])
    workshop = SimpleNamespace(book_of=lambda _: book, keys=SimpleNamespace(ring=ring))
    project = SimpleNamespace(settings=SimpleNamespace(gemini=SimpleNamespace(model=MODEL)))
    (check,) = _quotas(cast(Workshop, workshop), cast(OpenProject, project))
    assert "film-a (anna) and film-c (carl) behave like one cloud project" in check.fact
    assert check.cure == "shotmill keys move carl film-a"
    moved = [anna, make_key("carl", "film-a"), ben]
    book.ring = lambda: moved
    assert not _quotas(cast(Workshop, workshop), cast(OpenProject, project)), "what it said was done"


def seen(mill: Home) -> bool:
    """Whether the daemon has found out that its own count doesn't explain a refusal."""
    project = mill.ask("GET", "/v1/status")["projects"][0]["project"]["id"]
    checks = mill.ask("GET", f"/v1/doctor?project={project}")["checks"]
    return any(str(check["id"]).startswith("quota.") for check in checks)


def work(name: str = "ink", beats: int = 60, chain: int = 1) -> StyleWork:
    return StyleWork(name, beats, chain, ("film-1",))


ROOM = {"film-1": QuotaRoom("film-1", 9, 9, 500, 80_000.0)}


def pace_check(
    pace: Pace, left: list[StyleWork], rooms: dict[str, QuotaRoom], *, going: bool = True, latency_s: float = 12.0
) -> Check:
    ahead = Ahead(left, rooms, latency_s, 0.0)
    return judged_pace(ahead.remedied(pace), ahead, going=going)


def test_the_remedy_that_helps_most_comes_first() -> None:
    assert "another cloud project" in remedies([work()], ROOM, 10.0, 0.0)[0].says
    chained = remedies([work(beats=90, chain=90)], ROOM, 10.0, 0.0)
    assert "continuity" in chained[0].says
    assert remedies([work(beats=1)], ROOM, 10.0, 0.0) == []


def test_few_at_once_are_told_with_what_more_would_save() -> None:
    narrow = {"film-1": replace(ROOM["film-1"], rpm=1000, free_now=1000, at_once=1)}
    best = remedies([work(beats=60)], narrow, 12.0, 0.0)[0]
    assert "in_flight" in best.says and best.saves_s == 59 * 12
    assert all("in_flight" not in remedy.says for remedy in remedies([work()], ROOM, 10.0, 0.0))
    check = pace_check(Pace("in_flight"), [work(beats=60)], narrow)
    assert check.verdict is Verdict.LOOK and "in_flight" in check.fact and "12 min less" in check.cure


def test_a_decoder_that_fails_is_told_with_its_own_cure_and_not_the_disk_s() -> None:
    pace = Pace(
        "disk", code="decoder", reason="The program that decodes images fails: x", cure="shotmill daemon restart"
    )
    checks = [
        pace_check(pace, [work(beats=60)], ROOM),
        judged_refusal(Waiting(pace.code, pace.reason, cure=pace.cure)),
    ]
    for check in checks:
        assert "decodes images fails" in check.fact and "disk" not in check.fact
        assert check.cure.startswith("shotmill daemon restart") and "room" not in check.cure
    assert checks[1].id == "decoder"


def test_a_chain_is_no_matter_of_keys() -> None:
    check = pace_check(Pace("chain"), [work(beats=90, chain=90)], ROOM, going=False)
    assert check.verdict is Verdict.LOOK
    assert "Keys would not help" in check.fact
    assert "continuity" in check.cure


def status(state: str, reason: str = "", **counts: int) -> dict[str, Any]:
    style = {"total": 9, "done": 3, "in_flight": 0, "failed": 0, "blocked": 0, "in_doubt": 0, "state": "idle"}
    run = {"state": state, "reason": reason, "waiting_until": None, "reserved_usd": 0.0}
    failed = {"kind": "failed", "style": "ink", "beat": "1.1", "what": "refused", "cure": "start --retry-failed"}
    styles = {"ink": {**style, "reason": "", **counts}}
    return {"run": run, "styles": styles, "for_you": [failed] * counts.get("failed", 0)}


def cured(told: dict[str, Any], cure: str) -> dict[str, Any]:
    told["run"]["cure"] = cure
    return told


def test_a_stop_says_how_long_it_may_take() -> None:
    told = status("stopping", in_flight=3)
    told["run"]["eta_s"] = 6.4
    assert "3 images in flight" in judged_run(told, 0.0)[0].fact and "6 s to come" in judged_run(told, 0.0)[0].fact
    told["run"]["eta_s"] = 0.0
    assert "any moment" in judged_run(told, 0.0)[0].fact


def test_what_a_person_left_out_is_no_failure() -> None:
    told = status("finished", failed=3)
    told["for_you"].pop()
    assert "finished with gaps: 2 failed, 1 left out" in judged_run(told, 0.0)[0].fact
    told["for_you"].clear()
    check = judged_run(told, 0.0)[0]
    assert check.verdict is Verdict.FINE and "finished with gaps: 3 left out" in check.fact


@pytest.mark.parametrize(
    ("told", "verdict", "cure"),
    [
        (status("idle"), "fine", ""),
        (status("running"), "fine", ""),
        (status("finished"), "fine", ""),
        (status("finished", failed=2), "look", "start --retry-failed"),
        (status("finished", in_doubt=2), "look", "shotmill doubt"),
        (status("stopped", "asked"), "fine", ""),
        (status("stopped", "interrupted"), "look", "shotmill start"),
        (status("stopped", "budget"), "look", "budget_usd"),
        (status("stopped", "no usable key"), "broken", "shotmill start"),
        (cured(status("waiting", "/workspace/x: it is gone"), "Put it back"), "look", "Put it back"),
        (cured(status("stopped", "no quota of credit"), "Add credit"), "broken", "Add credit"),
        (status("waiting", "no quota, no disk, no room"), "look", "by itself"),
    ],
)
def test_every_end_of_a_run_has_its_words(told: dict[str, Any], verdict: str, cure: str) -> None:
    check = judged_run(told, 0.0)[0]
    assert check.verdict.value == verdict
    assert cure in check.cure
    assert check.page == "stops"


def test_beats_for_a_person_lead_to_the_page_of_their_kind() -> None:
    told = status("finished", failed=1, in_doubt=1)
    told["for_you"].append({**told["for_you"][0], "kind": "in_doubt"})
    pages = {check.id: check.page for check in judged_run(told, 0.0)}
    assert pages == {"run": "stops", "beats.failed": "errors", "beats.in_doubt": "doubt"}


def test_a_project_without_a_key_has_no_pace_rather_than_nobody_that_is_needed() -> None:
    check = pace_check(Pace("person"), [work(beats=60)], {}, going=False)
    assert check.verdict is Verdict.FINE and "without a key" in check.fact
