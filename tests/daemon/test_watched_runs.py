"""`watch`, and `status --watch`, against the real daemon: in a file, in a pipe, on a terminal, through its troubles."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from cli.command_line import Paper, paper_terminal
from daemon.film import Film, make_film
from daemon.home import Home, run_with_out
from daemon.waiting import until
from daemon.witness import Witness
from shotmill.client.connection import DaemonConnection
from shotmill.errors import ExitCode, UnreachableError
from shotmill_tui.cli import status_watch, watch
from shotmill_tui.cli.terminal import Terminal

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
LINE = re.compile(r"^\d\d:\d\d:\d\d [A-Z]?.*[.]$")


@pytest.fixture
def film(provider: Witness, tmp_path: Path) -> Film:
    return make_film(tmp_path / "film", provider.base_url, chained=("1.2", "1.3"))


def shotmill(mill: Home, words: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """A real process, not waited for."""
    command = [str(Path(sys.executable).with_name("shotmill")), *words]
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=mill.environ, cwd=mill.path, text=True, **(streams | options))


def begun(mill: Home, provider: Witness, film: Film) -> str:
    """A run whose first image is out until the provider lets go; the project's id."""
    mill.start_daemon()
    return run_with_out(mill, provider, film.root, 1)


def test_a_run_is_followed_into_files_line_by_line_to_its_end(
    mill: Home, provider: Witness, film: Film, tmp_path: Path
) -> None:
    begun(mill, provider, film)
    paths = {"watch": tmp_path / "watched.txt", "watch --plain": tmp_path / "plain.txt"}
    processes = []
    for words, path in paths.items():
        with path.open("w") as file:
            processes.append(shotmill(mill, [*words.split(), str(film.root)], stdout=file))
    path = paths["watch --plain"]
    until(lambda: all("is running" in path.read_text() for path in paths.values()), "a line while the run goes on")
    provider.slow(0.3)
    for process in processes:
        assert process.wait(PATIENCE_S) == 0
    lines = path.read_text().splitlines()
    assert all(LINE.match(line) for line in lines), lines
    assert "is running" in lines[0]
    done = [line for line in lines if "ink beat" in line]  # what sets the pace may be told as well
    assert [line.split(". ")[-1] for line in done] == ["1 of 3.", "2 of 3.", "3 of 3."]
    assert all("seconds, key anna" in line for line in done)
    assert "finished in" in lines[-1]
    assert "3 of 3 images" in lines[-1]
    assert "CANARY" not in path.read_text()
    without = paths["watch"].read_text().splitlines()
    assert [line for line in without if "ink beat" in line] == done  # it has no other form


def test_what_goes_wrong_is_told_in_words(mill: Home, provider: Witness, film: Film) -> None:
    provider.faults({"match": {}, "do": "hold"}, {"match": {}, "do": "503-high-demand"})
    mill.start_daemon()
    mill.start(mill.open(film.root))
    provider.wait_for_held(1)
    watching = shotmill(mill, ["watch", str(film.root)], stdout=subprocess.PIPE)
    assert watching.stdout is not None
    assert "is running" in watching.stdout.readline()
    provider.faults({"match": {"beat": "1.2"}, "do": "prohibited"})
    said, trouble = watching.communicate(timeout=PATIENCE_S)
    assert watching.returncode == 0, trouble
    assert "ink beat 1.1 again" in said
    assert "ink beat 1.2 blocked: " in said
    assert "1 for you" in said.splitlines()[-1]


def test_ctrl_c_ends_the_watching_only(mill: Home, provider: Witness, film: Film) -> None:
    project = begun(mill, provider, film)
    process = shotmill(mill, ["watch", str(film.root)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert "is running" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "the run goes on" in said
    assert mill.status(project)["run"]["state"] == "running"


def test_a_reader_that_goes_away_ends_it_quietly(mill: Home, provider: Witness, film: Film) -> None:
    begun(mill, provider, film)
    process = shotmill(mill, ["watch", str(film.root)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    provider.release()
    assert process.wait(PATIENCE_S) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_without_a_run_or_a_daemon_it_says_so_and_starts_none(mill: Home, film: Film) -> None:
    without = mill.command("watch", str(film.root))
    assert without.returncode == 0, without.stderr
    assert "Nothing is being drawn now" in without.stdout
    assert "0 of 3 images" in without.stdout
    assert mill.daemon_pid() == 0
    mill.start_daemon()
    ready = mill.command("watch", str(film.root))
    assert "Nothing is being drawn now. film is ready: 0 of 3 images" in ready.stdout


async def when_it_watches(terminal: Terminal, then: Callable[[], None]) -> None:
    assert isinstance(terminal.out, Paper)
    while "is running" not in terminal.out.getvalue():  # noqa: ASYNC110 - it is written by another task
        await asyncio.sleep(0.02)
    await asyncio.to_thread(then)


async def test_a_daemon_that_dies_is_told_and_ends_the_watching(
    mill: Home, provider: Witness, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GONE_FOR", 0.5)
    provider.hold()
    lifetime = mill.start_daemon()
    mill.start(mill.open(film.root))
    terminal = paper_terminal()
    end = asyncio.create_task(when_it_watches(terminal, lifetime.kill))
    with pytest.raises(UnreachableError) as raised:
        await watch.Watch(DaemonConnection(mill.folders, film.root, mill.environ), terminal).to_the_end()
    await end
    assert raised.value.exit_code is ExitCode.UNREACHABLE
    assert isinstance(terminal.out, Paper)
    assert "The daemon is gone. Nothing is being drawn. What was drawn is safe." in terminal.out.getvalue()


async def test_a_daemon_that_comes_back_is_followed_further(mill: Home, provider: Witness, film: Film) -> None:
    provider.hold()
    lifetime = mill.start_daemon()
    mill.start(mill.open(film.root))

    def again() -> None:
        lifetime.kill()
        mill.start_daemon()

    terminal = paper_terminal()
    new_life = asyncio.create_task(when_it_watches(terminal, again))
    await watch.Watch(DaemonConnection(mill.folders, film.root, mill.environ), terminal).to_the_end()
    await new_life
    assert isinstance(terminal.out, Paper)
    said = terminal.out.getvalue()
    assert "The daemon answers again." in said
    assert "film stopped, the daemon ended while it ran" in said.splitlines()[-1]


def on_a_terminal(mill: Home, words: Sequence[str], rows: int, columns: int) -> str:
    """What a command writes to a terminal of that size, to its end."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    command = [str(Path(sys.executable).with_name("shotmill")), *words]
    environ = {**mill.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(command, env=environ, stdin=theirs, stdout=theirs, stderr=theirs, cwd=mill.path)
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert process.wait(PATIENCE_S) == 0
    return b"".join(parts).decode()


def shown(written: str) -> list[str]:
    """The terminal's lines after all that: just what a block needs, cursor up and down, erasing, no wrapping."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", written):
        if token == "\r":
            column = 0
        elif token == "\n":
            row += 1
        elif token.startswith("\x1b"):
            number, kind = int(token[2:-1].split(";")[0] or 1), token[-1]
            if kind in "AB":
                row += -number if kind == "A" else number
            elif kind == "K":
                lines[row] = lines[row][:column]
            elif kind == "J":
                lines[row:] = [lines[row][:column]]
        else:
            lines[row] = lines[row][:column].ljust(column) + token + lines[row][column + len(token) :]
            column += len(token)
        lines += [""] * (row + 1 - len(lines))
    return lines


def test_status_refreshes_a_few_lines_in_place_until_the_run_ends(mill: Home, provider: Witness, film: Film) -> None:
    begun(mill, provider, film)
    provider.slow(0.3)
    written = on_a_terminal(mill, ["status", "--watch", str(film.root)], 24, 80)
    lines = [line.rstrip() for line in shown(written)]
    assert lines[0].startswith("film  ✓ finished   3/3 images")
    assert "ink  3/3  all done" in lines[2]
    assert [line for line in lines[3:] if line] == []
    assert written.count("film") <= 12  # the head, when it changed
    assert len(written) < 4000


def test_status_that_is_taller_than_the_terminal_is_cut(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url, styles=[f"look{number}" for number in range(12)])
    mill.start_daemon()
    written = on_a_terminal(mill, ["status", "--watch", str(film.root)], 6, 40)
    lines = [line for line in shown(written) if line]
    assert len(lines) <= 5
    assert "more lines: shotmill status" in lines[-1]
    assert all(len(line) < 40 for line in lines)


def test_status_in_a_file_adds_whole_lines_and_objects_with_json(mill: Home, provider: Witness, film: Film) -> None:
    begun(mill, provider, film)
    plain = shotmill(mill, ["status", "--watch", str(film.root)], stdout=subprocess.PIPE)
    objects = shotmill(mill, ["status", "--watch", "--json", str(film.root)], stdout=subprocess.PIPE)
    provider.release()
    lines = plain.communicate(timeout=PATIENCE_S)[0].splitlines()
    assert plain.returncode == 0
    assert "\x1b" not in "".join(lines)
    assert len({line[9:] for line in lines}) == len(lines)
    assert "3/3 images" in lines[-1]
    found = [json.loads(line) for line in objects.communicate(timeout=PATIENCE_S)[0].splitlines()]
    assert found[-1]["run"]["state"] == "finished"


def test_status_says_when_nobody_answers_and_ends_when_the_daemon_stays_away(
    mill: Home, provider: Witness, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_watch, "GONE_FOR", 0.6)
    monkeypatch.setattr(status_watch, "EVERY_S", 0.2)
    for name, value in mill.environ.items():
        monkeypatch.setenv(name, value)
    project = begun(mill, provider, film)
    status = mill.status(project)
    os.kill(mill.daemon_pid(), signal.SIGKILL)
    terminal = paper_terminal()
    with pytest.raises(UnreachableError):
        status_watch.watch(film.root, status, terminal)
    assert isinstance(terminal.out, Paper)
    assert "no answer since" in terminal.out.getvalue()


def test_plain_status_needs_neither_an_event_loop_nor_the_watching(mill: Home, film: Film) -> None:
    mill.start_daemon()
    mill.open(film.root)
    program = (
        "import sys\nfrom shotmill_tui.cli import main\n"
        f"code = main(['status', {str(film.root)!r}])\n"
        "heavy = {'asyncio', 'textual', 'aiohttp', 'shotmill_tui.cli.status_watch'} & set(sys.modules)\n"
        "sys.exit(f'{code} {heavy}' if code or heavy else 0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], env=mill.environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
