"""The spool keeps what may still be an image, and lets go of what nobody needs."""

from __future__ import annotations

import os
from pathlib import Path

from daemon.film import make_film, picture
from daemon.home import Home
from daemon.witness import Witness
from daemon.workshop_inside import LOST, Answering, opened, over, workshop_in
from faults.raw_provider import image_body
from shotmill.daemon.doubts import settle_doubts
from shotmill.daemon.project_lock import ProjectLock
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options
from shotmill.takes.leftovers import half_written
from shotmill.takes.spool_header import SpoolHeader

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


async def test_what_came_before_an_answer_broke_off_stays_while_its_doubt_is_open(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",), settings="[generation]\nin_doubt_usd = 0")
    provider, home = Answering(picture((1, 2, 3))), tmp_path / "home"
    provider.before = [LOST]
    async with workshop_in(home, provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        (end,) = film.journal("end")
        header = SpoolHeader(end["attempt"], project.id, str(film.root), "ink", "1.1", 1, "", "m", "anna", 0.03, 0.0)
        spool = workshop.tools.spool
        part = spool.path(header.attempt)
        writer = spool.open(header)
        writer.write(b'{"candidates": [')
        writer.keep_partial()
    async with workshop_in(home, provider) as workshop:
        project = await opened(workshop, film)
        assert part.read_bytes().endswith(b'{"candidates": [')
        await settle_doubts(workshop, project, "skip", None, None)
    async with workshop_in(home, provider) as workshop:
        await opened(workshop, film)
        assert not part.exists()


async def test_what_a_kill_left_half_written_goes_at_a_later_start(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1",))
    old, new = (film.image("ink", "1.1").with_name(half_written(attempt)) for attempt in ("a" * 22, "b" * 22))
    old.parent.mkdir(parents=True)
    for path in (old, new):
        path.write_bytes(b"half an image")
    os.utime(old, (LONG_AGO, LONG_AGO))
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        lock = ProjectLock(film.root / ".shotmill" / "lock")
        (film.root / ".shotmill").mkdir()
        lock.take()  # as another daemon's, which draws
        await opened(workshop, film)
        assert old.exists()
        lock.release()
        await opened(workshop, film)
    assert [path.name for path in old.parent.iterdir()] == [new.name]


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
