"""What a daemon imports before it answers costs no more than it has to."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys
from shotmill.daemon.loading import load_server, load_workshop
load_workshop()
assert "aiohttp" not in sys.modules, "the database is opened while this is imported"
load_server()
assert "google.genai" not in sys.modules
assert "shotmill.doctor.of_daemon" not in sys.modules
"""


def test_a_server_brings_neither_the_sdk_nor_the_checks() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)
