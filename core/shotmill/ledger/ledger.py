"""What was sent, what may have been paid for, and how much quota is used: the questions asked of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shotmill.ledger.backups import backups_in, write_backup
from shotmill.ledger.database import Database
from shotmill.ledger.journals import Interrupted, ProjectRow, Replayed, replay
from shotmill.ledger.learned import all_learned, learn
from shotmill.ledger.opening import Rebuilt
from shotmill.ledger.wall_clock import Boot, settle_clock
from shotmill.ledger.weekly import examine_weekly
from shotmill.quota.learned import Learned
from shotmill.quota.resting import Resting

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
class KeyTest:
    """The provider's last word on a key that was asked about: `known`, `invalid` or `refused`, and when (epoch
    seconds)."""

    at: float
    verdict: str
    message: str
    cure: str = ""

    @property
    def is_bad(self) -> bool:
        return self.verdict != "known"

    @property
    def as_resting(self) -> Resting:
        """What it says against the key, as an answer to a beat would."""
        return Resting("key_invalid" if self.verdict == "invalid" else self.verdict, self.message, None, self.cure)


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


class Ledger:
    """Every method is one committed transaction; `async` ones wait for the commit."""

    def __init__(self, path: Path, on_death: Callable[[BaseException], None] | None = None) -> None:
        self._backups = path.parent / "backup"
        self._database = Database(path, self._backups, on_death)
        self._backed_up = -1

    def open(self, now: float, *, shared_disk: bool = False) -> Rebuilt | None:
        """Raises `LedgerError`. What is told of a rebuilt database: it does not know all that was sent, yet."""
        return self._database.open(now, shared_disk=shared_disk).rebuilt

    def close(self) -> None:
        self._database.close()

    def back_up(self) -> Path | None:
        """A copy of the database, unless nothing changed since the last one. Blocking; raises `LedgerDiskError`."""
        return self._database.submit_alone(self._back_up).result()

    def _back_up(self, db: sqlite3.Connection) -> Path | None:
        if db.total_changes == self._backed_up and backups_in(self._backups):
            return None
        made = write_backup(db, self._backups)
        self._backed_up = db.total_changes
        return made

    def examine(self, now: float) -> str:
        """Once a week: what is wrong with the newest backup, empty where nothing is. Blocking."""
        return examine_weekly(self._database, self._backups, now)

    async def register(self, project: str, root: Path, now: float) -> None:
        await self._database.do(
            lambda db: db.execute(
                "INSERT INTO projects (id, root, opened_at) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET root = excluded.root, opened_at = excluded.opened_at",
                (project, str(root), now),
            )
        )

    def unread_projects(self) -> list[ProjectRow]:
        """Projects whose journals may know more than this database. Blocking."""
        rows = self._database.submit(
            lambda db: db.execute("SELECT id, root FROM projects WHERE journal_read_at IS NULL").fetchall()
        ).result()
        return [ProjectRow(identity, Path(root)) for identity, root in rows]

    def is_read(self, project: str) -> bool:
        """Whether the project's journal has been read into this database. Blocking."""
        row = self._database.submit(
            lambda db: db.execute("SELECT journal_read_at FROM projects WHERE id = ?", (project,)).fetchone()
        ).result()
        return row is not None and row[0] is not None

    def replay(self, project: ProjectRow, found: Replayed, now: float) -> None:
        """Take in what a project's journal knows, in one commit. Blocking; the same again changes nothing."""
        self._database.submit(lambda db: replay(db, project, found, now)).result()

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

    async def run_began(self, project: str, run: str, options: str, now: float) -> None:
        """A run is under way: what is left of this row at the next start was interrupted."""
        await self._database.do(
            lambda db: db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", (project, run, options, now))
        )

    async def run_ended(self, project: str, run: str) -> None:
        await self._database.do(lambda db: db.execute("DELETE FROM runs WHERE project = ? AND run = ?", (project, run)))

    def interrupted(self) -> list[Interrupted]:
        """Runs that an earlier daemon did not bring to their end. Blocking."""
        rows = self._database.submit(
            lambda db: db.execute(
                "SELECT project, root, run, options FROM runs JOIN projects ON id = project ORDER BY started_at"
            ).fetchall()
        ).result()
        return [Interrupted(project, Path(root), run, options) for project, root, run, options in rows]

    def forget_interrupted(self) -> None:
        """Blocking."""
        self._database.submit(lambda db: db.execute("DELETE FROM runs")).result()

    def root_of(self, project: str) -> Path | None:
        """Where a project was last seen; blocking, for threads."""
        row = self._database.submit(
            lambda db: db.execute("SELECT root FROM projects WHERE id = ?", (project,)).fetchone()
        ).result()
        return Path(row[0]) if row else None

    async def agreed_usd(self, project: str) -> float:
        row = await self._database.do(
            lambda db: db.execute("SELECT agreed_usd FROM projects WHERE id = ?", (project,)).fetchone()
        )
        return float(row[0]) if row else 0.0

    async def agree(self, project: str, usd: float) -> None:
        await self._database.do(
            lambda db: db.execute("UPDATE projects SET agreed_usd = max(agreed_usd, ?) WHERE id = ?", (usd, project))
        )

    async def intend(self, intent: Intent) -> None:
        """The intent and the debit of the quota, in one commit. Nothing may leave before this returns."""
        await self._database.do(lambda db: _intend(db, intent))

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
        """Those whose answer is kept in a project or of no use any more. Blocking."""
        wanted = list(attempts)
        return self._database.submit(lambda db: _finished(db, wanted)).result()

    def sent(
        self, endpoint: str, quota_project: str, fingerprints: Sequence[str], model: str, since: float
    ) -> list[float]:
        """Moments of requests since then, oldest first, in the quota project or by one of the keys. Blocking."""
        marks = ",".join("?" * len(fingerprints)) or "''"
        query = (
            "SELECT at FROM sends WHERE endpoint = ? AND model = ? AND at >= ? "  # noqa: S608 - marks are only ?
            f"AND (quota_project = ? OR fingerprint IN ({marks})) ORDER BY at"
        )
        rows = self._database.submit(
            lambda db: db.execute(query, (endpoint, model, since, quota_project, *fingerprints)).fetchall()
        ).result()
        return [float(row[0]) for row in rows]

    async def rest(self, endpoint: str, scope: str, name: str, model: str, resting: Resting | None) -> None:
        """Remember that something rests, or (None) that it no longer does."""
        await self._database.do(lambda db: _rest(db, (endpoint, scope, name, model), resting))

    def rests(self, endpoint: str) -> list[tuple[str, str, str, Resting]]:
        """(scope, name, model, rest) of everything that rested when it was last seen. Blocking."""
        rows = self._database.submit(
            lambda db: db.execute(
                "SELECT scope, name, model, code, reason, until, cure FROM rests WHERE endpoint = ?", (endpoint,)
            ).fetchall()
        ).result()
        return [(scope, name, model, Resting(*rest)) for scope, name, model, *rest in rows]

    async def learn(self, endpoint: str, quota_project: str, model: str, learned: Sequence[Learned]) -> None:
        """Remember what is known of the limits of a quota project, and nothing else of it."""
        await self._database.do(lambda db: learn(db, (endpoint, quota_project, model), learned))

    def learned(self, endpoint: str) -> list[tuple[str, str, list[Learned]]]:
        """(quota project, model, figures) as `learn` wrote them. Blocking."""
        return self._database.submit(lambda db: all_learned(db, endpoint)).result()

    async def drew(self, endpoint: str, fingerprint: str, model: str, now: float) -> None:
        await self._database.do(
            lambda db: db.execute(
                "INSERT INTO draws VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at",
                (endpoint, fingerprint, model, now),
            )
        )

    def draws(self, endpoint: str) -> set[str]:
        """Fingerprints of the keys that drew an image before. Blocking."""
        rows = self._database.submit(
            lambda db: db.execute("SELECT fingerprint FROM draws WHERE endpoint = ?", (endpoint,)).fetchall()
        ).result()
        return {row[0] for row in rows}

    async def key_tested(self, endpoint: str, fingerprint: str, tested: KeyTest) -> None:
        """Remember a test. One that went badly outweighs that the key drew before."""
        await self._database.do(lambda db: _key_tested(db, endpoint, fingerprint, tested))

    def key_tests(self, endpoint: str) -> dict[str, KeyTest]:
        """The last test of each key, by its fingerprint. Blocking."""
        rows = self._database.submit(
            lambda db: db.execute(
                "SELECT fingerprint, at, verdict, message, cure FROM key_tests WHERE endpoint = ?", (endpoint,)
            ).fetchall()
        ).result()
        return {fingerprint: KeyTest(*rest) for fingerprint, *rest in rows}


def _key_tested(db: sqlite3.Connection, endpoint: str, fingerprint: str, tested: KeyTest) -> None:
    row = (endpoint, fingerprint, tested.at, tested.verdict, tested.message, tested.cure)
    db.execute("INSERT OR REPLACE INTO key_tests VALUES (?, ?, ?, ?, ?, ?)", row)
    if tested.is_bad:
        db.execute("DELETE FROM draws WHERE endpoint = ? AND fingerprint = ?", (endpoint, fingerprint))


def _finished(db: sqlite3.Connection, attempts: Sequence[str]) -> set[str]:
    query = "SELECT 1 FROM attempts WHERE id = ? AND state IN ('kept', 'ended', 'not_sent')"
    return {attempt for attempt in attempts if db.execute(query, (attempt,)).fetchone()}


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


def _rest(db: sqlite3.Connection, place: tuple[str, str, str, str], resting: Resting | None) -> None:
    db.execute("DELETE FROM rests WHERE (endpoint, scope, name, model) = (?, ?, ?, ?)", place)
    if resting is not None:
        row = (*place, resting.code, resting.reason, resting.cure, resting.until)
        db.execute("INSERT INTO rests VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
