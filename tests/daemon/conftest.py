from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.home import Home, home
from daemon.witness import Witness, witness
from faults.after_each import pytest_runtest_call

__all__ = ["pytest_runtest_call"]


@pytest.fixture
def mill() -> Iterator[Home]:
    """A user's home; its daemons end with the test."""
    with home() as made:
        yield made


@pytest.fixture
def provider(mill: Home, tmp_path: Path) -> Iterator[Witness]:
    """The provider that counts."""
    with witness(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def answering() -> Iterator[Home]:
    """A daemon without projects that many tests ask, one after the other."""
    with home() as made:
        made.start_daemon()
        yield made
