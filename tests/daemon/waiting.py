"""Waiting for a thing itself, never for a time that ought to be enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 60.0


def until(happened: Callable[[], T], what: str, patience_s: float = PATIENCE_S) -> T:
    """The first true value of `happened`; AssertionError that names `what` when it does not come."""
    deadline = time.monotonic() + patience_s
    while True:
        found = happened()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain for: {what}"
        time.sleep(0.02)
