"""Which way a copied text goes: the choice alone, for the screen that copies and for the doctor that tells of it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping

_PROGRAMS = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard", "-in")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)
_LACKING = {"WAYLAND_DISPLAY": "wl-clipboard", "DISPLAY": "xclip"}
"""The package that gives a desktop its program, by the variable that says that there is one."""


def is_remote(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))


def desktop_programs(
    environ: Mapping[str, str],
    has: Callable[[str], object] = shutil.which,
    platform: str = sys.platform,
) -> tuple[tuple[str, ...], ...]:
    """The commands that hand their input to the desktop that a person sits at, in the order to be tried. None: only
    the terminal is left (OSC 52). Over SSH none, since it would be the desktop of the machine at the other end."""
    if is_remote(environ):
        return ()
    own = (("pbcopy",),) if platform == "darwin" else ()
    return (*own, *(command for variable, command in _PROGRAMS if environ.get(variable) and has(command[0])))


def lacking_package(environ: Mapping[str, str]) -> str:
    """What to install where there is a desktop and no program of it; empty where there is none to be seen."""
    return next((package for variable, package in _LACKING.items() if environ.get(variable)), "")
