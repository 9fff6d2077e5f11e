"""`client.log` in the state folder: what kept a screen or a command from the daemon, who can't tell of it himself.

Beside the daemon's own log, for its user only; the daemon may be stopped, of another version, or not to be trusted, so
nothing of it is needed. A disk that refuses costs the line: the person has the same words before their eyes.
"""

from __future__ import annotations

import os
import time

from shotmill.secrets import redact
from shotmill.untrusted import printable

TYPE_CHECKING = False  # as `typing` has it: `shotmill status` gets here too, where it fails
if TYPE_CHECKING:
    from shotmill.errors import ShotmillError
    from shotmill.settings.folders import Folders

MOST_BYTES = 256 << 10
"""A longer file is set aside as `client.1.log`, in the place of the one before."""


def is_of_the_line(fault: ShotmillError) -> bool:
    """Whether a fault says that the daemon could not be reached, or not be told anything."""
    from shotmill.errors import ExitCode

    return fault.exit_code == ExitCode.UNREACHABLE or fault.code in ("other_version", "socket_folder")


def tell(folders: Folders, text: str) -> None:
    """Add a line; a state folder that is not there is not made for it."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S")
    line = f"{moment} WARNING client, process {os.getpid()}: {printable(redact(text), 600)}\n"
    path = folders.client_log
    try:
        # Neither a link nor a pipe that somebody laid there is followed or waited for.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(path, flags, 0o600)
        try:
            os.write(descriptor, line.encode("utf-8", "replace"))
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if size > MOST_BYTES:
            path.replace(path.with_suffix(".1.log"))
    except OSError:
        return
