"""The user unit: written, enabled and taken away again, with what was done and what is left to do in words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shotmill.client.host import UNIT, Host, keeps_after_logout, look_at_host
from shotmill.errors import ShotmillError, UsageError

DRAIN_S = 400
"""The longest request there is, and what follows it: the time that a stop may take."""
COMMAND_S = 20.0
Command = Callable[[Sequence[str]], bool]

_UNIT = """\
[Unit]
Description=Shotmill draws storyboards
Documentation=man:systemd.service(5)
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=notify
ExecStart={command}
Environment=SHOTMILL_LOGOUT=unit
Restart=on-failure
RestartSec=2
# 3: ended at once, as asked. 74, 75: starting again would not help.
SuccessExitStatus=3
RestartPreventExitStatus=74 75
KillMode=mixed
TimeoutStartSec=300
TimeoutStopSec={drain}
WatchdogSec=30
LimitCORE=0
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def unit_text(python: str) -> str:
    """The unit for the interpreter that Shotmill is installed in."""
    return _UNIT.format(command=f"{_word(python)} -P -m shotmill.daemon run", drain=DRAIN_S)


def unit_path(environ: Mapping[str, str]) -> Path:
    config = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", "/"), ".config")  # noqa: PTH118
    return Path(config) / "systemd" / "user" / UNIT


def install(environ: Mapping[str, str], run: Command | None = None) -> list[str]:
    """Write the unit and enable it where a user's service manager answers; what was done, in lines.

    Raises `UsageError` with SHOTMILL_HOME: the unit serves the usual folders. Raises `ShotmillError` where it can't
    be written.
    """
    host = look_at_host(environ)
    if host.own_home:
        raise UsageError(
            "the unit serves the usual folders, not a SHOTMILL_HOME",
            cure="unset SHOTMILL_HOME; shotmill daemon install",
        )
    path = unit_path(environ)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(unit_text(sys.executable), "utf-8")
        path.chmod(0o644)
    except OSError as error:
        raise ShotmillError(f"{path} can't be written: {error.strerror}", cure=f"ls -ld '{path.parent}'") from error
    return [f"Written: {path}", *_enabled(host, run or command_of(environ)), *_linger(host)]


def uninstall(environ: Mapping[str, str], run: Command | None = None) -> list[str]:
    """Disable the unit and remove it. A daemon that runs goes on till its end."""
    path = unit_path(environ)
    if not path.exists():
        return ["No unit is installed."]
    run = run or command_of(environ)
    said = []
    if _answers(look_at_host(environ)) and run(["systemctl", "--user", "disable", UNIT]):
        said.append("Disabled.")
    try:
        path.unlink()
    except OSError as error:
        raise ShotmillError(f"{path} can't be removed: {error.strerror}", cure=f"rm '{path}'") from error
    if _answers(look_at_host(environ)):
        run(["systemctl", "--user", "daemon-reload"])
    return [*said, f"Removed: {path}", "A daemon that runs goes on; end it with: shotmill daemon stop"]


def command_of(environ: Mapping[str, str]) -> Command:
    """Runs a command quietly; whether it ended well."""

    def run(words: Sequence[str]) -> bool:
        try:
            done = subprocess.run(  # noqa: S603
                words, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    return run


def _answers(host: Host) -> bool:
    return host.systemctl and host.user_bus


def _enabled(host: Host, run: Command) -> list[str]:
    if not _answers(host):
        return [
            "No service manager of this user answers here, so it is not enabled.",
            f"  → in a login of your own: systemctl --user daemon-reload && systemctl --user enable {UNIT}",
        ]
    if run(["systemctl", "--user", "daemon-reload"]) and run(["systemctl", "--user", "enable", UNIT]):
        return ["Enabled: from now on the service manager starts the daemon, and again should it die.",
                "  → it takes over at the next start: shotmill daemon restart"]  # fmt: skip
    return [f"It could not be enabled.\n  → systemctl --user enable {UNIT}"]


def _linger(host: Host) -> list[str]:
    if not host.systemd:
        return []
    cure = keeps_after_logout("unit", host)
    return [f"At your last logout it ends.\n  → to let it go on: {cure}"] if cure else ["It goes on after you log out."]


def _word(text: str) -> str:
    """A word of ExecStart (systemd.service(5)): quoted where it has to be, specifiers and variables as they are."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if escaped == text and " " not in text else f'"{escaped}"'
