"""The line that whoever started the daemon waits for: READY, or the reason why not."""

from __future__ import annotations

import contextlib
import json
import os
import sys

from shotmill.errors import ShotmillError


class Ready:
    """Says it once, to the pipe that it was given; without one only the reason why not, to a terminal."""

    def __init__(self, descriptor: int | None) -> None:
        self._descriptor = descriptor

    def tell(self, error: ShotmillError | None = None) -> None:
        if self._descriptor is None:
            if error is not None:
                print(f"shotmill daemon: {error.message}\n  → {error.cure}", file=sys.stderr)
            return
        said = "READY"
        if error is not None:
            fields = {"code": error.code, "message": error.message, "cure": error.cure, "exit_code": error.exit_code}
            said = json.dumps(fields)
        with contextlib.suppress(OSError):
            os.write(self._descriptor, f"{said}\n".encode())
            os.close(self._descriptor)
        self._descriptor = None
