"""Which way a daemon is started on this machine, so that it outlives a logout where that can be had."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shutil import which
from typing import Literal, NamedTuple

UNIT = "shotmill.service"

Way = Literal["unit", "scope", "plain"]


class Host(NamedTuple):
    """What this machine offers for keeping a process beyond a logout."""

    unit_installed: bool
    user_bus: bool
    systemd_run: bool
    systemctl: bool
    own_home: bool  # SHOTMILL_HOME: the installed unit serves the usual folders, not these


def way_to_start(host: Host) -> Way:
    """A unit lives longest, a scope of its own outlives the terminal's session, plain is always possible."""
    if host.unit_installed and host.systemctl and host.user_bus and not host.own_home:
        return "unit"
    if host.systemd_run and host.user_bus:
        return "scope"
    return "plain"


def look_at_host(environ: Mapping[str, str]) -> Host:
    """What `way_to_start` has to know, asked of the file system; nothing is started."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    config = Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/")) / ".config")
    return Host(
        unit_installed=(config / "systemd/user" / UNIT).exists(),
        user_bus=bool(runtime) and (Path(runtime) / "bus").is_socket(),
        systemd_run=which("systemd-run", path=environ.get("PATH")) is not None,
        systemctl=which("systemctl", path=environ.get("PATH")) is not None,
        own_home=bool(environ.get("SHOTMILL_HOME")),
    )
