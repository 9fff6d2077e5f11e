"""An exchange while it runs: filled in by the transport's hooks, sealed as an `Exchange` at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar

from shotmill.gemini.content_coding import Decoder
from shotmill.gemini.exchange import KEPT_BYTES, BodySink, Exchange, is_reply
from shotmill.gemini.turns import Turns

BODY_CAP = 64 << 20  # of a reply: ten times the largest image seen; more is an attack or a mistake
_PIECE = 1 << 20


class BodyTooLargeError(Exception):
    """The body is larger than any image; the rest is not read."""


class SinkError(Exception):
    """The sink could not take the body; `cause` is its own error."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.cause = cause


class Running:
    """What is known so far of the exchange of this task. Mutable on purpose: hooks of the HTTP library write to it."""

    def __init__(self, sink: BodySink | None, turns: Turns) -> None:
        self._sink = sink
        self.turns = turns
        self._kept = bytearray()
        self._headers: dict[str, str] = {}
        self._decoder = Decoder("")
        self.on_sent: Callable[[], None] | None = None
        self.sent = False
        self.status: int | None = None
        self.complete = False
        self.body_bytes = 0

    def leaves(self) -> None:
        """The next thing that happens is the request's first byte on the wire."""
        self.sent = True
        if self.on_sent is not None:
            self.on_sent()

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """An answer has begun."""
        self.status = status
        self._headers = {name.lower(): value for name, value in headers.items()}
        self._decoder = Decoder(self._headers.get("content-encoding", ""))

    def take(self, chunk: bytes) -> None:
        """A piece of the body: of a reply to the sink, of anything else to memory, up to the first megabyte."""
        if not is_reply(self.status) and len(self._kept) >= KEPT_BYTES:
            self.body_bytes += len(chunk)  # it is an error whatever it goes on to say: only its end matters
            return
        for piece in self._decoder.pieces(chunk, _PIECE):
            self.body_bytes += len(piece)
            if not is_reply(self.status):
                self._keep(piece)
                if len(self._kept) >= KEPT_BYTES:
                    return
            elif self.body_bytes > BODY_CAP:
                raise BodyTooLargeError(f"more than {BODY_CAP} bytes")
            elif self._sink is None:
                self._keep(piece)
            else:
                self._hand_on(piece, self._sink)

    def _keep(self, piece: bytes) -> None:
        self._kept += piece[: KEPT_BYTES - len(self._kept)]

    def _hand_on(self, piece: bytes, sink: BodySink) -> None:
        try:
            sink.write(piece)
        except Exception as error:
            raise SinkError(error) from error

    def seal(self, failure: str, seconds: float) -> Exchange:
        """The exchange as it was. A whole reply that didn't fit in memory is not whole: nobody has the rest."""
        to_sink = is_reply(self.status) and self._sink is not None
        lost = self.complete and is_reply(self.status) and not to_sink and self.body_bytes > len(self._kept)
        return Exchange(
            sent=self.sent,
            status=self.status,
            headers=self._headers,
            body=None if to_sink or self.status is None else bytes(self._kept),
            complete=self.complete and not lost,
            failure="too_large" if lost else failure,
            seconds=seconds,
            body_bytes=self.body_bytes,
        )


# The HTTP library's hooks and response class are shared by all requests; each request's task finds its own here.
RUNNING: ContextVar[Running | None] = ContextVar("running_exchange", default=None)
