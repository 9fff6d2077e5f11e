"""Completions, asked of the shells themselves."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from functools import cache
from pathlib import Path

import pytest

from cli.command_line import WITHIN, Home
from shotmill_tui.cli.commands import SHOWN
from shotmill_tui.cli.completion_scripts import bash, fish, zsh
from shotmill_tui.cli.completion_table import FOLDER, KEY, STYLE, Word, words

COMPLETE = """\
source "$0"
COMP_WORDS=(shotmill "$@") COMP_CWORD=$#
_shotmill
[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' "${COMPREPLY[@]}"
"""


def shell_environ(home: Home) -> dict[str, str]:
    """Where `shotmill` is found, as after an installation."""
    here = Path(sys.executable).parent
    return {**home.environ, "PATH": f"{here}{os.pathsep}{home.environ['PATH']}"}


@cache
def script_for_bash() -> str:
    """What `shotmill completions bash` prints, without a process for each question."""
    return bash(words())


def completed(home: Home, *typed: str) -> list[str]:
    """What bash offers for the last of the words."""
    script = home.folder / "completions.bash"
    script.write_text(script_for_bash())
    ended = subprocess.run(
        ["bash", "--norc", "-c", COMPLETE, str(script), *typed],
        cwd=home.work,
        env=shell_environ(home),
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert ended.stderr == ""
    return ended.stdout.splitlines()


def a_project(home: Home, *styles: str) -> None:
    (home.work / "prompts").mkdir(exist_ok=True)
    for style in styles:
        path = home.work / "prompts" / f"prompts-{style}.json"
        path.write_text(json.dumps([{"beat_number": "1.1", "ai_prompt": "a train"}]))


def word(name: str) -> Word:
    return next(one for one in words() if one.name == name)


def test_every_command_of_the_table_is_in_every_script() -> None:
    found = words()
    assert [one.name for one in found] == [command.name for command in SHOWN]
    for write in (bash, zsh, fish):
        script = write(found)
        for command in SHOWN:
            assert command.name in script
        assert "--retry-failed" in script or "-l retry-failed" in script


def test_options_and_what_follows_them_come_from_the_commands_themselves() -> None:
    start = {flag.names[-1]: flag.takes for flag in word("start").flags}
    assert start["--style"] == STYLE
    assert start["--wait"] == ""
    assert start["--limit"] != ""
    assert word("start").places == (FOLDER,)
    assert set(word("doubt").places) == {"retry|skip", FOLDER}
    logs = {flag.names[-1]: flag.takes for flag in word("logs").flags}
    assert logs["--level"] == "debug|info|warning|error"
    assert {action.name: action.places for action in word("keys").actions}["remove"] == (KEY,)


def test_the_command_prints_the_script(home: Home) -> None:
    assert home.run("completions", "bash").out == script_for_bash()


def test_bash_completes_commands_options_and_choices(home: Home) -> None:
    assert completed(home, "sta") == ["start", "status"]
    assert completed(home, "start", "--ret") == ["--retry-failed"]
    assert completed(home, "logs", "--level", "w") == ["warning"]
    assert completed(home, "logs", "--level", "=", "w") == ["warning"]
    assert completed(home, "keys", "re") == ["remove", "rename"]
    assert completed(home, "doubt", "re") == ["retry"]
    assert completed(home, "completions", "") == ["bash", "zsh", "fish"]
    assert completed(home, "start", "--limit", "") == []


def test_bash_completes_folders_styles_and_names_of_keys(home: Home) -> None:
    a_project(home, "clear", "consistent", "illustration")
    (home.work / "film one").mkdir()
    assert completed(home, "status", "fi") == ["film one"]
    assert completed(home, "start", "--style", "c") == ["clear", "consistent"]
    assert completed(home, "start", "--style", "=", "c") == ["clear", "consistent"]
    added = home.run("keys", "add", "anna", said="AIzaCANARYanna0123456789abcdefghijk\n")
    assert added.code == 0, added.err
    assert completed(home, "keys", "remove", "") == ["anna"]
    names = home.run("completions", "--names", "keys")
    assert names.out == "anna\n"


def test_names_of_strangers_are_never_expanded_by_the_shell(home: Home) -> None:
    a_project(home, "$(touch pwned)", "two words")
    assert completed(home, "start", "--style", "") == [r"\$\(touch\ pwned\)", r"two\ words"]
    assert not (home.work / "pwned").exists()


def test_names_that_can_not_be_told_are_no_error(home: Home) -> None:
    (home.work / "shotmill.toml").write_text("not toml")
    ended = home.run("completions", "--names", "styles")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_without_a_shell_it_says_which_there_are_and_the_help_says_how_to_install(home: Home) -> None:
    ended = home.run("completions")
    assert ended.code == 2
    assert "completions bash" in ended.err
    said = home.run("completions", "-h").out
    assert "source <(shotmill completions bash)" in said
    assert "config/fish/completions" in said
    assert home.run("completions", "tcsh").code == 2


SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source <(shotmill completions bash)"),
    "zsh": (["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -D; source <(shotmill completions zsh)"),
    "fish": (["fish", "--no-config", "-i", "-C", "function fish_prompt; echo -n 'ready> '; end"],
             "shotmill completions fish | source"),
}  # fmt: skip


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_a_person_types_in_completes(home: Home, shell: str) -> None:
    """Tab in the shell's own line editor: for a command, for one of its words, and for the name of a style."""
    command, install = SHELLS[shell]
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine; make test and CI install it where they may")
    a_project(home, "clear", "consistent")
    ours, theirs = pty.openpty()
    environ = {**shell_environ(home), "PS1": "ready> ", "TERM": "dumb", "HISTFILE": "", "HOME": str(home.work)}
    process = subprocess.Popen(
        command,
        *(-1, None, theirs, theirs, theirs),
        cwd=home.work,
        env=environ,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # its terminal, which fish insists on
    )
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
    os.close(theirs)
    try:
        read_until(ours, "ready> ")
        os.write(ours, f"{install}; echo load''ed\n".encode())
        read_until(ours, "loaded", "ready> ")
        os.write(ours, b"shotmill compl\tfi\t\n")
        read_until(ours, "# Completions of shotmill for fish.", "ready> ")
        os.write(ours, b"shotmill start --style cl\t--nonsense\n")
        read_until(ours, "start --style clear", "unrecognized arguments: --nonsense")
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(descriptor: int, *texts: str) -> None:
    """Reads what a terminal shows up to the texts, one after the other. Fails when they do not come."""
    seen, at = "", 0
    deadline = time.monotonic() + WITHIN
    for text in texts:
        while (found := seen.find(text, at)) < 0:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([descriptor], [], [], left)[0], f"{text!r} does not come: {seen}"
            seen += os.read(descriptor, 65536).decode("utf-8", "replace")
        at = found + len(text)
