"""The system's table of mounts: which disk a folder is on, of what kind, and how it becomes writable again."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import NamedTuple

_NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs",
    "glusterfs", "ocfs2", "gfs2", "pvfs2", "davfs", "coda",
})  # fmt: skip
_LOCAL_FUSE = frozenset({
    "fuseblk", "fuse.fuse-overlayfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.mergerfs", "fuse.bindfs",
    "fuse.ntfs-3g", "fuse.exfat", "fuse.lxcfs", "fuse.ext4", "fuse.bcachefs", "fuse.unionfs", "fuse.aufs",
})  # fmt: skip
"""What FUSE serves from a local disk; anything else behind FUSE may be a network."""


class Mount(NamedTuple):
    """One line of the table."""

    place: str
    kind: str
    read_only: bool

    @property
    def is_network(self) -> bool:
        """One of a network, or unknown behind FUSE."""
        return self.kind in _NETWORK or (self.kind.startswith("fuse") and self.kind not in _LOCAL_FUSE)

    @property
    def writable_again(self) -> str:
        """The command for a read-only one."""
        return f"sudo mount -o remount,rw {shlex.quote(self.place)}   (or copy what is on it to another disk)"

    @property
    def there_again(self) -> str:
        """The command for a share whose server or program is gone."""
        place = shlex.quote(self.place)
        return f"Mount the share again: sudo umount -l {place}, then as it was mounted before"


def mount_at(path: Path) -> Mount | None:
    """The mount that holds a path of this machine, with its links followed; None where there is no /proc to say so."""
    try:
        text = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    return mount_of(os.path.realpath(path), text)


def mount_of(path: str, mountinfo: str) -> Mount | None:
    """The longest mount that a path without links lies in, the last of equal ones. `mountinfo` is the text of
    /proc/self/mountinfo (proc(5)), where a blank in a path stands as \\040."""
    best: Mount | None = None
    for line in mountinfo.splitlines():
        mount = _read(line)
        if mount is None or not (path == mount.place or path.startswith(mount.place.rstrip("/") + "/")):
            continue
        if best is None or len(mount.place) >= len(best.place):
            best = mount
    return best


def _read(line: str) -> Mount | None:
    before, separator, after = line.partition(" - ")
    fields, of_disk = before.split(" "), after.split(" ")
    if not separator or len(fields) < 6:
        return None
    place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
    options = [*fields[5].split(","), *of_disk[-1].split(",")]
    return Mount(place, of_disk[0], "ro" in options)
