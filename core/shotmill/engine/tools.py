"""What every run works with: the edges of the engine, handed in by the daemon and by tests."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from shotmill.clock import Clock
from shotmill.engine.ask import attempt_id
from shotmill.gemini.exchange import BodySink, Exchange
from shotmill.gemini.request import ImageRequest
from shotmill.ledger.ledger import Ledger
from shotmill.quota.book import QuotaBook
from shotmill.secrets import Secret
from shotmill.takes.decoding import HERE, Decoder
from shotmill.takes.reserve import Reserve
from shotmill.takes.spool import Spool

T = TypeVar("T")


class Provider(Protocol):
    """One endpoint that draws: `shotmill.gemini.client.GeminiClient`."""

    async def draw(
        self, request: ImageRequest, secret: Secret, sink: BodySink, on_sent: Callable[[], None]
    ) -> Exchange:
        """One POST; `on_sent` is called when its first bytes leave."""
        ...

    async def list_models(self, secret: Secret) -> Exchange:
        """One GET that costs nothing."""
        ...


@dataclass(slots=True)
class Tools:
    """The daemon's: clock, database, spool, decoder and threads for blocking work, shared by all projects.

    What may wait for the decoder has threads of its own, so that no answer waits for them to be sealed.
    """

    clock: Clock
    ledger: Ledger
    spool: Spool
    threads: Executor
    decoding_threads: Executor
    decoder: Decoder = HERE
    random: random.Random = field(default_factory=random.SystemRandom)
    reserve: Reserve = field(init=False)
    is_ours: Callable[[], bool] = lambda: True
    """Whether the database and the spool are still those that the next daemon will find. Asked before each request."""
    quiet_until: float = 0.0
    """Nothing is sent before this moment: after a loss of records, or of several daemons in a row."""

    tells_debug: bool = False
    """Whether the projects' logs tell every step of a request, too."""

    def __post_init__(self) -> None:
        self.reserve = Reserve(self.spool.folder.parent / "reserve")

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run blocking work off the loop; a cancelled caller does not stop it."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self.threads, work))

    async def in_decoding_thread(self, work: Callable[[], T]) -> T:
        """The same for work that decodes images."""
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self.decoding_threads, work))

    def new_id(self) -> str:
        return attempt_id(self.clock.now(), self.random.getrandbits(40))


@dataclass(slots=True)
class Place:
    """Where a project's requests go: the endpoint's name in the ledger, its client and its quotas."""

    endpoint: str
    provider: Provider
    book: QuotaBook
