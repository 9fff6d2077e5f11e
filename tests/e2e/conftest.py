from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.home import Home, home
from daemon.witness import Witness, witness


@pytest.fixture
def mill() -> Iterator[Home]:
    """A user's home without keys; whatever daemon its commands start ends with the test."""
    with home(keys=()) as made:
        yield made


@pytest.fixture
def provider(mill: Home, tmp_path: Path) -> Iterator[Witness]:
    """The provider that counts."""
    with witness(tmp_path) as found:
        yield found
