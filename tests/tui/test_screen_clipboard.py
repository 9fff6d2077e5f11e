"""Copying says which way it took and what can't be known."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest

from shotmill.settings.folders import Folders
from shotmill_tui.clipboard import Clipboard
from shotmill_tui.preferences import Preferences
from tui.driving import driven

SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "DISPLAY": ":0", "PATH": os.environ["PATH"]}


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


async def test_over_ssh_the_terminal_is_asked_and_never_the_desktop_over_there(bin_folder: Path) -> None:
    program(bin_folder, "xclip", "exit 0")
    written: list[str] = []
    told = await Clipboard(written.append, SSH, None).copy("one\ntwo ✓")
    assert "Copied 2 lines to the terminal (OSC 52)" in told and "can't be confirmed" in told
    kind, _, payload = written[0].removeprefix("\x1b]").removesuffix("\x07").rpartition(";")
    assert kind == "52;c" and b64decode(payload).decode() == "one\ntwo ✓"


async def test_here_the_desktops_clipboard_takes_it(bin_folder: Path, tmp_path: Path) -> None:
    program(bin_folder, "xclip", f"cat > {tmp_path}/got; sleep 5 &")  # stays to serve it, as xclip does
    written: list[str] = []
    told = await Clipboard(written.append, {"DISPLAY": ":0"}, None).copy("one")
    assert told == "Copied 1 line to the clipboard (xclip)" and not written
    assert (tmp_path / "got").read_text() == "one"


async def test_a_program_that_fails_leaves_it_to_the_terminal(bin_folder: Path) -> None:
    program(bin_folder, "xclip", "exit 1")
    written: list[str] = []
    assert "OSC 52" in await Clipboard(written.append, {"DISPLAY": ":0"}, None).copy("one")
    assert len(written) == 1


async def test_what_is_too_long_for_a_terminal_lies_in_a_file(tmp_path: Path) -> None:
    written: list[str] = []
    file = tmp_path / "cache" / "clipboard.txt"
    told = await Clipboard(written.append, SSH, file).copy("x" * 60_000)
    assert told == f"Too long for a terminal's clipboard. All of it is in {file}" and not written
    assert file.read_text() == "x" * 60_000 + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"Also in {file}" in await Clipboard(written.append, SSH, file).copy("short")


async def test_a_file_that_can_not_be_written_is_not_promised(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    written: list[str] = []
    told = await Clipboard(written.append, SSH, tmp_path / "cache" / "clipboard.txt").copy("one")
    assert "Also in" not in told and len(written) == 1
    assert await Clipboard(written.append, SSH, None).copy("") == "There is nothing to copy"


async def test_a_tmux_that_does_not_take_it_gets_a_wrapped_sequence(bin_folder: Path) -> None:
    program(bin_folder, "tmux", "exit 1")
    written: list[str] = []
    told = await Clipboard(written.append, {"TMUX": "t,1,0"}, None).copy("one")
    assert written[0].startswith("\x1bPtmux;\x1b\x1b]52;c;") and written[0].endswith("\x1b\\")
    assert "allow-passthrough" in told


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is missing")
async def test_inside_tmux_its_buffer_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = f"{tmp_path}/t"
    tmux = ["tmux", "-S", socket, "-f", "/dev/null"]
    run = asyncio.to_thread
    await run(subprocess.run, [*tmux, "new-session", "-d", "sleep 60"], check=True, env={**os.environ, "TMUX": ""})
    try:
        monkeypatch.setenv("TMUX", f"{socket},1,0")
        told = await Clipboard(lambda _: None, os.environ, None).copy("one\ntwo")
        assert "to tmux's buffer" in told
        shown = await run(subprocess.run, [*tmux, "show-buffer"], capture_output=True, check=True)
        assert shown.stdout == b"one\ntwo"
    finally:
        await run(subprocess.run, [*tmux, "kill-server"], check=False)


async def test_c_copies_what_the_screen_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    folders = Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    async with driven(preferences=Preferences(folders=folders)) as driver:
        await driver.press("l", "c")
        await driver.settle()
        assert "Copied 22 lines" in driver.text
        assert "overloaded, in 2 s" in (folders.cache / "clipboard.txt").read_text()
