"""A newcomer in a real terminal: the first run up to a film that draws, and prompts that are mended while it looks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

LIMIT_S = 60.0
SECRET = "AIzaSyA-tmux-first-run-of-a-test-9fKe"


class Newcomer:
    """A tmux of our own with `shotmill` in a folder of prompts; nothing of it leaves this machine."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "film"
        self.home = folder / "home"
        self.seen: list[str] = []
        self._tmux = ["tmux", "-S", str(folder / "t"), "-f", "/dev/null"]
        nowhere = "http://127.0.0.1:9"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environ = {**kept, "SHOTMILL_HOME": str(self.home), "LC_ALL": "C.UTF-8", "TZ": "UTC",
                        "TERM": "xterm-256color", "https_proxy": nowhere, "HTTPS_PROXY": nowhere}  # fmt: skip
        (self.root / "prompts").mkdir(parents=True)
        self.prompts = self.root / "prompts" / "prompts-clear.json"

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "shotmill_tui.cli"]

    def open(self, columns: int = 80, rows: int = 24) -> None:
        settings = [f"{name}={value}" for name, value in self.environ.items()]
        size = ["-x", str(columns), "-y", str(rows)]
        keep = ["set-option", "-g", "remain-on-exit", "on", ";"]
        window = ["new-session", "-d", "-s", "n", *size, "-c", str(self.root), "env", "-i", *settings, *self.command]
        subprocess.run([*self._tmux, "start-server", ";", *keep, *window], check=True)

    def screen(self) -> str:
        shown = subprocess.run(
            [*self._tmux, "capture-pane", "-p", "-t", "n"], capture_output=True, text=True, check=True
        )
        self.seen.append(shown.stdout)
        return shown.stdout

    def until(self, words: str) -> str:
        end = time.monotonic() + LIMIT_S
        while words not in (shown := self.screen()):
            assert time.monotonic() < end, f"{words!r} did not come:\n{shown}"
            time.sleep(0.1)
        return shown

    def type(self, *keys: str) -> None:
        subprocess.run([*self._tmux, "send-keys", "-t", "n", *keys], check=True)

    def paste(self, text: str) -> None:
        subprocess.run([*self._tmux, "set-buffer", text, ";", "paste-buffer", "-p", "-t", "n"], check=True)

    def leave(self) -> None:
        subprocess.run([*self.command, "daemon", "stop", "--now"], env=self.environ, capture_output=True, check=False)
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    assert shutil.which("tmux"), "tests of the screen need tmux"
    made = Newcomer(tmp_path)
    yield made
    made.leave()


def test_from_a_folder_of_prompts_to_a_film_that_draws(newcomer: Newcomer) -> None:
    newcomer.prompts.write_text('[{"beat_number": "1.1", "ai_prompt": "a train"}, {"beat_number": "1.2"}]')
    newcomer.open()
    shown = newcomer.until("can't be opened")
    assert "prompts-clear.json" in shown and "ai_prompt" in shown and "✗" in shown
    newcomer.prompts.write_text('[{"beat_number": "1.1", "ai_prompt": "a"}, {"beat_number": "1.2", "ai_prompt": "b"}]')
    newcomer.until("1 of 3")
    shown = newcomer.until("Found here")
    assert "2 beats in 1 style (clear)" in shown and "no key on this machine" in shown
    newcomer.paste(SECRET)
    newcomer.until("************")
    newcomer.type("Enter")
    newcomer.until("A name for the key …9fKe")
    newcomer.type("Enter")
    newcomer.until("the provider could not be asked")
    newcomer.type("Enter")
    assert "The 2 images to draw cost about" in newcomer.until("3 of 3")
    newcomer.type("Enter")
    shown = newcomer.until("not now: to the mill floor")
    assert "all 2 images" in shown and "the demo first: no key, no cent" in shown
    newcomer.type("0")
    newcomer.until("● running")
    newcomer.type("k")
    assert "yours are never touched" in " ".join(newcomer.until("drawn by the emulator").split())
    newcomer.type("o")
    newcomer.until("shotmill-demo")
    newcomer.type("Escape")
    newcomer.until("illustration")
    newcomer.type("d")
    newcomer.until("Night train goes on")
    keys = newcomer.home / "config" / "keys.toml"
    assert SECRET in keys.read_text() and keys.stat().st_mode & 0o777 == 0o600
    assert not any(SECRET[:12] in shown for shown in newcomer.seen), "the key was shown"
    log = (newcomer.home / "state" / "daemon.log").read_text()
    assert SECRET not in log and SECRET not in (newcomer.root / "shotmill.toml").read_text()


def test_a_key_in_the_environment_leaves_nothing_to_ask(newcomer: Newcomer) -> None:
    newcomer.environ["GEMINI_API_KEY"] = SECRET
    newcomer.prompts.write_text('[{"beat_number": "1.1", "ai_prompt": "a train"}]')
    newcomer.open(60, 18)
    shown = newcomer.until("s starts")
    assert "○ ready" in shown and "of 3" not in shown
