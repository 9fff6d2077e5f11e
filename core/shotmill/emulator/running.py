"""What an emulator that is a process of its own tells of itself, asked over this machine's loopback without a key."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

from shotmill import bounded_json
from shotmill.emulator.options import LARGEST, EmulatorOptions
from shotmill.settings.endpoint import parse_address

PATIENCE_S = 2.0
"""For all of it: whatever listens there may also send a byte now and then, for hours."""
PATH = "/emulator/options"


def options_of_running(url: str) -> EmulatorOptions | None:
    """How the emulator at this endpoint of the machine's own answers; None where nothing does, or something else."""
    address = parse_address(url)
    if not address.is_loopback or address.scheme != "http" or address.path:
        return None
    connection = http.client.HTTPConnection(address.host.strip("[]"), address.port, timeout=PATIENCE_S)
    try:
        connection.connect()
        with _no_longer(connection.sock):
            connection.request("GET", PATH)
            answer = connection.getresponse()
            found = bounded_json.parse(answer.read(LARGEST)) if answer.status == http.HTTPStatus.OK else None
        if not isinstance(found, dict) or not EmulatorOptions().told().keys() <= found.keys():
            return None
        return EmulatorOptions.of(found)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


@contextlib.contextmanager
def _no_longer(line: socket.socket) -> Iterator[None]:
    """Nothing more comes once patience ends."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(PATIENCE_S, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
