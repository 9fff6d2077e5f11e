"""What was sent, what may have been paid for, and how much quota is used: the questions asked of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shotmill.ledger.backups import backups_in, write_backup
from shotmill.ledger.database import Database
from shotmill.ledger.of_keys import KeyLedger
from shotmill.ledger.of_projects import ProjectLedger
from shotmill.ledger.opening import Rebuilt
from shotmill.ledger.wall_clock import Boot, settle_clock
from shotmill.ledger.weekly import examine_weekly
from shotmill.quota.learned import ANY_MODEL

KEEP_SENDS_S = 26 * 3600.0
"""A day of the provider's has 25 hours at most."""


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """A request that was out when the last daemon ended. `intent` is the journal's line for it."""

    id: str
    style: str
    beat: str
    state: str
    intent: str
    sent_at: float


@dataclass(frozen=True, slots=True)
class Intent:
    """All that is written down before a request leaves."""

    attempt: str
    project: str
    style: str
    beat: str
    take: int
    price_usd: float
    line: str
    endpoint: str
    fingerprint: str
    quota_project: str
    model: str
    at: float


class Ledger(KeyLedger, ProjectLedger):
    """Every method is one committed transaction; `async` ones wait for the commit."""

    def __init__(self, path: Path, on_death: Callable[[BaseException], None] | None = None) -> None:
        self._backups = path.parent / "backup"
        self._database = Database(path, self._backups, on_death)
        self._backed_up = -1

    def begin_to_open(self, now: float, *, shared_disk: bool = False) -> None:
        """What `open` waits for; a second time nothing is done."""
        self._database.begin_to_open(now, shared_disk=shared_disk)

    def open(self, now: float, *, shared_disk: bool = False) -> Rebuilt | None:
        """Raises `LedgerError`. What is told of a rebuilt database: it does not know all that was sent, yet."""
        return self._database.open(now, shared_disk=shared_disk).rebuilt

    def close(self) -> None:
        self._database.close()

    def back_up(self) -> Path | None:
        """A copy of the database, unless nothing changed since the last one. Blocking; raises `LedgerDiskError`."""
        return self._database.submit_alone(self._back_up).result()

    def is_backed_up(self) -> bool:
        """Whether there is any copy. Blocking."""
        return bool(backups_in(self._backups))

    def _back_up(self, db: sqlite3.Connection) -> Path | None:
        if db.total_changes == self._backed_up and backups_in(self._backups):
            return None
        made = write_backup(db, self._backups)
        self._backed_up = db.total_changes
        return made

    def examine(self, now: float) -> str:
        """Once a week: what is wrong with the newest backup, empty where nothing is. Blocking."""
        return examine_weekly(self._database, self._backups, now)

    def quiet_until(self) -> float:
        """Nothing is sent before this moment. Blocking."""
        row = self._database.submit(
            lambda db: db.execute("SELECT value FROM facts WHERE name = 'quiet_until'").fetchone()
        ).result()
        return float(row[0]) if row else 0.0

    def be_quiet_until(self, moment: float) -> None:
        """Blocking."""
        self._database.submit(
            lambda db: db.execute("INSERT OR REPLACE INTO facts VALUES ('quiet_until', ?)", (moment,))
        ).result()

    def settle_clock(self, boot: Boot, now: float) -> float:
        """What was sent keeps its age though the wall clock was set; returns when sending may begin. Blocking."""
        return self._database.submit(lambda db: settle_clock(db, boot, now)).result()

    async def intend(self, intent: Intent) -> None:
        """The intent and the debit of the quota, in one commit. Nothing may leave before this returns."""
        await self._database.do(lambda db: _intend(db, intent))

    async def leaves_at(self, attempt: str, at: float) -> None:
        """It leaves later than its intent said: the quota's debit is of this moment."""
        await self._database.do(lambda db: db.execute("UPDATE sends SET at = ? WHERE attempt = ?", (at, attempt)))

    async def unsent(self, attempt: str, now: float) -> None:
        """Certainly not one byte left: the quota's debit is taken back."""
        await self._database.do(lambda db: _unsent(db, attempt, now))

    async def received(self, attempt: str, now: float) -> None:
        """Its whole answer is on disk. One that was told as in doubt stays so until its image is kept."""
        await self._database.do(
            lambda db: db.execute(
                "UPDATE attempts SET state = 'received', ended_at = ? WHERE id = ? AND state = 'sending'",
                (now, attempt),
            )
        )

    async def end(self, attempt: str, state: str, now: float) -> None:
        """`kept`, `ended` or `in_doubt`."""
        await self._database.do(lambda db: _end(db, [attempt], state, now))

    async def end_all(self, attempts: Sequence[str], state: str, now: float) -> None:
        await self._database.do(lambda db: _end(db, attempts, state, now))

    async def open_attempts(self, project: str) -> list[OpenAttempt]:
        rows = await self._database.do(
            lambda db: db.execute(
                "SELECT id, style, beat, state, intent, sent_at FROM attempts "
                "WHERE project = ? AND state IN ('sending', 'received') ORDER BY sent_at",
                (project,),
            ).fetchall()
        )
        return [OpenAttempt(*row) for row in rows]

    async def ended(self, attempts: Sequence[str]) -> set[str]:
        """Those of the attempts that are known to have come to an end; one in doubt may still turn up."""
        rows = await self._database.do(
            lambda db: [
                row[0]
                for attempt in attempts
                if (
                    row := db.execute(
                        "SELECT id FROM attempts WHERE id = ? AND state IN ('kept', 'ended', 'not_sent')", (attempt,)
                    ).fetchone()
                )
            ]
        )
        return set(rows)

    def finished(self, attempts: Iterable[str]) -> set[str]:
        """Those that came to an end: their answer is kept in a project, of no use, or will never come. Blocking."""
        wanted = list(attempts)
        return self._database.submit(lambda db: _among(db, wanted, ("kept", "ended", "not_sent"))).result()

    def kept(self, attempts: Iterable[str]) -> set[str]:
        """Those whose image is kept in a project. Blocking."""
        wanted = list(attempts)
        return self._database.submit(lambda db: _among(db, wanted, ("kept",))).result()

    def sent(
        self, endpoint: str, quota_project: str, fingerprints: Sequence[str], model: str, since: float
    ) -> list[float]:
        """Moments of requests since then, oldest first, in the quota project or by one of the keys, with the model or
        (`ANY_MODEL`) with any. Blocking."""
        marks = ",".join("?" * len(fingerprints)) or "''"
        of_model, models = ("", ()) if model == ANY_MODEL else ("AND model = ? ", (model,))
        query = (
            f"SELECT at FROM sends WHERE endpoint = ? {of_model}AND at >= ? "  # noqa: S608 - marks are only ?
            f"AND (quota_project = ? OR fingerprint IN ({marks})) ORDER BY at"
        )
        rows = self._database.submit(
            lambda db: db.execute(query, (endpoint, *models, since, quota_project, *fingerprints)).fetchall()
        ).result()
        return [float(row[0]) for row in rows]


def _among(db: sqlite3.Connection, attempts: Sequence[str], states: Sequence[str]) -> set[str]:
    query = "SELECT state FROM attempts WHERE id = ?"
    found = ((attempt, db.execute(query, (attempt,)).fetchone()) for attempt in attempts)
    return {attempt for attempt, row in found if row is not None and row[0] in states}


def _intend(db: sqlite3.Connection, intent: Intent) -> None:
    db.execute(
        "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, 'sending', ?, NULL)",
        (
            intent.attempt,
            intent.project,
            intent.style,
            intent.beat,
            intent.take,
            intent.price_usd,
            intent.line,
            intent.at,
        ),
    )
    db.execute(
        "INSERT INTO sends VALUES (?, ?, ?, ?, ?, ?)",
        (intent.attempt, intent.at, intent.endpoint, intent.fingerprint, intent.quota_project, intent.model),
    )
    db.execute("DELETE FROM sends WHERE at < ?", (intent.at - KEEP_SENDS_S,))


def _unsent(db: sqlite3.Connection, attempt: str, now: float) -> None:
    _end(db, [attempt], "not_sent", now)
    db.execute("DELETE FROM sends WHERE attempt = ?", (attempt,))


def _end(db: sqlite3.Connection, attempts: Sequence[str], state: str, now: float) -> None:
    """An attempt whose end is known does not become doubtful again."""
    ended = "UPDATE attempts SET state = ?, ended_at = ? WHERE id = ?"
    doubtful = "UPDATE attempts SET state = ?, ended_at = ? WHERE id = ? AND state IN ('sending', 'received')"
    query = doubtful if state == "in_doubt" else ended
    db.executemany(query, [(state, now, attempt) for attempt in attempts])
