"""Named places at which a test may kill the process, to show that nothing received is lost there.

`SHOTMILL_CRASH_AT=name` kills at the first pass of that name, `name:3` at the third. Unset, a checkpoint does nothing.
"""

from __future__ import annotations

import os
import signal

SPOOL_CHECKPOINTS = (
    "spool.opened",
    "spool.chunk_written",
    "spool.body_whole",
    "spool.trailer_written",
    "spool.synced",
    "spool.sealed",
)
STORE_CHECKPOINTS = (
    "store.checked",
    "store.received_kept",
    "store.written",
    "store.earlier_kept",
    "store.published",
    "store.synced",
    "store.earlier_removed",
    "store.cleaned",
)
PUBLISH_CHECKPOINTS = ("publish.claimed",)
ATTEMPT_CHECKPOINTS = (
    "attempt.begun",
    "attempt.intended",
    "attempt.noted",
    "attempt.left",
    "attempt.answered",
    "attempt.received",
    "attempt.published",
    "attempt.journaled",
    "attempt.kept",
    "attempt.told",
    "attempt.dropped",
    "attempt.kept_in_project",
)
RECOVERY_CHECKPOINTS = ("recovery.begun", "recovery.took_in", "recovery.doubted")

CHECKPOINTS = SPOOL_CHECKPOINTS + STORE_CHECKPOINTS + PUBLISH_CHECKPOINTS


_armed = ""
_passes_left = 0


def arm(wish: str) -> None:
    """Die at the checkpoint that `wish` names; an empty wish disarms."""
    global _armed, _passes_left
    _armed, _, passes = wish.partition(":")
    _passes_left = int(passes) if passes.isdigit() else 1


def checkpoint(name: str) -> None:
    """Die here, uncleanly, if this is the place."""
    global _passes_left
    if name != _armed:
        return
    _passes_left -= 1
    if _passes_left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("SHOTMILL_CRASH_AT", ""))
