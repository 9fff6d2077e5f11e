"""The spool keeps what may still be an image, and lets go of what nobody needs."""

from __future__ import annotations

import os
from pathlib import Path

from daemon.film import make_film, picture
from daemon.home import Home
from daemon.witness import Witness
from daemon.workshop_inside import Answering, opened, over, workshop_in
from faults.raw_provider import image_body
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options

LONG_AGO = 1_600_000_000


def test_a_start_tidies_away_only_what_came_to_an_end(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, styles=("ink",), beats=("1.1",))
    daemon = mill.start_daemon()
    mill.run_through(film.root)
    (kept,) = (entry["attempt"] for entry in film.journal("take"))
    mill.ask("POST", "/v1/daemon/stop")
    assert daemon.ended() == 0
    spool = mill.folders.spool
    for attempt in (kept, "0123456789ab0123456789"):  # one that is in the project, one that nobody knows
        (spool / f"{attempt}.part").write_bytes(b"half an answer")
        os.utime(spool / f"{attempt}.part", (LONG_AGO, LONG_AGO))
    mill.start_daemon()
    assert [path.stem for path in spool.glob("*.part")] == ["0123456789ab0123456789"]


async def test_bytes_that_were_paid_for_and_of_no_use_are_kept_where_the_log_says(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", styles=("ink",), beats=("1.1",))
    provider = Answering(b"")
    provider.before = [image_body(picture((1, 2, 3))[:-20])]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        spool = workshop.tools.spool.folder
    (end,) = film.journal("end")
    kept = spool / f"{end['attempt']}.part"
    assert end["message"].startswith("paid, image unusable: ") and end["message"].endswith(f"kept in {kept}")
    os.utime(kept, (LONG_AGO, LONG_AGO))
    async with workshop_in(tmp_path / "home", provider):
        assert kept.exists()
