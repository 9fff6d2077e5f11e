"""Great prompts files, parsed by processes of their own (`shotmill.apart`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    """Have files of so many bytes read, by as many processes as can work at once."""
    found: dict[Source, Callable[[], Prompts | None]] = {}
    with ExitStack() as processes:
        for sources in shares(sizes, os.cpu_count() or 1):
            asked = [(source.style, os.fsencode(source.path.absolute())) for source in sources]
            found.update(zip(sources, processes.enter_context(reading_apart(__name__, Prompts, asked)), strict=True))
        yield lambda source: found[source]() if source in found else None


def shares(sizes: Mapping[Source, int], processes: int) -> list[list[Source]]:
    """What each of so many processes reads, alike in bytes; nothing where there are few prompts in all."""
    if sum(sizes.values()) < apart.GREAT_BYTES:
        return []
    shared: list[tuple[int, list[Source]]] = [(0, []) for _ in range(min(processes, len(sizes)))]
    for source, size in sorted(sizes.items(), key=lambda file: -file[1]):
        least = min(range(len(shared)), key=lambda process: shared[process][0])
        shared[least] = shared[least][0] + size, [*shared[least][1], source]
    return [sources for _, sources in shared]


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
