"""Whose process is at the other end of a Unix socket, by the kernel's word."""

from __future__ import annotations

import socket
import struct

_LOCAL_PEERCRED, _XUCRED = 1, 76  # macOS; its uid stands at offset 4


def uid_of(line: socket.socket) -> int | None:
    """None, which lets nobody in, where it can't be known."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            return int(struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
        return int(struct.unpack_from("I", line.getsockopt(0, _LOCAL_PEERCRED, _XUCRED), 4)[0])
    except (OSError, struct.error):
        return None
