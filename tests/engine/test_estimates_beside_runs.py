"""Estimates while runs of other projects draw from the same quotas, beside what then happens."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from daemon.film import make_film
from engine.simulated_world import MODEL, NOON, PRICE, make_board, make_book, make_key, simulate, want_all
from engine.test_estimates import work
from shotmill.clock import iso
from shotmill.engine.beat import BeatState
from shotmill.engine.board import Board
from shotmill.engine.estimate import RunEstimate, estimate_run
from shotmill.engine.estimate_project import project_estimate
from shotmill.engine.meters import Meters
from shotmill.engine.project_work import look
from shotmill.engine.purse import Money, Terms
from shotmill.engine.runs_beside import left_of, runs_beside
from shotmill.engine.scheduler import Scheduler
from shotmill.engine.selection import Options
from shotmill.engine.simulated_provider import CalmProvider, Latency
from shotmill.engine.used_today import of_status
from shotmill.engine.works import Beside, Quotas
from shotmill.quota.account_limits import AccountLimits
from shotmill.secrets import Secret
from shotmill.settings.keys import Key, KeyRing
from shotmill.settings.project import ProjectSettings
from shotmill.takes.entries import Run

NOBODY = "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("other", "ours", "keys", "up_to"),
    [
        (["H" * 80], ["H" * 40], "ab", 2000),
        (["H" * 70], ["H" * 80], "ab", 2000),
        (["H" * 100], ["H" * 20], "b", 2000),
        (["H" * 60, "H" * 60], ["HHC" * 14], "ab", 2000),
        (["HHC" * 30], ["H" + "C" * 9 + "H" * 20], "ab", 2000),
        (["H" * 400], ["H" * 150, "H" * 20], "ab", 80),
    ],
    ids=["longer", "ends before", "one key shared", "two styles", "chains", "mostly arithmetic"],
)
def test_a_run_that_shares_the_quotas_is_counted_until_it_ends(
    other: Sequence[str], ours: Sequence[str], keys: str, up_to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one has been under way for 70 seconds when ours is estimated by the status alone, and then started."""
    monkeypatch.setattr("shotmill.engine.play.SIMULATED_UP_TO", up_to)
    limits, all_keys = {"a": (9, 500), "b": (9, 500)}, [make_key("a"), make_key("b")]
    board, mine, book = make_board(*other), make_board(*ours), make_book(limits)
    theirs = {style.name: all_keys for style in board.styles}
    pools = {style.name: [key for key in all_keys if key.name in keys] for style in mine.styles}
    provider = CalmProvider(limits, Latency(8.0, 0.35), PRICE, random.Random(1))
    simulation = simulate(board, theirs, book, provider)
    now = NOON + 70
    assert not simulation.proceed(until=now)
    beside = [Beside("other", work(left(board), 8.0), theirs)]
    used = of_status({"keys": Meters(ProjectSettings(""), book, theirs, [], now).keys()}, all_keys, MODEL, now)
    known = Quotas(
        pools, lambda name: AccountLimits(*used.limits[name]), used.sends, learned=used.learned, others=all_keys
    )
    told = estimate_run(work(mine, 8.0), known, now, beside=beside)
    alone = estimate_run(work(mine, 8.0), known, now)
    want_all(mine)
    run = simulation.start(Scheduler(mine, pools, book, MODEL, Terms(PRICE), Money()))
    assert simulation.proceed() and told.seconds is not None and alone.seconds is not None
    took = run.last_image - now
    assert abs(told.seconds - took) <= 0.05 * took + 8, "one image's own time is by chance"
    assert alone.seconds < 0.9 * took
    assert told.images == run.drawn and [title for title, _ in told.beside] == ["other"]


def left(board: Board) -> Board:
    """What of it has not been sent."""
    twin = board.twin()
    for beat in (beat for style in twin.styles for beat in style.beats):
        if beat.state is BeatState.IN_FLIGHT:
            twin.set(beat, BeatState.EXISTS)
    return twin


RING = KeyRing(keys=(Key("a", Secret("a" * 30), "p", "p"), Key("b", Secret("b" * 30), "q", "q")))


def status_of(root: Path, **said: Any) -> dict[str, Any]:
    styles = {"ink": {"in_flight": 0, "state": "running"}}
    return {"project": {"id": root.name, "path": str(root), "title": root.name}, "run": {"state": "running"}} | {
        "styles": styles,
        "keys": {},
        **said,
    }


def film(root: Path, settings: str = "", base_url: str = NOBODY, options: Options | None = None) -> Path:
    """A film of twelve beats, for which a run was started."""
    made = make_film(root, base_url, beats=[f"1.{n}" for n in range(1, 13)], settings=settings)
    (root / ".shotmill").mkdir(exist_ok=True)
    begun = {"kind": "run", "at": iso(NOON), "run": "r1", "state": "started", "reason": ""}
    line = {"v": 1, **begun, "options": (options or Options()).to_json()}
    (root / ".shotmill" / "journal.jsonl").write_text(json.dumps(line) + "\n")
    return made.root


def found_beside(own: Path, *statuses: dict[str, Any]) -> list[tuple[str, int]]:
    found = runs_beside(statuses, look(own), RING, None, NOON)
    return [(one.title, sum(style.to_do for style in one.work.board.styles)) for one in found]


def test_only_runs_that_share_a_quota_are_counted(tmp_path: Path) -> None:
    own = film(tmp_path / "own", '[styles.ink]\nkeys = ["a"]')
    shares = film(tmp_path / "shares")
    apart = film(tmp_path / "apart", '[styles.ink]\nkeys = ["b"]')
    elsewhere = film(tmp_path / "elsewhere", base_url="http://127.0.0.1:2")
    emulated = film(tmp_path / "emulated", base_url="emulator")
    statuses = [status_of(root) for root in (shares, apart, elsewhere, emulated, tmp_path / "gone")]
    assert found_beside(own, *statuses) == [("shares", 12)]
    paused = status_of(shares, styles={"ink": {"in_flight": 0, "state": "paused"}})
    stopping = status_of(shares, run={"state": "stopping"})
    assert found_beside(own, paused, stopping) == []


def test_only_the_meters_of_those_count(tmp_path: Path) -> None:
    """Another project's emulator has a quota project of the same name, and its minute is full."""
    own, shares = film(tmp_path / "own", '[styles.ink]\nkeys = ["a"]'), film(tmp_path / "shares")
    emulated = film(tmp_path / "emulated", base_url="emulator")

    def meter(project: str, used: int) -> dict[str, Any]:
        figures = {"rpm": {"used": used, "limit": 20}, "rpd": {"used": used, "limit": 900}}
        return {"quota_project": project, "sent": [[1.0, used]] if used else [], **figures}

    def told(*others: dict[str, Any]) -> RunEstimate:
        running = status_of(own, keys={"a": meter("p", 0)}, run={"state": "idle"})
        return project_estimate(own, RING, tmp_path / "none.db", running, NOON, others=others)

    alone, of_emulator = told(), status_of(emulated, keys={"anna": meter("p", 20), "ben": meter("q", 20)})
    full = told(status_of(shares, keys={"a": meter("p", 0), "b": meter("q", 20)}))
    free = status_of(shares, keys={"a": meter("p", 0), "b": meter("q", 0)})
    assert alone.seconds is not None and full.seconds is not None and full.seconds > alone.seconds + 30
    assert told(of_emulator) == alone and told(free, of_emulator) == told(free) != full


def test_a_run_is_counted_for_what_it_was_started_for(tmp_path: Path) -> None:
    own = film(tmp_path / "own")
    limited = film(tmp_path / "limited", options=Options(limit=5, budget_usd=1.0))
    chosen = film(tmp_path / "chosen", options=Options(beats=("1.3", "1.4")))
    assert found_beside(own, status_of(limited), status_of(chosen)) == [("limited", 5), ("chosen", 2)]


def test_a_limit_is_less_what_the_run_has_sent(tmp_path: Path) -> None:
    found = look(film(tmp_path / "film"))
    for beat in found.board.styles[0].beats[:2]:
        found.board.set(beat, BeatState.IN_FLIGHT)
    run = Run(NOON, "r1", "started", "", Options(limit=3).to_json())
    options = left_of(found, run)
    assert options is not None and options.only == (("ink", "1.3"),)
    assert left_of(found, Run(NOON, "r1", "started", "", Options(limit=2).to_json())) is None
