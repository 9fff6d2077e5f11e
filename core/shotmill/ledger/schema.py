"""The tables of the user's database, one migration a version. Shipped migrations are never edited."""

from __future__ import annotations

APPLICATION_ID = 0x53484D4C  # "SHML"

_FIRST = (
    # `journal_read_at` is NULL where the project's journal may know of requests that this database does not.
    """CREATE TABLE projects (
        id TEXT PRIMARY KEY,
        root TEXT NOT NULL,
        opened_at REAL NOT NULL,
        agreed_usd REAL NOT NULL DEFAULT 0,
        journal_read_at REAL
    ) STRICT""",
    # A request is here before its first byte leaves. `state`: sending, then how it ended.
    """CREATE TABLE attempts (
        id TEXT PRIMARY KEY,
        project TEXT NOT NULL REFERENCES projects (id),
        style TEXT NOT NULL,
        beat TEXT NOT NULL,
        take INTEGER NOT NULL,
        price_usd REAL NOT NULL,
        intent TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('sending', 'received', 'kept', 'ended', 'in_doubt', 'not_sent')),
        sent_at REAL NOT NULL,
        ended_at REAL
    ) STRICT""",
    "CREATE INDEX attempts_open ON attempts (project, state) WHERE state IN ('sending', 'received')",
    # One beat has at most one request out: the database itself forbids to send it twice.
    """CREATE UNIQUE INDEX attempts_once ON attempts (project, style, beat)
        WHERE state IN ('sending', 'received')""",
    # What came to an end is never out again.
    """CREATE TRIGGER attempts_end_once BEFORE UPDATE OF state ON attempts
        WHEN OLD.state IN ('kept', 'ended', 'not_sent') AND NEW.state IN ('sending', 'received')
        BEGIN SELECT RAISE(ABORT, 'an attempt that ended is not out again'); END""",
    # What counts against quotas: kept for a day and a bit, whatever becomes of the project.
    """CREATE TABLE sends (
        attempt TEXT PRIMARY KEY,
        at REAL NOT NULL,
        endpoint TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        quota_project TEXT NOT NULL,
        model TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX sends_by_time ON sends (endpoint, model, at)",
    # What has to be remembered of keys and quotas: rests, and whether an image ever came.
    """CREATE TABLE rests (
        endpoint TEXT NOT NULL,
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        model TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        cure TEXT NOT NULL,
        until REAL,
        PRIMARY KEY (endpoint, scope, name, model)
    ) STRICT""",
    """CREATE TABLE draws (
        endpoint TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        model TEXT NOT NULL,
        last_at REAL NOT NULL,
        PRIMARY KEY (endpoint, fingerprint, model)
    ) STRICT""",
    # Runs that are under way, so that the next daemon knows what its forerunner's death interrupted.
    """CREATE TABLE runs (
        project TEXT PRIMARY KEY REFERENCES projects (id),
        run TEXT NOT NULL,
        options TEXT NOT NULL,
        started_at REAL NOT NULL
    ) STRICT""",
    # Few single facts about the database itself: `open` (in use), `quiet_until` (nothing is sent before that),
    # `boot` and `boot_at` (which boot of the machine, and when by the wall: moments move when the wall is set),
    # `examined` (when a backup was last looked through).
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value REAL NOT NULL) STRICT",
)

_LEARNED = (
    # Figures that refusals named or that were found by trying, by quota project: `what` as in quota/learned.py.
    """CREATE TABLE learned (
        endpoint TEXT NOT NULL,
        quota_project TEXT NOT NULL,
        model TEXT NOT NULL,
        what TEXT NOT NULL,
        value REAL NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (endpoint, quota_project, model, what)
    ) STRICT""",
)


_KEY_TESTS = (
    # The provider's last word on a key that was asked about: which is not the same as whether it draws.
    """CREATE TABLE key_tests (
        endpoint TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        at REAL NOT NULL,
        verdict TEXT NOT NULL,
        message TEXT NOT NULL,
        cure TEXT NOT NULL,
        PRIMARY KEY (endpoint, fingerprint)
    ) STRICT""",
)

MIGRATIONS = (_FIRST, _LEARNED, _KEY_TESTS)
VERSION = len(MIGRATIONS)
