"""Fixtures of the gemini room's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from gemini.provider_socket import Provider, provider_on_a_socket

WIRE = Path(__file__).parent / "wire"


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[Provider]:
    async with provider_on_a_socket() as served:
        yield served


@pytest.fixture
def wire() -> Callable[[str], bytes]:
    """The bytes of a body that was seen in public, by its file's name without the suffix."""
    return lambda name: (WIRE / f"{name}.json").read_bytes()
