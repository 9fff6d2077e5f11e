"""A screen that opens a folder while a command starts its run must not take the run's beats from under it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from daemon.film import make_film
from daemon.home import Home


def test_a_folder_opened_during_its_start_is_still_drawn(mill: Home, tmp_path: Path) -> None:
    # The built-in emulator takes a moment to start: long enough for the other requests to come in between.
    film = make_film(tmp_path / "film", "emulator", styles=("ink",), beats=("1.1", "1.2"))
    film.root.joinpath(".shotmill").mkdir(exist_ok=True)
    film.root.joinpath(".shotmill", "emulator.json").write_text(json.dumps({"speed": 50, "latency": 1}))
    mill.start_daemon()
    project = mill.open(film.root)
    looked_at = mill.ask("GET", f"/v1/projects/{project}")["keys"]
    assert {(key["rpm"]["limit"], key["rpd"]["limit"]) for key in looked_at.values()} == {(450, 25_000)}
    with ThreadPoolExecutor(8) as together:
        started = together.submit(mill.start, project)
        opened = [together.submit(mill.open, film.root) for _ in range(12)]
        assert {one.result() for one in opened} == {project}
        assert started.result()["images"] == 2
    ended = mill.wait_for_end(project)
    assert ended["styles"]["ink"]["done"] == 2
    assert list(ended["keys"]) == list(looked_at)
