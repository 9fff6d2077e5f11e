"""What a person mended is tried with one request, and the others follow when that one drew."""

from quota.quota_world import IMAGE, MODEL, NOON, answer, make_book, make_key, refused, take
from shotmill.gemini.outcome import NamedLimit, Scope, Until, Window
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.lease import Binding, Lease
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting
from shotmill.quota.turns import Claim

CAP = answer("spend_cap", Scope.BILLING_ACCOUNT, Until.MONTH)
DAY = answer("day_quota", Scope.QUOTA_PROJECT, Until.MIDNIGHT, 0.0, NamedLimit(Window.REQUESTS_A_DAY, 3))


def test_a_raised_cap_is_tried_with_one_request_for_the_whole_billing_account() -> None:
    pool = KeyPool([make_key("a", "p", "bank"), make_key("b", "p", "bank"), make_key("c", "q", "bank")])
    book = make_book(rpm=9)
    book.settle(take(book, pool, NOON), NOON, CAP, NOON + 1)
    assert refused(book, pool, NOON + 1).binding is Binding.SPEND
    book.mended(pool.keys)
    probe = take(book, pool, NOON + 2)
    assert refused(book, pool, NOON + 2).reason == "one request first"
    book.settle(probe, NOON + 2, CAP, NOON + 3)
    assert refused(book, pool, NOON + 3).binding is Binding.SPEND
    book.mended(pool.keys)
    probe = take(book, pool, NOON + 4)
    book.settle(probe, NOON + 4, IMAGE, NOON + 12)
    assert {take(book, pool, NOON + 12).key.quota_project for _ in range(4)} == {"p", "q"}


def test_a_cap_is_tried_with_one_request_also_by_projects_with_other_keys_of_the_account() -> None:
    book = make_book(rpm=9)
    one, other = KeyPool([make_key("a", "p", "bank")]), KeyPool([make_key("b", "q", "bank")])
    book.settle(take(book, other, NOON), NOON, IMAGE, NOON + 8)
    book.settle(take(book, one, NOON + 9), NOON + 9, CAP, NOON + 10)
    book.mended(one.keys)
    take(book, one, NOON + 11)
    assert refused(book, other, NOON + 11).reason == "one request first"


def test_a_day_that_the_provider_refused_is_tried_again_beyond_the_limit_that_it_named() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a"), make_key("b", "a")])
    leases = [take(book, pool, NOON) for _ in range(3)]
    book.settle(leases[0], NOON, DAY, NOON + 1)
    book.mended(pool.keys)
    probe = take(book, pool, NOON + 2)  # the count alone would say that the day is spent
    assert refused(book, pool, NOON + 2).reason == "one request first"
    book.settle(probe, NOON + 2, DAY, NOON + 3)
    assert refused(book, pool, NOON + 3).binding is Binding.DAY
    book.mended(pool.keys)
    probe = take(book, pool, NOON + 4)
    book.settle(probe, NOON + 4, IMAGE, NOON + 12)
    take(book, pool, NOON + 12)
    take(book, pool, NOON + 12)


def test_a_days_limit_that_a_person_wrote_is_not_probed_beyond() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    book.limits = lambda _: AccountLimits(9, 3, rpd_written=True)
    leases = [take(book, pool, NOON) for _ in range(3)]
    book.settle(leases[0], NOON, DAY, NOON + 1)
    book.mended(pool.keys)
    assert refused(book, pool, NOON + 2).binding is Binding.DAY


def test_a_rest_of_an_earlier_daemon_that_a_person_may_end_is_tried_too() -> None:
    pool = KeyPool([make_key("a", "p"), make_key("b", "p")])
    book = make_book(rpm=9)
    book.remember("quota_project", "p", MODEL, Resting("day_quota", "spent", NOON + 9999))
    book.mended(pool.keys)
    take(book, pool, NOON)
    assert refused(book, pool, NOON).reason == "one request first"


def test_a_probe_that_never_left_makes_room_for_another() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a", "p", "bank")])
    book.settle(take(book, pool, NOON), NOON, CAP, NOON + 1)
    book.mended(pool.keys)
    lease = book.lease(pool, MODEL, NOON + 2, Claim())
    assert isinstance(lease, Lease)
    book.give_back(lease, NOON + 2)
    take(book, pool, NOON + 2)
    assert refused(book, pool, NOON + 2).reason == "one request first"
