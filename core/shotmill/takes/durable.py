"""Writes that survive a kill and a power cut: whole files replaced atomically, lines appended whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shotmill.file_mark import FileMark
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.folder import Folder, open_folder
from shotmill.takes.place import told
from shotmill.takes.sync import fsync, write_all

# Disks without hard links (exFAT, SMB, some FUSE), and kernels that forbid linking.
_NO_LINKS = frozenset(
    {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES}
)


@dataclass(frozen=True, slots=True)
class Appended:
    """A file before and after `size` bytes were added to it."""

    before: FileMark
    after: FileMark
    size: int

    @property
    def alone(self) -> bool:
        """Nobody else added anything meanwhile."""
        return self.after.size == self.before.size + self.size


def write_atomically(path: Path, data: bytes, mode: int = 0o644, *, root: Path | None = None) -> None:
    """Replace `path` by `data`: readers see the old file or the new one, never a half.

    With `root` (a folder above `path`) the folders between are made where they are missing and no link among them
    is followed; without it only the file's own folder is trusted. Raises `PlaceError`, `UnsafePlaceError`.
    """
    with told(path), _folder_of(path, root, create=True) as folder:
        folder.stat(path.name)  # a pipe, a device or a link at that name is refused
        temporary = f".sm-{path.name}.tmp"
        folder.remove(temporary)
        write_new(folder, temporary, data, mode)
        folder.replace(temporary, path.name)
        folder.sync()


def append_line(path: Path, line: bytes, *, durable: bool = True, root: Path | None = None) -> Appended:
    """Add one line (or several, each ended) to a file, in one write; `line` gets its newline if it has none.

    Where a crash left the last line without an end, this one starts on a new line. `durable` returns only when it is
    on the medium. Returns the file as it was before and after. Raises `PlaceError`, `UnsafePlaceError`.
    """
    if not line.endswith(b"\n"):
        line += b"\n"
    with told(path), _folder_of(path, root, create=True) as folder:
        fd = folder.open(path.name, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            before = os.fstat(fd)
            size = before.st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                line = b"\n" + line
            write_all(fd, line)
            if durable:
                fsync(fd)
            after = os.fstat(fd)
        finally:
            os.close(fd)
        if durable and not size:
            folder.sync()
        return Appended(FileMark.from_stat(before), FileMark.from_stat(after), len(line))


def publish(temporary: Path, final: Path) -> None:
    """Give a written file its final name in the same disk without ever clobbering: FileExistsError if it is taken.

    The temporary name stays where links are possible (remove it when the folder is synced) and is gone elsewhere.
    """
    with _folder_of(temporary, None) as source, _folder_of(final, None) as target:
        publish_in(source, temporary.name, target, final.name)
        target.sync()


def publish_in(source: Folder, name: str, target: Folder, final: str) -> None:
    """`publish` between open folders, without the sync."""
    if not link(source, name, target, final):
        os.close(target.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        checkpoint("publish.claimed")
        os.rename(name, final, src_dir_fd=source.fd, dst_dir_fd=target.fd)


def link(source: Folder, name: str, target: Folder, final: str) -> bool:
    """A second name for a file, unsynced; False where the disk has no such thing, FileExistsError if it is taken."""
    try:
        os.link(name, final, src_dir_fd=source.fd, dst_dir_fd=target.fd, follow_symlinks=False)
    except FileExistsError:
        if not _same_file(source, name, target, final):  # a network disk may answer a repeated request so
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def write_new(folder: Folder, name: str, data: bytes, mode: int = 0o644) -> os.stat_result:
    """A new file, synced; its facts. FileExistsError if the name is taken; nothing is left after an error."""
    fd = folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        write_all(fd, data)
        fsync(fd)
        return os.fstat(fd)
    except BaseException:
        folder.remove(name)
        raise
    finally:
        os.close(fd)


def _same_file(source: Folder, name: str, target: Folder, final: str) -> bool:
    mine, theirs = source.stat(name), target.stat(final)
    return mine is not None and theirs is not None and os.path.samestat(mine, theirs)


@contextmanager
def _folder_of(path: Path, root: Path | None, *, create: bool = False) -> Iterator[Folder]:
    base = path.parent if root is None else root
    parts = () if root is None else path.parent.relative_to(root).parts
    with open_folder(base, *parts, create=create) as folder:
        yield folder
