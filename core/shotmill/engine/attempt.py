"""One attempt: from the intent that is written before a byte leaves to the image that is safe in its folder.

The order is the guarantee. Intent and debit are committed before the request; the answer's bytes are on disk, sealed,
before anything parses them; the image is published before the record says so. Whatever is killed in between,
`shotmill.engine.recovery` goes on from what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from shotmill.engine.ask import asked_text, text_sha
from shotmill.engine.dispatch import Dispatch
from shotmill.engine.landing import Result, finish
from shotmill.engine.project import OpenProject
from shotmill.engine.sink import PatientSink
from shotmill.engine.taking_in import take_in
from shotmill.engine.tools import Place, Tools
from shotmill.errors import ShotmillError
from shotmill.gemini.exchange import Exchange, is_reply
from shotmill.gemini.outcome import Fate, Outcome, Scope, naming
from shotmill.gemini.provider_clock import skew_s
from shotmill.gemini.reactions import react
from shotmill.gemini.request import ImageRequest, ReferenceImage
from shotmill.ledger.ledger import Intent as LedgerIntent
from shotmill.takes.checkpoints import checkpoint
from shotmill.takes.entries import Intent
from shotmill.takes.entry_json import to_json
from shotmill.takes.references import MissingReferenceError, Reference, load_reference
from shotmill.takes.spool_header import SentReference, SpoolHeader
from shotmill.takes.spool_writer import SpoolError, SpoolGone
from shotmill.untrusted import printable

USUAL_S = 5.0
"""Writing an intent takes less; what replays it reckons with so much, beside the time for a connection."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is ready to go, and the file that its answer will be written to."""

    request: ImageRequest
    header: SpoolHeader
    sink: PatientSink


class ImageGone(ShotmillError):  # noqa: N818 - reads as what happened
    """The image of the beat before was taken away, alone; those of its style are where they were."""

    code = "image_gone"


class Attempt:
    """One request for one beat. `sent_at` is when it left, the moment of the lease until then."""

    def __init__(self, tools: Tools, place: Place, project: OpenProject, dispatch: Dispatch, attempt: str) -> None:
        self.id = attempt
        self.dispatch = dispatch
        self.sent_at = dispatch.lease.at
        self.left = False
        self.is_safe = False  # a whole answer is sealed: what follows is only a matter of disks
        self._tools = tools
        self._place = place
        self._project = project

    async def prepare(self) -> Asked:
        """Read the references and write down the intent. Raises `ShotmillError` or OSError; nothing has left then."""
        checkpoint("attempt.begun")
        asked = await self._tools.in_decoding_thread(self._ask)
        try:
            await self._intend(self._intent(asked.header))
        except BaseException:
            await self._tools.in_thread(lambda: asked.sink.end(keep=False))
            raise
        try:
            await self._redate(self._tools.clock.now() - asked.header.sent_at)
        except (ShotmillError, OSError):
            await self.withdraw(asked)
            raise
        return asked

    async def _intend(self, intent: Intent) -> None:
        if not self._tools.is_ours():
            raise ShotmillError(
                "the state folder was deleted or moved away under the daemon",
                cure="put it back, then: shotmill start",
                code="state_gone",
            )
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
        checkpoint("attempt.intended")
        try:
            await self._project.note(intent, durable=False)
        except (ShotmillError, OSError):
            await self._tools.ledger.unsent(self.id, self._tools.clock.now())
            raise

    async def _redate(self, held_up_s: float) -> None:
        """Where a disk held the intent up, what replays it would free its slot too early. The moment that is written
        now has as much time on top: writing it may be held up as long."""
        if held_up_s > USUAL_S:
            await self._tools.ledger.leaves_at(self.id, self._tools.clock.now() + held_up_s)

    async def send(self, asked: Asked) -> Result:
        """Send, and keep whatever comes. Never raises for what the provider, the network or the disk does; after a
        fault of ours `left` says whether anything was risked."""
        try:
            return await self._send(asked)
        except Exception:
            await self._tools.in_thread(lambda: asked.sink.end(keep=self.left))
            raise

    async def _send(self, asked: Asked) -> Result:
        checkpoint("attempt.noted")
        key = self.dispatch.lease.key.secret
        try:
            exchange = await self._place.provider.draw(asked.request, key, asked.sink, self._leaves)
        except SpoolError:  # more than any image has
            exchange = Exchange(sent=True, failure="too_large")
        if not self.left and exchange.sent:
            self._leaves()
        self._take_in_date(exchange)
        if is_reply(exchange.status) and exchange.complete and exchange.body is None:
            return await self._received(asked, exchange)
        broken_off = exchange.body_bytes > 0 and not exchange.complete
        await self._tools.in_thread(lambda: asked.sink.end(keep=broken_off))
        outcome = naming(react(exchange, None, model=asked.header.model), asked.header.reference_names)
        return await self._end(outcome, exchange.seconds)

    def _take_in_date(self, exchange: Exchange) -> None:
        """The provider's clock says when its days end, and whether this machine's is right."""
        now = self._tools.clock.now()
        skew = skew_s(exchange.headers, now)
        if skew is None:
            return
        self._place.book.heard_date(skew, exchange.seconds, now)
        if said := self._project.clock_watch.heard(skew, exchange.seconds):
            self._project.tell("warning", "note", said)
            self._project.feed.topic("status")

    async def withdraw(self, asked: Asked) -> None:
        """It is not to be sent after all: not one byte left, and the record says so."""
        await self._tools.in_thread(lambda: asked.sink.end(keep=False))
        await self._end(Outcome(Fate.NOT_SENT, "withdrawn", "held back before it was sent"), 0.0)

    def _leaves(self) -> None:
        if not self.left:
            self.left = True
            self.sent_at = self._tools.clock.now()
            self._place.book.sent(self.dispatch.lease, self.sent_at)
            checkpoint("attempt.left")

    async def _received(self, asked: Asked, exchange: Exchange) -> Result:
        checkpoint("attempt.answered")
        try:
            path = await self._project.disk.until_allowed(asked.sink.seal, seals=True)
        except SpoolGone:
            return await self._without_spool(asked, exchange)
        self.is_safe = True
        self._project.disk.in_memory.discard(self.id)
        await self._project.disk.until_ledger_allows(
            lambda: self._tools.ledger.received(self.id, self._tools.clock.now())
        )
        checkpoint("attempt.received")
        return await take_in(self._tools, self._project, path, asked.header, exchange)

    async def _without_spool(self, asked: Asked, exchange: Exchange) -> Result:
        """The state folder was deleted under the answer: it goes straight to its project, which knows the rest."""
        project = self._project
        try:
            body = await self._tools.in_thread(asked.sink.body)
            path = await project.disk.until_folder_allows(partial(project.answers.keep, asked.header, body))
        finally:
            await self._tools.in_thread(lambda: asked.sink.end(keep=True))
        self.is_safe = True
        project.disk.in_memory.discard(self.id)
        checkpoint("attempt.kept_in_project")
        return await take_in(self._tools, project, path, asked.header, exchange)

    async def _end(self, outcome: Outcome, seconds: float) -> Result:
        beat = self.dispatch.beat
        await finish(self._tools, self._project, beat.style, beat.id, self.id, outcome, seconds, 0.0)
        return Result(outcome, 0.0, seconds)

    def _references(self) -> list[Reference]:
        project, beat, after = self._project, self.dispatch.beat, self.dispatch.after
        paths = [project.image_of(after)] if after is not None else project.references[beat.style]
        try:
            return [load_reference(path, root=project.root, decoder=self._tools.decoder) for path in paths]
        except MissingReferenceError as error:
            if after is None:
                raise
            path, folder = paths[0], project.layout.shot_folder(beat.style, beat.prompt).parent
            if path.parent.is_dir():
                raise ImageGone(f"its image is gone from {printable(str(path))}") from error
            raise MissingReferenceError(
                f"The images of {beat.style} are gone from {printable(str(folder))}.", cure="Put the folder back."
            ) from error

    def _ask(self) -> Asked:
        references = self._references()
        beat, settings = self.dispatch.beat, self._project.settings
        text = asked_text(beat.prompt, settings.style(beat.style))
        request = ImageRequest(
            model=self.dispatch.lease.model,
            prompt=text,
            references=tuple(ReferenceImage(reference.data, reference.mime) for reference in references),
            aspect_ratio=settings.gemini.aspect_ratio,
            image_size=settings.gemini.image_size,
            timeout_s=settings.gemini.timeout_s,
            nudge=self.dispatch.nudge,
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
            price_usd=self.dispatch.reserved_usd,
            sent_at=self._tools.clock.now(),
            references=tuple(
                SentReference(reference.name, reference.sha256, reference.sent_sha256) for reference in references
            ),
        )
        sink = PatientSink(
            self._tools.spool.open(header), self._tools.reserve, lambda: self._project.disk.in_memory.add(self.id)
        )
        return Asked(request, header, sink)

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


def unprepared(error: ShotmillError | OSError) -> Outcome:
    """What a request that could not even be made ready means: its style waits for a person."""
    message = (
        error.message if isinstance(error, ShotmillError) else f"{error.filename or ''}: {error.strerror or error}"
    )
    cure = error.cure if isinstance(error, ShotmillError) else ""
    return Outcome(Fate.FAILED, "not_ready", message, scope=Scope.STYLE, cure=cure)
