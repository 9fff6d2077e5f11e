"""Putting escape sequences through to the terminal that a person sits at, past tmux and screen."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

ASK_S = 2.0
_SCREEN_PIECE = 700  # GNU screen drops longer strings


def inside_tmux(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("TMUX"))


def wrapped(sequence: str, environ: Mapping[str, str]) -> str:
    """`sequence` for the outer terminal. tmux passes it on only with its option `allow-passthrough`."""
    if inside_tmux(environ):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    if environ.get("STY"):
        pieces = (sequence[at : at + _SCREEN_PIECE] for at in range(0, len(sequence), _SCREEN_PIECE))
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence


def outer_terminal(environ: Mapping[str, str]) -> str:
    """The name of the terminal that shows this. Inside tmux it is asked: what the environment says there is of the
    terminal in which tmux began. `client_termtype` is what the terminal itself answered (`iTerm2 3.5.4`; tmux 3.2 and
    later), `client_termname` its TERM, which iTerm2 and WezTerm share with xterm. Blocks for a moment."""
    if inside_tmux(environ):
        return ask_tmux("#{client_termtype} #{client_termname}")
    return terminal_name(environ)


def terminal_name(environ: Mapping[str, str]) -> str:
    """From what terminals put into the environment; some of it comes along over SSH."""
    if environ.get("KITTY_WINDOW_ID"):
        return "kitty"
    if environ.get("WT_SESSION"):
        return "windows-terminal"
    if environ.get("ConEmuPID"):
        return "conemu"
    if environ.get("KONSOLE_VERSION"):
        return "konsole"
    name = environ.get("LC_TERMINAL") or environ.get("TERM_PROGRAM") or ""
    if not name and environ.get("VTE_VERSION"):
        return "vte"
    return name or environ.get("TERM", "")


def ask_tmux(what: str) -> str:
    """What tmux says of the client that is attached, empty where it does not."""
    tmux = shutil.which("tmux")
    if tmux is None:
        return ""
    try:
        asked = subprocess.run([tmux, "display-message", "-p", what], timeout=ASK_S, check=True,  # noqa: S603
                               capture_output=True, text=True)  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()
