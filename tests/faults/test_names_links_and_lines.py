"""Links, pipes and names that lead out of the project; a network that is not there; a storm of refusals."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from daemon.film import Film, make_film, prompt_text
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from faults.invariants import Canary
from life.unwaited import launched
from shotmill.daemon.start_checks import check_writable
from shotmill.doctor.permissions import refusal
from shotmill.engine.feed import RING, Feed
from shotmill.engine.project import OpenProject
from shotmill.settings.folders import Folders
from shotmill.takes.layout import Layout
from shotmill.takes.place import UnsafePlaceError
from shotmill.takes.probe import probe

BEATS = ("1.1", "1.2", "1.3")
ODD = (
    "../../.ssh/authorized_keys", "/etc/passwd", "a/b", "nul\u0000l", "CON", ".", "..", "x" * 300, "dot.",
    "caf\u00e9", "cafe\u0301", "Beat", "beat", "\u202etxt.exe", "a\nb", "-rf", "~", "\x1b[2J",
)  # fmt: skip


def test_names_of_beats_never_leave_the_project(mill: Home, provider: Witness, tmp_path: Path, canary: Canary) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[generation]\npause_after = 1000")
    rows = [{"shot_number": 1, "beat_number": name, "ai_prompt": f"number {n}"} for n, name in enumerate(ODD)]
    (film.root / "prompts" / "prompts-ink.json").write_text(json.dumps(rows))
    around = {path for path in tmp_path.rglob("*") if film.root not in path.parents}
    mill.start_daemon()
    opened = mill.answer("POST", "/v1/projects", {"path": str(film.root)})
    if opened.status == 200:  # else the file is refused as a whole, with its reason
        project = str(opened.body["id"])
        mill.start(project)
        mill.wait_for_end(project)
    else:
        assert opened.body["error"]["message"]
    assert "\x1b" not in json.dumps(opened.body, ensure_ascii=False)
    assert {path for path in tmp_path.rglob("*") if film.root not in path.parents} == around
    for path in (film.root / "generated_images").rglob("*"):
        name = path.name
        assert name == name.strip()
        assert all(32 <= ord(character) < 127 or character.isalnum() for character in name), repr(name)
        assert len(name.encode()) < 200


def test_a_long_prompt_and_many_beats_are_told_before_anything_is_bought(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    film.reword("ink", "1.1", f"{prompt_text('ink', '1.1')} " + "x" * 1_000_000)
    mill.start_daemon()
    opened = mill.answer("POST", "/v1/projects", {"path": str(film.root)})
    if opened.status == 200:
        project = str(opened.body["id"])
        mill.start(project)
        status = mill.wait_for_end(project)
        assert status["styles"]["ink"]["done"] + status["styles"]["ink"]["failed"] == 1
        assert max(map(len, (film.root / ".shotmill" / "log.jsonl").read_text().splitlines())) < 4096
        assert max(map(len, (film.root / ".shotmill" / "journal.jsonl").read_text().splitlines())) < 4096
    else:
        assert opened.body["error"]["message"]
        assert provider.requests() == 0


@pytest.mark.parametrize("planted", ["link", "folder-link", "pipe", "folder"])
def test_what_stands_at_an_images_name_is_left_alone(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary, planted: str
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    image = film.image("ink", "1.1")
    if planted == "folder-link":
        image.parent.parent.mkdir(parents=True)
        image.parent.symlink_to(canary.root)
    else:
        image.parent.mkdir(parents=True)
        if planted == "link":
            image.symlink_to(canary.root / "Beat_1.1.png")
        elif planted == "pipe":
            os.mkfifo(image)
        else:
            image.mkdir()
    mill.start_daemon()
    opened = mill.answer("POST", "/v1/projects", {"path": str(film.root)})
    if opened.status == 200:
        project = str(opened.body["id"])
        started = mill.answer("POST", f"/v1/projects/{project}/start", {})
        assert started.status in (200, 400, 409)
        status = mill.wait_for(
            project,
            lambda status: status["run"]["state"] in ("finished", "stopped", "idle") or status["for_you"],
            "an end, or a word to the user",
        )
        assert status["styles"]["ink"]["done"] == 0
    else:
        assert opened.body["error"]["message"]
    assert provider.requests() == 0, "nothing is bought for a place that can't be used"


@pytest.mark.parametrize("parts", [(".shotmill",), ("generated_images",), ()])
def test_a_link_at_a_probes_name_is_not_written_through(tmp_path: Path, canary: Canary, parts: tuple[str, ...]) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9")
    folder = film.root.joinpath(*parts)
    folder.mkdir(exist_ok=True)
    for name in (".shotmill-probe", f".shotmill-probe-{os.getpid()}"):
        (folder / name).symlink_to(canary.root / "probed")
    (canary.root / "probed").write_text("mine")
    before = sorted(path.name for path in folder.iterdir())
    probe(film.root, *parts, size=9)
    assert refusal(folder) is None
    check_writable(cast(OpenProject, SimpleNamespace(root=film.root, layout=Layout(film.root))))
    assert (canary.root / "probed").read_text() == "mine"
    assert set(before) <= {path.name for path in folder.iterdir()} <= {*before, ".shotmill", "generated_images"}


@pytest.mark.parametrize("parts", [(".shotmill",), ("generated_images",)])
def test_a_link_in_the_place_of_a_probed_folder_is_refused(
    tmp_path: Path, canary: Canary, parts: tuple[str, ...]
) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film").joinpath(*parts).symlink_to(canary.root)
    with pytest.raises(UnsafePlaceError):
        probe(tmp_path / "film", *parts)
    assert canary.unchanged()


@pytest.mark.faults
def test_folders_that_are_swapped_for_links_while_it_draws(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    beats = [f"1.{number}" for number in range(1, 31)]
    film = make_film(tmp_path / "film", provider.base_url, beats=beats, limits="rpm = 100000\nin_flight = 4")
    folder = film.image("ink", "1.1").parent
    aside, over = folder.with_name("aside"), threading.Event()

    def swap() -> None:
        while not over.is_set():
            with suppress(OSError):
                folder.rename(aside)
                folder.symlink_to(canary.root)
                time.sleep(0.003)
                folder.unlink()
                aside.rename(folder)
            time.sleep(0.01)

    mill.start_daemon()
    project = mill.open(film.root)
    mill.start(project)
    until(lambda: film.journal("take"), "a first image")
    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        until(lambda: provider.requests() >= 20 or mill.status(project)["for_you"], "twenty answers", 60)
    finally:
        over.set()
        swapping.join()
    if aside.exists() and folder.is_symlink():
        folder.unlink()
    if aside.exists() and not folder.exists():
        aside.rename(folder)
    assert canary.unchanged()
    until(lambda: mill.status(project)["run"]["state"] in ("finished", "stopped"), "the end", 60)
    for path in (aside, folder):
        if path == aside and path.exists():
            for file in path.iterdir():  # what was made in the moment of a swap
                if not (folder / file.name).exists():
                    file.rename(folder / file.name)
            shutil.rmtree(path)


def long_home(mill: Home) -> Path:
    """The folder in /tmp that a home with too long a name for a socket gets."""
    return Folders.of({"SHOTMILL_HOME": str(mill.path / ("long-" * 24))}).socket.parent


@pytest.mark.parametrize("planted", ["link", "open", "file"])
def test_a_socket_folder_that_somebody_made_before_is_refused(
    mill: Home, tmp_path: Path, canary: Canary, planted: str
) -> None:
    place = long_home(mill)
    assert place.parent == Path("/tmp")  # noqa: S108
    try:
        if planted == "link":
            place.symlink_to(canary.root)
        elif planted == "open":
            place.mkdir()
            place.chmod(0o777)
        else:
            place.write_text("mine")
        with launched(mill, SHOTMILL_HOME=str(mill.path / ("long-" * 24))) as (process,):
            assert process.wait(30) == 74
        told = mill.command("daemon", "start", SHOTMILL_HOME=str(mill.path / ("long-" * 24)))
        assert told.returncode != 0
        assert str(place) in told.stderr
        assert canary.unchanged()
    finally:
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)


def test_where_nobody_listens_nothing_is_in_doubt_and_it_goes_on_by_itself(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    port = int(provider.base_url.rsplit(":", 1)[1])
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else gets the port meanwhile
        film = make_film(tmp_path / "film", f"http://127.0.0.1:{door.getsockname()[1]}", beats=BEATS)
        mill.start_daemon()
        project = mill.open(film.root)
        mill.start(project)
        status = mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "waiting for the network")
        ink = status["styles"]["ink"]
        assert (ink["in_doubt"], ink["failed"]) == (0, 0)
        assert ink["pending"] + ink["in_flight"] == 3  # one may be on its way to see whether the network is back
        door.listen()
        threading.Thread(target=_forward, args=(door, port), daemon=True).start()
        status = mill.wait_for_end(project)
        assert status["styles"]["ink"]["done"] == 3
    assert {end["fate"] for end in film.journal("end")} == {"not_sent"}


def _forward(door: socket.socket, port: int) -> None:
    """A line to the provider that is there now."""
    with suppress(OSError):
        while True:
            near, _ = door.accept()
            far = socket.create_connection(("127.0.0.1", port))
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_a_storm_of_refusals_is_no_storm_of_requests(
    mill: Home, provider: Witness, tmp_path: Path, canary: Canary
) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=[f"1.{n}" for n in range(1, 31)],
                     limits="rpm = 100000\nin_flight = 2")  # fmt: skip
    provider.faults({"match": {}, "do": "429-bare"})
    mill.start_daemon()
    project = mill.open(film.root)
    began = time.monotonic()
    mill.start(project)
    mill.wait_for(project, lambda status: status["run"]["state"] == "waiting", "a rest")
    until(lambda: time.monotonic() - began > 2.0, "two seconds")
    asked = provider.requests()
    assert asked <= 4 + (time.monotonic() - began), "less than one request a key a second"
    counts = mill.status(project)["styles"]["ink"]
    assert counts["failed"] == counts["in_doubt"] == 0
    assert not film.journal("take")


def test_ten_thousand_changes_a_second_are_a_few_for_a_client() -> None:
    feed = Feed()
    for number in range(10_000):
        feed.beat("ink", (0, number % 40), "abc"[number % 3])
        feed.topic("status")
    found = feed.since(0)
    assert found is not None
    beats, _, topics = found
    assert len(beats) == 40, "of each beat the last word alone"
    assert topics == ["status"]
    for number in range(RING + 1):
        feed.beat("ink", (0, number % 40), "d")
    assert feed.since(1) is None, "too far behind: a fresh snapshot, and no memory for it"


def test_a_film_is_still_readable_by_its_owner(mill: Home, provider: Witness, tmp_path: Path) -> None:
    """The daemon's private umask is not the images'."""
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    mill.start_daemon()
    mill.run_through(film.root)
    assert Film(film.root).image("ink", "1.1").stat().st_mode & 0o444 == 0o444
