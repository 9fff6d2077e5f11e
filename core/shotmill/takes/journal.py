"""The project's own record: `.shotmill/journal.jsonl`, lines that are only ever added."""

from __future__ import annotations

import os
from collections.abc import Iterator

from shotmill.file_mark import FileMark
from shotmill.takes.durable import append_line
from shotmill.takes.entries import Entry
from shotmill.takes.entry_json import from_json, from_lines, to_json
from shotmill.takes.folder import open_folder
from shotmill.takes.layout import DOT, Layout
from shotmill.takes.place import told

_LONGEST_LINE = 1 << 20
_AT_ONCE = 1 << 18
"""Bytes that are decoded in one go: hundreds of lines, in a millisecond."""


class Journal:
    """One project's journal. `skipped` counts the lines that the last `read` could make nothing of."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.skipped = 0
        self._known: FileMark | None = None  # the file as it was when all that is in it was read or added here
        self._was_absent = False  # there was none yet when it was read

    def is_known(self) -> bool:
        """Nothing stands in it beyond what this object read and added."""
        found = FileMark.of(self._layout.journal)
        return self._was_absent if found is None else found == self._known

    def append(self, *entries: Entry, durable: bool) -> None:
        """Add entries in one write; with `durable` they are on the medium when this returns.

        Raises `PlaceError`, `UnsafePlaceError`; a line that an error cut short is passed over by readers, so the same
        entries can be added again.
        """
        if entries:
            lines = b"".join(map(to_json, entries))
            known, was_absent = self._known, self._was_absent
            self._known, self._was_absent = None, False
            added = append_line(self._layout.journal, lines, durable=durable, root=self._layout.root)
            if added.alone and (added.before == known or (was_absent and not added.before.size)):
                self._known = added.after

    def read(self) -> Iterator[Entry]:
        """Every entry, in the order of writing; nothing where there is no journal yet.

        A torn or damaged line and a kind that this version does not know are passed over. Raises `PlaceError`,
        `UnsafePlaceError`.
        """
        self.skipped = 0
        self._known, self._was_absent = None, False
        path = self._layout.journal
        with told(path):
            try:
                with open_folder(self._layout.root, DOT) as folder:
                    fd = folder.open(path.name, os.O_RDONLY)
            except FileNotFoundError:
                self._was_absent = True
                return
            with os.fdopen(fd, "rb", buffering=1 << 16) as file:
                mark = FileMark.from_stat(os.fstat(fd))
                while lines := file.read(_AT_ONCE) + file.readline(_LONGEST_LINE):
                    try:
                        yield from from_lines(lines)
                    except ValueError:
                        yield from self._one_by_one(lines)
                if file.tell() == mark.size:
                    self._known = mark

    def _one_by_one(self, lines: bytes) -> Iterator[Entry]:
        for line in filter(None, lines.split(b"\n")):
            try:
                entry = from_json(line)
            except ValueError:
                self.skipped += 1
            else:
                if entry is not None:
                    yield entry
