"""A sealed answer becomes an image at its place, or an end on record: one that just came, or one that was left."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from shotmill.engine.landing import Result, booked_price, discard, finish, keep, spool_of
from shotmill.engine.project import OpenProject
from shotmill.engine.tools import Tools
from shotmill.gemini.exchange import Exchange
from shotmill.gemini.outcome import Fate, Outcome, naming
from shotmill.gemini.reactions import react
from shotmill.gemini.reply import Reply, ReplyError, read_reply
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.spool_header import SpoolHeader
from shotmill.takes.spool_writer import SpoolError


async def take_in(tools: Tools, project: OpenProject, path: Path, header: SpoolHeader, exchange: Exchange) -> Result:
    """Read the answer that is sealed at `path`, in the user's spool or in the project; a disk that refuses to give it
    back is waited for.

    Its end is on record before its bytes go. What can't be read is perhaps paid for: its money is booked as in doubt,
    it is told with the place of its bytes, and these stay. Raises whatever is no reply's fault; the answer is as it was
    then.
    """
    reply: Reply | None = None
    damage = ""
    try:
        spool = spool_of(tools, project, path)
        reply = await project.disk.until_allowed(lambda: read_reply(spool.body(path)))
    except ReplyError:
        pass
    except SpoolError as error:
        damage = error.message
    outcome = naming(react(exchange, reply, model=header.model), header.reference_names)
    price = booked_price(project, reply) if reply is not None and outcome.billed is not False else 0.0
    if outcome.fate is Fate.IMAGE and reply is not None:
        return await keep(tools, project, reply, header, path, exchange.seconds, price)
    if outcome.fate is Fate.UNUSABLE:
        outcome = replace(outcome, message=_where(outcome, damage, path))
    await finish(tools, project, header.style, header.beat, header.attempt, outcome, exchange.seconds, price)
    checkpoint("attempt.told")
    if outcome.fate is not Fate.UNUSABLE:
        await discard(tools, project, path)
    return Result(outcome, price, exchange.seconds)


def held(said: str) -> Outcome:
    """A sealed answer that a fault of ours kept from being taken in: the beat waits for it, and is not asked again."""
    return Outcome(
        Fate.UNUSABLE,
        "not_taken_in",
        f"its answer is safe and not taken in yet: {said}",
        billed=None,
        cure="shotmill start takes it in",
    )


def _where(outcome: Outcome, damage: str, path: Path) -> str:
    paid = "paid" if outcome.billed else "perhaps paid"
    return f"{paid}: {damage or outcome.message}; its bytes are kept in {path}"
