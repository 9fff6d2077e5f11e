"""A real terminal: a tmux server of the test's own, its keyboard and its screen."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from daemon.waiting import until
from e2e.day_page import Moment


class RealTerminal:
    """One window of a tmux server. `seen` are the screens that were waited for, in their order, each with what was
    typed before it."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.seen: list[Moment] = []
        self._typed: list[str] = []

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", "/dev/null", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout

    def screen(self) -> str:
        """What is to be read now."""
        return self.tmux("capture-pane", "-p", "-J")

    def press(self, *keys: str) -> None:
        self._typed.extend(keys)
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, line: str) -> None:
        """A line at the shell's prompt."""
        self._typed.append(line)
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def wait_for(self, *texts: str, patience_s: float = 60.0) -> str:
        """The first screen that shows all of the texts."""
        shown = [""]

        def shows() -> bool:
            shown[0] = self.screen()
            return all(text in shown[0] for text in texts)

        try:
            until(shows, f"{texts} on the screen", patience_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{shown[0]}") from None
        self.seen.append(Moment(tuple(self._typed), shown[0]))
        self._typed.clear()
        return shown[0]


@contextmanager
def real_terminal(folder: Path, environ: Mapping[str, str], size: Sequence[int] = (100, 30)) -> Iterator[RealTerminal]:
    """A shell in `folder`, in a terminal of that many columns and rows; it ends with the test."""
    terminal = RealTerminal(folder / "tmux.sock")
    words = [f"{name}={value}" for name, value in environ.items() if name != "TERM"]
    shell = shlex.join(["env", "-i", *words, "TERM=tmux-256color", "PS1=ready$ ", "sh"])
    columns, rows = map(str, size)
    terminal.tmux("new-session", "-d", "-x", columns, "-y", rows, "-c", str(folder), shell)
    try:
        yield terminal
    finally:
        terminal.tmux("kill-server")
