"""Who hears what becomes of a run: the daemon's hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from shotmill.engine.beat import Beat, BeatState

if TYPE_CHECKING:
    from shotmill.engine.run import Run


class Watcher(Protocol):
    """Hears what becomes of a run. It is called on the run's way, so it only takes note."""

    def settled(self, beat: Beat, state: BeatState) -> None:
        """An answer that was waited for is in; the beat's state by it."""
        ...

    def turned(self, run: Run) -> None:
        """State, reason or the end of a wait are others now."""
        ...

    def ended(self, run: Run) -> None:
        """The run is over, and written down."""
        ...
