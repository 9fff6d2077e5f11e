"""Which limits hold for a quota project with a model: what a person wrote, what the provider named, what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shotmill.gemini.outcome import NamedLimit, Window
from shotmill.quota.learned import KEEP_LEARNED_S, Learned
from shotmill.quota.limit_search import QUIET_S, LimitSearch

if TYPE_CHECKING:
    from shotmill.quota.account import AccountLimits

UNTOLD_RPD = 10_000_000
"""A day's limit that was refuted and not named anew: only the provider says when the day is spent."""


@dataclass(slots=True)
class LimitsInUse:
    """A limit that a refusal named replaces a default and what was found by trying; a figure that a person wrote it
    only lowers, since that one is a ceiling."""

    settings: AccountLimits
    search: LimitSearch
    _named: dict[Window, Learned] = field(default_factory=dict)

    @property
    def rpm(self) -> int:
        """Requests a minute. A request is one image, so the lower of both limits holds."""
        if not self._named:
            return self.search.limit if self.settings.rpm == "auto" else self.settings.rpm
        found = (self.named(Window.REQUESTS_A_MINUTE), self.named(Window.IMAGES_A_MINUTE))
        named = min((limit for limit in found if limit is not None), default=None)
        if self.settings.rpm == "auto":
            return self.search.limit if named is None else named
        return _within(named, self.settings.rpm, written=self.settings.rpm_written)

    @property
    def rpd(self) -> int:
        return _within(self.named(Window.REQUESTS_A_DAY), self.settings.rpd, written=self.settings.rpd_written)

    @property
    def tpm(self) -> int | None:
        return self.named(Window.TOKENS_A_MINUTE)

    @property
    def searches(self) -> bool:
        """Whether the minute's limit is being found by trying."""
        minute = (Window.REQUESTS_A_MINUTE, Window.IMAGES_A_MINUTE)
        return self.settings.rpm == "auto" and not any(window in self._named for window in minute)

    def named(self, window: Window) -> int | None:
        found = self._named.get(window)
        return int(found.value) if found is not None else None

    def correct(self, limit: NamedLimit, now: float) -> bool:
        """Take over a limit that a refusal named; returns whether that is news. Zero is no limit but no quota."""
        if limit.value <= 0:
            return False
        before = (self.rpm, self.rpd, self.tpm)
        self._named[limit.window] = Learned(limit.window.value, limit.value, now)
        return before != (self.rpm, self.rpd, self.tpm)

    def use(self, settings: AccountLimits) -> None:
        """The settings changed. A person who raised a figure beyond what was named may know better: it is tried, and
        one refusal names it again."""
        before, self.settings = self.settings, settings
        if settings.rpm != "auto" and settings.rpm_written:
            self._forget_below(
                settings.rpm,
                before.rpm if before.rpm_written and before.rpm != "auto" else 0,
                Window.REQUESTS_A_MINUTE,
                Window.IMAGES_A_MINUTE,
            )
        if settings.rpd_written:
            self._forget_below(settings.rpd, before.rpd if before.rpd_written else 0, Window.REQUESTS_A_DAY)

    def _forget_below(self, written: int, before: int, *windows: Window) -> None:
        for window in windows:
            named = self.named(window)
            if written > before and named is not None and named < written:
                del self._named[window]

    def day_was_raised(self, now: float) -> None:
        """The provider drew beyond the day's limit that it had named."""
        self._named[Window.REQUESTS_A_DAY] = Learned(Window.REQUESTS_A_DAY.value, UNTOLD_RPD, now)

    def learned(self) -> Iterator[Learned]:
        """What the next daemon should know."""
        yield from self._named.values()
        if self.searches and self.search.proven:
            yield Learned("proven", self.search.proven, self.search.quiet_until)

    def remember(self, one: Learned, now: float) -> None:
        """Take over what an earlier daemon learned."""
        if one.what == "proven":
            self.search.remember(int(one.value), min(one.at, now + QUIET_S))
        elif now - one.at < KEEP_LEARNED_S:
            self._named[Window(one.what)] = one


def _within(named: int | None, ours: int, *, written: bool) -> int:
    if named is None:
        return ours
    return min(named, ours) if written else named
