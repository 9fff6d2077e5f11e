"""The emergency procedure: what is moved, that it asks, and that all of it comes back."""

from __future__ import annotations

import calendar
import time
from pathlib import Path

import pytest

from cli.command_line import Home, paper_terminal, status, style
from shotmill.engine import offline
from shotmill_tui.cli import main, reset
from shotmill_tui.cli.trash import Trash

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def project(here: Home) -> Path:
    files = {
        "prompts/prompts-clear.json": "[]",
        ".shotmill/journal.jsonl": "one",
        ".shotmill/project.json": "{}",
        "image_progress_clear.json": "{}",
        "generated_images/clear/Shot_1/Beat_1.1.png": "image",
        "final_images/Beat_1.1.png": "picked",
    }
    for name, text in files.items():
        path = here.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return here.work


def tree(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_progress_and_images_go_and_come_back(project: Path) -> None:
    before = tree(project)
    assert main(["reset", "--progress", "--images", "--yes"]) == 0
    assert not (project / "generated_images").exists()
    assert not (project / ".shotmill/journal.jsonl").exists()
    assert not (project / "image_progress_clear.json").exists()
    assert (project / "final_images/Beat_1.1.png").read_text() == "picked"
    assert (project / ".shotmill/project.json").exists()
    assert main(["reset", "--undo", "--yes"]) == 0
    assert tree(project) == before


def test_only_the_last_reset_is_undone(project: Path) -> None:
    assert main(["reset", "--progress", "--yes"]) == 0
    assert main(["reset", "--images", "--yes"]) == 0
    assert main(["reset", "--undo", "--yes"]) == 0
    assert (project / "generated_images").exists()
    assert not (project / ".shotmill/journal.jsonl").exists()
    assert main(["reset", "--undo", "--yes"]) == 0
    assert (project / ".shotmill/journal.jsonl").read_text() == "one"


def test_an_undo_sets_aside_what_was_made_since(project: Path) -> None:
    trash = Trash(project)
    trash.take([Path("generated_images")], "2026-11-23T12-00-00")
    newer = project / "generated_images/clear/Shot_1/Beat_1.1.png"
    newer.parent.mkdir(parents=True)
    newer.write_text("newer")
    kept = trash.restore()
    assert newer.read_text() == "image"
    assert (project / kept / "generated_images/clear/Shot_1/Beat_1.1.png").read_text() == "newer"
    again = trash.restore()
    assert newer.read_text() == "newer", "an undo can be undone"
    assert (project / again / "generated_images/clear/Shot_1/Beat_1.1.png").read_text() == "image"


def test_moments_are_named_in_utc(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are compared: by local time what was set aside later could sort before."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        place = Trash(project).take([Path("generated_images")])
    finally:
        monkeypatch.undo()
        time.tzset()
    assert abs(time.time() - calendar.timegm(time.strptime(place.name, "%Y-%m-%dT%H-%M-%SZ"))) < 3600


def test_without_a_terminal_it_wants_yes(project: Path, capsys: Captured) -> None:
    before = tree(project)
    assert main(["reset", "--images"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert tree(project) == before


@pytest.mark.parametrize(("answer", "agreed"), [("y\n", True), ("n\n", False), ("\n", False), ("", False)])
def test_it_asks_on_a_terminal(answer: str, agreed: bool) -> None:
    class Asked:
        yes = False

    assert reset._agreed(Asked(), paper_terminal(tty=True, said=answer)) is agreed  # type: ignore[arg-type]


def test_alone_it_resets_both(project: Path) -> None:
    before = tree(project)
    assert main(["reset", "--yes"]) == 0
    assert not (project / "generated_images").exists()
    assert not (project / ".shotmill/journal.jsonl").exists()
    assert main(["reset", "--undo", "--yes"]) == 0
    assert tree(project) == before


def test_an_undo_is_not_told_what(project: Path) -> None:
    assert main(["reset", "--undo", "--images", "--yes"]) == 2


def test_nothing_to_reset_is_no_error(here: Home, capsys: Captured) -> None:
    (here.work / "prompts").mkdir()
    assert main(["reset", "--images", "--yes"]) == 0
    assert "nothing to reset" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("there", "gone", "progress", "images", "said", "unsaid"),
    [
        (3, 0, False, True, ["draws 3 images again"], ["gone"]),
        (0, 4, False, True, ["4 images that were drawn are gone", "pays for them again anyway"], ["draws 0"]),
        (0, 0, True, True, ["Forgotten is"], ["draws 0", "adopts"]),
        (2, 1, True, False, ["2 images on disk stay", "1 image that was drawn is gone"], ["draws 2"]),
        (0, 4, True, False, ["4 images that were drawn are gone"], ["adopts"]),
    ],
)
def test_it_counts_the_images_that_are_there_and_names_those_that_are_gone(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: int,
    gone: int,
    progress: bool,
    images: bool,
    said: list[str],
    unsaid: list[str],
) -> None:
    told = status(gone=gone, play_money=True)
    told["styles"] = {"clear": style(total=9, done=there)}
    monkeypatch.setattr(offline, "offline_status", lambda _: told)
    lines = "\n".join(reset.consequences(project, progress=progress, images=images))
    assert all(each in lines for each in said)
    assert not any(each in lines for each in unsaid)
    assert not progress or "$0.00 play money" in lines
