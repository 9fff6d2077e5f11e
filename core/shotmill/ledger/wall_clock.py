"""A wall clock that was set between two daemons: what was sent keeps its age and what rests its time, so that no
window opens by it.

Moments are kept by the wall. While the machine runs, a second clock counts that nobody can set; the difference of the
two is kept with the boot that it belongs to. If another daemon of the same boot finds another difference, the wall was
set by as much, and every moment moves along. After a boot only the uptime tells how old requests are at least.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
JUMP_S = 0.5
"""Less than this is measuring."""
MINUTE_AND_SLACK_S = 65.0
_MOMENTS = (
    "UPDATE sends SET at = at + ?",
    "UPDATE rests SET until = until + ?",
    "UPDATE learned SET at = at + ?",
    "UPDATE learned SET value = value + ? WHERE what = 'ahead'",  # of the provider's clock: quota/midnights.py
    # Where no answer told yet which of both clocks is the provider's, its day is over when it is by both.
    "INSERT OR IGNORE INTO learned SELECT DISTINCT endpoint, '', '', 'ahead', max(0, ?), 0 FROM sends",
)


@dataclass(frozen=True, slots=True)
class Boot:
    """`name` is a number for this boot of this machine, `uptime` the seconds since then, suspended ones included."""

    name: float
    uptime: float


def this_boot() -> Boot | None:
    """None where the system does not tell its boots apart."""
    try:
        told = BOOT_ID.read_bytes().strip()
    except OSError:
        return None
    return Boot(float(int.from_bytes(hashlib.sha256(told).digest()[:6])), time.clock_gettime(time.CLOCK_BOOTTIME))


def settle_clock(db: sqlite3.Connection, boot: Boot, now: float) -> float:
    """Move all moments by as much as the wall was set; returns the moment before which nothing may be sent.

    After another boot, requests of the last minute can only be older than the uptime: so long is waited.
    """
    facts = dict(db.execute("SELECT name, value FROM facts WHERE name IN ('boot', 'boot_at')").fetchall())
    booted_at = now - boot.uptime
    db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", [("boot", boot.name), ("boot_at", booted_at)])
    if facts.get("boot") == boot.name:
        jump = booted_at - facts["boot_at"]
        if abs(jump) > JUMP_S:
            for moved in _MOMENTS:
                db.execute(moved, (jump,))
        return 0.0
    # It may have been put right since: a day begins no earlier than by either clock, till an answer tells.
    db.execute("UPDATE learned SET value = max(0, value) WHERE what = 'ahead'")
    sent = db.execute("SELECT 1 FROM sends LIMIT 1").fetchone() is not None
    too_early = "boot" in facts and sent and boot.uptime < MINUTE_AND_SLACK_S
    return now + MINUTE_AND_SLACK_S - boot.uptime if too_early else 0.0
