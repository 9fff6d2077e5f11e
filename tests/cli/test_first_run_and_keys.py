"""`init` asks what only a person knows, and nothing where nobody can be asked; `keys import` tells before it stores."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from cli.command_line import Home, paper_terminal
from shotmill.doctor.project import sources
from shotmill.settings.keys import load_keys
from shotmill_tui.cli import first_questions, init, main
from shotmill_tui.cli.terminal import Terminal

Captured = pytest.CaptureFixture[str]
KEY, OTHER = "AIzaSyB-canary-canary-canary-canary-x7Qp", "AQ.Ab-canary-canary-canary-canary-9876"


@pytest.fixture
def film(here: Home) -> Path:
    for style in ("clear", "illustration"):
        path = here.work / "prompts" / f"prompts-{style}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps([{"beat_number": f"1.{n}", "ai_prompt": "a"} for n in range(1, 11)]))
    return here.work


def test_where_nobody_can_be_asked_it_writes_what_it_finds(film: Path, capsys: Captured) -> None:
    assert main(["init"]) == 0
    said = capsys.readouterr().err
    assert "2 styles (illustration, clear)" in said
    assert "20 images to draw, about $1.09" in said
    assert "→ shotmill keys add NAME" in said
    assert "→ shotmill demo" in said
    assert "[styles.illustration]" in (film / "shotmill.toml").read_text()
    assert main(["init"]) == 2


def test_with_a_key_in_the_environment_it_names_a_trial(
    film: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    assert main(["init"]) == 0
    said = capsys.readouterr().err
    assert "1 key on this machine" in said
    assert "shotmill start --limit 3 --wait" in said
    assert "6 images, about $0.33" in said
    assert "canary" not in said


def test_a_placeholder_in_the_environment_is_named_beside_stored_keys(
    film: Path, here: Home, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.folders.config.mkdir(parents=True)
    here.folders.keys_file.write_text(f'[keys.anna]\napi_key = "{KEY}"\n')
    here.folders.keys_file.chmod(0o600)
    monkeypatch.setenv("GEMINI_API_KEY", "YOUR_GEMINI_API_KEY_1")
    assert main(["init"]) == 0
    said = capsys.readouterr().err
    assert "1 key on this machine" in said and "GEMINI_API_KEY: it is a placeholder" in said


def test_storyboards_alone_are_not_pinned(here: Home, capsys: Captured) -> None:
    """What `extract` makes of them is to be used by the next start."""
    board = here.work / "storyboards" / "clear.json"
    board.parent.mkdir()
    board.write_text(json.dumps([{"beat_number": "1.1", "ai_prompt": "a"}]))
    assert main(["init"]) == 0
    assert "[styles.clear]" in (here.work / "shotmill.toml").read_text()
    assert "prompts =" not in (here.work / "shotmill.toml").read_text()
    assert main(["extract"]) == 0
    (source,) = sources(here.work)
    assert source.path.name == "prompts-clear.json"


def test_a_placeholder_is_named_replaced_by_its_name_and_tested(
    film: Path, here: Home, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.folders.config.mkdir(parents=True)
    here.folders.keys_file.write_text('[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\nrpm = 7\n')
    here.folders.keys_file.chmod(0o600)
    pasted = [KEY, ""]
    monkeypatch.setattr(first_questions, "ask_hidden", lambda question, terminal: pasted.pop(0))
    tested: list[Terminal] = []
    monkeypatch.setattr("shotmill_tui.cli.keys.test_all", tested.append)
    terminal = paper_terminal(tty=True, said="\n5\n")
    assert init.run(Namespace(project=None), terminal) == 0
    assert "no usable key on this machine (anna: it is a placeholder" in words(terminal)
    assert "A name for it [anna]" in words(terminal)
    (key,) = load_keys(here.folders, {}).keys
    assert (key.name, key.secret.masked, key.rpm) == ("anna", "…x7Qp", 7)
    assert tested == [terminal]


def test_prompts_with_a_fault_are_told(film: Path, capsys: Captured) -> None:
    (film / "prompts" / "prompts-clear.json").write_text('[{"beat_number": "1.1"}]')
    assert main(["init"]) == 2
    said = capsys.readouterr().err
    assert "Wrote" in said and "prompts-clear.json:1" in said and "→" in said


def test_words_that_are_probably_not_meant_are_told_before_a_cent_is_spent(film: Path, capsys: Captured) -> None:
    rows = [{"beat_number": f"1.{n}", "ai_prompt": "a house", "transition_type": "X"} for n in (1, 2)]
    (film / "prompts" / "prompts-clear.json").write_text(json.dumps(rows))
    for words in (["estimate"], ["init"]):
        assert main(words) == 0
        assert 'transition_type "X" is taken as a hard cut' in capsys.readouterr().err


@pytest.fixture
def pasted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a person pastes where a key is asked for, hidden."""
    keys = ["YOUR_KEY_HERE", KEY, OTHER, ""]
    monkeypatch.setattr(first_questions, "ask_hidden", lambda question, terminal: keys.pop(0))
    return keys


def words(terminal: Terminal) -> str:
    return str(terminal.err.getvalue())  # type: ignore[attr-defined]


def test_keys_projects_and_a_limit_are_asked_for(here: Home, pasted: list[str]) -> None:
    terminal = paper_terminal(tty=True, said="anna\nben\n\n\nplenty\n$5\n")
    first_questions.ask_keys(terminal)
    assert pasted == []
    ring = load_keys(here.folders, {})
    assert [key.name for key in ring.keys] == ["anna", "ben"]
    assert "That can't be a key" in words(terminal)
    first_questions.ask_projects(ring, terminal)
    settled = load_keys(here.folders, {}).keys
    assert {key.quota_project for key in settled} == {"film-1"}
    assert "until you say otherwise: shotmill keys move ben PROJECT" in words(terminal)
    assert first_questions.ask_budget(terminal) == 5.0
    assert "canary" not in words(terminal)


def test_keys_of_two_projects(here: Home, pasted: list[str]) -> None:
    first_questions.ask_keys(paper_terminal(tty=True, said="anna\nben\n"))
    first_questions.ask_projects(
        load_keys(here.folders, {}), paper_terminal(tty=True, said="studio\nno good\nfilm-2\n")
    )
    assert [key.quota_project for key in load_keys(here.folders, {}).keys] == ["studio", "film-2"]


def test_no_limit_is_an_answer() -> None:
    assert first_questions.ask_budget(paper_terminal(tty=True, said="\n")) is None


def test_import_says_first_and_a_dry_run_changes_nothing(here: Home, capsys: Captured) -> None:
    (here.work / "keys.json").write_text(json.dumps({"clear": [KEY, "YOUR_GEMINI_API_KEY_2", KEY], "ink": [OTHER]}))
    assert main(["keys", "import", "keys.json", "--dry-run"]) == 0
    assert not here.folders.keys_file.exists()
    assert main(["keys", "import", "keys.json"]) == 0
    said = capsys.readouterr()
    assert "clear-1" in said.err
    assert "…x7Qp" in said.err
    assert "placeholder" in said.err
    assert "the same key as clear-1" in said.err
    assert "shotmill keys move ink-1 clear-1" in said.err
    assert "canary" not in said.err + said.out
    assert [key.name for key in load_keys(here.folders, {}).keys] == ["clear-1", "ink-1"]
    assert main(["keys", "import", "keys.json"]) == 0
    assert "nothing to store" in capsys.readouterr().err


def test_import_from_standard_input(home: Home) -> None:
    ended = home.run("keys", "import", "-", said=f"GEMINI_API_KEY_ANNA={KEY}\n")
    assert ended.code == 0, ended.err
    assert "anna" in home.run("keys", "list").out


def test_import_from_the_environment(here: Home, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY_ANNA", KEY)
    monkeypatch.setenv("GOOGLE_KEYS", f"{OTHER}, YOUR_KEY_HERE")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-canary-canary-canary")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/canary.json")
    assert main(["keys", "import", "--env"]) == 0
    said = capsys.readouterr()
    assert "from GEMINI_API_KEY_ANNA" in said.err
    assert "placeholder" in said.err
    assert "canary" not in said.err + said.out
    stored = {key.name: key.secret.masked for key in load_keys(here.folders, {}).keys}
    assert stored.pop("anna") == "…x7Qp"
    assert list(stored.values()) == ["…9876"]


def test_an_import_is_told_from_where(here: Home, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["keys", "import"]) == 2
    assert main(["keys", "import", "keys.json", "--env"]) == 2
    assert main(["keys", "import", "--env"]) == 2
    assert "GEMINI_API_KEY_1" in capsys.readouterr().err


def test_a_file_that_is_not_there(here: Home, capsys: Captured) -> None:
    assert main(["keys", "import", "nowhere.json"]) == 2
    assert "nowhere.json" in capsys.readouterr().err
