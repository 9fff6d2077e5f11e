"""Whether a file is still what it was when it was read, by what the disk says of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_NS = 1_000_000_000
"""Coarsest clock of file times that is met (HFS+, some network disks): a change within one tick may leave no mark."""


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file's identity, size and times. Two equal marks are the same contents, unless it was `young`."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, path: Path) -> FileMark | None:
        """None where no file can be asked."""
        try:
            facts = path.stat()
        except OSError:
            return None
        return cls.from_stat(facts)

    @classmethod
    def from_stat(cls, facts: os.stat_result) -> FileMark:
        return cls(facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)

    def young(self, now_ns: int) -> bool:
        """Changed so short a time ago that one more change might not show."""
        return now_ns - max(self.mtime_ns, self.ctime_ns) < 2 * _TICK_NS
