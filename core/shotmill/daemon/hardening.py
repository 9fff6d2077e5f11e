"""What the process gives up at its start: core files, being looked into, an environment with keys in it."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from collections.abc import Mapping, Sequence

from shotmill.client import surroundings
from shotmill.errors import ShotmillError
from shotmill.settings.folders import Folders

MOST_FILES = 8192
_PR_SET_DUMPABLE = 4
# What a service manager says to its service.
_MANAGER = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "INVOCATION_ID", "SYSTEMD_EXEC_PID")


def harden() -> None:
    """A core file or a debugger would show the keys; files that it makes are its user's alone."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    os.umask(0o077)


def kept_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a daemon needs, and what its service manager says to it."""
    return {
        **surroundings.for_daemon(environ),
        **{name: environ[name] for name in _MANAGER if name in environ},
    }


def start_again_without_keys(environ: Mapping[str, str], folders: Folders, argv: Sequence[str]) -> None:
    """Replace this process by itself with an environment that holds no key; the keys go along in a pipe.

    What a process was given as environment can be read in `/proc` for as long as it lives, and is given to children.
    Returns where there is nothing to hide.
    """
    kept = kept_environment(environ)
    if kept.keys() == environ.keys():
        return
    keys = {name: environ[name] for name in _wanted(folders) if environ.get(name) and name not in kept}
    secret = [name for name in environ if name not in kept and name.upper().endswith(surroundings.SECRET_ENDINGS)]
    if not keys and not secret:
        return
    reader, writer = os.pipe()
    os.write(writer, json.dumps(keys).encode())  # far below what a pipe holds
    os.close(writer)
    os.set_inheritable(reader, True)
    command = [sys.executable, "-P", "-m", "shotmill.daemon", *argv, "--keys-fd", str(reader)]
    os.execve(sys.executable, command, kept)  # noqa: S606 - no shell is wanted


def _wanted(folders: Folders) -> tuple[str, ...]:
    from shotmill.settings.keys import wanted_environment
    from shotmill.settings.names import ENVIRONMENT_VARIABLES

    try:
        return wanted_environment(folders)
    except ShotmillError:
        return ENVIRONMENT_VARIABLES  # the start itself will tell what is wrong with keys.toml


def keys_from(descriptor: int) -> dict[str, str]:
    """The other end of `start_again_without_keys`."""
    with os.fdopen(descriptor, "rb") as pipe:
        found = json.loads(pipe.read() or b"{}")
    return {str(name): str(value) for name, value in found.items()}
