"""Waits that nobody knows the end of. Apart from their words, which load more than a quick `status` may."""

from __future__ import annotations

TRIED = frozenset({"network", "overload"})
"""Their codes: what is told of these is the next try, and no `until`."""
