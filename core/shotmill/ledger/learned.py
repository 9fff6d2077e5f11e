"""The table of what was learned of quota projects: limits that refusals named, or that were found by trying."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from shotmill.quota.learned import Learned


def learn(db: sqlite3.Connection, place: tuple[str, str, str], learned: Sequence[Learned]) -> None:
    """All that is known of an endpoint's quota project with a model; what was known before goes."""
    db.execute("DELETE FROM learned WHERE (endpoint, quota_project, model) = (?, ?, ?)", place)
    rows = [(*place, one.what, one.value, one.at) for one in learned]
    db.executemany("INSERT INTO learned VALUES (?, ?, ?, ?, ?, ?)", rows)


def all_learned(db: sqlite3.Connection, endpoint: str) -> list[tuple[str, str, list[Learned]]]:
    """(quota project, model, figures) of an endpoint."""
    rows = db.execute("SELECT quota_project, model, what, value, at FROM learned WHERE endpoint = ?", (endpoint,))
    found: dict[tuple[str, str], list[Learned]] = {}
    for quota_project, model, *figure in rows:
        found.setdefault((quota_project, model), []).append(Learned(*figure))
    return [(*place, figures) for place, figures in found.items()]
