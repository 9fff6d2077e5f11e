"""The keys that a style may use, by the quota project in which their requests count."""

from __future__ import annotations

from collections.abc import Iterable

from shotmill.settings.keys import Key


class KeyPool:
    """`groups`: for each quota project its keys with their fingerprints, in the style's order."""

    __slots__ = ("groups", "keys", "seen")

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self.keys = tuple(keys)
        self.seen: tuple[int, str] | None = None  # the book (by id) and model that have every account of this pool
        groups: dict[str, list[tuple[str, Key]]] = {}
        for key in self.keys:
            groups.setdefault(key.quota_project, []).append((key.fingerprint, key))
        self.groups = tuple((name, tuple(members)) for name, members in groups.items())
