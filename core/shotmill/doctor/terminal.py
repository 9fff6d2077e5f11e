"""The terminal that the screen would be drawn on: size, letters, colours, tmux, clipboard, pictures."""

from __future__ import annotations

import locale
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

from shotmill.doctor.check import Check, Surroundings, Test, fine, look
from shotmill.doctor.copying import desktop_programs, is_remote, lacking_package

COMFORTABLE = (80, 24)
OLDEST_TMUX = (3, 2)
"""Before it `load-buffer -w` is missing, which hands a copy on to the terminal."""

_KITTY = ("xterm-kitty", "xterm-ghostty")
_OWN_PICTURES = ("iTerm.app",)


def check_terminal(around: Surroundings) -> list[Check]:
    size = _size()
    if size is None:
        return fine("terminal", "Terminal", "none here: the screen needs one, commands do not")
    return judged(size, locale.getpreferredencoding(False), around.environ)


def check_colours(around: Surroundings) -> list[Check]:
    return [] if _size() is None else judged_colours(around.environ)


def check_pictures(around: Surroundings) -> list[Check]:
    return [] if _size() is None else fine("pictures", "Pictures", pictures(around.environ))


def check_tmux(around: Surroundings) -> list[Check]:
    """tmux takes part in colours and copying, so its version and two of its options matter."""
    if not around.environ.get("TMUX"):
        return []
    return judged_tmux(_asked("-V"), _asked("show-options", "-gv", "set-clipboard"))


def check_clipboard(around: Surroundings) -> list[Check]:
    """Where a copy of the screen's goes. Inside tmux that is told by the check of tmux."""
    if _size() is None or around.environ.get("TMUX"):
        return []
    return judged_clipboard(around.environ, desktop_programs(around.environ))


def judged(size: tuple[int, int], encoding: str, environ: Mapping[str, str]) -> list[Check]:
    """Pure: columns and lines, the name of the encoding, the environment."""
    said = f"{size[0]}x{size[1]}, {encoding}{', in tmux' if environ.get('TMUX') else ''}"
    more = f"TERM={environ.get('TERM', '')}"
    if environ.get("TERM", "dumb") in ("", "dumb"):
        return look("terminal", "Terminal", f"{said}: it can't move the cursor", "export TERM=xterm-256color", more)
    if "utf" not in encoding.lower():
        return look("terminal", "Terminal", f"{said}: marks are drawn plain", "export LANG=C.UTF-8", more)
    if size[0] < COMFORTABLE[0] or size[1] < COMFORTABLE[1]:
        return look(
            "terminal", "Terminal", f"{said}: parts of the screen are left out", "Make it 80x24 or larger", more
        )
    return fine("terminal", "Terminal", said, more)


def judged_colours(environ: Mapping[str, str]) -> list[Check]:
    said = colours(environ)
    if environ.get("NO_COLOR") or environ.get("COLORTERM") or environ.get("TERM", "dumb") in ("", "dumb", "linux"):
        return fine("colours", "Colours", said)
    cure = "export COLORTERM=truecolor   if this terminal shows them (most do; over ssh the word is often lost)"
    return look("colours", "Colours", f"COLORTERM is not set: {said}", cure)


def colours(environ: Mapping[str, str]) -> str:
    """How many colours it shows, as far as the environment says."""
    if environ.get("NO_COLOR"):
        return "no colours (NO_COLOR)"
    if environ.get("COLORTERM") in ("truecolor", "24bit"):
        return "16 million colours"
    return "256 colours" if "256" in environ.get("TERM", "") else "16 colours"


def judged_tmux(version: str, clipboard: str) -> list[Check]:
    """`version` is the answer of `tmux -V`, `clipboard` of `show-options -gv set-clipboard`; empty where none came."""
    number = re.search(r"(\d+)\.(\d+)", version)
    if number is None:
        return look("tmux", "tmux", "it did not say its version", "tmux -V")
    if (int(number[1]), int(number[2])) < OLDEST_TMUX:
        said = f"{version}: copies stay inside tmux, colours may be fewer"
        return look("tmux", "tmux", said, "Install tmux 3.2 or newer")
    if clipboard == "off":
        said = f"{version}: set-clipboard is off, so copies stay inside tmux"
        return look("tmux", "tmux", said, "tmux set-option -g set-clipboard on")
    return fine("tmux", "tmux", f"{version}, copies go on to the terminal")


def judged_clipboard(environ: Mapping[str, str], programs: Sequence[Sequence[str]]) -> list[Check]:
    """`programs`: the commands of the desktop's clipboard that are there. No terminal says whether it took a text."""
    if programs:
        return fine("clipboard", "Clipboard", f"copies go to the desktop's ({programs[0][0]})")
    terminal = "copies go to the terminal (OSC 52); whether it takes them can't be confirmed"
    package = lacking_package(environ)
    if is_remote(environ) or not package:
        return fine("clipboard", "Clipboard", f"over ssh {terminal}" if is_remote(environ) else terminal)
    return look("clipboard", "Clipboard", f"the desktop's has no program here: {terminal}", f"Install {package}")


def pictures(environ: Mapping[str, str]) -> str:
    """Which protocol for pictures the terminal knows, as far as the environment says; the others get half blocks."""
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if environ.get("TMUX"):
        return "in tmux: drawn with half blocks"
    if environ.get("KITTY_WINDOW_ID") or term in _KITTY or program in ("ghostty", "WezTerm"):
        return "kitty's protocol"
    if program in _OWN_PICTURES:
        return f"{program}'s own protocol"
    if "sixel" in term or term.startswith(("foot", "mlterm")):
        return "sixel"
    return "no protocol is announced: drawn with half blocks"


def _asked(*words: str) -> str:
    tmux = shutil.which("tmux")
    if tmux is None:
        return ""
    try:
        done = subprocess.run([tmux, *words], capture_output=True, text=True, timeout=2, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _size() -> tuple[int, int] | None:
    """Of the real standard streams: a screen puts others in their place while it is up. None without a terminal."""
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            found = os.get_terminal_size(stream.fileno()) if stream is not None else None
        except (OSError, ValueError):
            continue
        if found is not None:
            return found.columns, found.lines
    return None


TESTS = (
    Test("terminal", "Terminal", check_terminal, "terminal", "its size and its letters (UTF-8)"),
    Test("colours", "Colours", check_colours, "terminal", "how many colours are announced"),
    Test("pictures", "Pictures", check_pictures, "terminal", "the protocol for pictures"),
    Test("clipboard", "Clipboard", check_clipboard, "terminal", "where a copy goes"),
    Test("tmux", "tmux", check_tmux, "terminal", "the version of tmux and whether copies leave it"),
)
