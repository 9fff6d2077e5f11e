"""Whether a disk takes what is written to it."""

from __future__ import annotations

from pathlib import Path

_ENOUGH = b"\0" * 65536


def probe(*folders: Path) -> None:
    """Write a little into each folder and take it away again. Raises OSError where that is refused."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / ".shotmill-probe"
        try:
            path.write_bytes(_ENOUGH)
        finally:
            path.unlink(missing_ok=True)
