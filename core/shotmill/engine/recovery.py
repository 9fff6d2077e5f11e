"""What was left behind: answers that came and were not published, requests of which nobody knows.

Runs before anything is sent for the project, changes nothing when run again, and may itself be killed anywhere. What
an earlier daemon left, and what a fault of this one kept from being taken in; never what is in the air.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from shotmill.engine.assemble import WAS_OUT
from shotmill.engine.landing import UnknownBeat, discard, finish, spool_of
from shotmill.engine.project import OpenProject
from shotmill.engine.taking_in import take_in
from shotmill.engine.tools import Tools
from shotmill.gemini.exchange import Exchange
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.entries import End, Intent, Take
from shotmill.takes.entry_json import from_json
from shotmill.takes.journal import Journal
from shotmill.takes.spool import Spooled

INTERRUPTED = Outcome(Fate.IN_DOUBT, "interrupted", WAS_OUT, billed=None)


@dataclass(slots=True)
class Recovered:
    """Images that were saved, ends of answers without one that were told, attempts that are in doubt."""

    saved: int = 0
    ended: int = 0
    in_doubt: int = 0

    def __bool__(self) -> bool:
        return bool(self.saved or self.ended or self.in_doubt)


async def recover(project: OpenProject, tools: Tools) -> Recovered:
    """Take in sealed answers, tell the rest as in doubt.

    The project must be loaded and not yet watched; it is to be loaded again when anything was recovered.
    """
    recovered = Recovered()
    checkpoint("recovery.begun")
    here = [
        found
        for found in await tools.in_thread(lambda: [*tools.spool.scan(), *project.answers.scan()])
        if _of(found, project) and found.attempt not in project.in_the_air
    ]
    ended = await tools.ledger.ended([found.attempt for found in here])
    if any(found.path.parent == project.answers.folder for found in here):  # this database may never have known them
        ends = await tools.in_thread(partial(_ends, project))
        ended |= {attempt for attempt, state in ends.items() if state == "ended"}
    for found in here:
        if found.state == "partial" or (found.attempt in ended and not _is_recorded(found, project)):
            continue
        is_saved = await _take_in(found, project, tools)
        recovered.saved += is_saved
        recovered.ended += not is_saved
        checkpoint("recovery.took_in")
    for attempt, style, beat in await _unended(project, tools):
        await finish(tools, project, style, beat, attempt, INTERRUPTED, 0.0, 0.0)
        recovered.in_doubt += 1
        checkpoint("recovery.doubted")
    for found in here:
        if found.state == "partial" and (not found.body_bytes or _is_settled(found, project)):
            await tools.in_thread(partial(spool_of(tools, project, found.path).drop, found.attempt))
    return recovered


def _of(found: Spooled, project: OpenProject) -> bool:
    header = found.header
    return header is not None and (header.project_id, header.attempt) == (project.id, found.attempt)


def _is_recorded(found: Spooled, project: OpenProject) -> bool:
    """Its image was published: only the copy in the spool is left to be removed."""
    header = found.header
    known = project.record.beat(header.style, header.beat) if header is not None else None
    return known is not None and known.take_of(found.attempt) is not None


def _is_settled(found: Spooled, project: OpenProject) -> bool:
    """Its attempt was told as in doubt, and somebody or the run's allowance said what becomes of that: what came of the
    answer before it broke off has nothing more to say."""
    known = project.record.beat(found.header.style, found.header.beat) if found.header is not None else None
    return known is not None and found.attempt in project.record.unproven and found.attempt not in known.doubts


async def _take_in(found: Spooled, project: OpenProject, tools: Tools) -> bool:
    """Publish a sealed answer; one that was published before only loses its copy in the spool."""
    header = found.header
    if header is None:
        return False
    if _is_recorded(found, project):
        await tools.ledger.end(header.attempt, "kept", tools.clock.now())
        await discard(tools, project, found.path)
        return False
    try:
        result = await take_in(tools, project, found.path, header, Exchange(sent=True, status=200, complete=True))
    except UnknownBeat as error:  # its bytes stay in the spool, for the day on which the beat is back
        project.tell("warning", "note", f"{error.message}; {error.cure}")
        return False
    if result.outcome.fate is Fate.UNUSABLE:
        project.tell("warning", "note", result.outcome.message, beat=project.board.find(header.style, header.beat))
    return result.outcome.fate is Fate.IMAGE


async def _unended(project: OpenProject, tools: Tools) -> list[tuple[str, str, str]]:
    """(attempt, style, beat) of what was sent and has no end, by the database or, if that was lost, by the journal.

    A kill may fall between the two: an intent that only the database has is added to the journal, since the price of
    the doubt stands in it; an end that only the journal has, perhaps from another daemon, is an end.
    """
    open_intents = project.record.open_intents.values()
    found = {
        intent.attempt: (intent.style, intent.beat)
        for intent in open_intents
        if intent.attempt not in project.in_the_air
    }
    unknown = [
        attempt
        for attempt in await tools.ledger.open_attempts(project.id)
        if attempt.id not in found and attempt.id not in project.in_the_air
    ]
    ends = await tools.in_thread(partial(_ends, project)) if unknown else {}
    for attempt in unknown:
        if attempt.id in ends:
            await tools.ledger.end(attempt.id, ends[attempt.id], tools.clock.now())
            continue
        intent = from_json(attempt.intent.encode())
        if isinstance(intent, Intent):
            await project.note(intent, durable=False)
        found[attempt.id] = (attempt.style, attempt.beat)
    return [(attempt, style, beat) for attempt, (style, beat) in found.items()]


def _ends(project: OpenProject) -> dict[str, str]:
    """How each attempt ended, by the journal: `in_doubt` or `ended`. The record keeps only the last of each beat."""
    ends: dict[str, str] = {}
    for entry in Journal(project.layout).read():
        if isinstance(entry, End):
            ends[entry.attempt] = "in_doubt" if entry.fate == Fate.IN_DOUBT else "ended"
        elif isinstance(entry, Take) and entry.attempt is not None:
            ends[entry.attempt] = "ended"
    return ends
