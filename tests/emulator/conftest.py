"""An emulator on a real socket, its clock in the test's hand, and the provider's own SDK to speak to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from google import genai
from google.genai import types

from shotmill.emulator.answers import Setup
from shotmill.emulator.faults import parse_script
from shotmill.emulator.server import Emulator

MODEL = "gemini-nano-banana-2.1"


class MovedClock:
    """Time that moves when it is slept through or pushed."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


Start = Callable[..., Awaitable[Emulator]]
Ask = Callable[..., Awaitable[types.GenerateContentResponse]]
Get = Callable[..., Awaitable[Any]]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def start(clock: MovedClock) -> AsyncIterator[Start]:
    """Starts emulators that end with the test: no latency, no drafts, unless it is said otherwise."""
    async with AsyncExitStack() as stack:

        async def started(faults: list[dict[str, Any]] | None = None, **settings: Any) -> Emulator:
            setup = Setup(
                **{"clock": clock, "latency_s": 0.0, "drafts": False, "script": parse_script(faults or []), **settings}
            )
            return await stack.enter_async_context(Emulator(setup))

        yield started


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """One request of the SDK, as Shotmill makes it: one client, the key in a header, one attempt."""
    clients: dict[str, genai.Client] = {}

    async def asked(
        emulator: Emulator,
        prompt: str = "Clear style: Shot 1, Beat 1.1. A train in the rain",
        *images: bytes,
        key: str = "emulator-key-anna-0001",
        model: str = MODEL,
        ratio: str | None = "16:9",
        size: str | None = "1K",
        timeout_s: int = 240,
    ) -> types.GenerateContentResponse:
        base_url = emulator.base_url
        if base_url not in clients:
            options = types.HttpOptions(
                base_url=base_url, api_version="v1", retry_options=types.HttpRetryOptions(attempts=1)
            )
            clients[base_url] = genai.Client(api_key="unused", vertexai=False, http_options=options)
        parts = [types.Part.from_text(text=prompt)]
        parts += [types.Part.from_bytes(data=image, mime_type="image/png") for image in images]
        return await clients[base_url].aio.models.generate_content(
            model=model,
            contents=types.Content(role="user", parts=parts),
            config=types.GenerateContentConfig(
                response_modalities=["IMAGE"],
                image_config=types.ImageConfig(aspect_ratio=ratio, image_size=size),
                http_options=types.HttpOptions(headers={"x-goog-api-key": key}, timeout=timeout_s * 1000),
            ),
        )

    yield asked
    for client in clients.values():
        await client.aio.aclose()
        client.close()


@pytest.fixture
def until() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Waits for a thing that happens on the server's side, with patience."""

    async def waited(happened: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not happened():  # noqa: ASYNC110 - what is waited for is state, it has no event
                await asyncio.sleep(0.005)

    return waited


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
