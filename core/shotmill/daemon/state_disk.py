"""The state folder's disk: a database needs a local one, with locks and shared memory that can be trusted."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from shotmill.errors import NothingRunsError, UnreachableError
from shotmill.untrusted import printable

ANYWHERE = "SHOTMILL_STATE_ANYWHERE"
"""Set to 1 to use a network disk all the same: slower, and only from one machine at a time."""


class OtherHost(NothingRunsError):  # noqa: N818 - reads as what happened
    """Another machine's stamp is on a lock of a network disk."""

    code = "other_host"


_NETWORK = frozenset(
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb2",
        "smb3",
        "smbfs",
        "ncpfs",
        "9p",
        "afs",
        "ceph",
        "lustre",
        "gpfs",
        "beegfs",
        "glusterfs",
        "ocfs2",
        "gfs2",
        "pvfs2",
        "davfs",
        "coda",
    ]
)
# What FUSE serves from a local disk; anything else behind FUSE may be a network.
_LOCAL_FUSE = frozenset(
    [
        "fuseblk",
        "fuse.fuse-overlayfs",
        "fuse.gocryptfs",
        "fuse.encfs",
        "fuse.cryfs",
        "fuse.mergerfs",
        "fuse.bindfs",
        "fuse.ntfs-3g",
        "fuse.exfat",
        "fuse.lxcfs",
        "fuse.ext4",
        "fuse.bcachefs",
        "fuse.unionfs",
        "fuse.aufs",
    ]
)


def network_kind(folder: Path, mountinfo: str) -> str:
    """The file system's name where it is one of a network or unknown behind FUSE, else empty.

    `mountinfo` is the text of /proc/self/mountinfo (proc(5)).
    """
    kind = _kind_of(folder, mountinfo)
    if kind in _NETWORK:
        return kind
    if kind == "fuse" or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
        return kind
    return ""


def network_kind_of(folder: Path) -> str:
    """The same for a folder of this machine, with its links followed; empty where there is no /proc to say so."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    return network_kind(_there(folder), mounts)


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


def _kind_of(folder: Path, mountinfo: str) -> str:
    """The type of the mount that holds the folder: the last one listed with the longest matching mount point."""
    path, best, found = os.fspath(folder), -1, ""
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, found = len(point), after.split(" ")[0]
    return found


def _there(folder: Path) -> Path:
    """The nearest folder that exists, without links."""
    found = folder
    while not found.exists() and found != found.parent:
        found = found.parent
    return found.resolve()
