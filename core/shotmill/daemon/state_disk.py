"""The state folder's disk: a database needs a local one, with locks and shared memory that can be trusted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from shotmill.errors import NothingRunsError, UnreachableError
from shotmill.takes.mounts import mount_at
from shotmill.untrusted import printable

ANYWHERE = "SHOTMILL_STATE_ANYWHERE"
"""Set to 1 to use a network disk all the same: slower, and only from one machine at a time."""


class OtherHost(NothingRunsError):  # noqa: N818 - reads as what happened
    """Another machine's stamp is on a lock of a network disk."""

    code = "other_host"


def network_kind_of(folder: Path) -> str:
    """The file system's name where the folder, or the nearest one above it that is there, is on one of a network or
    unknown behind FUSE; else empty."""
    mount = mount_at(_there(folder))
    return mount.kind if mount is not None and mount.is_network else ""


def check_disk(folder: Path, environ: Mapping[str, str]) -> bool:
    """Whether the state folder's disk is one of a network that the user wants all the same.

    Raises `UnreachableError` with the cure where it is one and nobody said so.
    """
    kind = network_kind_of(folder)
    if not kind:
        return False
    if environ.get(ANYWHERE) == "1":
        return True
    raise UnreachableError(
        f"The state folder is on a network disk ({printable(kind, 40)}), where a database can be damaged: {folder}",
        cure=f"export SHOTMILL_HOME=/var/tmp/shotmill-{os.getuid()}   (a local disk), or {ANYWHERE}=1 to risk it",
        code="network_disk",
    )


def record_of_host() -> str:
    """This machine in this boot: what a lock on a network disk is stamped with."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return f"{os.uname().nodename} {boot}".strip()


def refuse_other_host(holder: str, lock: Path, using: str = "using this state folder") -> None:
    """On a network disk the lock itself proves nothing between machines; its stamp does. Raises `OtherHost`."""
    _, _, stamp = holder.partition(" ")
    host = stamp.partition(" ")[0]
    if host and host != os.uname().nodename:
        raise OtherHost(
            f"another machine's daemon may be {using}: {printable(host, 80)}",
            cure=f"end it there; if it is gone for certain: : > '{lock}'",
        )


def _there(folder: Path) -> Path:
    """The nearest folder that exists, without links."""
    found = folder
    while not found.exists() and found != found.parent:
        found = found.parent
    return found.resolve()
