from __future__ import annotations

from collections.abc import Iterator

import pytest

from daemon.home import Home, home


@pytest.fixture
def mill() -> Iterator[Home]:
    """A user's home without keys; whatever daemon its commands start ends with the test."""
    with home(keys=()) as made:
        yield made
