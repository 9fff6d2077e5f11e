"""Runs through the real daemon: what is there is kept, what is missing is asked for once."""

from __future__ import annotations

import json
from pathlib import Path

from daemon.film import Film, make_film, picture, prompt_text
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import Witness
from shotmill.engine.offline import offline_status


def test_a_run_draws_every_beat_once(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, styles=("ink", "chalk"), beats=("1.1", "1.2", "2.1"))
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["run"]["state"] == "finished"
    assert status["schema"] == 1
    for style in ("ink", "chalk"):
        film.all_whole(style, ("1.1", "1.2", "2.1"))
        counts = status["styles"][style]
        assert counts | {"state": "done", "done": 3, "total": 3, "pending": 0} == counts
        until(lambda style=style: film.progress(style) == ["1.1", "1.2", "2.1"], "the mirror for older tools")  # type: ignore[misc]
    assert set(provider.asked().values()) == {1}
    assert len(film.journal("take")) == len(film.journal("intent")) == 6
    assert abs(status["run"]["spent_usd"] - provider.seen()["billed_usd"]) < 0.001
    assert status["run"]["in_doubt_usd"] == status["run"]["reserved_usd"] == 0


def _old_project(root: Path, base_url: str) -> tuple[Film, dict[Path, bytes]]:
    """Ten beats in three styles as the older tool left them: JavaScript prompts, twenty images, progress files that
    are half true. Returns the images' bytes by their paths."""
    beats = [f"{shot}.{number}" for shot in (1, 2) for number in range(1, 6)]
    (root / "prompts").mkdir(parents=True)
    (root / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{base_url}"\n[limits]\nrpm = 9000\nrpd = 9000\n')
    film, there = Film(root), {}
    for style, drawn in (("illustration", 10), ("clear", 6), ("consistent", 4)):
        rows = ",\n".join(
            f"  {{ shot_number: {beat[0]}, beat_number: '{beat}', script_phrase: `a train\nin the rain`,"
            f" transition_type: '{'H' if number % 2 == 0 else 'C'}', ai_prompt: `{prompt_text(style, beat)}`, }}"
            for number, beat in enumerate(beats)
        )
        (root / "prompts" / f"prompts-{style}.js").write_text(
            f"// the old tool's\nexport const prompts = [\n{rows}\n];"
        )
        for number, beat in enumerate(beats[:drawn]):
            path = film.image(style, beat)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture((number * 20, 40, 90)))
            there[path] = path.read_bytes()
        claimed = [*beats[: drawn // 2], "2.5"]  # half of what is there, and one that is not
        progress = {"completedBeats": claimed, "lastUpdated": "2026-03-01T10:00:00Z", "tool": "older"}
        (root / f"image_progress_{style}.json").write_text(json.dumps(progress))
    return film, there


def test_an_old_project_is_finished_without_touching_what_is_there(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film, there = _old_project(tmp_path / "old", provider.base_url)
    assert len(there) == 20
    mill.start_daemon()
    done = mill.command("start", "--wait", str(film.root))
    assert done.returncode == 0, done.stderr
    for path, before in there.items():
        assert path.read_bytes() == before
    beats = [f"{shot}.{number}" for shot in (1, 2) for number in range(1, 6)]
    for style in ("illustration", "clear", "consistent"):
        film.all_whole(style, beats)
        until(lambda style=style: film.progress(style) == beats, "the mirror for older tools")  # type: ignore[misc]
        progress = json.loads((film.root / f"image_progress_{style}.json").read_text())
        assert progress["tool"] == "older"
    asked = provider.asked()
    assert sum(asked.values()) == len(asked) == 10
    again = mill.command("start", "--wait", str(film.root))
    assert again.returncode == 0, again.stderr
    assert provider.requests() == 10


def test_a_deleted_image_is_made_again_at_the_next_start(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    mill.run_through(film.root)
    kept = film.whole("ink", "1.1")
    mill.asked_again["ink 1.2"] = 1
    mill.excused["I2"] = "a person deletes an image"
    film.image("ink", "1.2").unlink()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["done"] == 3
    film.whole("ink", "1.2")
    assert film.whole("ink", "1.1") == kept
    assert provider.asked("ink") == {"ink 1.1": 1, "ink 1.2": 2, "ink 1.3": 1}


def test_a_damaged_image_is_set_aside_and_made_again(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    mill.run_through(film.root)
    torn = film.whole("ink", "1.2")[:4000]
    mill.asked_again["ink 1.2"] = 1
    mill.excused["I2"] = "a person damages an image"
    film.image("ink", "1.2").write_bytes(torn)
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["done"] == 3
    film.all_whole("ink", ("1.1", "1.2", "1.3"))
    aside = film.journal("set_aside")
    assert len(aside) == 1
    assert (film.root / aside[0]["kept_as"]).read_bytes() == torn
    assert provider.asked("ink") == {"ink 1.1": 1, "ink 1.2": 2, "ink 1.3": 1}


def test_a_persons_changed_image_is_theirs(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    mill.run_through(film.root)
    theirs = picture((200, 10, 10))
    mill.excused["I2"] = "a person changes an image"
    film.image("ink", "1.2").write_bytes(theirs)
    film.reword("ink", "1.2", prompt_text("ink", "1.2") + ", at night")
    project = mill.open(film.root)
    for options in ({}, {"stale": True}, {"retry_failed": True}):
        mill.start(project, **options)
        status = mill.wait_for_end(project)
        assert status["styles"]["ink"]["done"] == 3
        assert film.whole("ink", "1.2") == theirs
    assert mill.beat(project, "ink", "1.2")["state"] == "exists"
    assert provider.requests() == 3


def test_a_changed_prompt_makes_stale_and_is_drawn_again_only_when_asked(
    mill: Home, provider: Witness, tmp_path: Path
) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    mill.start_daemon()
    mill.run_through(film.root)
    before = film.whole("ink", "1.2")
    film.reword("ink", "1.2", prompt_text("ink", "1.2") + ", at night")
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["stale"] == 1
    assert status["styles"]["ink"]["done"] == 3
    assert provider.requests() == 3
    mill.asked_again["ink 1.2"] = 1
    status = mill.run_through(film.root, stale=True)
    assert status["styles"]["ink"]["stale"] == 0
    assert film.whole("ink", "1.2") != before
    assert provider.asked("ink") == {"ink 1.1": 1, "ink 1.2": 2, "ink 1.3": 1}
    earlier = [film.image("ink", "1.2").parent / "takes" / name for name in film.takes("ink", "1.2")]
    assert before in [path.read_bytes() for path in earlier]


def test_styles_shots_beats_and_limits_choose(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(
        tmp_path / "film", provider.base_url, styles=("ink", "chalk"), beats=("1.1", "1.2", "2.1", "2.2", "2.3")
    )
    mill.start_daemon()
    limited = mill.run_through(film.root, styles=["ink"], shots=[2], limit=2)
    assert limited["run"]["limit"] == offline_status(film.root)["run"]["limit"] == 2
    assert provider.asked() == {"ink 2.1": 1, "ink 2.2": 1}
    mill.run_through(film.root, beats=["1.2"])
    assert provider.asked() == {"ink 2.1": 1, "ink 2.2": 1, "ink 1.2": 1, "chalk 1.2": 1}
    assert mill.run_through(film.root)["run"]["limit"] is None
    assert set(provider.asked().values()) == {1}
    assert provider.requests() == 10


def test_a_second_start_answers_with_the_run_that_is_there(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.hold()
    mill.start_daemon()
    project = mill.open(film.root)
    first = mill.start(project)
    second = mill.start(project, beats=["1.1"])
    assert (first["outcome"], second["outcome"]) == ("started", "running")
    assert second["run"] == first["run"]
    assert "not applied" in second["message"]
    provider.release()
    typed = mill.command("start", "--wait", str(film.root))
    assert typed.returncode == 0, typed.stderr
    assert set(provider.asked().values()) == {1}


def test_starts_at_the_same_moment_make_one_run(mill: Home, provider: Witness, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    film = make_film(tmp_path / "film", provider.base_url)
    provider.hold()
    mill.start_daemon()
    project = mill.open(film.root)
    with ThreadPoolExecutor(8) as several:
        answers = list(several.map(lambda _: mill.start(project), range(8)))
    assert sorted(answer["outcome"] for answer in answers) == ["running"] * 7 + ["started"]
    assert len({answer["run"] for answer in answers}) == 1
    provider.release()
    assert mill.wait_for_end(project)["styles"]["ink"]["done"] == 3
    assert set(provider.asked().values()) == {1}


def test_a_start_right_after_the_end_is_no_stranger(mill: Home, provider: Witness, tmp_path: Path) -> None:
    """A run that has just ended is still writing its last lines when the next one begins."""
    film = make_film(tmp_path / "film", provider.base_url, beats=("1.1",))
    mill.start_daemon()
    project = mill.open(film.root)
    mill.asked_again["ink 1.1"] = 5
    mill.excused["I2"] = "a person deletes an image, again and again"
    for _ in range(6):
        film.image("ink", "1.1").unlink(missing_ok=True)
        assert mill.start(project)["outcome"] == "started"
        assert mill.wait_for_end(project)["run"]["state"] == "finished"
    assert provider.asked() == {"ink 1.1": 6}
