"""A real daemon whose wall clock is set a day back or ahead under it (libfaketime), and one that starts in that day."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import witness
from shotmill.clock import from_iso

RPM = 4
DAY_S = 86_400
MINUTE_S = 65
LIBRARY = "/usr/$LIB/faketime/libfaketime.so.1"


@pytest.mark.faults
@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not there")
@pytest.mark.parametrize("jump", ["-1d", "+1d"])
def test_a_day_back_or_ahead_refunds_no_window_and_no_wait_is_below_zero(jump: str, mill: Home, tmp_path: Path) -> None:
    mill.write_keys("anna", rpm=RPM)
    wall = tmp_path / "wall"
    # The clock that nobody can set stays what it is, as on a machine; the file is read once a second.
    environ = {
        "LD_PRELOAD": LIBRARY,
        "FAKETIME_TIMESTAMP_FILE": str(wall),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }
    with witness(tmp_path, rpm=RPM) as provider:
        film = make_film(tmp_path / "film", provider.base_url, beats=[f"1.{number}" for number in range(1, 7)])
        provider.faults({"match": {}, "do": "prohibited"})  # answers that count, and need neither painter nor decoder
        wall.write_text("+0")
        daemon = mill.spawn_daemon(**environ)
        project = mill.open(film.root)
        mill.start(project)
        _stays_full(mill, project)
        wall.write_text(jump)
        _stays_full(mill, project)
        assert provider.requests() == RPM

        daemon.kill()
        mill.spawn_daemon(**environ)
        project = mill.open(film.root)
        mill.start(project)
        _stays_full(mill, project)
        assert provider.requests() == RPM
        until(lambda: len(film.journal("run")) > 1, "the second run's line in the journal")
        first, *_, last = (from_iso(line["at"]) for line in film.journal("run"))
        assert abs(last - first) > DAY_S / 2, "the second daemon lives in another day"


def _stays_full(mill: Home, project: str) -> None:
    """The window is full, nothing is out, and the next slot comes within the minute."""

    def full(status: dict[str, Any]) -> bool:
        flying = sum(style["in_flight"] for style in status["styles"].values())
        key = status["keys"]["anna"]
        assert (key["next_slot_s"] or 0) >= 0
        return key["rpm"]["used"] == RPM and not flying and 0 < (key["next_slot_s"] or 0) <= MINUTE_S

    mill.wait_for(project, full, "a full window")
