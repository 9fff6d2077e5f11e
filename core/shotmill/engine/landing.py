"""What becomes of an answer: an image at its place and in the record, or an end that the record tells of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shotmill.engine.project import OpenProject
from shotmill.engine.tools import Tools
from shotmill.errors import ShotmillError
from shotmill.gemini.cost import cost_usd
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.gemini.reply import Reply, ReplyError
from shotmill.secrets import redact
from shotmill.story.model import Prompt
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.entries import End, Take
from shotmill.takes.image import DamagedImage
from shotmill.takes.spool import Spool
from shotmill.takes.spool_header import SpoolHeader
from shotmill.takes.store import KeptTake, keep_take
from shotmill.untrusted import printable


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to; `take` is set for a kept image, `price_usd` is what it cost for certain."""

    outcome: Outcome
    price_usd: float = 0.0
    seconds: float = 0.0
    take: Take | None = None


class UnknownBeat(ShotmillError):  # noqa: N818 - reads as what happened
    """The prompts no longer have the beat that an image came for."""

    code = "unknown_beat"


async def keep(
    tools: Tools, project: OpenProject, reply: Reply, header: SpoolHeader, path: Path, seconds: float, price: float
) -> Result:
    """Publish the image of the answer that is sealed at `path` and record it; that copy goes when the record is
    durable.

    A disk that refuses is waited for. An image that can't be decoded is paid and useless: its bytes stay at `path`.
    """
    answer = _Answer(tools, project, header, path, seconds, price)
    beat = project.board.find(header.style, header.beat)
    try:
        data = await tools.in_thread(reply.final_image)
    except ReplyError as error:
        return await answer.is_unusable(str(error))
    if beat is None or data is None:
        raise UnknownBeat(
            f"an image came for beat {header.beat} of {header.style}, which the prompts no longer have",
            cure=f"its answer is kept as {header.attempt} in the spool folder",
        )
    try:
        kept = await answer.published(data, beat.prompt)
    except DamagedImage as damage:
        return await answer.is_unusable(damage.message)
    if kept.note:
        project.tell("warning", "note", kept.note, beat=beat)
    await project.disk.until_ledger_allows(lambda: tools.ledger.end(header.attempt, "kept", tools.clock.now()))
    checkpoint("attempt.kept")
    await discard(tools, project, path)
    checkpoint("attempt.dropped")
    take = next((entry for entry in kept.entries if isinstance(entry, Take) and entry.attempt == header.attempt), None)
    return Result(Outcome(Fate.IMAGE, "image", billed=True, prompt_tokens=reply.prompt_tokens), price, seconds, take)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A sealed answer on its way into the project."""

    tools: Tools
    project: OpenProject
    header: SpoolHeader
    path: Path
    seconds: float
    price: float

    async def published(self, image: bytes, prompt: Prompt) -> KeptTake:
        """The image at its place and in the journal. Raises `DamagedImage`."""
        tools, project, header = self.tools, self.project, self.header

        def publish() -> KeptTake:
            return keep_take(
                project.layout,
                image,
                header,
                prompt,
                output_format=project.settings.output.format,
                at=tools.clock.now(),
                seconds=self.seconds,
                cost_usd=self.price,
                record=project.record.beat(header.style, header.beat),
                decoder=tools.decoder,
            )

        async with project.beat_lock(header.style, header.beat):  # two answers for one beat take turns at its place
            kept = await project.disk.until_folder_allows(publish, decodes=True)
            checkpoint("attempt.published")
            await project.note(*kept.entries, durable=True)
            checkpoint("attempt.journaled")
        return kept

    async def is_unusable(self, damage: str) -> Result:
        """Paid, and of no use: told where its bytes are."""
        header = self.header
        message = f"paid, image unusable: {damage.rstrip('.')}; its bytes are kept in {self.path}"
        outcome = Outcome(Fate.UNUSABLE, "damaged_image", message, billed=True)
        await finish(
            self.tools, self.project, header.style, header.beat, header.attempt, outcome, self.seconds, self.price
        )
        return Result(outcome, self.price, self.seconds)


async def finish(
    tools: Tools,
    project: OpenProject,
    style: str,
    beat: str,
    attempt: str,
    outcome: Outcome,
    seconds: float,
    price: float,
) -> None:
    """Record an attempt that brought no image: the project's journal first, then the database. Whether an error of the
    model or the line counts against the beat is not known yet: whoever learns that it does writes another end."""
    now = tools.clock.now()
    message = printable(redact(outcome.message), 500)
    cost = None if outcome.perhaps_paid else price
    counts = outcome.counts_in_any_case
    entry = End(now, attempt, style, beat, outcome.fate, outcome.code, message, counts, cost, seconds)
    await project.note(entry, durable=False)
    if outcome.fate is Fate.NOT_SENT:
        await project.disk.until_ledger_allows(lambda: tools.ledger.unsent(attempt, now))
    else:
        state = "in_doubt" if outcome.fate is Fate.IN_DOUBT else "ended"
        await project.disk.until_ledger_allows(lambda: tools.ledger.end(attempt, state, now))


def spool_of(tools: Tools, project: OpenProject, path: Path) -> Spool:
    """Where an answer lies: in the user's spool, or in the project that it came to without that."""
    return project.answers if path.parent == project.answers.folder else tools.spool


async def discard(tools: Tools, project: OpenProject, path: Path) -> None:
    """Take the sealed copy away once the record has all; one that a disk won't let go of changes nothing any more."""
    try:
        await tools.in_thread(lambda: spool_of(tools, project, path).drop(path.stem))
    except (ShotmillError, OSError) as error:
        said = error.message if isinstance(error, ShotmillError) else str(error)
        project.tell("warning", "note", f"an answer's copy stays in the spool: {said}")


def booked_price(project: OpenProject, reply: Reply) -> float:
    """Dollars for an answer: by the tokens it names, else its images at the model's price."""
    prices = project.prices
    return cost_usd(
        reply.usage,
        images=len(reply.images),
        price_per_image=prices.image_usd,
        image_tokens_per_image=prices.image_tokens,
        input_usd_per_million=prices.input_per_million,
        text_usd_per_million=prices.text_per_million,
    )
