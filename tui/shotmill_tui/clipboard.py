"""Copying that tells the truth: which way was taken, and that a terminal may refuse it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

MOST_BYTES = 74_000  # terminals cut or drop longer OSC 52 payloads


def copy_text(text: str, osc52: Callable[[str], None]) -> str:
    """Copies and says how. Inside tmux its own buffer is used, which it also hands to the terminal."""
    if not text:
        return "There is nothing to copy"
    lines = text.count("\n") + 1
    told = f"Copied {lines} line{'' if lines == 1 else 's'}"
    if os.environ.get("TMUX") and (tmux := shutil.which("tmux")):
        try:
            subprocess.run([tmux, "load-buffer", "-w", "-"], input=text.encode(), check=True, timeout=2,  # noqa: S603
                           capture_output=True)  # fmt: skip
            return f"{told} to tmux's buffer (prefix ] pastes it)"
        except (OSError, subprocess.SubprocessError):
            pass  # an older tmux: the terminal may still take it
    if len(text.encode()) > MOST_BYTES:
        return f"Too long for a terminal's clipboard ({lines} lines)"
    osc52(text)
    return f"{told}, if this terminal lets programs copy (OSC 52)"
