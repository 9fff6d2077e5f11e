"""What a daemon imports before it answers costs no more than it has to."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import ssl, sys
from shotmill.daemon.loading import load_server, load_workshop
load_workshop()
assert "aiohttp" not in sys.modules, "the database is opened while this is imported"
load_server()
from aiohttp import connector
unread = connector._SSL_CONTEXT_VERIFIED
assert unread.get_ca_certs() == [] and unread.verify_mode is ssl.CERT_REQUIRED and unread.check_hostname
assert "set_default_verify_paths" not in vars(ssl.SSLContext)
assert "google.genai" not in sys.modules
assert "shotmill.doctor.of_daemon" not in sys.modules
"""


def test_the_server_comes_without_certificates_that_nobody_uses() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)
