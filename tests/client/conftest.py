from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from client.fake_daemon import FakeDaemon, fake_daemon, short_home


@pytest.fixture
def home() -> Iterator[Path]:
    with short_home() as folder:
        yield folder


@pytest.fixture
def daemon(home: Path) -> Iterator[FakeDaemon]:
    with fake_daemon(home) as running:
        yield running
