"""One frame on its way at a time where the line is slow, and none while the terminal takes nothing.

A terminal answers `ESC [ 6 n` when it has drawn all that came before; until then news wait and gather, so that a key's
answer never stands behind seconds of old frames. The line is left idle for as long as the last answer took. Inside
tmux it is tmux that answers, at once. A terminal that never answers costs a frame `TIMEOUT_S`, and is soon not asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

ASK = "\x1b[6n"
TIMEOUT_S = 2.0
SLOW_S = 0.12
"""An answer that takes longer than this makes a line slow."""
LONGEST_REST_S = 1.0
MOST_WAITING = 3
"""Frames in the writer's queue above which nothing is added: thirty of them would block the event loop."""
MOST_SILENT = 3
MEASURED = 3

FAST_S, SLOW_S = 0.1, 0.25
"""Between repaints with news; slow above `MANY` events a second."""
MANY, MANY_ON_A_LARGE_SCREEN = 200.0, 25.0
LARGE = 6000
"""Cells of a screen whose repaint takes several times that of 80x24."""


def between_repaints(events: int, since: float, cells: int) -> float:
    """Seconds from one repaint to the next, after `events` in the `since` seconds behind the last one."""
    many = MANY_ON_A_LARGE_SCREEN if cells > LARGE else MANY
    return SLOW_S if events > many * max(since, FAST_S) else FAST_S


class Pacer:
    """`backlog` is how many frames the writer still holds. A line is slow when SSH says so or when it shows."""

    def __init__(
        self, environ: Mapping[str, str], backlog: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._backlog, self._clock = backlog, clock
        self.slow = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
        self._took: list[float] = []
        self._asked_at: float | None = None
        self._rest_until = 0.0
        self._silent = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come; later ones than `TIMEOUT_S` are not waited for."""
        return self._asked_at is not None and self._clock() - self._asked_at < TIMEOUT_S

    def holds(self) -> float:
        """Seconds until it is worth asking again whether news may be drawn; 0: now."""
        if self._backlog() > MOST_WAITING:
            self.slow = True
            return 0.25
        now = self._clock()
        if self._asked_at is not None:
            if (left := TIMEOUT_S - (now - self._asked_at)) > 0:
                return left if self.slow else 0.0
            self._asked_at = None
            self._silent += 1
        return max(0.0, self._rest_until - now)

    def drawn(self) -> str:
        """After a frame was written: what to send behind it."""
        asks = self.slow or len(self._took) < MEASURED
        if self._asked_at is not None or self._silent >= MOST_SILENT or not asks:
            return ""
        self._asked_at = self._clock()
        return ASK

    def answered(self) -> None:
        """The terminal has drawn what was sent."""
        if self._asked_at is None:
            return
        now = self._clock()
        took = now - self._asked_at
        self._asked_at, self._silent = None, 0
        if len(self._took) < MEASURED:
            self._took.append(took)
            self.slow = self.slow or (len(self._took) == MEASURED and min(self._took) > SLOW_S)
        self._rest_until = now + min(took, LONGEST_REST_S) if self.slow else 0.0
