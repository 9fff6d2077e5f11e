"""After the database was lost: what the projects' journals and the spool still know is read back before anything is
sent, and where that leaves a gap, one whole minute passes first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shotmill.errors import ShotmillError
from shotmill.gemini.outcome import Fate
from shotmill.ledger.journals import PastAttempt, PastSend, ProjectRow, Replayed
from shotmill.ledger.ledger import KEEP_SENDS_S, Ledger
from shotmill.ledger.opening import Rebuilt
from shotmill.quota.window import LONGEST_GUARD, MINUTE
from shotmill.settings.endpoint import resolve_endpoint
from shotmill.settings.keys import KeyRing
from shotmill.settings.project import load_project_settings
from shotmill.takes.entries import End, Entry, Intent, Take
from shotmill.takes.identity import read_id
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.spool import Spool

QUIET_S = MINUTE + LONGEST_GUARD
_log = logging.getLogger(__name__)


def read_journals(ledger: Ledger, rebuilt: Rebuilt | None, spool: Spool, ring: KeyRing, now: float) -> None:
    """Read the journals of all projects that are known and not read; blocking.

    `rebuilt` says that the database does not know all that was sent: then, unless every project that it may know of
    could be read, nothing is sent for a minute.
    """
    unread = {project.id: project for project in ledger.unread_projects()}
    if rebuilt is not None:
        _log.warning("the database is rebuilt: %s; kept as %s; from %s", rebuilt.why, rebuilt.kept_as, rebuilt.backup)
        for row in _projects_of(spool):
            unread.setdefault(row.id, row)
    all_read = True
    for project in unread.values():
        try:
            read_journal(ledger, project, ring, now, Journal(Layout(project.root)).read)
        except (ShotmillError, OSError, UnicodeEncodeError) as error:
            all_read = False
            _log.warning("the journal of %s can't be read now: %s", project.root, error)
    if rebuilt is not None and not (all_read and rebuilt.backup is not None):
        ledger.be_quiet_until(now + QUIET_S)


def read_journal(
    ledger: Ledger, project: ProjectRow, ring: KeyRing, now: float, read: Callable[[], Iterable[Entry]]
) -> list[PastSend]:
    """Take one project's journal, which `read` reads, into the database; the requests that it did not know of. Raises
    `ShotmillError` where the folder is not that project's."""
    if read_id(Layout(project.root)) != project.id:
        raise ShotmillError(f"{project.root} is not that project any more")
    settings = load_project_settings(project.root)
    endpoint = resolve_endpoint(settings.gemini.base_url, ring.base_urls)
    name = f"emulator:{project.id}" if endpoint.kind == "emulator" else endpoint.url or "google"
    fingerprints = {key.name: key.fingerprint for key in ring.keys}
    found = told_by(read(), name, fingerprints, now)
    news = ledger.replay(project, found, now)
    if found.attempts:
        _log.info("read %d requests from the journal of %s", len(found.attempts), project.root)
    return news


def told_by(entries: Iterable[Entry], endpoint: str, fingerprints: Mapping[str, str], now: float) -> Replayed:
    """Every request that came to an end, and those that still count against a quota."""
    intents: dict[str, Intent] = {}
    ends: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Intent):
            intents[entry.attempt] = entry
        elif isinstance(entry, End):
            ends[entry.attempt] = _STATES.get(entry.fate, "ended")
        elif isinstance(entry, Take) and entry.attempt is not None:
            ends[entry.attempt] = "kept"
    return Replayed(
        [_attempt(intents[attempt], state) for attempt, state in ends.items() if attempt in intents],
        [
            PastSend(
                intent.attempt,
                intent.at,
                endpoint,
                fingerprints.get(intent.key, ""),
                intent.quota_project,
                intent.model,
            )
            for intent in intents.values()
            if intent.at >= now - KEEP_SENDS_S and ends.get(intent.attempt) != "not_sent"
        ],
    )


_STATES: Mapping[str, str] = {Fate.IN_DOUBT: "in_doubt", Fate.NOT_SENT: "not_sent"}


def _attempt(intent: Intent, state: str) -> PastAttempt:
    return PastAttempt(intent.attempt, intent.style, intent.beat, intent.take, intent.price_usd, intent.at, state)


def _projects_of(spool: Spool) -> list[ProjectRow]:
    try:
        found = spool.scan()
    except ShotmillError as error:
        _log.warning("the spool can't be read: %s", error.message)
        return []
    headers = [one.header for one in found if one.header is not None]
    return [ProjectRow(header.project_id, Path(header.root)) for header in headers]
