"""A program on a pseudo-terminal whose every byte is kept."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LIMIT_S = 60.0


class PtyScreen:
    """What a real terminal would get."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.output = b""
        self._master = master

    def read(self, patience_s: float = 0.05) -> bool:
        """Take what comes within a moment; False at the end."""
        ready, _, _ = select.select([self._master], [], [], patience_s)
        if ready:
            try:
                self.output += os.read(self._master, 65536)
            except OSError:
                return False
        return True

    def wait_for(self, words: bytes, since: int = 0) -> None:
        end = time.monotonic() + LIMIT_S
        while words not in self.output[since:]:
            assert self.read() and time.monotonic() < end, (words, self.output[-3000:])

    def press(self, keys: bytes) -> int:
        """Type; where the output was then."""
        os.write(self._master, keys)
        return len(self.output)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the line. Nobody is sent a signal: the terminal is nobody's controlling one."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        if self._master >= 0:
            os.close(self._master)

    def ended(self) -> int:
        end = time.monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert time.monotonic() < end, self.output[-3000:]
            if not self.read():
                self.process.wait(LIMIT_S)
        while self.read(0.01) and select.select([self._master], [], [], 0.01)[0]:
            pass
        return self.process.returncode


@contextmanager
def on_a_pty(words: Sequence[str], environ: Mapping[str, str], folder: Path) -> Iterator[PtyScreen]:
    """The program of these words in a terminal of 120 by 40; it ends with the block."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    process = subprocess.Popen(
        words, stdin=slave, stdout=slave, stderr=slave, env=dict(environ), cwd=folder, start_new_session=True
    )
    os.close(slave)
    screen = PtyScreen(master, process)
    try:
        yield screen
    finally:
        process.kill()
        process.wait()
        screen.close()
