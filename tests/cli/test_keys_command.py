"""Keys by name: read from standard input, never from the command line, never shown."""

from __future__ import annotations

import json

import pytest

from cli.command_line import Home

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
