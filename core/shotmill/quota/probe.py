"""What a person mended is tried with one request before the others follow."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.quota.lease import Lease


@dataclass(slots=True, eq=False)
class Probe:
    """Shared by all quota projects whose rest ended together: the one request that may be out, until one drew."""

    over: bool = False
    _lease: Lease | None = None
    _out: bool = False

    @property
    def holds(self) -> bool:
        """Whether the others wait for its answer."""
        return self._out and not self.over

    def leased(self, lease: Lease) -> None:
        if not self.over:
            self._lease, self._out = lease, True

    def landed(self, lease: Lease) -> None:
        if lease is self._lease:
            self._out = False

    def drew(self, lease: Lease) -> bool:
        """Whether it was this request that drew: what rested is mended."""
        if self.over or lease is not self._lease:
            return False
        self.over = True
        return True
