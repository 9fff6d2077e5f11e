"""The daemon's own log: 5 files of 5 MB, for its user only; nothing in it holds a key."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from shotmill.secrets import redact

EACH, KEPT = 5 << 20, 4

LEVELS = ("info", "debug")
"""What may be asked for while the daemon runs: with `debug` every step is told."""


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Private(RotatingFileHandler):
    """Every file that it opens is for its user only; one that was deleted is made again."""

    def _open(self):  # type: ignore[no-untyped-def]
        return os.fdopen(
            os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600),
            "a",
            encoding="utf-8",
            errors="replace",
        )

    def emit(self, record: logging.LogRecord) -> None:
        if self.stream is not None and not Path(self.baseFilename).exists():
            self.close()
        super().emit(record)


def set_level(level: str) -> None:
    """Of our own lines, from now on; `level` is one of `LEVELS`."""
    logging.getLogger("shotmill").setLevel(level.upper())


def log_to(path: Path) -> None:
    """Send every logger there. A disk that refuses costs the line, never the daemon."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _Private(path, maxBytes=EACH, backupCount=KEPT)
    path.chmod(0o600)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("google_genai", "aiohttp.access", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False
