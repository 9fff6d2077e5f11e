"""Which limits hold for a quota project with a model: what a person wrote, what the provider named, what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shotmill.gemini.outcome import NamedLimit, Window
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.departures import Departure
from shotmill.quota.learned import KEEP_LEARNED_S, Learned
from shotmill.quota.limit_search import QUIET_S, LimitSearch

BY_THE_MINUTE = (Window.REQUESTS_A_MINUTE, Window.IMAGES_A_MINUTE)
"""Limits of which the lower one holds: a request is one image."""
UNTOLD_RPD = 10_000_000
"""A day's limit that was refuted and not named anew: only the provider says when the day is spent."""


@dataclass(slots=True)
class LimitsInUse:
    """A limit that a refusal named replaces a default; a figure that a person wrote it only lowers, since that one is a
    ceiling. Where requests a minute are found by trying, a limit that was named is found, and more is tried later.

    `rpd` and `tpm` are requests a day and tokens a minute, None where none were named; `fixed` requests a minute, None
    while these are being found by trying. All are asked for at every step, so they are worked out when they change.
    """

    settings: AccountLimits
    search: LimitSearch
    fixed: int | None = field(init=False)
    rpd: int = field(init=False)
    tpm: int | None = field(init=False)
    _named: dict[Window, Learned] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._work_out()

    @property
    def rpm(self) -> int:
        """Requests a minute."""
        return self.search.limit if self.fixed is None else self.fixed

    def is_searched(self, now: float) -> bool:
        """Whether requests a minute are being found by trying more than are known to be accepted."""
        return self.fixed is None and self.search.quiet_until <= now

    def _work_out(self) -> None:
        settings, named = self.settings, self._minute()
        self.fixed = None if settings.rpm == "auto" else _within(named, settings.rpm, written=settings.rpm_written)
        self.rpd = _within(self.named(Window.REQUESTS_A_DAY), settings.rpd, written=settings.rpd_written)
        self.tpm = self.named(Window.TOKENS_A_MINUTE)

    @property
    def rpm_is_named(self) -> bool:
        """Whether the minute's limit is one that a refusal named."""
        return self.rpm == self._minute()

    @property
    def rpd_is_named(self) -> bool:
        """The same for the day's."""
        return self.rpd == self.named(Window.REQUESTS_A_DAY) != UNTOLD_RPD

    def named(self, window: Window) -> int | None:
        found = self._named.get(window)
        return int(found.value) if found is not None else None

    def correct(self, limit: NamedLimit, now: float) -> bool:
        """Take over a limit that a refusal named; returns whether that is news. Zero is no limit but no quota."""
        if limit.value <= 0:
            return False
        before = (self.rpm, self.rpd, self.tpm)
        self._take(Learned(limit.window.value, limit.value, now))
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
        self._work_out()

    def _forget_below(self, written: int, before: int, *windows: Window) -> None:
        for window in windows:
            named = self.named(window)
            if written > before and named is not None and named < written:
                del self._named[window]

    def day_was_raised(self, now: float) -> None:
        """The provider drew beyond the day's limit that it had named."""
        self._take(Learned(Window.REQUESTS_A_DAY.value, UNTOLD_RPD, now))

    def learned(self) -> Iterator[Learned]:
        """What the next daemon should know."""
        yield from self._named.values()
        if self.fixed is None and self.search.proven:
            yield Learned("proven", self.search.proven, self.search.quiet_until)

    def remember(self, one: Learned, now: float) -> None:
        """Take over what an earlier daemon learned."""
        if one.what == "proven":
            self.search.remember(int(one.value), min(one.at, now + QUIET_S))
        elif now - one.at < KEEP_LEARNED_S:
            self._take(one)

    def accepted(self, left: Departure, now: float) -> None:
        """A request was not refused that left so."""
        self.search.accepted(left.surely - left.refused, left.certain - left.refused, left.at, now)
        if self.fixed is None and (named := self._minute()) is not None and named < self.search.proven:
            for window in BY_THE_MINUTE:
                self._named.pop(window, None)  # it takes more than it named

    def _take(self, one: Learned) -> None:
        window = Window(one.what)
        self._named[window] = one
        if window in BY_THE_MINUTE and (named := self._minute()) is not None:
            self.search.named(named, one.at)
        self._work_out()

    def _minute(self) -> int | None:
        """Requests a minute by what was named: a request is one image, so the lower of both limits holds."""
        return min((named for window in BY_THE_MINUTE if (named := self.named(window)) is not None), default=None)


def _within(named: int | None, ours: int, *, written: bool) -> int:
    if named is None:
        return ours
    return min(named, ours) if written else named
