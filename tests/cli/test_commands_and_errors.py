"""Finding commands, refusing wrong words, and how every kind of failure reaches a person and a program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.command_line import Home, paper_terminal
from shotmill.errors import ExitCode, ShotmillError, UnreachableError, UsageError
from shotmill_tui.cli import commands, main

Captured = pytest.CaptureFixture[str]


def test_help_lists_every_command_but_second_names(here: Home, capsys: Captured) -> None:
    assert main(["-h"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {command.name} " in said for command in commands.SHOWN)
    assert "diagnostics" not in said
    assert "retry" not in said


@pytest.mark.parametrize("command", [command.name for command in (*commands.SHOWN, *commands.HIDDEN)])
def test_every_command_explains_itself(here: Home, capsys: Captured, command: str) -> None:
    assert main([command, "-h"]) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("words", [["keys", name] for name in ("list", "add", "remove", "rename", "move", "test")])
def test_every_action_explains_itself(here: Home, capsys: Captured, words: list[str]) -> None:
    assert main([*words, "-h"]) == 0
    assert f"shotmill {' '.join(words)}" in capsys.readouterr().out


def test_a_mistyped_command_names_the_nearest(here: Home, capsys: Captured) -> None:
    assert main(["statsu"]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert "statsu" in said.err
    assert "→ shotmill status" in said.err


def test_a_mistyped_action_names_the_nearest(here: Home, capsys: Captured) -> None:
    assert main(["daemon", "strat"]) == ExitCode.USAGE
    assert "→ shotmill daemon start" in capsys.readouterr().err


def test_a_wrong_option_names_the_help(here: Home, capsys: Captured) -> None:
    assert main(["start", "--limit", "many"]) == ExitCode.USAGE
    assert "→ shotmill start -h" in capsys.readouterr().err


def test_a_folder_without_a_project_says_what_to_do(here: Home, capsys: Captured) -> None:
    assert main(["start"]) == ExitCode.USAGE
    assert "shotmill demo" in capsys.readouterr().err


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    "command",
    ["status", "stop", "start", "estimate", "logs", "watch", "doubt", "extract", "reset", "attach", "status --watch"],
)
def test_a_folder_that_is_no_project_has_one_answer_and_stays_as_it_is(
    here: Home, capsys: Captured, command: str, named: bool
) -> None:
    folder = here.work / "pictures"
    folder.mkdir()
    assert main([*command.split(), *(["pictures"] if named else [])]) == ExitCode.USAGE
    said = capsys.readouterr().err
    assert "is no project" in said and str(folder if named else here.work) in said
    assert "prompts/" in said and "shotmill init" in said and "shotmill demo" in said
    assert not list(folder.iterdir())


@pytest.mark.parametrize("words", [["doctor"], ["keys", "list"], ["keys", "test", "anna"]])
def test_what_also_looks_at_the_machine_alone_refuses_a_folder_that_is_named_and_no_project(
    here: Home, capsys: Captured, words: list[str]
) -> None:
    (here.work / "pictures").mkdir()
    assert main([*words, "pictures"]) == ExitCode.USAGE
    assert "is no project" in capsys.readouterr().err


def test_a_folder_that_is_not_there(here: Home, capsys: Captured) -> None:
    assert main(["status", "nowhere"]) == ExitCode.USAGE
    assert "nowhere" in capsys.readouterr().err


def test_control_characters_in_a_name_never_reach_the_terminal(here: Home, capsys: Captured) -> None:
    assert main(["status", "\x1b]52;c;x\x07/"]) == ExitCode.USAGE
    assert main(["\x1b[2Jx"]) == ExitCode.USAGE
    assert "\x1b" not in capsys.readouterr().err


def test_with_json_the_error_is_an_object_too(here: Home, capsys: Captured) -> None:
    assert main(["status", "--json", "nowhere"]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["code"] == "usage"
    assert "nowhere" in said.err


def test_the_screen_needs_a_terminal(here: Home, capsys: Captured) -> None:
    (here.work / "prompts").mkdir()
    assert main([]) == ExitCode.USAGE
    assert "needs a terminal" in capsys.readouterr().err


def raising(fault: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise fault

    return command


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (UsageError("x"), 2),
        (UnreachableError("x"), 6),
        (ShotmillError("x", exit_code=ExitCode.BUDGET), 7),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 0),
        (SystemExit(0), 0),
        (ValueError("x"), 1),
    ],
)
def test_what_is_raised_becomes_an_exit_code(fault: BaseException, code: int) -> None:
    assert paper_terminal().guard(raising(fault)) == code


def test_an_unexpected_fault_is_one_sentence_without_secrets(here: Home) -> None:
    terminal = paper_terminal()
    terminal.guard(raising(ValueError("bad AIzaSyA1234567890abcdefgh\x1b[2J")))
    said = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert "Traceback" not in said
    assert "abcdefgh" not in said
    assert "\x1b" not in said
    assert "daemon.log" in said


def test_a_traceback_is_shown_when_asked_for(here: Home) -> None:
    terminal = paper_terminal()
    terminal.verbose = True
    terminal.guard(raising(ValueError("bad")))
    assert "Traceback" in terminal.err.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "split"),
    [
        ([], (None, "list")),
        (["retry"], (None, "retry")),
        (["film", "skip"], ("film", "skip")),
        (["skip", "film"], ("film", "skip")),
        (["./retry"], ("./retry", "list")),
        (["retry", "retry"], ("retry", "retry")),
    ],
)
def test_doubt_takes_project_and_action_in_any_order(words: list[str], split: tuple[str | None, str]) -> None:
    from shotmill_tui.cli import doubt

    assert doubt.split(words) == split


def test_doubt_refuses_two_projects() -> None:
    from shotmill_tui.cli import doubt

    with pytest.raises(UsageError):
        doubt.split(["a", "b"])


def test_colour_only_on_a_terminal_and_not_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paper_terminal(tty=False).paint("x", "red") == "x"
    assert "\x1b[31m" in paper_terminal(tty=True).paint("x", "red")
    monkeypatch.setenv("NO_COLOR", "1")
    assert paper_terminal(tty=True).paint("x", "red") == "x"


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_can_t_move_its_cursor_is_told_what_to_do(
    term: str, here: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shotmill_tui.cli.attach import open_screen

    monkeypatch.setenv("TERM", term)
    terminal = paper_terminal(tty=True)
    assert terminal.guard(lambda: open_screen(here.work, terminal)) == ExitCode.USAGE
    said = terminal.err.getvalue()  # type: ignore[attr-defined]
    assert f"TERM={term}" in said and "shotmill watch --plain" in said and "\x1b[" not in said


def test_ctrl_c_ends_with_its_code_wherever_it_hits(tmp_path: Path) -> None:
    """In the making of a dataclass too, where Python would end by the signal though the exception is caught."""
    (tmp_path / "hit.py").write_text(
        "import sys\n"
        "from shotmill_tui import cli\n"
        "cli._dispatch = lambda words, terminal: exec('import os; os.kill(os.getpid(), 2); list(range(9))')\n"
        "sys.exit(cli.main([]))\n"
    )
    done = subprocess.run([sys.executable, "-m", "hit"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 130, done.stderr
