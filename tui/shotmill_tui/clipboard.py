"""Copying that tells the truth: which way was taken, what can't be known, and where the text lies in any case."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

from shotmill.doctor.copying import desktop_programs
from shotmill_tui.envelope import inside_tmux, wrapped

MOST_BYTES = 74_000  # of the sequence: terminals cut or drop longer ones
WAIT_S = 2.0


class Clipboard:
    """`write` sends to the terminal; `file` gets every copy too (None: none), readable by its user alone."""

    def __init__(self, write: Callable[[str], None], environ: Mapping[str, str], file: Path | None) -> None:
        self._write, self._environ, self._file = write, environ, file

    async def copy(self, text: str) -> str:
        """Copies and says how, in one sentence."""
        if not text:
            return "There is nothing to copy"
        kept = await asyncio.to_thread(keep, self._file, text) if self._file else ""
        lines = text.count("\n") + 1
        told = f"Copied {lines:,} line{'' if lines == 1 else 's'}"
        way = await asyncio.to_thread(by_program, text, self._environ) or self._by_terminal(text)
        if not way:
            told, way = "Too long for a terminal's clipboard", ""
        also = f"Also in {kept}" if way else f"All of it is in {kept}"
        return ". ".join(part for part in (f"{told}{way}", also if kept else "") if part)

    def _by_terminal(self, text: str) -> str:
        """OSC 52. No terminal answers whether it took the text, and many are set to refuse it."""
        sequence = f"\x1b]52;c;{b64encode(text.encode()).decode()}\x07"
        if len(sequence) > MOST_BYTES:
            return ""
        self._write(wrapped(sequence, self._environ))
        if inside_tmux(self._environ):
            return " through tmux, which has to allow it (allow-passthrough on); it can't be confirmed"
        return " to the terminal (OSC 52); whether it took it can't be confirmed"


def by_program(text: str, environ: Mapping[str, str]) -> str:
    """Inside tmux its own buffer, which it also offers to its terminal; at this machine's own display the desktop's
    clipboard. Over SSH never the desktop of the machine at the other end. Empty: none of them took it. Blocks."""
    if inside_tmux(environ) and (tmux := shutil.which("tmux")):
        if _fed((tmux, "load-buffer", "-w", "-"), text):
            return " to tmux's buffer (prefix ] pastes it) and offered to its terminal, which may refuse it"
        return ""
    for command in desktop_programs(environ):
        if _fed(command, text):
            return f" to the clipboard ({command[0]})"
    return ""


def _fed(command: tuple[str, ...], text: str) -> bool:
    """Some of these stay in the background to serve the text: their output must not be waited for."""
    try:
        subprocess.run(command, input=text.encode(), timeout=WAIT_S, check=True,  # noqa: S603
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def keep(file: Path, text: str) -> str:
    """The file's path as a person would write it; empty where it can't be written."""
    fresh = file.with_suffix(".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
            opened.write(text + "\n")
        fresh.replace(file)
    except OSError:
        return ""
    home = str(Path.home())
    return f"~{str(file)[len(home) :]}" if str(file).startswith(f"{home}/") else str(file)
