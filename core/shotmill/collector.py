"""Loading without the garbage collector, which would look at every prompt and every class again and again."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_loading = 0


@contextmanager
def collector_resting() -> Iterator[None]:
    """Nothing is collected meanwhile, and what was made counts as old afterwards: a million objects would else be
    looked at as soon as it ends. For a second or two in which many objects are made and none is garbage: with 100,000
    prompts it is a third of the time, with the SDK a fifth, with the screen a sixth. Several threads may be in here at
    once."""
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
                gc.freeze()
                gc.unfreeze()  # into the oldest generation
                gc.enable()
