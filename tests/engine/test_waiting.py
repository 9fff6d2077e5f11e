"""Why a run waits: one value for status, pace, doctor, screen and log, with its cure by the trouble's code."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, want_all
from shotmill.doctor.runs import judged_run
from shotmill.engine.disk_patience import DiskPatience
from shotmill.engine.emulated import Expected
from shotmill.engine.key_memory import KeyMemory
from shotmill.engine.purse import Money, Terms
from shotmill.engine.run import Run
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.selection import Options
from shotmill.engine.status import View
from shotmill.engine.waiting import Waiting, stopped_by, then_start, until_words, why_waiting
from shotmill.engine.words import end_words, waiting_words
from shotmill.gemini.outcome import Fate, Outcome, Rest, Scope, Until
from shotmill.ledger.trouble import LedgerDiskError
from shotmill.quota.day import next_month, next_reset
from shotmill.quota.pool import KeyPool
from shotmill.quota.replay import replay
from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim
from shotmill.settings.project import ProjectSettings
from shotmill.takes.entries import Run as RunEntry
from shotmill.takes.place import place_error
from shotmill.takes.record import ProjectRecord
from shotmill_tui.model.reading import read_snapshot
from shotmill_tui.model.sentence import tell

DAY, CAP = next_reset(NOON), next_month(NOON)
AWAY = Outcome(Fate.NOT_SENT, "unreachable", "the name is not known", Scope.NETWORK, Rest(Until.SECONDS, 5.0))
BUSY = Outcome(Fate.AGAIN, "overloaded", "high demand", Scope.MODEL, Rest(Until.SECONDS, 5.0))
TROUBLES = {
    "day_quota": ("quota_project", Resting("day_quota", "Quota exceeded", DAY, "Nothing")),
    "no_quota": ("quota_project", Resting("no_quota", "limit: 0", None, "link billing, or use another key")),
    "spend_rate": ("billing_account", Resting("spend_rate", "slow down", NOON + 120, "Nothing")),
    "spend_cap": ("billing_account", Resting("spend_cap", "cap", CAP, "raise it")),
    "prepay_depleted": ("billing_account", Resting("prepay_depleted", "quota of credit", None, "Add credit")),
}


def scheduler_of(*troubles: str, styles: int = 1) -> Scheduler:
    """One key a style, whose n-th rests for the n-th trouble."""
    board = make_board(*["HH"] * styles)
    want_all(board)
    book = make_book((60, 5000))
    pools = {style.name: [make_key(style.name)] for style in board.styles}
    for style, code in zip(board.styles, troubles, strict=False):
        scope, resting = TROUBLES[code]
        book.remember(scope, style.name, MODEL if scope == "quota_project" else "", resting)
    return Scheduler(board, pools, book, MODEL, Terms(PRICE), Money())


class Project:
    """What a run tells a project."""

    def __init__(self, scheduler: Scheduler, disk: Waiting | None = None) -> None:
        self.id, self.root, self.title, self.board = "p", Path("/film"), "", scheduler.board
        self.record, self.money, self.settings = ProjectRecord(), Money(), ProjectSettings("")
        self.expected = Expected(PRICE, 12.0)
        self.agreed_usd, self.image_bytes = 0.0, 3_000_000
        self.disk = SimpleNamespace(trouble=disk)
        self.clock_watch = SimpleNamespace(off_s=0.0)
        self.interruption = None
        self.found = SimpleNamespace(undecoded=None)
        self.log = SimpleNamespace(recent=list)
        self.feed = SimpleNamespace(topic=lambda *_: None, seq=1)
        self.told: list[str] = []

    def tell(self, level: str, event: str, text: str) -> None:
        self.told.append(text)


def run_of(scheduler: Scheduler, disk: Waiting | None = None) -> tuple[Run, Project]:
    project = Project(scheduler, disk)
    tools = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOON), ledger=None, quiet_until=0.0)
    place = SimpleNamespace(book=scheduler.book)
    return Run("r", cast(Any, tools), cast(Any, place), cast(Any, project), scheduler, Options()), project


def view_of(run: Run, project: Project, now: float = NOON) -> View:
    pools = {name: lane.keys for name, lane in run.scheduler.lanes.items()}
    return View(cast(Any, project), run, run.scheduler.book, pools, (), now)


def looked(run: Run, now: float) -> None:
    while run.scheduler.next(now) is not None:
        pass
    run._tell_waiting(now)


@pytest.mark.parametrize("code", ["day_quota", "spend_rate", "spend_cap"])
def test_what_clocks_mend_is_one_wait_in_status_pace_log_doctor_and_screen(code: str) -> None:
    run, project = run_of(scheduler_of(code))
    looked(run, NOON)
    view = view_of(run, project)
    status, pace = view.status(), view.pace()
    assert run.state == "waiting" and status["run"]["code"] == pace["code"] == code
    assert status["run"]["reason"] == pace["reason"] == run.reason
    assert pace["until"] == run.waiting_until == TROUBLES[code][1].until and pace["since"] == NOON
    assert status["run"]["waiting_since"]
    assert len(project.told) == 1 and run.reason in project.told[0]
    assert judged_run(status, NOON)[0].cure == status["run"]["cure"] == pace["cure"]


def test_the_five_troubles_of_days_and_money_have_five_cures_everywhere() -> None:
    cures: dict[str, set[str]] = {"status": set(), "keys": set(), "doctor": set(), "screen": set()}
    for code in TROUBLES:
        run, project = run_of(scheduler_of(code))
        looked(run, NOON)
        if run.scheduler.ended() is not None:
            run.state, run.reason, run.waiting = "stopped", "quota, day, budget", stopped_by(run.scheduler)
        view = view_of(run, project)
        status = view.status()
        assert status["run"]["code"] == code
        cures["status"].add(status["run"]["cure"])
        cures["keys"].add(view.meters.key_list()[0]["cure"])
        cures["doctor"].add(judged_run(status, NOON)[0].cure)
        picture = {"seq": 1, "at": NOON, "status": status, "styles": [], "pace": view.pace()}
        cures["screen"].add(tell(read_snapshot(picture), cast(Any, None), NOON, UTC).long)
        mendable = {"no_quota": ["key"], "prepay_depleted": ["key"], "spend_cap": ["key"]}
        assert [entry["kind"] for entry in view.for_you()] == mendable.get(code, [])
    assert {place: len(found) for place, found in cures.items()} == dict.fromkeys(cures, 5)


def test_an_empty_balance_makes_no_key_invalid() -> None:
    run, project = run_of(scheduler_of("prepay_depleted"))
    (key,) = view_of(run, project).meters.key_list()
    assert key["state"] == "no_quota" and key["code"] == "prepay_depleted"


def test_the_pace_is_that_of_the_wait_that_ends_first_whatever_the_order_of_styles() -> None:
    run, project = run_of(scheduler_of("day_quota", "spend_rate", styles=2))
    looked(run, NOON)
    pace = view_of(run, project).pace()
    assert (run.reason, run.waiting_until) == (pace["reason"], pace["until"]) == (run.reason, NOON + 120)
    assert (pace["limit"], pace["code"]) == ("spend", "spend_rate")


def test_one_that_waits_beside_one_that_only_needs_the_next_minute_makes_no_waiting_run() -> None:
    scheduler = scheduler_of("day_quota", styles=2)
    book = scheduler.book
    replay(book.account("style1", MODEL, [], NOON), [NOON - 1] * 60, (), NOON)
    assert scheduler.next(NOON) is None
    assert why_waiting(scheduler, None, NOON) is None


def test_a_probe_leaves_the_run_waiting_for_the_network_and_the_log_says_it_once() -> None:
    scheduler = scheduler_of()
    run, project = run_of(scheduler)
    now = NOON
    first = scheduler.next(now)
    assert first is not None
    scheduler.settle(first, AWAY, now, now)
    looked(run, now)
    for _ in range(3):
        assert (run.state, run.waiting and run.waiting.code) == ("waiting", "network")
        assert run.waiting_until is not None
        now = run.waiting_until
        probe = scheduler.next(now)
        assert probe is not None
        run._tell_waiting(now)
        assert run.state == "waiting" and run.waiting and run.waiting.until is None
        assert view_of(run, project, now).pace()["since"] == NOON
        scheduler.settle(probe, AWAY, now, now + 1)
        now += 1
        looked(run, now)
    assert len(project.told) == 1
    assert run.waiting_until is not None
    probe = scheduler.next(run.waiting_until)
    assert probe is not None
    scheduler.settle(probe, Outcome(Fate.IMAGE, "image", billed=True), now, now + 60)
    looked(run, now + 60)
    assert run.state == "running" and project.told[1:] == ["goes on"]


def test_a_try_while_the_model_is_overloaded_ends_no_wait() -> None:
    scheduler = scheduler_of()
    run, project = run_of(scheduler)
    for dispatch in [scheduler.next(NOON), scheduler.next(NOON)]:
        assert dispatch is not None
        scheduler.settle(dispatch, BUSY, NOON, NOON)
    looked(run, NOON)
    assert (run.state, run.waiting and run.waiting.code) == ("waiting", "overload")
    assert run.waiting_until is not None
    looked(run, run.waiting_until)
    assert scheduler.in_flight == 1 and run.state == "waiting"
    assert len(project.told) == 1


def test_an_overload_whose_tries_filled_the_minute_is_tried_again_when_that_has_room() -> None:
    scheduler = scheduler_of()
    run, _ = run_of(scheduler)
    for dispatch in [scheduler.next(NOON), scheduler.next(NOON)]:
        assert dispatch is not None
        scheduler.settle(dispatch, BUSY, NOON, NOON)
    replay(scheduler.book.account("style0", MODEL, [], NOON), [NOON] * 60, (), NOON)
    for moment in (NOON, NOON + 30):
        looked(run, moment)
        assert not scheduler.in_flight
        assert run.waiting is not None and run.waiting.code == "overload"
        assert run.waiting.until is not None and NOON + 58 < run.waiting.until < NOON + 62


def test_a_line_that_is_away_is_not_called_back_while_the_minute_has_no_slot_for_a_try() -> None:
    scheduler = scheduler_of()
    run, project = run_of(scheduler)
    first = scheduler.next(NOON)
    assert first is not None
    scheduler.settle(first, AWAY, NOON, NOON)
    replay(scheduler.book.account("style0", MODEL, [], NOON), [NOON] * 60, (), NOON)
    for moment in (NOON, NOON + 30):
        looked(run, moment)
        assert not scheduler.in_flight and len(project.told) == 1, "nothing was asked, so nothing goes on"
        assert (run.state, run.waiting and run.waiting.code) == ("waiting", "network")
        assert run.waiting_until is not None and NOON + 58 < run.waiting_until < NOON + 62


def test_a_wait_of_moments_is_told_to_the_second_and_never_too_early() -> None:
    told = [until_words("x", NOON + seconds, NOON) for seconds in (20.2, 599.0, 601.0)]
    seconds = [int(said.rpartition(":")[2]) for said in told[:2]]
    assert seconds == [int(time.strftime("%S", time.localtime(NOON + whole))) for whole in (21, 599)]
    assert re.fullmatch(r", until \d\d:\d\d", told[2])


def test_the_log_has_every_change_of_what_is_waited_for() -> None:
    run, project = run_of(scheduler_of("spend_rate"))
    looked(run, NOON)
    run.scheduler.book.billing.clear()
    account = run.scheduler.book.account("style0", MODEL, [], NOON)
    account.rest(TROUBLES["day_quota"][1], NOON)
    looked(run, NOON + 60)
    assert len(project.told) == 2 and "day quota" in project.told[1]
    assert run.waiting and run.waiting.since == NOON + 60


@pytest.mark.parametrize("code", ["day_quota", "spend_rate", "spend_cap", "no_quota", "prepay_depleted"])
def test_a_style_that_waits_beside_one_that_goes_on_is_told_once_in_the_log_as_in_its_status(code: str) -> None:
    run, project = run_of(scheduler_of(code, styles=2))
    looked(run, NOON)
    looked(run, NOON + 1)
    assert run.state == "running"
    style = view_of(run, project).status()["styles"]["style0"]
    (told,) = project.told
    assert style["state"] == "waiting" and f"style0 waits: {style['reason']}" in told and style["cure"] in told
    assert ("until" in told) is (style["waiting_until"] is not None)
    assert "start" in style["cure"] or style["waiting_until"], "what a person mends is not tried again by itself"


def test_clients_hear_of_a_style_that_stands_and_of_its_going_on_though_nothing_is_sent() -> None:
    scheduler = scheduler_of("prepay_depleted", styles=2)
    run, project = run_of(scheduler)
    told: list[set[str]] = []
    project.feed.topic = lambda *topics: told.append(set(topics))
    looked(run, NOON)
    assert {"status", "quota", "keys"} <= set().union(*told)
    told.clear()
    looked(run, NOON + 1)
    assert not told, "nothing changed"
    replay(scheduler.book.account("style0", MODEL, [], NOON), [NOON] * 60, (), NOON)
    scheduler.book.mended(scheduler.lanes["style0"].keys)
    looked(run, NOON + 2)
    assert {"status", "quota", "keys"} <= set().union(*told)


def test_where_all_styles_wait_the_line_of_the_run_says_so_for_them() -> None:
    run, project = run_of(scheduler_of("day_quota", "spend_rate", styles=2))
    looked(run, NOON)
    assert [line.partition(":")[0] for line in project.told] == ["waiting"]
    looked(run, NOON + 120)
    assert "goes on" in project.told and any("style0 waits: day quota spent" in line for line in project.told)


def test_a_style_that_is_paused_is_told_with_why_and_what_to_do() -> None:
    run, project = run_of(scheduler_of(styles=2))
    lane = run.scheduler.lanes["style0"]
    for _ in range(2):
        lane.pause('3 times the same answer, "refused"', "Reword the beat's prompt.")
        looked(run, NOON)
    (told,) = [line for line in project.told if "paused" in line]
    assert "style0 paused: 3 times" in told and "Reword the beat's prompt, then: shotmill start" in told
    lane.resume()
    looked(run, NOON + 1)
    lane.pause('3 times the same answer, "refused"', "Reword the beat's prompt.")
    looked(run, NOON + 2)
    assert len([line for line in project.told if "paused" in line]) == 2


def test_a_folder_that_refuses_is_told_with_its_own_cure_wherever_it_lies() -> None:
    denied = place_error(Path("/workspace/film"), PermissionError(13, "Permission denied"))
    told: list[str] = []
    tools = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOON))
    home = SimpleNamespace(root=Path("/workspace/film"), is_restored=False)
    disk = DiskPatience(cast(Any, home), cast(Any, tools), lambda *said: told.append(said[2]), lambda: None)
    disk.refuses(denied)
    disk.refuses(PermissionError(13, "Permission denied", "/workspace/film"))
    assert len(told) == 1
    trouble = cast(Waiting, disk.trouble)
    assert trouble.code == "not_writable" and "chmod" in trouble.cure
    run, whole = run_of(scheduler_of(), trouble)
    run.scheduler.held = "disk"
    looked(run, NOON)
    status = view_of(run, whole).status()
    assert "chmod" in judged_run(status, NOON)[0].cure
    assert [entry["cure"] for entry in status["for_you"]] == [trouble.cure]
    assert view_of(run, whole).pace()["free_bytes"] is None


def test_a_folder_that_is_gone_is_told_once_however_many_images_wait_for_it() -> None:
    told: list[str] = []
    tools = SimpleNamespace(clock=SimpleNamespace(now=lambda: NOON))
    home = SimpleNamespace(root=Path("/workspace/film"), is_restored=False)
    disk = DiskPatience(cast(Any, home), cast(Any, tools), lambda *said: told.append(said[2]), lambda: None)
    for beat in ("1.1", "1.2", "1.1", "1.3"):
        disk.refuses(FileNotFoundError(2, "No such file or directory", f"/workspace/film/Beat_{beat}.png"))
    assert len(told) == 1
    assert disk.trouble is not None and "Beat_1.1.png" in disk.trouble.reason
    for attempt in ("a", "b", "c"):  # one line says that answers are in memory; how many, the status
        disk.in_memory.add(attempt)
        disk.refuses(FileNotFoundError(2, "No such file or directory", "/workspace/film/Beat_1.1.png"))
    assert len(told) == 2 and "1 paid image is only in memory" in told[1]
    assert "3 paid images are only in memory" in disk.trouble.reason
    disk.refuses(OSError(28, "No space left on device", "/workspace/film/Beat_1.1.png"))
    assert len(told) == 3
    disk.allows()
    disk.refuses(OSError(28, "No space left on device", "/workspace/film/Beat_1.1.png"))
    assert len(told) == 5


async def test_who_is_at_the_disk_while_it_is_said_to_be_back_tries_once_more() -> None:
    async def in_thread(work: Callable[[], str]) -> str:
        return work()

    def work() -> str:
        tries.append("")
        if len(tries) == 1:
            disk.try_now()
            raise OSError(28, "No space left on device", "/workspace/film")
        return "written"

    tries: list[str] = []
    clock = SimpleNamespace(now=lambda: NOON, sleep=lambda _: asyncio.Event().wait())
    tools = SimpleNamespace(clock=clock, in_thread=in_thread)
    home = SimpleNamespace(root=Path("/workspace/film"), is_restored=False)
    disk = DiskPatience(cast(Any, home), cast(Any, tools), lambda *_: None, lambda: None)
    async with asyncio.timeout(60):
        assert await disk.until_allowed(work) == "written"


@pytest.mark.parametrize(
    ("cure", "then"),
    [
        ("Add credit, then: shotmill start", "Add credit, then: shotmill start"),
        ("shotmill daemon restart", "shotmill daemon restart, then: shotmill start"),
        ("Mend model under [gemini].", "Mend model under [gemini], then: shotmill start"),
        ("", "Mend that, then: shotmill start"),
    ],
)
def test_a_restart_of_the_daemon_is_no_start_of_the_run(cure: str, then: str) -> None:
    assert then_start(cure) == then


async def test_a_disk_that_was_mended_is_looked_at_at_once_and_not_called_full() -> None:
    run, project = run_of(scheduler_of())
    watch = run._disks
    watch._least_room = lambda: (1 << 40, project.root)  # type: ignore[method-assign]
    watch._is_misplaced = lambda: None  # type: ignore[method-assign]

    async def in_thread(work: Callable[[], object]) -> object:
        return work()

    watch._tools = cast(Any, SimpleNamespace(in_thread=in_thread, reserve=SimpleNamespace(make=lambda: None)))
    watch.hold(NOON)
    assert run.scheduler.held == "disk" and project.disk.trouble is None  # the attempt that waited has gone on
    await watch.look(NOON + 1, any_out=True)
    assert run.scheduler.held == ""


async def test_what_could_not_be_written_of_a_key_is_written_at_the_next_answer() -> None:
    book, key, full, written = make_book((60, 5000)), make_key("anna"), [True], list[str]()

    class Memory:
        async def drew(self, endpoint: str, fingerprint: str, *_: object) -> None:
            if full.pop():
                raise LedgerDiskError("full")
            written.append(fingerprint)

        async def rest(self, *_: object) -> None:
            pass

    lease = book.lease(KeyPool([key]), MODEL, NOON, Claim())
    memory = KeyMemory(cast(Any, Memory()), cast(Any, SimpleNamespace(endpoint="google", book=book)))
    dispatch, image = cast(Any, SimpleNamespace(lease=lease)), Outcome(Fate.IMAGE, "image")
    with pytest.raises(LedgerDiskError):
        await memory.learn(dispatch, image, NOON)
    full.append(False)
    await memory.learn(dispatch, image, NOON)
    assert written == [key.fingerprint]


def test_a_disk_without_room_says_how_much_is_free_and_how_much_is_needed_since_when() -> None:
    run, project = run_of(scheduler_of())
    run.scheduler.held = "disk"
    run._disks._free = 40_000_000
    project.image_bytes = 1_500_000_000
    looked(run, NOON)
    assert view_of(run, project).status()["run"]["eta_s"] is None, "nobody knows when there is room"
    pace = view_of(run, project).pace()
    assert (pace["limit"], pace["free_bytes"], pace["needed_bytes"]) == ("disk", 40_000_000, 3_000_000_000)
    assert pace["since"] == NOON and "40 MB free" in project.told[0] and "3.0 GB needed" in project.told[0]


def test_the_end_that_a_status_tells_counts_on_no_key_that_rests() -> None:
    left = {code: view_of(*run_of(scheduler_of(code))).status()["run"]["eta_s"] for code in TROUBLES}
    assert left["no_quota"] is None and left["prepay_depleted"] is None
    assert left["spend_rate"] < 600 < DAY - NOON <= left["day_quota"] < CAP - NOON <= left["spend_cap"]


NOWHERE = Outcome(
    Fate.AGAIN, "location", "Not served here.", Scope.RUN, Rest(Until.MENDED), cure="Use another network."
)
BAD_SIZE = Outcome(Fate.FAILED, "bad_image_size", "bad size", Scope.STYLE, Rest(Until.MENDED), cure="Set image_size.")


@pytest.mark.parametrize(("outcome", "code"), [(NOWHERE, "location"), (BAD_SIZE, "paused")])
def test_what_stopped_a_run_is_told_with_its_cure(outcome: Outcome, code: str) -> None:
    scheduler = scheduler_of()
    dispatch = scheduler.next(NOON)
    assert dispatch is not None
    scheduler.book.sent(dispatch.lease, NOON)
    scheduler.settle(dispatch, outcome, NOON, NOON + 1)
    found = stopped_by(scheduler)
    assert found is not None
    assert (found.code, found.reason) == (code, outcome.message)
    assert found.cure == f"{outcome.cure.rstrip('.')}, then: shotmill start"
    log = end_words("stopped", found.reason, scheduler.board, found)
    assert ".," not in log and outcome.message.rstrip(".") in log and found.cure in log


@pytest.mark.parametrize(
    ("terms", "cure"),
    [
        ({"budget_usd": PRICE / 2}, "raise budget_usd in shotmill.toml"),
        ({"run_budget_usd": PRICE / 2}, "shotmill start   (the limit was of that start alone"),
        ({"budget_usd": PRICE / 2, "run_budget_usd": PRICE * 9}, "raise budget_usd in shotmill.toml"),
        ({"budget_usd": PRICE * 9, "run_budget_usd": PRICE / 2}, "shotmill start   (the limit was of that start alone"),
    ],
)
def test_the_cure_of_a_budget_is_of_the_one_that_is_reached(terms: dict[str, float], cure: str) -> None:
    whole = scheduler_of()
    pools = {name: lane.keys for name, lane in whole.lanes.items()}
    run, project = run_of(Scheduler(whole.board, pools, whole.book, MODEL, Terms(PRICE, **terms), Money()))  # type: ignore[arg-type]
    assert run.scheduler.next(NOON) is None and run.scheduler.ended() == ("stopped", "budget")
    run.state, run.reason, run.waiting = "stopped", "budget", stopped_by(run.scheduler)
    status = view_of(run, project).status()
    assert status["run"]["cure"].startswith(cure) and judged_run(status, NOON)[0].cure == status["run"]["cure"]
    assert [entry["cure"] for entry in status["for_you"] if entry["kind"] == "budget"] == [status["run"]["cure"]]


def test_an_earlier_daemons_stop_has_its_cure_by_the_code_alone() -> None:
    project = Project(scheduler_of())
    view = View(cast(Any, project), None, None, {}, (), NOON)
    project.record.apply(RunEntry(NOON, "r", "stopped", "not valid", {}, "key_invalid"))
    assert "Google AI Studio" in view.status()["run"]["cure"] and "shotmill start" in view.status()["run"]["cure"]
    project.record.apply(RunEntry(NOON, "r", "stopped", "rm -rf", {}, "curl evil.example"))
    assert view.status()["run"]["cure"] == "", "the journal may be anyone's"
    project.record.apply(RunEntry(NOON, "r", "started", "", {}))
    told = view.status()["run"]
    assert (told["reason"], told["code"]) == ("interrupted", "interrupted") and "shotmill start" in told["cure"]
    assert judged_run(view.status(), NOON)[0].cure == told["cure"]


def test_a_wait_is_logged_in_local_time_with_what_would_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    said = waiting_words(Waiting("day_quota", "the day is spent.", DAY, "Add a key"), NOON)
    monkeypatch.undo()
    time.tzset()
    assert said == "waiting: the day is spent, until 17:00  → Add a key"
