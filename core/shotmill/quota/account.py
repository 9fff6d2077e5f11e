"""One quota project with one model: the place where the provider counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from shotmill.gemini.outcome import NamedLimit
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.care import Care
from shotmill.quota.day_count import DayCount
from shotmill.quota.departures import Departure, Departures
from shotmill.quota.guard import FIRST_GUARD, Guard
from shotmill.quota.held import what_holds
from shotmill.quota.learned import Learned
from shotmill.quota.lease import PASSING, Lease, Wait
from shotmill.quota.limit_search import search_for
from shotmill.quota.limits_in_use import LimitsInUse
from shotmill.quota.probe import Probe
from shotmill.quota.resting import Resting, longer
from shotmill.quota.throttle import Throttle
from shotmill.quota.token_window import TokenWindow
from shotmill.quota.turns import Claim, Turns
from shotmill.quota.window import MINUTE, MinuteWindow


@dataclass(slots=True)
class Account:
    """What is known of one quota project with one model. Counts are ours and the provider's corrections of them.

    `refused_with_room` counts refusals for the minute that our own requests don't explain: others use this quota too.
    `probe`: a person mended what rested, and one request goes first. `guard`: of the line, shared by all accounts of a
    book.
    """

    quota_project: str
    model: str
    limits: AccountLimits
    guard: Guard = field(default_factory=Guard)
    window: MinuteWindow = field(default_factory=MinuteWindow)
    day: DayCount = field(default_factory=DayCount)
    turns: Turns = field(default_factory=Turns)
    tokens: TokenWindow = field(default_factory=TokenWindow)
    throttle: Throttle = field(default_factory=Throttle)
    care: Care = field(default_factory=Care)
    probe: Probe | None = None
    out: Departures = field(default_factory=Departures)
    resting: Resting | None = None
    refused_with_room: int = 0
    known_keys: set[str] = field(default_factory=set)
    in_use: LimitsInUse = field(init=False)
    _held: Wait | None = None  # what the last `wait` came to, good until it ends or something changes
    _held_with: float = FIRST_GUARD
    _known_from: float = math.inf

    def __post_init__(self) -> None:
        self.in_use = LimitsInUse(self.limits, search_for(self.model))

    @property
    def rpm(self) -> int:
        return self.in_use.rpm

    @property
    def rpd(self) -> int:
        return self.in_use.rpd

    @property
    def tpm(self) -> int | None:
        """Tokens a minute, where a refusal named them."""
        return self.in_use.tpm

    @property
    def in_flight(self) -> int:
        return len(self.out)

    @property
    def most_in_flight(self) -> int:
        return self.limits.minutes_out * self.rpm if self.limits.in_flight == "auto" else self.limits.in_flight

    def today(self, now: float) -> int:
        """Requests sent since the last midnight in Los Angeles."""
        return self.day.used(now)

    def taken_today(self, now: float) -> int:
        """Those and what is leased and about to leave: what a meter shows beside the minute, which has them too."""
        return self.today(now) + self.window.open

    def minute(self, now: float) -> int:
        """Requests of the running minute, with what is leased and about to leave: what a meter shows."""
        return min(self.rpm, self.window.used(now, self.guard.at(now)))

    @property
    def a_minute(self) -> int:
        """Requests that a minute takes by its limits of requests and of tokens."""
        if self.tpm is None or not self.tokens.each:
            return self.rpm
        return min(self.rpm, max(1, int(self.tpm / self.tokens.each)))

    def minute_tokens(self, now: float) -> int:
        """Tokens with which the requests of the running minute asked."""
        return self.tokens.used(now, self.guard.at(now))

    def wait(self, now: float) -> Wait | None:
        """What holds the next request of this account back, by what ends last; None when it may leave now."""
        held, guard = self._held, self.guard.at(now)
        holds = self._known_from <= now and guard == self._held_with  # an hour makes it shorter, others make it longer
        if holds and (held is None or (held.until is not None and now < held.until)):
            return held
        self._held, self._held_with = what_holds(self, now), guard
        self._known_from = now if self.probe is None else math.inf  # which others may hold too
        return self._held

    def use(self, limits: AccountLimits) -> None:
        """The settings changed."""
        self.limits = limits
        self.in_use.use(limits)
        self.changed()

    def changed(self) -> None:
        """What `wait` said may not hold any more."""
        self._known_from = math.inf

    def mended(self) -> None:
        """A person says: try again, with one request before the others."""
        self.resting = None
        self.changed()

    def be_probed(self, probe: Probe) -> None:
        self.probe = probe
        self.changed()

    @property
    def gap(self) -> float:
        """Seconds from one slot to the next, were they spread over the minute."""
        return MINUTE / self.a_minute

    def free_at_once(self, now: float) -> int:
        """How many requests could leave now, one as well as many."""
        return min(self.free(now), self.rpd - self.taken_today(now), self.most_in_flight - len(self.out))

    def back_by(self, at: float, now: float) -> int:
        """How many of the slots that are taken now are free again by then."""
        return self.window.back_by(at, now, self.guard.at(now))

    def goes_on(self, now: float) -> bool:
        """Whether no more holds it than the minute or what is out: it neither rests nor has spent its day."""
        held = self.wait(now)
        return held is None or held.binding in PASSING

    def free(self, now: float) -> int:
        """Slots of the minute that could be leased now."""
        used = self.window.used(now, self.guard.at(now))
        return self.in_use.search.free(used, now) if self.in_use.fixed is None else max(0, self.rpm - used)

    def freed_at(self, now: float) -> float | None:
        """When the next slot that is taken is free again."""
        return self.window.oldest_until(self.guard.at(now))

    def lease(self, lease: Lease, claim: Claim) -> None:
        self.changed()
        used = self.window.used(lease.at, self.guard.at(lease.at))
        self.window.lease()
        self.in_use.search.leased(used, lease.at, self.care.spacing)
        self.care.leased(lease.at)
        self.out.leased(lease)
        self.turns.took(claim, self.gap, lease.at)
        if self.probe is not None:
            self.probe.leased(lease)

    def sent(self, lease: Lease, now: float) -> None:
        self.changed()
        self.out.left(lease, self.window, self.guard.at(now), self.rpm, now)
        self.tokens.sent(lease, now)
        self.day.sent(now)

    def not_sent(self, lease: Lease, sent_at: float, now: float) -> None:
        """A request that we counted as sent and that certainly never left (no connection)."""
        if self.answered(lease) is not None:
            self.in_use.search.never_left()
            self.window.withdraw(sent_at)
            self.tokens.withdraw(lease)
            self.day.refund(sent_at, now)

    def answered(self, lease: Lease) -> Departure | None:
        """An answer came, or never will: it may not have left. Returns how it left, None where it never did."""
        self.changed()
        if self.probe is not None:
            self.probe.landed(lease)
        left = self.out.landed(lease)
        if left is None:
            self.window.give_back()
            self.in_use.search.never_left()
        return left

    def accepted(self, lease: Lease, left: Departure | None, now: float) -> None:
        """The provider drew for a request: its minute had room for as many."""
        self.changed()
        if left is not None:
            self.in_use.accepted(left, now)
            self.throttle.drew(left.at)
            self.care.drew(left.at)
        if self.probe is not None and self.probe.drew(lease) and self.today(now) > self.rpd:
            self.in_use.day_was_raised(now)

    def rest(self, resting: Resting, now: float) -> None:
        """Rest; a longer rest that is already under way stays."""
        self.changed()
        self.resting = longer(resting, self.resting, now)

    def refused_for_minute(self, left: Departure | None, now: float) -> None:
        """The provider's minute had no room for it, or the refusal does not say what was full."""
        self.changed()
        self.out.refused(left)
        self.care.refused(left.at if left is not None else None, now)

    def took(self, left: Departure) -> int:
        """Slots of the minute that were taken as one was refused."""
        return self.out.took(left, self.window, self.guard.seconds)

    def refused_for_tokens(self, now: float) -> None:
        """The requests asked with more tokens than the minute has."""
        self.changed()
        if self.tpm is not None:
            self.tokens.refused(self.tpm, now, self.guard.at(now))

    def correct(self, limit: NamedLimit, now: float) -> bool:
        """Take over a limit that a refusal named; returns whether that is news."""
        self.changed()
        return self.in_use.correct(limit, now)

    def learned(self) -> tuple[Learned, ...]:
        """What the next daemon should know."""
        found = list(self.in_use.learned())
        if self.guard.seconds > FIRST_GUARD:
            found.append(Learned("guard", self.guard.seconds, self.guard.since))
        if self.tpm is not None and self.tokens.each and not self.tokens.guessed:
            found.append(Learned("tokens", self.tokens.each, 0.0))
        return tuple(found)

    def remember(self, learned: Iterable[Learned], now: float) -> None:
        """Take over what an earlier daemon learned, in whatever order. What was proven comes last: a limit that was
        named counts for proven, and less than that may have been found since."""
        self.changed()
        for one in sorted(learned, key=lambda one: one.what == "proven"):
            if one.what == "guard":
                self.guard.remember(one.value, min(one.at, now), now)
            elif one.what == "tokens":
                self.tokens.each = one.value
            else:
                self.in_use.remember(one, now)
