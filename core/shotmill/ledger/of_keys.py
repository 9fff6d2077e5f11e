"""What earlier daemons learned of keys and quotas: who rests, which limits hold, which keys draw, how tests went."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from shotmill.ledger.database import Database
from shotmill.ledger.learned import all_learned, learn
from shotmill.quota.learned import Learned
from shotmill.quota.resting import Resting


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


class KeyLedger:
    """The ledger's part for keys and quotas, each at its endpoint."""

    _database: Database

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


def _rest(db: sqlite3.Connection, place: tuple[str, str, str, str], resting: Resting | None) -> None:
    db.execute("DELETE FROM rests WHERE (endpoint, scope, name, model) = (?, ?, ?, ?)", place)
    if resting is not None:
        row = (*place, resting.code, resting.reason, resting.cure, resting.until)
        db.execute("INSERT INTO rests VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
