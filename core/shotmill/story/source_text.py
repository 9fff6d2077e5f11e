"""A prompts file or a storyboard as bytes and as text: a regular file, of a bounded size, in UTF-8."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from shotmill.story.problems import Problem, StoryError, UnreadableError, file_label

SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes of one file; ten thousand beats with long prompts are a tenth of it."""


def read_source(path: Path) -> bytes:
    """The file's bytes. Raises StoryError where it can't be read or is larger than 64 MB."""
    try:
        data = _read_regular(path)
    except OSError as error:
        raise StoryError(
            f"{file_label(path)} can't be read: {error.strerror or error}", cure="See that the file is there and yours."
        ) from error
    if len(data) > SIZE_LIMIT:
        raise StoryError(
            f"{file_label(path)} is larger than {SIZE_LIMIT >> 20} MB, which no prompts file should be",
            cure="Split it into several styles, or take out what is not a prompt.",
        )
    return data


def decoded(data: bytes) -> str:
    """UTF-8 to text, a byte order mark left out; UnreadableError names the byte's offset and line."""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = "; it looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        text = f"byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8{hint}, expected UTF-8 text"
        raise UnreadableError(Problem(line, text)) from error


def _read_regular(path: Path) -> bytes:
    # Without O_NONBLOCK, opening a FIFO that somebody put there would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file")
        return file.read(SIZE_LIMIT + 1)
