"""A block of lines at the end of the terminal that is written over, with as few bytes as a slow line deserves."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO


class Block:
    """The cursor rests on the line below the block; only lines that changed are written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown: list[str] = []
        self._columns = 0

    def columns(self) -> int:
        """Cells of a line; the last one stays empty, since writing into it wraps on some terminals."""
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns
        except (OSError, ValueError):
            columns = 0
        return max(10, (columns or 80) - 1)  # a terminal over a serial line may say 0

    def show(self, lines: Sequence[str]) -> None:
        columns = self.columns()
        if len(lines) != len(self._shown) or columns != self._columns:
            written = self._again(lines)
        else:
            written = self._changes(lines)
        self._shown, self._columns = list(lines), columns
        if written:
            self._stream.write(written)
            self._stream.flush()

    def _again(self, lines: Sequence[str]) -> str:
        """Everything anew: the first time, or when the terminal got another width."""
        up = f"\x1b[{len(self._shown)}A" if self._shown else ""
        return f"{up}\r\x1b[J" + "".join(f"{line}\n" for line in lines)

    def _changes(self, lines: Sequence[str]) -> str:
        parts = []
        for index, (line, before) in enumerate(zip(lines, self._shown, strict=True)):
            if line != before:
                below = len(lines) - index
                parts.append(f"\x1b[{below}A\r{line}\x1b[K\x1b[{below}B\r")
        return "".join(parts)
