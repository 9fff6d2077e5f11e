"""One quota project with one model: the place where the provider counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from shotmill.gemini.outcome import NamedLimit, Window
from shotmill.quota.day_count import DayCount
from shotmill.quota.guard import Guard
from shotmill.quota.lease import Binding, Lease, Wait, last_of
from shotmill.quota.limit_search import LimitSearch
from shotmill.quota.resting import Resting, longer
from shotmill.quota.turns import Claim, Turns, soon
from shotmill.quota.window import MINUTE, MinuteWindow
from shotmill.settings.models import find_model

AUTO_RPM = 10
"""Where `rpm = "auto"` starts for a model without a figure: the smallest limit seen in public for image models."""
REPLAY_SLACK = 35.0
"""A request is recorded before its connection is made, which may take the half minute that the client allows; then it
travels. So much later than the record says it may have arrived. Only a restart tells windows from the record: with
less, a minute could be full at the provider that we take for empty.
"""
WINDOWS_OUT = 4
"""Minutes' worth of requests that may be out at once: as many minutes as a request may take by default."""
THROTTLED_IN_A_ROW = 6
THROTTLED_REST = 600.0


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Requests a minute, a day, and at once of one quota project, as the settings have them."""

    rpm: int | Literal["auto"]
    rpd: int
    in_flight: int | Literal["auto"] = "auto"


@dataclass(slots=True)
class Account:
    """What is known of one quota project with one model. Counts are ours and the provider's corrections of them.

    `out` has every lease that is not settled, with how many requests its minute held when it left. `refused_with_room`
    counts refusals for the minute that our own requests don't explain: others use this quota too.
    """

    quota_project: str
    model: str
    limits: AccountLimits
    window: MinuteWindow = field(default_factory=MinuteWindow)
    day: DayCount = field(default_factory=DayCount)
    guard: Guard = field(default_factory=Guard)
    turns: Turns = field(default_factory=Turns)
    out: dict[Lease, int] = field(default_factory=dict)
    resting: Resting | None = None
    refused_with_room: int = 0
    known_keys: set[str] = field(default_factory=set)
    _search: LimitSearch = field(init=False)
    _named: dict[Window, int] = field(default_factory=dict)
    _throttled: int = 0
    _throttled_until: float = float("-inf")
    _held: Wait | None = None  # what the last `wait` came to, good until it ends or something changes
    _held_from: float = 0.0

    def __post_init__(self) -> None:
        known = find_model(self.model)
        self._search = LimitSearch(known.rpm if known is not None and known.rpm else AUTO_RPM)

    @property
    def rpm(self) -> int:
        """The limit in use: the one the provider named, else the settings', else what was found by trying."""
        if self._named:
            named = [self._named.get(of) for of in (Window.REQUESTS_A_MINUTE, Window.IMAGES_A_MINUTE)]
            if known := [limit for limit in named if limit is not None]:
                return min(known)  # a request is one image
        return self._search.proven if self.limits.rpm == "auto" else self.limits.rpm

    @property
    def rpd(self) -> int:
        return self._named.get(Window.REQUESTS_A_DAY, self.limits.rpd)

    @property
    def in_flight(self) -> int:
        return len(self.out)

    @property
    def most_in_flight(self) -> int:
        return WINDOWS_OUT * self.rpm if self.limits.in_flight == "auto" else self.limits.in_flight

    def today(self, now: float) -> int:
        """Requests sent since the last midnight in Los Angeles."""
        return self.day.used(now)

    def minute(self, now: float) -> int:
        """Requests of the running minute: what a meter shows."""
        return min(self.rpm, self.window.used(now, self.guard.at(now)))

    def wait(self, now: float) -> Wait | None:
        """What holds the next request of this account back, by what ends last; None when it may leave now."""
        held = self._held
        if held is not None and held.until is not None and self._held_from <= now < held.until:
            return held
        self._held, self._held_from = self._look(now), now
        return self._held

    def use(self, limits: AccountLimits) -> None:
        """The settings changed."""
        self.limits, self._held = limits, None

    def mended(self) -> None:
        """A person says: try again."""
        self.resting = self._held = None

    def _look(self, now: float) -> Wait | None:
        waits = [wait for wait in (self._rests(now), self._day_spent(now), self._minute_full(now)) if wait is not None]
        if len(self.out) >= self.most_in_flight:
            waits.append(Wait(Binding.IN_FLIGHT, None, f"{len(self.out)} in flight"))
        return last_of(waits)

    def turn(self, claim: Claim, now: float) -> Wait | None:
        """What holds this claim back while a slot is free: others that come first. None when it is its turn."""
        free = max(1, self.rpm - self.window.used(now, self.guard.at(now)))
        if self.turns.may_take(claim, min(free, max(1, self.rpd - self.today(now))), now):
            return None
        return Wait(Binding.MINUTE, soon(now), "minute quota, shared")

    def free(self, now: float) -> int:
        """Slots of the minute that could be leased now."""
        return max(0, self.rpm - self.window.used(now, self.guard.at(now)))

    def freed_at(self, now: float) -> float | None:
        """When the next slot that is taken is free again."""
        return self.window.oldest_until(self.guard.at(now))

    def lease(self, lease: Lease, claim: Claim) -> None:
        self._held = None
        used = self.window.used(lease.at, self.guard.at(lease.at))
        self.window.lease()
        self._search.leased(used, lease.at)
        self.out[lease] = 0
        self.turns.took(claim)

    def sent(self, lease: Lease, now: float) -> None:
        self._held = None
        self.out[lease] = self.window.sent(now)
        self.day.sent(now)

    def give_back(self, lease: Lease) -> None:
        """A lease whose request never left."""
        self._held = None
        del self.out[lease]
        self.window.give_back()

    def not_sent(self, lease: Lease, sent_at: float, now: float) -> None:
        """A request that we counted as sent and that certainly never left (no connection)."""
        self._held = None
        if self.out.pop(lease):
            self.window.withdraw(sent_at)
            self.day.refund(sent_at, now)
        else:
            self.window.give_back()

    def answered(self, lease: Lease) -> int:
        """An answer came, or never will; returns how many requests its minute held when it left."""
        self._held = None
        held = self.out.pop(lease)
        if not held:
            self.window.give_back()
        return held

    def accepted(self, held: int) -> None:
        """The provider drew for a request: its minute had room for as many."""
        self._held = None
        self._search.accepted(held)
        self._throttled = 0

    def replay(self, sent: Sequence[float], keys: Iterable[str], now: float) -> None:
        """Count what the record has of this quota project, or of keys (fingerprints) that are new to it."""
        self._held = None
        self.known_keys.update(keys)
        for at in sent:
            if at + MINUTE + REPLAY_SLACK + self.guard.seconds > now:
                self.window.record(min(at + REPLAY_SLACK, now))
        self.day.replay(sent, now)

    def rest(self, resting: Resting, now: float) -> None:
        """Rest; a longer rest that is already under way stays."""
        self._held = None
        self.resting = longer(resting, self.resting, now)

    def refused_for_the_minute(self, held: int, sent_at: float, now: float) -> bool:
        """The provider counted more than we did; returns whether jitter can't explain it: others use this quota."""
        self._held = None
        if self.limits.rpm == "auto" and not self._named:
            beyond = held > self._search.proven
            self._search.refused(held, now)
            if beyond:
                return False
        if self.window.around(sent_at) > self.rpm:
            self.guard.too_short(sent_at, now)
            return False
        self.refused_with_room += 1
        return True

    def throttled(self, seconds: float, sent_at: float, now: float) -> float:
        """Seconds to rest after a refusal that names no limit: the first rest doubles each time, then it is long.

        Requests that were out together tell of one refusal.
        """
        if sent_at >= self._throttled_until:
            self._throttled += 1
        if self._throttled > THROTTLED_IN_A_ROW:
            rest = THROTTLED_REST
        else:
            rest = min(THROTTLED_REST, seconds * 2.0 ** max(0, self._throttled - 1))
        self._throttled_until = now + rest
        return rest

    def correct(self, limit: NamedLimit) -> bool:
        """Take over a limit that a refusal named; returns whether that is news. Zero is no limit but no quota."""
        if limit.value <= 0 or limit.window is Window.TOKENS_A_MINUTE:
            return False
        self._held = None
        before = (self.rpm, self.rpd)
        self._named[limit.window] = limit.value
        return before != (self.rpm, self.rpd)

    def _rests(self, now: float) -> Wait | None:
        resting = self.resting
        if resting is None:
            return None
        if resting.over(now):
            self.resting = None
            return None
        if resting.until is None:
            return Wait(Binding.PERSON, None, resting.reason)
        return Wait(Binding.DAY if resting.code == "day_quota" else Binding.COOLING, resting.until, resting.short)

    def _day_spent(self, now: float) -> Wait | None:
        if self.today(now) + self.window.open < self.rpd:
            return None
        return Wait(Binding.DAY, self.day.next_reset(now), "day quota spent")

    def _minute_full(self, now: float) -> Wait | None:
        guard = self.guard.at(now)
        free = self.window.free_at(now, self.rpm, guard)
        if free == now:
            return None
        if self.limits.rpm == "auto" and not self._named:
            at = self._search.try_at(now)
            free = at if free is None else min(free, at)
            if free <= now:
                return None
        return Wait(Binding.MINUTE, free, "minute quota")
