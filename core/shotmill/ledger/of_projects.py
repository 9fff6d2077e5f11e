"""Which projects this database knows, where they lie, and which of their runs are under way."""

from __future__ import annotations

from pathlib import Path

from shotmill.ledger.database import Database
from shotmill.ledger.journals import Interrupted, PastSend, ProjectRow, Replayed, replay


class ProjectLedger:
    """The ledger's part for projects and their runs."""

    _database: Database

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

    def replay(self, project: ProjectRow, found: Replayed, now: float) -> list[PastSend]:
        """Take in what a project's journal knows, in one commit; the requests that were news. Blocking; the same again
        changes nothing."""
        return self._database.submit(lambda db: replay(db, project, found, now)).result()

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
