"""Whatever keeps a run from starting: the contract's exit code, a sentence that names the cure, nothing sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.film import PRICE_USD, REPLY_USD, make_film, picture
from daemon.home import Home
from daemon.witness import Witness
from daemon.workshop_inside import UNKNOWN_KEY, Answering, opened, over, until, workshop_in
from shotmill.daemon.opening import open_project
from shotmill.daemon.starting import start
from shotmill.daemon.stopping import stop
from shotmill.engine.selection import Options
from shotmill.errors import ShotmillError
from shotmill.project_folder import NoProjectError


@pytest.fixture
def mill(mill: Home) -> Home:
    """With a daemon, which each command would have to start first."""
    mill.start_daemon()
    return mill


def test_prompts_that_cannot_be_read(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    (film.root / "prompts" / "prompts-ink.json").write_text('[{"beat_number": "1.1", "ai_prompt": "x"},\n {"beat_')
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 2
    assert "prompts-ink.json" in done.stderr
    assert "2" in done.stderr
    assert provider.requests() == 0


def test_two_beats_of_one_id(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1", "1.2", "1.1"))
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 2
    assert "1.1" in done.stderr
    assert provider.requests() == 0


def test_a_setting_that_does_not_exist(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[generation]\nattempt = 3")
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 2
    assert "attempts" in done.stderr


def test_a_placeholder_key(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.write_keys(text='[keys.anna]\napi_key = "YOUR_API_KEY_HERE"\n')
    film = make_film(tmp_path / "film", provider.base_url)
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 5
    assert "anna" in done.stderr
    assert "keys add" in done.stderr
    assert provider.requests() == 0


def test_no_key_at_all(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.folders.keys_file.unlink()
    film = make_film(tmp_path / "film", provider.base_url)
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 5
    assert "GEMINI_API_KEY" in done.stderr


def test_a_folder_without_prompts(mill: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "shotmill.toml").write_text("")
    done = mill.command("start", "--wait", str(tmp_path / "empty"))
    assert done.returncode == 5
    assert "prompts" in done.stderr


@pytest.mark.parametrize("place", ["generated_images", ".shotmill"])
def test_a_file_where_a_folder_has_to_be(mill: Home, provider: Witness, tmp_path: Path, place: str) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    (film.root / place).write_text("not a folder")
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 5, done.stderr
    assert place in done.stderr
    assert (film.root / place).read_text() == "not a folder"
    assert provider.requests() == 0


def test_a_budget_without_room_for_one_image(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, settings="[project]\nbudget_usd = 0.03")
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 7
    assert "budget" in done.stderr
    assert mill.command("start", "--wait", "--budget", "0.01", str(film.root)).returncode == 7
    assert provider.requests() == 0


def test_a_budget_is_reached_and_never_overrun(mill: Home, provider: Witness, tmp_path: Path) -> None:
    beats = [f"1.{number}" for number in range(1, 7)]
    film = make_film(
        tmp_path / "film", provider.base_url, beats=beats, settings=f"[project]\nbudget_usd = {PRICE_USD * 3.5}"
    )
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 7, done.stderr
    assert f"the budget has ${PRICE_USD * 3.5:.2f} left: the run ends there" in done.stdout + done.stderr
    assert provider.requests() == 3
    project = mill.open(film.root)
    status = mill.status(project)
    assert (status["run"]["state"], status["run"]["reason"]) == ("stopped", "budget")
    assert status["styles"]["ink"] | {"done": 3, "pending": 3} == status["styles"]["ink"]
    assert [entry["kind"] for entry in status["for_you"]] == ["budget"]
    assert mill.command("start", "--wait", str(film.root)).returncode == 7
    assert provider.requests() == 3


def test_the_budget_of_one_run(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    done = mill.command("start", "--wait", "--budget", str(REPLY_USD * 2 + 0.001), str(film.root))
    assert done.returncode == 7, done.stderr
    assert provider.requests() == 2
    whole = mill.command("start", "--wait", str(film.root))
    assert whole.returncode == 0 and "the budget has" in done.stdout + done.stderr
    assert "the budget has" not in whole.stdout + whole.stderr, "there is none any more"
    assert provider.requests() == 3


def test_a_style_without_a_usable_key_is_told_before_the_others_are_drawn(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, styles=("ink", "chalk"), settings='[styles.chalk]\nkeys = ["ghost"]'
    )
    project = mill.open(film.root)
    message = mill.start(project)["message"]
    assert message.startswith("chalk has no usable key") and "ghost" in message and "keys add ghost" in message
    mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 3, "the other style")
    log = mill.command("logs", str(film.root)).stdout
    assert log.index("chalk has no usable key") < log.index("started: ")


async def test_a_style_whose_keys_were_refused_is_told_before_they_are_tried_again(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", styles=("ink",), beats=("1.1",))
    provider = Answering(picture((200, 60, 60)))
    provider.before = [UNKNOWN_KEY]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        assert (await start(workshop, project, Options()))["notes"] == []
        await until(lambda: workshop.runs[project.id].state != "running")
        await stop(workshop, project, now=True)
        await over(workshop, project)
        (note,) = (await start(workshop, project, Options()))["notes"]
        assert note.startswith("ink: none of its keys could draw when last asked (") and "tried once more" in note
        assert "shotmill keys" in note
        await over(workshop, project)
        assert workshop.runs[project.id].state == "finished"


def test_a_strange_endpoint_gets_no_key(mill: Home, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "https://images.example.org")
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 2
    assert "images.example.org" in done.stderr


async def test_a_folder_that_is_no_project_is_left_as_it_is(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        with pytest.raises(NoProjectError):
            await open_project(workshop, str(pictures))
    assert not list(pictures.iterdir())


async def test_who_only_looks_leaves_no_line_in_the_log(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "")
    prompts = film.root / "prompts" / "prompts-ink.json"
    prompts.write_text("[")
    log = film.root / ".shotmill" / "log.jsonl"
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        for look in (True, False):
            with pytest.raises(ShotmillError):
                await open_project(workshop, str(film.root), look=look)
            assert ("not opened" in (log.read_text() if log.exists() else "")) is not look
