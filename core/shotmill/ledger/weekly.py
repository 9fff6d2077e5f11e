"""Once a week every page of the newest backup is read: damage that no start's quick check sees is told while there are
journals and older backups to rebuild from."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from shotmill.ledger.backups import backups_in
from shotmill.ledger.database import Database
from shotmill.untrusted import printable

EXAMINE_S = 7 * 86_400.0
_EXAMINED = "SELECT value FROM facts WHERE name = 'examined'"


def examine_weekly(database: Database, backups: Path, now: float) -> str:
    """What is wrong with the newest backup; empty where nothing is, or it is not time yet. Blocking.

    A backup that is not whole is set aside, so that nothing is rebuilt from it, and the next one is looked at too.
    """
    row = database.submit(lambda db: db.execute(_EXAMINED).fetchone()).result()
    newest = next(iter(backups_in(backups)), None)
    if newest is None or (row and 0 <= now - float(row[0]) < EXAMINE_S):
        return ""
    verdict = _verdict(newest)
    if verdict != "ok":
        newest.rename(newest.with_name(f"{newest.name}.corrupt"))
        return f"{newest}: {printable(verdict, 200)}"
    database.submit(lambda db: db.execute("INSERT OR REPLACE INTO facts VALUES ('examined', ?)", (now,))).result()
    return ""


def _verdict(copy: Path) -> str:
    """ "ok", or the first complaint: of the indexes too, which the quick check leaves out."""
    try:
        with contextlib.closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    except sqlite3.Error as error:
        return str(error)
