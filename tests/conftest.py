"""What holds for all tests: properties are tried on the same examples each time, so that a suite never passes by luck.

`HYPOTHESIS_PROFILE=search make test ARGS=tests/quota` looks for new counterexamples instead; one that is found becomes
a test of its own.
"""

from __future__ import annotations

import gc
import os
import signal
import tempfile

from hypothesis import HealthCheck, settings

from places import MEMORY, PLACE

# A shell starts background jobs with Ctrl-C ignored, which every program that a test starts would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

if PLACE == MEMORY:
    tempfile.tempdir = str(PLACE)

settings.register_profile(
    "suite",
    max_examples=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no fault of the test's
)
settings.register_profile(
    "search", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end, and needs no look each time that garbage is searched for."""
    gc.collect()
    gc.freeze()
