"""Keys by name: read from standard input, never from the command line, never shown."""

from __future__ import annotations

import json
import time

import pytest

from cli.command_line import Home, paper_terminal
from shotmill.client import http
from shotmill_tui.cli import keys, keys_list, talk

SECRET = "AIzaSyB-canary-canary-canary-canary-x7Qp"


def test_a_key_is_stored_listed_moved_renamed_and_removed(home: Home) -> None:
    added = home.run("keys", "add", "anna", said=f"{SECRET}\n")
    assert added.code == 0, added.err
    assert "x7Qp" in added.err
    assert home.folders.keys_file.stat().st_mode & 0o777 == 0o600
    assert home.run("keys", "move", "anna", "film-1").code == 0
    assert home.run("keys", "rename", "anna", "berta").code == 0
    listed = json.loads(home.run("keys", "list", "--json").out)["keys"]
    assert [(key["name"], key["quota_project"], key["masked"]) for key in listed] == [("berta", "film-1", "…x7Qp")]
    assert home.run("keys", "remove", "berta").code == 0
    empty = home.run("keys", "list")
    assert empty.out == ""
    assert "keys add" in empty.err


def test_the_secret_is_never_shown(home: Home) -> None:
    said = [home.run("keys", "add", "anna", said=f"{SECRET}\n"), home.run("keys", "list"), home.run("doctor", "--json")]
    said += [home.run("keys", "list", "--json"), home.run("keys", "add", "anna", said=f"{SECRET}\n")]
    assert all("canary" not in ended.out + ended.err for ended in said)


def test_a_name_that_is_taken_needs_replace(home: Home) -> None:
    assert home.run("keys", "add", "anna", said=f"{SECRET}\n").code == 0
    again = home.run("keys", "add", "anna", said=f"{SECRET}\n")
    assert again.code == 2
    assert "--replace" in again.err
    assert home.run("keys", "add", "anna", "--replace", said=f"{SECRET}z\n").code == 0


@pytest.mark.parametrize("words", [["keys", "add"], ["keys", "add", "anna", SECRET], ["keys"]])
def test_a_key_on_the_command_line_is_refused_and_not_repeated(home: Home, words: list[str]) -> None:
    ended = home.run(*words, said=f"{SECRET}\n")
    assert ended.code == 2
    assert "canary" not in ended.out + ended.err
    assert not home.folders.keys_file.exists()


def test_no_key_at_all_is_told(home: Home) -> None:
    ended = home.run("keys", "add", "anna", said="")
    assert ended.code == 2
    assert "No key was given" in ended.err


def test_the_key_of_the_environment_is_listed_as_such(home: Home) -> None:
    home.environ["GEMINI_API_KEY"] = SECRET
    ended = home.run("keys", "list")
    assert "env" in ended.out
    assert "from the environment" in ended.out
    assert "canary" not in ended.out


def stored(here: Home, *names: str) -> None:
    here.folders.config.mkdir(parents=True)
    here.folders.keys_file.write_text("".join(f'[keys.{name}]\napi_key = "{SECRET}"\n' for name in names))
    here.folders.keys_file.chmod(0o600)


@pytest.mark.parametrize(("said", "words", "code", "stays"), [("n\n", [], 4, True), ("y\n", [], 0, False)])
def test_a_key_is_removed_on_a_terminal_once_it_is_agreed(
    here: Home, said: str, words: list[str], code: int, stays: bool
) -> None:
    stored(here, "anna")
    terminal = paper_terminal(tty=True, said=said)
    assert keys.run_words(["remove", "anna", *words], terminal) == code
    assert ("x7Qp" in terminal.err.getvalue()) and ("anna" in here.folders.keys_file.read_text()) is stays  # type: ignore[attr-defined]


@pytest.mark.parametrize(("tty", "words"), [(False, []), (True, ["--yes"])])
def test_where_nobody_is_to_be_asked_a_key_is_removed(here: Home, tty: bool, words: list[str]) -> None:
    stored(here, "anna")
    assert keys.run_words(["remove", "anna", *words], paper_terminal(tty=tty)) == 0
    assert "anna" not in here.folders.keys_file.read_text()


@pytest.mark.parametrize(
    ("verdicts", "code"), [(["invalid", "known"], 0), (["invalid", "refused"], 5), (["unreachable"], 5), ([], 5)]
)
@pytest.mark.parametrize("json", [False, True])
def test_the_test_of_keys_of_which_none_can_be_used_says_so_by_its_exit_code(
    here: Home, monkeypatch: pytest.MonkeyPatch, verdicts: list[str], code: int, json: bool
) -> None:
    told = [{"name": f"k{n}", "masked": "…1", "verdict": verdict} for n, verdict in enumerate(verdicts)]
    monkeypatch.setattr(http, "request", lambda *_: {"keys": told})
    monkeypatch.setattr(talk, "start_daemon", lambda: None)
    monkeypatch.setattr(keys, "find_project", lambda _: here.work)
    terminal = paper_terminal(json=json)
    assert keys.run_words(["test", *(["--json"] if json else [])], terminal) == code
    assert json or terminal.out.getvalue().count("\n") == len(verdicts)  # type: ignore[attr-defined]


def test_the_list_tells_of_a_key_under_each_of_its_names(here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(here, "anna", "twin")
    monkeypatch.setattr(keys_list, "known_states", lambda _: {("anna", "…x7Qp"): {"state": "draws"}})
    terminal = paper_terminal()
    assert keys.run_words(["list"], terminal) == 0
    assert terminal.out.getvalue().count("draws") == 2  # type: ignore[attr-defined]


def test_the_list_says_what_keeps_a_key_and_till_when(here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(here, "anna")
    counted = "Quota exceeded. Please retry in 11h25m23.111420393s."
    spent = {"state": "exhausted", "code": "day_quota", "reason": counted, "until": time.time() + 86_400}
    for known, said in (
        (spent, "day quota spent, back "),
        ({"state": "cooling", "code": "spend_cap", "reason": "long", "until": time.time() + 30}, "cap reached, back "),
        ({"state": "invalid", "code": "service_disabled", "reason": "not used"}, "API not enabled: not used"),
        ({"state": "invalid", "code": "key_invalid", "reason": "no"}, "not valid: no"),
    ):
        monkeypatch.setattr(keys_list, "known_states", lambda _, known=known: {("anna", "…x7Qp"): known})
        terminal = paper_terminal()
        assert keys.run_words(["list"], terminal) == 0
        told = terminal.out.getvalue()  # type: ignore[attr-defined]
        assert said in told and "11h25m" not in told


def test_a_key_of_the_environment_beside_stored_ones_says_when_it_is_used(
    here: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", f"{SECRET}2")
    alone, beside = paper_terminal(), paper_terminal()
    assert keys.run_words(["list"], alone) == 0
    stored(here, "anna")
    assert keys.run_words(["list"], beside) == 0
    told = [terminal.out.getvalue() for terminal in (alone, beside)]  # type: ignore[attr-defined]
    assert [where.count("where a style names it") for where in told] == [0, 1]
