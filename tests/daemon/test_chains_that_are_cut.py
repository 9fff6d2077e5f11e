"""A run for beats whose chain begins outside of it, against the real daemon."""

from __future__ import annotations

from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import Witness


def test_a_beat_is_drawn_though_the_one_before_it_is_neither_drawn_nor_asked_for(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, chained=("1.2", "1.3"))
    mill.start_daemon()
    mill.run_through(film.root, beats=["1.1"])
    mill.run_through(film.root, beats=["1.3"])
    status = mill.status(mill.open(film.root))
    assert (status["run"]["state"], status["run"]["reason"]) == ("finished", "")
    assert provider.asked() == {"ink 1.1": 1, "ink 1.3": 1}
    (last,) = [take for take in film.journal("take") if take["beat"] == "1.3"]
    assert len(last["references"]) == 1 and "Beat_1.1" in str(last["references"])
