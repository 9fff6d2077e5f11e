"""A folder's own status while a daemon draws it that can't be asked: of another home, or with its socket gone."""

from __future__ import annotations

from pathlib import Path

from daemon.film import make_film
from shotmill.daemon.project_lock import ProjectLock
from shotmill.engine.offline import DRAWN_ELSEWHERE, offline_status
from shotmill.takes.entries import Intent, Run
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout


def test_what_is_out_is_in_doubt_only_once_nobody_waits_for_it(tmp_path: Path) -> None:
    layout = Layout(make_film(tmp_path / "film", "").root)
    layout.dot.mkdir()
    intent = Intent(2.0, "a1", "ink", "1.1", 1, "anna", "film-1", "model", 0.04, "")
    Journal(layout).append(Run(1.0, "r1", "started", "", {}), intent, durable=False)
    lock = ProjectLock(layout.dot / "lock")
    lock.take()
    try:
        drawn = offline_status(layout.root)
    finally:
        lock.release()
    left = offline_status(layout.root)

    assert (drawn["run"]["state"], drawn["run"]["reason"]) == ("running", DRAWN_ELSEWHERE)
    assert (drawn["styles"]["ink"]["in_flight"], drawn["styles"]["ink"]["in_doubt"]) == (1, 0)
    assert (drawn["run"]["reserved_usd"], drawn["run"]["in_doubt_usd"], drawn["for_you"]) == (0.04, 0.0, [])
    assert (left["run"]["state"], left["run"]["reason"]) == ("stopped", "interrupted")
    assert (left["styles"]["ink"]["in_flight"], left["styles"]["ink"]["in_doubt"]) == (0, 1)
    assert left["run"]["in_doubt_usd"] == 0.04
    assert [entry["what"] for entry in left["for_you"]] == ["it was out when the daemon ended"]
