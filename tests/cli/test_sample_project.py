"""The sample film: every reader is used, prompts differ, chains are as long as told, nobody's folder is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cli.command_line import Home
from shotmill.errors import UsageError
from shotmill.settings.project import load_project_settings
from shotmill.story.discover import find_sources
from shotmill.story.load import load_story
from shotmill.story.model import Style
from shotmill_tui.cli import demo, main
from shotmill_tui.cli.sample import folder, prompts


def story(root: Path) -> dict[str, Style]:
    configured = {name: style.prompts for name, style in load_project_settings(root).styles.items()}
    return {style.name: style for style in load_story(find_sources(root, configured))}


def test_it_reads_back_as_it_was_meant(tmp_path: Path) -> None:
    root = tmp_path / "film"
    folder.make(root, 30, 4.0, 7)
    found = story(root)
    assert {name: style.source.suffix for name, style in found.items()} == {
        "illustration": ".json",
        "clear": ".txt",
        "consistent": ".js",
    }
    assert all(len(style.prompts) == 30 for style in found.values())
    beat = found["consistent"].prompts[7]
    assert (beat.shot, beat.beat) == (3, "3.2")
    assert beat.text.startswith("Consistent style: Shot 3, Beat 3.2.")
    assert load_project_settings(root).gemini.base_url == "emulator"
    assert load_project_settings(root).styles["clear"].keys == ("carl", "dora")
    with Image.open(root / "style_reference.png") as picture:
        picture.load()
        assert picture.size == (1024, 576)


@settings(max_examples=20)
@given(st.integers(1, 400))
def test_any_number_of_beats_makes_different_prompts(count: int) -> None:
    texts = [prompts.prompt("clear", beat)["ai_prompt"] for beat in prompts.beats(count)]
    ids = [beat.id for beat in prompts.beats(count)]
    assert len(set(texts)) == len(set(ids)) == count


def test_chains_are_long_but_end() -> None:
    cuts = "".join(prompts.transition("consistent", beat) for beat in prompts.beats(100))
    chains = [len(chain) for chain in cuts.split("H") if chain]
    assert max(chains) == prompts.LONGEST_CHAIN
    assert "C" in {prompts.transition("illustration", beat) for beat in prompts.beats(30)}
    assert {prompts.transition("clear", beat) for beat in prompts.beats(30)} == {"H"}


def test_somebodys_folder_is_left_alone(here: Home) -> None:
    own = here.work / "own"
    own.mkdir()
    (own / "novel.txt").write_text("mine")
    with pytest.raises(UsageError):
        folder.make(own, 3, 4.0, 0)
    assert [path.name for path in own.iterdir()] == ["novel.txt"]
    assert main(["demo", str(own), "--headless"]) == 2


def test_a_sample_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / ".film.making" / "prompts").mkdir(parents=True)
    (tmp_path / "film").mkdir()
    folder.make(tmp_path / "film", 3, 4.0, 0)
    assert folder.is_sample(tmp_path / "film")
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


def test_speed_and_seed_of_a_sample_can_be_changed(tmp_path: Path) -> None:
    root = tmp_path / "film"
    folder.make(root, 3, 4.0, 1)
    folder.adjust(root, 9.0, None)
    assert folder._read(root) == {"speed": 9.0, "seed": 1}
    folder.adjust(root, None, None)
    assert folder._read(root) == {"speed": 9.0, "seed": 1}


@pytest.mark.parametrize("words", [["--beats", "0"], ["--speed", "0"], ["--speed", "-1"], ["--beats", "30000000"]])
def test_figures_that_make_no_sense_are_refused(here: Home, words: list[str]) -> None:
    assert main(["demo", "film", "--headless", *words]) == 2
    assert not (here.work / "film").exists()


def test_beats_that_are_not_taken_and_a_sample_that_is_drawn_are_told_with_the_way_to_a_fresh_one(
    here: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.make(here.work / "film", 3, 4.0, 0)
    answer = {
        "outcome": "nothing_to_do",
        "status": {"project": {"title": "film"}, "styles": {"ink": {"done": 3, "total": 3}}},
    }
    monkeypatch.setattr(demo, "start_run", lambda *_: answer)
    monkeypatch.setattr(demo, "wait", lambda *_: 0)
    assert main(["demo", "film", "--headless", "--beats", "9"]) == 0
    said = capsys.readouterr()
    told = said.out + said.err
    assert "--beats 9 is for a new one" in told and "drawn already" in told and "demo OTHER-FOLDER" in told
