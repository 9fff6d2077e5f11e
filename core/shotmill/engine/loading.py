"""Loading a great project without the garbage collector, which would look at every prompt again and again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_loading = 0


@contextmanager
def collector_resting() -> Iterator[None]:
    """Nothing is collected meanwhile. For a second or two in which many objects are made and none is garbage: with
    100,000 prompts it is a third of the time. Several threads may be in here at once."""
    global _loading
    with _lock:
        _loading += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _loading -= 1
            if not _loading:
                gc.enable()
