"""The status that a folder tells by itself."""

from __future__ import annotations

from pathlib import Path

from daemon.film import REPLY_USD, make_film
from shotmill.engine.offline import offline_status
from shotmill.takes.entries import End, Intent
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout

MODEL = "gemini-nano-banana-2.1"


def test_it_counts_what_a_start_would_draw_again(tmp_path: Path) -> None:
    root = make_film(tmp_path / "film", "http://127.0.0.1:9", settings="[generation]\nin_doubt_usd = 0.05").root
    layout = Layout(root)
    layout.dot.mkdir()
    for number, beat in enumerate(("1.1", "1.2")):
        intent = Intent(100.0, f"attempt-{number}", "ink", beat, 1, "anna", "film-1", MODEL, REPLY_USD, "sha")
        end = End(109.0, intent.attempt, "ink", beat, "in_doubt", "reset", "the line broke", False, None, 9.0)
        Journal(layout).append(intent, end, durable=False)
    status = offline_status(root)
    assert status["styles"]["ink"]["in_doubt"] == 2
    assert status["run"]["again"]["images"] == 1, "the allowance has room for one"
    assert status["run"]["again"]["cost_usd"] > 0
