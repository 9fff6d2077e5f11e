"""A project's id: made once, in `.shotmill/`; a copied folder gets its own."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from itertools import count
from pathlib import Path

from shotmill.clock import iso
from shotmill.errors import ShotmillError
from shotmill.takes.durable import publish_in, write_atomically
from shotmill.takes.folder import open_folder
from shotmill.takes.layout import DOT, Layout
from shotmill.takes.place import told

_ID = re.compile(r"[0-9a-f]{32}")
_MAX_BYTES = 64_000


def identify(layout: Layout, at: float, known_root: Callable[[str], Path | None]) -> str:
    """The project's id, 32 hex digits; made where there is none.

    `known_root` answers where an id was last seen. If that is another folder that is still there with the same id,
    this one is a copy and gets an id of its own; if it is gone, this one was moved and keeps it. An id file that
    can't be read is kept beside its successor. Raises `PlaceError`, `UnsafePlaceError`.
    """
    found = read_id(layout)
    if found is not None:
        home = known_root(found)
        if home is None or not _is_another(home, layout.root) or _id_at(home) != found:
            return found
    elif layout.identity.exists():
        keep_aside(layout)
    made = uuid.uuid4().hex
    write_id(layout, made, at)
    return made


def read_id(layout: Layout) -> str | None:
    """The id that the folder holds; None where there is none that can be read."""
    with told(layout.identity):
        try:
            with open_folder(layout.root, DOT) as folder:
                data, _ = folder.read(layout.identity.name, _MAX_BYTES)
            found = json.loads(data)
        except (FileNotFoundError, ValueError, RecursionError):
            return None
    identity = found.get("id") if isinstance(found, dict) else None
    return identity if isinstance(identity, str) and _ID.fullmatch(identity) else None


def write_id(layout: Layout, identity: str, at: float) -> None:
    """Make `identity` the folder's id. Raises `PlaceError`, `UnsafePlaceError`."""
    content = json.dumps({"id": identity, "made_at": iso(at)}, indent=2) + "\n"
    write_atomically(layout.identity, content.encode(), root=layout.root)


def _is_another(home: Path, root: Path) -> bool:
    try:
        return not home.samefile(root)
    except OSError:
        return False  # it is gone: this folder is it, moved


def _id_at(home: Path) -> str | None:
    try:
        return read_id(Layout(home))
    except ShotmillError:
        return None  # a folder that can't be looked into proves nothing


def keep_aside(layout: Layout) -> None:
    """Leave an id file that can't be read beside the one that will take its place. Raises `PlaceError`."""
    with told(layout.identity), open_folder(layout.root, DOT) as folder:
        for number in count(1):
            try:
                publish_in(folder, layout.identity.name, folder, f"{layout.identity.name}.damaged-{number}")
            except FileExistsError:
                continue
            folder.sync()
            return
