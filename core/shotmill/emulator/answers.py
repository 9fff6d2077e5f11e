"""From a request's bytes to the end of it: who asks, whether they may, how long it takes, what comes back."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from shotmill.clock import Clock, SystemClock, iso
from shotmill.emulator import refusals
from shotmill.emulator.asked import Asked, read_asked
from shotmill.emulator.faults import Facing, Fault, Script
from shotmill.emulator.keys import Key, Keyring, QuotaProject, State, default_keyring
from shotmill.emulator.latency import Latency
from shotmill.emulator.models import MODELS, EmulatedModel
from shotmill.emulator.options import EmulatorOptions
from shotmill.emulator.quota import Quotas
from shotmill.emulator.refusals import RefusedError
from shotmill.emulator.reply import Manner, bill_of, make_reply, pictures_billed
from shotmill.emulator.seen import Ledger, Sighting

MINIMUM_DEADLINE_S = 10
_DRAWERS = 2
DRAW_AHEAD_S = 3.0
"""Drawing begins so long before an answer is due: about 0.1 s of CPU, behind others that are due at the same time."""
_EXPIRED = "Deadline expired before operation could complete."
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Setup:
    """How an emulator is to behave. `speed` divides `latency_s` (the median) and multiplies the limits of `keyring`."""

    keyring: Keyring = field(default_factory=default_keyring)
    script: Script = field(default_factory=Script)
    speed: float = 1.0
    seed: int = 0
    latency_s: float = 8.0
    kind: str = "mixed"
    drafts: bool = True
    cards: bool = False
    clock: Clock = field(default_factory=SystemClock)

    @property
    def options(self) -> EmulatorOptions:
        """What tells beforehand how it will answer."""
        return EmulatorOptions(self.speed, self.seed, self.latency_s, self.kind, drafts=self.drafts)


@dataclass(frozen=True, slots=True)
class Call:
    """One `generateContent` as it came in: its head is there, `read` brings its body, as often as it is asked."""

    version: str
    model: str
    api_key: str
    read: Callable[[], Awaitable[bytes]]
    deadline_s: float | None = None
    beat: str = ""
    style: str = ""


@dataclass(slots=True)
class Answer:
    """What is to be sent, how it is to go wrong, and the record of it."""

    status: int
    payload: bytes
    fault: Fault
    sighting: Sighting


class Provider:
    """The provider behind the HTTP surface: everything but the wire. All its state is in memory."""

    def __init__(self, setup: Setup) -> None:
        self.clock = setup.clock
        self.options = setup.options
        self.keyring = setup.keyring.faster(setup.speed)
        self.script = setup.script
        self._held = 0
        self._let_go = asyncio.Event()
        self.seed = setup.seed
        self._manner = Manner(setup.seed, setup.kind, setup.drafts, setup.cards)
        self._latency = Latency(setup.latency_s / setup.speed, setup.seed)
        # Two threads: Pillow lets go of the interpreter while it draws, so the event loop stays awake on two cores.
        self._drawers = ThreadPoolExecutor(_DRAWERS, thread_name_prefix="emulator-draws")
        self.quotas = Quotas(self.clock)
        self.ledger = Ledger()

    def reset(self) -> None:
        """Forgets every count and everything seen; the script of faults begins again."""
        self.quotas = Quotas(self.clock)
        self.ledger = Ledger()
        self._latency.forget()
        self.script.rewind()

    def follow(self, script: Script) -> None:
        """Requests go by this script from now on; those that the last one holds back are answered."""
        self.script = script
        self._let_go.set()
        self._let_go = asyncio.Event()

    def close(self) -> None:
        self._drawers.shutdown(wait=False, cancel_futures=True)

    def key(self, api_key: str) -> Key:
        """The key behind a secret; raises RefusedError where it does not open anything."""
        if not api_key:
            raise refusals.plain(
                403,
                "no_key",
                "PERMISSION_DENIED",
                "Method doesn't allow unregistered callers (callers without established identity). "
                "Please use API Key or other form of API consumer identity to call this API.",
            )
        key = self.keyring.keys.get(api_key)
        if key is None or key.state is State.INVALID:
            raise refusals.refused("400-api-key-invalid")
        for state in (key.state, self.keyring.projects[key.quota_project].state):
            if state in _SHUT_OUT:
                raise refusals.refused(_SHUT_OUT[state], api_key=api_key)
            if state is State.RESTRICTED:
                raise refusals.restricted()
        return key

    async def answer(self, call: Call) -> Answer:
        """The whole way of one request up to the bytes; what the wire does with them is the caller's."""
        sighting = self._sighting(call)
        try:
            return await self._served(call, sighting)
        except RefusedError as refused:
            await call.read()  # to its end: a client that is still sending would see its line break
            sighting.status, sighting.code = refused.status, refused.code
            return Answer(refused.status, json.dumps(refused.body, indent=1).encode(), Fault(), sighting)

    def record(self, answer: Answer, *, status: int | None = None) -> None:
        """Writes down a request's end; `status` 0 means that no whole answer reached the client."""
        if status is not None:
            answer.sighting.status = status
        self.ledger.add(answer.sighting)

    def seen(self) -> dict[str, Any]:
        """The JSON of `/emulator/seen`."""
        limits = self.keyring.projects
        windows = []
        for window in self.quotas.seen():
            project = limits[str(window["quota_project"])]
            windows.append(window | {"rpm": project.rpm, "rpd": project.rpd})
        return self.ledger.summary() | {"windows": windows, "held": self._held}

    async def _served(self, call: Call, sighting: Sighting) -> Answer:
        key = self.key(call.api_key)
        model = MODELS.get(call.model)
        if model is None:
            raise refusals.model_not_found(call.model, call.version)
        project = self.keyring.projects[key.quota_project]
        arrival = self.quotas.arrive(project, model.name)
        try:
            _check_deadline(call.deadline_s)
            _check_account(key, project, model)
            raw = await call.read()
            asked = await self._off_loop(lambda: read_asked(raw, model, call.beat, call.style))
            sighting.style, sighting.shot, sighting.beat = asked.style, asked.shot, asked.beat
            sighting.prompt_sha256 = asked.prompt_sha256
            sighting.references = tuple(reference.sha256 for reference in asked.references)
            self.quotas.admit(arrival, asked.tokens, model.price_usd(asked.size))
        except RefusedError:
            self.quotas.turn_away(arrival)
            raise
        fault = self.script.next(Facing(asked.style, asked.beat, key.name, model.name))
        sighting.fault = fault.do or ("hold" if fault.held else "latency" if fault.latency_s else "")
        return await self._drawn(asked, model, call, fault, sighting)

    async def _drawn(self, asked: Asked, model: EmulatedModel, call: Call, fault: Fault, sighting: Sighting) -> Answer:
        attempt = self._latency.attempt(asked.prompt_sha256)
        latency = self._latency.seconds(asked.prompt_sha256, attempt)
        if fault.body or fault.do in {"status", "html_502", "empty_200"}:
            latency *= random.Random(f"{self.seed}|{asked.prompt_sha256}|{attempt}|refusal").uniform(0.05, 0.4)
            sighting.latency_s = latency + fault.latency_s
            await self._pause(sighting.latency_s, fault)
            return _spoiled(fault, model, call.api_key, sighting)
        sighting.latency_s = latency + fault.latency_s
        if call.deadline_s is not None and sighting.latency_s > call.deadline_s:
            await self.clock.sleep(call.deadline_s)
            raise refusals.plain(504, "504-deadline", "DEADLINE_EXCEEDED", _EXPIRED)
        # From here on the picture is paid for, whether or not anybody is there to take it.
        sighting.billed = asked.wants_image and fault.do != "text_only"
        if sighting.billed:
            sighting.images = pictures_billed(self._manner, asked.prompt_sha256, attempt)
            sighting.usd = bill_of(asked, model, self._manner, attempt, sighting.images).usd(model)
        sighting.status, sighting.code = 200, fault.do or "ok"
        try:
            # Drawing is a part of the latency, not more of it, and not all at once where many came together.
            ahead = min(DRAW_AHEAD_S, sighting.latency_s)
            await self._pause(sighting.latency_s - ahead, fault)
            if fault.do == "hang":  # nothing will be sent: nothing need be drawn
                await self.clock.sleep(ahead)
                return Answer(0, b"", fault, sighting)
            drawing = self._off_loop(lambda: _drawing(asked, model, self._manner, attempt, fault.do))
            payload, _ = await asyncio.gather(drawing, self.clock.sleep(ahead))
        except asyncio.CancelledError:
            sighting.code = fault.do or "client_gone"
            self.record(Answer(0, b"", fault, sighting), status=0)
            raise
        return Answer(200, payload, fault, sighting)

    async def _pause(self, seconds: float, fault: Fault) -> None:
        if fault.held:
            self._held += 1
            try:
                await self._let_go.wait()
            finally:
                self._held -= 1
        await self.clock.sleep(seconds)

    def _sighting(self, call: Call) -> Sighting:
        key = self.keyring.keys.get(call.api_key)
        name, project = (key.name, key.quota_project) if key else ("unknown", "unknown")
        model = call.model if call.model in MODELS else "unknown"
        return Sighting(iso(self.clock.now()), call.style, "", call.beat, name, project, model)

    async def _off_loop(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._drawers, work)


def _drawing(asked: Asked, model: EmulatedModel, manner: Manner, attempt: int, fault: str) -> bytes:
    """The answer's bytes. Blocking."""
    return json.dumps(make_reply(asked, model, manner, attempt, fault).body).encode()


_SHUT_OUT = {
    State.INVALID: "400-api-key-invalid",
    State.LEAKED: "403-key-leaked",
    State.SUSPENDED: "403-consumer-suspended",
    State.SERVICE_DISABLED: "403-service-disabled",
}


def _check_deadline(seconds: float | None) -> None:
    if seconds is not None and seconds < MINIMUM_DEADLINE_S:
        error = refusals.refused("400-deadline-too-short")
        message: str = error.body["error"]["message"]
        error.body["error"]["message"] = message.replace("8s", f"{seconds:g}s", 1)
        raise error


def _check_account(key: Key, project: QuotaProject, model: EmulatedModel) -> None:
    """Refusals that no waiting mends: they concern the account behind the key."""
    for state in (key.state, project.state):
        if state is State.NO_QUOTA:
            raise refusals.no_quota(model.name)
        if state is State.BILLING_DISABLED:
            raise refusals.billing_disabled()
        if state is State.PREPAY_DEPLETED:
            raise refusals.refused("429-prepay-depleted")
        if state is State.SPEND_CAPPED:
            raise refusals.spend_capped()


def _spoiled(fault: Fault, model: EmulatedModel, api_key: str, sighting: Sighting) -> Answer:
    """An answer that is no picture, from the script."""
    if fault.do == "html_502":
        sighting.status, sighting.code = 502, "html_502"
        page = (
            b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>"
        )
        return Answer(502, page, fault, sighting)
    if fault.do == "empty_200":
        sighting.status, sighting.code = 200, "empty_200"
        return Answer(200, b"{}", fault, sighting)
    status = fault.status
    if fault.body:
        data = refusals.body(fault.body, model=model.name, api_key=api_key)
    else:
        data = refusals.plain(status, "status", "UNKNOWN", "The emulator's script says so.").body
    sighting.status, sighting.code = status, fault.body or f"status-{status}"
    return Answer(status, json.dumps(data, indent=1).encode(), replace(fault, do=""), sighting)
