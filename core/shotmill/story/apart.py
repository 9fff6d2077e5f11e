"""Great prompts files, read by a process of their own (`shotmill.apart`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import astuple

from shotmill import apart
from shotmill.apart import read_for_another, reading_apart
from shotmill.story.discover import Source
from shotmill.story.model import NO_EXTRA, Prompt

Prompts = tuple[Prompt, ...]
PromptsOf = Callable[[Source], tuple[Prompt, ...] | None]
"""The prompts of a source once they are there; None for one that the caller has to read."""


@contextmanager
def prompts_apart(sizes: Mapping[Source, int]) -> Iterator[PromptsOf]:
    """Have files of so many bytes read, one after the other; none where there are few prompts in all."""
    sources = list(sizes) if sum(sizes.values()) >= apart.GREAT_BYTES else []
    asked = [(source.style, os.fsencode(source.path.absolute())) for source in sources]
    with reading_apart(__name__, Prompts, asked) as answers:
        found = dict(zip(sources, answers, strict=True))
        yield lambda source: found[source]() if source in found else None


def _plain(prompt: Prompt) -> tuple[object, ...]:
    """Without `extra` where there is none: all that have none share one."""
    fields = astuple(prompt)
    return fields[:-1] if prompt.extra is NO_EXTRA else fields


def _read(style: str, path: Path) -> list[tuple[object, ...]] | None:
    from shotmill.errors import ShotmillError
    from shotmill.story.load import read_style

    try:
        read, problems = read_style(style, path)
    except ShotmillError:
        return None
    return None if problems else list(map(_plain, read.prompts))


if __name__ == "__main__":
    read_for_another(_read)
