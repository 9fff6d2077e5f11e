"""One attempt: from the intent that is written before a byte leaves to the image that is safe in its folder.

The order is the guarantee. Intent and debit are committed before the request; the answer's bytes are on disk, sealed,
before anything parses them; the image is published before the record says so. Whatever is killed in between,
`shotmill.engine.recovery` goes on from what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.engine.ask import asked_text, text_sha
from shotmill.engine.project import OpenProject
from shotmill.engine.scheduler import Dispatch
from shotmill.engine.tools import Place, Tools
from shotmill.errors import ShotmillError
from shotmill.gemini.cost import cost_usd
from shotmill.gemini.exchange import Exchange
from shotmill.gemini.outcome import Fate, Outcome, Scope
from shotmill.gemini.reactions import react
from shotmill.gemini.reply import Reply, ReplyError, read_reply
from shotmill.gemini.request import ImageRequest, ReferenceImage
from shotmill.ledger.ledger import Intent as LedgerIntent
from shotmill.secrets import redact
from shotmill.takes.entries import End, Entry, Intent, Take
from shotmill.takes.entry_json import to_json
from shotmill.takes.image import DamagedImage
from shotmill.takes.references import Reference, load_reference
from shotmill.takes.spool import SentReference, SpoolHeader, SpoolWriter
from shotmill.takes.store import keep_take
from shotmill.untrusted import printable

DISK_RETRY_S = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is ready to go."""

    request: ImageRequest
    header: SpoolHeader


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to; `take` is set for a kept image, `price_usd` is what it cost for certain."""

    outcome: Outcome
    price_usd: float = 0.0
    seconds: float = 0.0
    take: Take | None = None


class Attempt:
    """One request for one beat. `sent_at` is when it left, the moment of the lease until then."""

    def __init__(self, tools: Tools, place: Place, project: OpenProject, dispatch: Dispatch, attempt: str) -> None:
        self.id = attempt
        self.dispatch = dispatch
        self.sent_at = dispatch.lease.at
        self.left = False
        self._tools = tools
        self._place = place
        self._project = project

    async def prepare(self) -> Asked:
        """Read the references and write down the intent. Raises `ShotmillError` or OSError; nothing has left then."""
        references = await self._tools.in_thread(self._references)
        asked = self._asked(references)
        intent = self._intent(asked.header)
        await self._tools.ledger.intend(
            LedgerIntent(
                attempt=self.id,
                project=self._project.id,
                style=self.dispatch.beat.style,
                beat=self.dispatch.beat.id,
                take=self.dispatch.take,
                price_usd=intent.price_usd,
                line=to_json(intent).decode(),
                endpoint=self._place.endpoint,
                fingerprint=self.dispatch.lease.key.fingerprint,
                quota_project=self.dispatch.lease.key.quota_project,
                model=self.dispatch.lease.model,
                at=intent.at,
            )
        )
        try:
            await self._project.note(intent, durable=False)
        except (ShotmillError, OSError):
            await self._tools.ledger.unsent(self.id, self._tools.clock.now())
            raise
        return asked

    async def send(self, asked: Asked) -> Result:
        """Send, and keep whatever comes. Never raises for what the provider, the network or the disk does."""
        writer = await self._tools.in_thread(lambda: self._tools.spool.open(asked.header))
        try:
            exchange = await self._place.provider.draw(
                asked.request, self.dispatch.lease.key.secret, writer, self._leaves
            )
        except OSError as error:  # the spool's disk refused in the middle of an answer
            exchange = Exchange(sent=True, failure=f"spool: {error.strerror or error}")
        if not self.left and exchange.sent:
            self._leaves()
        if exchange.status == 200 and exchange.complete and exchange.body is None:
            return await self._received(writer, asked.header, exchange)
        await self._tools.in_thread(
            writer.keep_partial if exchange.body_bytes and not exchange.complete else writer.discard
        )
        reply = _reply_of(exchange.body) if exchange.status == 200 and exchange.body is not None else None
        return await self._end(react(exchange, reply, model=asked.header.model), exchange.seconds)

    def _leaves(self) -> None:
        if not self.left:
            self.left = True
            self.sent_at = self._tools.clock.now()
            self._place.book.sent(self.dispatch.lease, self.sent_at)

    async def _received(self, writer: SpoolWriter, header: SpoolHeader, exchange: Exchange) -> Result:
        path = await self._project.until_disk_allows(writer.seal)
        await self._tools.ledger.end(self.id, "received", self._tools.clock.now())
        try:
            reply: Reply | None = await self._tools.in_thread(lambda: read_reply(self._tools.spool.body(path)))
        except ReplyError:
            reply = None
        outcome = react(exchange, reply, model=header.model)
        price = booked_price(self._project, reply)
        if outcome.fate is not Fate.IMAGE or reply is None:
            await self._tools.in_thread(lambda: self._tools.spool.drop(self.id))
            return await self._end(outcome, exchange.seconds, price if outcome.billed else 0.0)
        return await keep(self._tools, self._project, reply, header, exchange.seconds, price)

    async def _end(self, outcome: Outcome, seconds: float, price: float = 0.0) -> Result:
        await finish(
            self._tools,
            self._project,
            self.dispatch.beat.style,
            self.dispatch.beat.id,
            self.id,
            outcome,
            seconds,
            price,
        )
        return Result(outcome, price, seconds)

    def _references(self) -> list[Reference]:
        beat, after = self.dispatch.beat, self.dispatch.after
        if after is not None:
            return [load_reference(self._project.image_of(after))]
        return [load_reference(path) for path in self._project.references[beat.style]]

    def _asked(self, references: list[Reference]) -> Asked:
        beat, settings = self.dispatch.beat, self._project.settings
        text = asked_text(beat.prompt, settings.style(beat.style))
        request = ImageRequest(
            model=self.dispatch.lease.model,
            prompt=text,
            references=tuple(ReferenceImage(reference.data, reference.mime) for reference in references),
            aspect_ratio=settings.gemini.aspect_ratio,
            image_size=settings.gemini.image_size,
            timeout_s=settings.gemini.timeout_s,
            final_image_only=self.dispatch.final_image_only,
        )
        header = SpoolHeader(
            attempt=self.id,
            project_id=self._project.id,
            root=str(self._project.root),
            style=beat.style,
            beat=beat.id,
            take=self.dispatch.take,
            prompt_sha=text_sha(text),
            model=request.model,
            key=self.dispatch.lease.key.name,
            price_usd=self._project.price_usd,
            sent_at=self._tools.clock.now(),
            references=tuple(
                SentReference(reference.name, reference.sha256, reference.sent_sha256) for reference in references
            ),
        )
        return Asked(request, header)

    def _intent(self, header: SpoolHeader) -> Intent:
        return Intent(
            at=header.sent_at,
            attempt=self.id,
            style=header.style,
            beat=header.beat,
            take=header.take,
            key=header.key,
            quota_project=self.dispatch.lease.key.quota_project,
            model=header.model,
            price_usd=header.price_usd,
            prompt_sha=header.prompt_sha,
        )


async def keep(
    tools: Tools, project: OpenProject, reply: Reply, header: SpoolHeader, seconds: float, price: float
) -> Result:
    """Publish the image of a sealed answer and record it; the spool's copy goes when the record is durable.

    A disk that refuses is waited for. An image that can't be decoded is paid and useless: its bytes stay in the spool.
    """
    beat = project.board.find(header.style, header.beat)
    try:
        data = await tools.in_thread(reply.final_image)
    except ReplyError as error:
        outcome = Outcome(Fate.UNUSABLE, "damaged_image", f"paid, image unusable: {error}", billed=True)
        await finish(tools, project, header.style, header.beat, header.attempt, outcome, seconds, price)
        return Result(outcome, price, seconds)
    if beat is None or data is None:
        raise ShotmillError(
            f"an image came for beat {header.beat} of {header.style}, which the prompts no longer have",
            cure=f"its answer is kept as {header.attempt} in the spool folder",
        )
    prompt = beat.prompt

    def publish() -> tuple[Entry, ...]:
        kept = keep_take(
            project.layout,
            data,
            header,
            prompt,
            output_format=project.settings.output.format,
            at=tools.clock.now(),
            seconds=seconds,
            cost_usd=price,
            record=project.record.beat(header.style, header.beat),
        )
        return kept.entries

    try:
        entries = await project.until_disk_allows(publish)
    except DamagedImage as damage:
        outcome = Outcome(Fate.UNUSABLE, "damaged_image", f"paid, image unusable: {damage.message}", billed=True)
        await finish(tools, project, header.style, header.beat, header.attempt, outcome, seconds, price)
        return Result(outcome, price, seconds)
    await project.note(*entries, durable=True)
    await tools.ledger.end(header.attempt, "kept", tools.clock.now())
    await tools.in_thread(lambda: tools.spool.drop(header.attempt))
    take = next((entry for entry in entries if isinstance(entry, Take) and entry.attempt == header.attempt), None)
    return Result(Outcome(Fate.IMAGE, "image", billed=True), price, seconds, take)


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
    """Record an attempt that brought no image: the project's journal first, then the database."""
    now = tools.clock.now()
    message = printable(redact(outcome.message), 500)
    cost = None if outcome.fate is Fate.IN_DOUBT else price
    entry = End(now, attempt, style, beat, outcome.fate, outcome.code, message, outcome.counts, cost, seconds)
    await project.note(entry, durable=False)
    if outcome.fate is Fate.NOT_SENT:
        await tools.ledger.unsent(attempt, now)
    else:
        await tools.ledger.end(attempt, "in_doubt" if outcome.fate is Fate.IN_DOUBT else "ended", now)


def unprepared(error: ShotmillError | OSError) -> Outcome:
    """What a request that could not even be made ready means: its style waits for a person."""
    message = (
        error.message if isinstance(error, ShotmillError) else f"{error.filename or ''}: {error.strerror or error}"
    )
    cure = error.cure if isinstance(error, ShotmillError) else ""
    return Outcome(Fate.FAILED, "not_ready", message, scope=Scope.STYLE, cure=cure)


def booked_price(project: OpenProject, reply: Reply | None) -> float:
    """Dollars for an answer: by the tokens it names, else one image at the model's price."""
    if reply is None:
        return 0.0
    return cost_usd(
        reply.usage,
        images=len(reply.images),
        price_per_image=project.price_usd,
        image_tokens_per_image=project.tokens_per_image,
    )


def _reply_of(body: bytes) -> Reply | None:
    try:
        return read_reply(body)
    except ReplyError:
        return None
