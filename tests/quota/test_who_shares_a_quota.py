"""A minute that is refused though our count had room: whether jitter, another program or another key explains it."""

from quota.quota_world import IMAGE, MODEL, NOON, make_book, make_key, take
from quota.test_limits_that_are_named import RPM, minute
from shotmill.quota.book import QuotaBook
from shotmill.quota.care import SPACING_S
from shotmill.quota.guard import FIRST_GUARD
from shotmill.quota.lease import Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.turns import Claim

A, B, C = (KeyPool([make_key(name, f"film-{name}")]) for name in "abc")
FULL = minute(RPM, seconds=1.0)
APART = SPACING_S + 0.1
"""Seconds between two requests, also after a refusal."""


def round_of(book: QuotaBook, now: float, pools: tuple[KeyPool, ...], refused: KeyPool) -> None:
    """Each fills its minute in turn; the last request of one is refused at once, the others are drawn."""
    turns = [(now + step * APART + n / 10, pool) for step in range(6) for n, pool in enumerate(pools)]
    leases = [(pool, take(book, pool, at)) for at, pool in turns]
    last = next(lease for pool, lease in reversed(leases) if pool is refused)
    book.settle(last, last.at, FULL, last.at + 0.2)
    for _, lease in leases:
        if lease is not last:
            book.settle(lease, lease.at, IMAGE, lease.at + 8)


def test_being_busy_is_no_guilt() -> None:
    book = make_book(rpm=6)
    for turn in range(8):
        round_of(book, NOON + 100 * turn, (A, B, C), A)
    assert book.accounts["film-a", MODEL].refused_with_room == 8
    assert book.behaving_like_one() == []


def test_two_that_are_never_accepted_together_are_told_of() -> None:
    book = make_book(rpm=6)
    for turn in range(5):
        now = NOON + 100 * turn
        leases = [take(book, pool, now + step * APART) for step in range(4) for pool in (A, B)]
        for lease in leases[6:]:
            book.settle(lease, lease.at, FULL, lease.at + 0.2)
        for lease in leases[:6]:
            book.settle(lease, lease.at, IMAGE, lease.at + 8)
    assert book.behaving_like_one() == [("film-a", "film-b")]


def test_keys_that_were_moved_into_one_project_are_told_of_no_more() -> None:
    book, ring = make_book(rpm=6), [make_key("a", "film-a"), make_key("b", "film-b")]
    book.ring = lambda: ring
    for turn in range(5):
        leases = [take(book, pool, NOON + 100 * turn + step * APART) for step in range(4) for pool in (A, B)]
        for lease in leases[6:]:
            book.settle(lease, lease.at, FULL, lease.at + 0.2)
        for lease in leases[:6]:
            book.settle(lease, lease.at, IMAGE, lease.at + 8)
    assert book.behaving_like_one() == [("film-a", "film-b")]
    ring[1] = make_key("b", "film-a")
    assert book.behaving_like_one() == []


def test_what_was_refused_of_a_shared_minute_is_no_proof_that_it_was_accepted() -> None:
    """Two that are one project of six a minute: the seventh is refused, and when the first is a minute old there is
    room for one more."""
    book = make_book(rpm=6)
    for turn in range(3):
        now = NOON + 200 * turn
        first = take(book, A, now)
        leases = [first, *(take(book, pool, now + 3 * step) for step, pool in enumerate((A, A, A, B, B), 1))]
        seventh = take(book, B, now + 18)
        book.settle(seventh, now + 18, FULL, now + 18.2)
        for lease in leases:
            book.settle(lease, lease.at, IMAGE, lease.at + 8)
        more = take(book, A, now + 61)
        book.settle(more, now + 61, IMAGE, now + 69)
    assert book.behaving_like_one() == [("film-a", "film-b")]


def test_two_that_fit_into_one_minute_together_explain_nothing() -> None:
    book = make_book(rpm=6)
    for turn in range(4):
        now = NOON + 100 * turn
        leases = [take(book, pool, now + step * APART) for step, pool in enumerate((A, B, A))]
        book.settle(leases[-1], leases[-1].at, FULL, leases[-1].at + 0.2)
    assert book.accounts["film-a", MODEL].refused_with_room == 4
    assert book.behaving_like_one() == []


def test_a_suspicion_falls_when_as_much_is_accepted() -> None:
    book = make_book(rpm=6)
    for turn in range(3):
        now = NOON + 100 * turn
        leases = [take(book, pool, now + step * APART) for step in range(4) for pool in (A, B)]
        book.settle(leases[-1], leases[-1].at, FULL, leases[-1].at + 0.2)
        for lease in leases[:-1]:
            book.settle(lease, lease.at, IMAGE, lease.at + 8)
    assert book.behaving_like_one() == [("film-a", "film-b")]
    leases = [take(book, pool, NOON + 300 + step * APART) for step in range(4) for pool in (A, B)]
    for lease in leases:
        book.settle(lease, lease.at, IMAGE, lease.at + 8)
    assert book.behaving_like_one() == []


def test_another_program_that_takes_a_slot_a_minute_does_not_widen_the_guard() -> None:
    book, claim, now = make_book(rpm=9, rpd=10_000), Claim(), NOON
    accepted: list[float] = []
    others = [NOON + 30 + 60 * minute for minute in range(30)]
    pending: list[tuple[float, Lease]] = []
    while now < NOON + 1500:
        found = book.lease(A, MODEL, now, claim)
        while pending and pending[0][0] + 8 <= now:
            at, lease = pending.pop(0)
            book.settle(lease, at, IMAGE, at + 8)
        if not isinstance(found, Lease):
            moments = [found.until, pending[0][0] + 8 if pending else None]
            now = max(now + 0.01, min(moment for moment in moments if moment is not None))
            continue
        book.sent(found, now)
        if sum(1 for at in (*accepted, *others) if now - 60 < at <= now) < 9:
            accepted.append(now)
            pending.append((now, found))
        else:
            book.settle(found, now, FULL, now + 0.15)
        now += 0.02
    account = book.accounts["film-a", MODEL]
    assert account.refused_with_room >= 5
    assert account.guard.seconds <= 2 * FIRST_GUARD


def test_a_slow_line_widens_the_guard_as_far_as_it_is_slow() -> None:
    book, now = make_book(rpm=3), NOON
    for _ in range(6):
        for _ in range(2):
            book.settle(take(book, A, now), now, IMAGE, now + 5)
        book.settle(take(book, A, now), now, FULL, now + 1.8)
        now += 60 + book.accounts["film-a", MODEL].guard.at(now)
    assert book.accounts["film-a", MODEL].guard.seconds == 4 * FIRST_GUARD * 2
