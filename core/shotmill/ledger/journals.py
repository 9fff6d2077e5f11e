"""What a project's journal gives back to a database that lost it: what was sent, and how it ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as the database knows it."""

    id: str
    root: Path


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A run that was under way when its daemon ended; `options` are JSON."""

    project: str
    root: Path
    run: str
    options: str


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """An attempt that came to an end."""

    id: str
    style: str
    beat: str
    take: int
    price_usd: float
    sent_at: float
    state: str


@dataclass(frozen=True, slots=True)
class PastSend:
    """A request that counts against quotas; `fingerprint` is empty where its key is not known any more."""

    attempt: str
    at: float
    endpoint: str
    fingerprint: str
    quota_project: str
    model: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a journal tells of requests that were sent."""

    attempts: Sequence[PastAttempt]
    sends: Sequence[PastSend]


def replay(db: sqlite3.Connection, project: ProjectRow, found: Replayed, now: float) -> list[PastSend]:
    """Add what the database does not know and end what it holds for open; what it knows better stays. Returns the
    requests that it did not know of, oldest first."""
    db.execute(
        "INSERT INTO projects (id, root, opened_at, journal_read_at) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET journal_read_at = excluded.journal_read_at",
        (project.id, str(project.root), now, now),
    )
    db.executemany(
        "UPDATE attempts SET state = ?, ended_at = ? WHERE id = ? AND state IN ('sending', 'received')",
        [(attempt.state, now, attempt.id) for attempt in found.attempts],
    )
    db.executemany(
        "INSERT OR IGNORE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                attempt.id,
                project.id,
                attempt.style,
                attempt.beat,
                attempt.take,
                attempt.price_usd,
                "",  # its intent: asked for only while it is out
                attempt.state,
                attempt.sent_at,
                now,
            )
            for attempt in found.attempts
        ],
    )
    known = "SELECT 1 FROM sends WHERE attempt = ?"
    new = [send for send in found.sends if db.execute(known, (send.attempt,)).fetchone() is None]
    db.executemany(
        "INSERT OR IGNORE INTO sends VALUES (?, ?, ?, ?, ?, ?)",
        [(send.attempt, send.at, send.endpoint, send.fingerprint, send.quota_project, send.model) for send in new],
    )
    return sorted(new, key=lambda send: send.at)
