"""Words that would move a cursor, set a clipboard or press a button, everywhere where strangers' words are shown: the
bytes on a real terminal hold none of them, and every escape sequence is of a kind that harmless words bring too."""

# ruff: noqa: E501 - hostile words are long
from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from daemon.waiting import until
from faults.pty_screen import PtyScreen, on_a_pty
from faults.raw_provider import RawProvider, raw_provider, whole

HOSTILE = (
    "\x1b]52;c;Q0FOQVJZ\x07 \x1b]8;;http://evil\x1b\\ \x1b[31337;7H \x1b]0;owned\x07 \x1bP+q\x1b\\ \x9b31337m \x9d52;c;x\x9c "
    "\u202e\u2066\u200b\u2028 \x08\x08\r\x7f [@click=app.quit]press[/] [link=http://evil]x[/link] [bold red]loud[/]"
)  # fmt: skip
HARMLESS = "a train in the rain, [and] brackets"
RAW = (b"\x1b]52", b"\x1b]8;;http://evil", b"\x1b[31337", b"\x1b]0;owned", b"\x1bP+q", b"\xc2\x9b", b"\xc2\x9d", b"\x9b31337",
       "\u202e".encode(), "\u2066".encode(), "\u200b".encode(), "\u2028".encode(), b"\x08", b"\x7f")  # fmt: skip
CSI = re.compile(rb"\x1b\[([0-?]*)([ -/]*[@-~])")
SHOTMILL = str(Path(sys.executable).with_name("shotmill"))


def refused(words: str) -> bytes:
    return json.dumps({"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": words}}).encode()


def project_of(mill: Home, root: Path, provider: RawProvider, words: str) -> None:
    """Prompts, title, settings and the provider's error are these words; every beat was refused once."""
    provider.usual = whole(refused(words))
    title = json.dumps(f"T {words}").replace("\x7f", "\\u007f")
    film = make_film(
        root, provider.base_url, beats=("1.1", "1.2"), settings=f"[generation]\npause_after = 1000\n[project]\ntitle = {title}",
    )  # fmt: skip
    film.reword("ink", "1.1", f"FIRST {words}")
    mill.start_daemon()
    status = mill.run_through(film.root)
    assert status["styles"]["ink"]["blocked"] == 2, status


def kinds(output: bytes) -> set[bytes]:
    """Escape sequences without their numbers."""
    found = {b"[" + (b"?" if one[1].startswith(b"?") else b"") + one[2] for one in CSI.finditer(output)}
    rest = CSI.sub(b"", output)
    return found | {one[0] for one in re.finditer(rb"\x1b(?:\]\d+|.)", rest, re.S)}


def walk(screen: PtyScreen) -> None:
    """The floor, a beat, the log, the diagnostics and the keys; then away."""
    screen.wait_for(b"blocked")
    for keys, shown in (
        (b"n", b""),
        (b"\r", b"FIRST"),
        (b"\x1b", b""),
        (b"l", b""),
        (b"\x1b", b""),
        (b"k", b""),
        (b"\x1b", b""),
    ):
        at = screen.press(keys)
        if shown:
            screen.wait_for(shown)
        for _ in range(8):
            screen.read(0.1)
        assert len(screen.output) >= at
    screen.press(b"d")
    assert screen.ended() == 0


def shown(mill: Home, root: Path, words: str) -> bytes:
    environ = {**mill.environ, "TERM": "xterm-256color"}
    with raw_provider() as provider:
        project_of(mill, root, provider, words)
        with on_a_pty([SHOTMILL, "attach", str(root)], environ, mill.path) as screen:
            walk(screen)
            return screen.output


@pytest.mark.faults
def test_the_screen_sends_no_byte_of_theirs(mill: Home, tmp_path: Path) -> None:
    output = shown(mill, tmp_path / "film", HOSTILE)
    for raw in RAW:
        assert raw not in output, raw
    plain = CSI.sub(b"", output)
    assert "␛]52".encode() in plain, "it is shown, and not hidden"
    assert b"[@click=app.quit]" in plain, "markup is text"
    mill.ask("POST", "/v1/daemon/stop")
    until(lambda: not mill.daemon_pid(), "the daemon's end")
    harmless = shown(mill, tmp_path / "other", HARMLESS)
    assert kinds(output) <= kinds(harmless), kinds(output) - kinds(harmless)


def test_commands_send_no_byte_of_theirs(mill: Home, tmp_path: Path) -> None:
    environ = {**mill.environ, "TERM": "xterm-256color"}
    root = tmp_path / "film"
    with raw_provider() as provider:
        project_of(mill, root, provider, HOSTILE)
        commands = [
            ["status"], ["status", "--json"], ["logs"], ["logs", "--json"], ["doctor"], ["estimate"], ["keys", "list"],
            ["doubt"], ["start", "--wait", "--retry-failed"],
        ]  # fmt: skip
        for words in commands:
            where = [] if words[0] == "keys" else [str(root)]
            with on_a_pty([SHOTMILL, *words, *where], environ, mill.path) as screen:
                screen.ended()
                for raw in RAW:
                    assert raw not in screen.output, (words, raw, screen.output[-2000:])
                assert kinds(screen.output) <= {b"[m", b"[K", b"[A", b"[?h", b"[?l", b"[J", b"[F", b"[G"}, words


@pytest.mark.faults
def test_a_storm_of_sizes(mill: Home, tmp_path: Path) -> None:
    environ = {**mill.environ, "TERM": "xterm-256color"}
    chance = random.Random(4)
    with raw_provider() as provider:
        project_of(mill, tmp_path / "film", provider, HARMLESS)
        with on_a_pty([SHOTMILL, "attach", str(tmp_path / "film")], environ, mill.path) as screen:
            screen.wait_for(b"blocked")
            for size in [(1, 1), (500, 3), (3, 500), (500, 200), *((chance.randint(1, 300), chance.randint(1, 90)) for _ in range(60))]:  # fmt: skip
                screen.resize(*size)
                screen.read(0.01)
            screen.resize(100, 30)
            screen.press(b"d")
            assert screen.ended() == 0
            assert b"Traceback" not in screen.output
