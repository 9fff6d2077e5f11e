"""What an earlier daemon left behind: answers that came and were not published, requests of which nobody knows.

Runs before anything is sent for the project, changes nothing when run again, and may itself be killed anywhere.
"""

from __future__ import annotations

from functools import partial

from shotmill.engine.board import Beat
from shotmill.engine.landing import UnknownBeat, booked_price, finish, keep
from shotmill.engine.project import OpenProject
from shotmill.engine.tools import Tools
from shotmill.gemini.exchange import Exchange
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.gemini.reactions import react
from shotmill.gemini.reply import ReplyError, read_reply
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.entries import Intent
from shotmill.takes.entry_json import from_json
from shotmill.takes.spool import Spooled, SpoolError, SpoolHeader

INTERRUPTED = Outcome(Fate.IN_DOUBT, "interrupted", "it was out when the daemon ended", billed=None)


async def recover(project: OpenProject, tools: Tools) -> tuple[int, int]:
    """Take in sealed answers, tell the rest as in doubt; returns (images saved, attempts in doubt).

    The project must be loaded and not yet watched; it is to be loaded again when either number is above 0.
    """
    saved = in_doubt = 0
    checkpoint("recovery.begun")
    here = [found for found in await tools.in_thread(tools.spool.scan) if _of(found, project)]
    ended = await tools.ledger.ended([found.attempt for found in here])
    for found in here:
        if found.state == "partial" or (found.attempt in ended and not _is_recorded(found, project)):
            continue
        saved += await _take_in(found, project, tools)
        checkpoint("recovery.took_in")
    for attempt, style, beat in await _unended(project, tools):
        await finish(tools, project, style, beat, attempt, INTERRUPTED, 0.0, 0.0)
        in_doubt += 1
        checkpoint("recovery.doubted")
    for found in here:
        if found.state == "partial" and not found.body_bytes:  # nothing came: there is nothing to look at later
            await tools.in_thread(partial(tools.spool.drop, found.attempt))
    return saved, in_doubt


def _of(found: Spooled, project: OpenProject) -> bool:
    return found.header is not None and found.header.project_id == project.id


def _is_recorded(found: Spooled, project: OpenProject) -> bool:
    """Its image was published: only the copy in the spool is left to be removed."""
    header = found.header
    known = project.record.beat(header.style, header.beat) if header is not None else None
    return known is not None and known.take_of(found.attempt) is not None


async def _take_in(found: Spooled, project: OpenProject, tools: Tools) -> bool:
    """Publish a sealed answer; one that was published before only loses its copy in the spool."""
    header = found.header
    if header is None:
        return False
    if _is_recorded(found, project):
        await tools.ledger.end(header.attempt, "kept", tools.clock.now())
        await tools.in_thread(lambda: tools.spool.drop(header.attempt))
        return False
    try:
        reply = await tools.in_thread(lambda: read_reply(tools.spool.body(found.path)))
    except ReplyError:
        reply = None
    except SpoolError as error:
        project.tell("warning", "note", f"{error.message} {error.cure}", beat=_beat(project, header))
        return False
    outcome = react(Exchange(sent=True, status=200, complete=True), reply, model=header.model)
    price = booked_price(project, reply)
    if outcome.fate is not Fate.IMAGE or reply is None:
        await finish(
            tools, project, header.style, header.beat, header.attempt, outcome, 0.0, price if outcome.billed else 0.0
        )
        await tools.in_thread(lambda: tools.spool.drop(header.attempt))
        return False
    try:
        result = await keep(tools, project, reply, header, 0.0, price)
    except UnknownBeat as error:  # its bytes stay in the spool, for the day on which the beat is back
        project.tell("warning", "note", f"{error.message}; {error.cure}")
        return False
    return result.outcome.fate is Fate.IMAGE


def _beat(project: OpenProject, header: SpoolHeader) -> Beat | None:
    return project.board.find(header.style, header.beat)


async def _unended(project: OpenProject, tools: Tools) -> list[tuple[str, str, str]]:
    """(attempt, style, beat) of what was sent and has no end, by the database or, if that was lost, by the journal.

    A kill may fall between the two: an intent that only the database has is added to the journal, since the price of
    the doubt stands in it; an end that only the journal has is an end.
    """
    found = {intent.attempt: (intent.style, intent.beat) for intent in project.record.open_intents.values()}
    for attempt in await tools.ledger.open_attempts(project.id):
        if attempt.id in found:
            continue
        known = project.record.beat(attempt.style, attempt.beat)
        if known is not None and known.last is not None and known.last.attempt == attempt.id:
            await tools.ledger.end(attempt.id, "ended", tools.clock.now())
            continue
        intent = from_json(attempt.intent.encode())
        if isinstance(intent, Intent):
            await project.note(intent, durable=False)
        found[attempt.id] = (attempt.style, attempt.beat)
    return [(attempt, style, beat) for attempt, (style, beat) in found.items()]
