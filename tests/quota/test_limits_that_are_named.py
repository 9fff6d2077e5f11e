"""A refusal that names a limit: which limit holds then, what it teaches, and what the next daemon knows of it."""

from itertools import pairwise

import pytest

from quota.quota_world import IMAGE, MODEL, NOON, Past, answer, make_book, make_key, refused, take
from shotmill.gemini.outcome import Fate, NamedLimit, Outcome, Rest, Scope, Until, Window
from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits, minutes_out
from shotmill.quota.book import QuotaBook
from shotmill.quota.guard import FIRST_GUARD
from shotmill.quota.learned import ANY_MODEL, KEEP_LEARNED_S, Learned
from shotmill.quota.lease import Lease, Wait
from shotmill.quota.limit_search import FIGURE_S, search_for
from shotmill.quota.pool import KeyPool
from shotmill.quota.spend_window import HEARD_S, SpendWindow
from shotmill.quota.turns import Claim


def minute(window: Window, value: int = 0, seconds: float = 7.0) -> Outcome:
    """A refusal for the minute; a value of 0: it names no figure."""
    limits = (NamedLimit(window, value),) if value else ()
    rest = Rest(Until.SECONDS, seconds, exact=True)
    return Outcome(Fate.AGAIN, "minute_quota", "full", Scope.QUOTA_PROJECT, rest, limits=limits, windows=(window,))


RPM, TPM, RPD = Window.REQUESTS_A_MINUTE, Window.TOKENS_A_MINUTE, Window.REQUESTS_A_DAY


def account_with(limits: AccountLimits, *named: tuple[Window, int]) -> Account:
    account = Account("p", MODEL, limits)
    for window, value in named:
        account.correct(NamedLimit(window, value), NOON)
    return account


def test_a_named_limit_replaces_a_default_up_and_down_and_keeps_below_what_was_written() -> None:
    for named in (3, 100):
        assert account_with(AccountLimits(9, 500), (RPM, named)).rpm == named
        assert account_with(AccountLimits("auto", 500, rpm_written=True), (RPM, named)).rpm == named
        assert account_with(AccountLimits(9, 500), (Window.REQUESTS_A_DAY, named)).rpd == named
    written = AccountLimits(9, 50, rpm_written=True, rpd_written=True)
    assert [account_with(written, (RPM, named)).rpm for named in (3, 100)] == [3, 9]
    assert [account_with(written, (Window.REQUESTS_A_DAY, named)).rpd for named in (3, 100)] == [3, 50]


def test_a_limit_in_use_is_said_to_be_the_providers_only_while_it_is() -> None:
    written = AccountLimits(9, 50, rpm_written=True, rpd_written=True)
    assert not account_with(written).in_use.rpm_is_named and not account_with(written).in_use.rpd_is_named
    for window, lower, higher in ((RPM, 3, 100), (Window.IMAGES_A_MINUTE, 3, 100), (Window.REQUESTS_A_DAY, 3, 100)):
        corrected, ours = (account_with(written, (window, value)).in_use for value in (lower, higher))
        assert (corrected.rpm_is_named, corrected.rpd_is_named) == (window is not RPD, window is RPD)
        assert not ours.rpm_is_named and not ours.rpd_is_named
    raised = account_with(AccountLimits(9, 500), (RPD, 3))
    raised.in_use.day_was_raised(NOON)
    assert not raised.in_use.rpd_is_named, "that it was raised tells no figure"


def test_a_person_who_writes_less_than_was_named_gets_less() -> None:
    account = account_with(AccountLimits(9, 500), (RPM, 100))
    account.use(AccountLimits(3, 500, rpm_written=True))
    assert account.rpm == 3
    account.use(AccountLimits(9, 500))
    assert account.rpm == 100


def test_a_person_who_raises_a_figure_beyond_what_was_named_is_believed_till_the_next_refusal() -> None:
    five = AccountLimits(5, 50, rpm_written=True, rpd_written=True)
    account = account_with(five, (RPM, 4), (Window.REQUESTS_A_DAY, 40))
    account.use(five)
    assert (account.rpm, account.rpd) == (4, 40)
    account.use(AccountLimits(20, 400, rpm_written=True, rpd_written=True))
    assert (account.rpm, account.rpd) == (20, 400)
    account.correct(NamedLimit(RPM, 10), NOON)
    account.use(AccountLimits(20, 400, rpm_written=True, rpd_written=True))
    assert account.rpm == 10


def test_a_limit_that_is_named_is_no_jitter_and_blames_nobody() -> None:
    book, pool = make_book(rpm=9), KeyPool([make_key("a")])
    leases = [take(book, pool, NOON) for _ in range(9)]
    for lease in leases[5:]:
        _, note = book.settle(lease, NOON, minute(RPM, 5), NOON + 0.2)
        assert "room" not in note
    account = book.accounts["a", MODEL]
    assert (account.rpm, account.guard.seconds, account.refused_with_room) == (5, FIRST_GUARD, 0)


def test_what_was_named_found_and_guarded_is_known_to_the_next_daemon_for_a_week() -> None:
    account = account_with(AccountLimits(9, 500), (RPM, 5), (Window.REQUESTS_A_DAY, 40), (TPM, 1000))
    account.guard.too_short(NOON, NOON)
    account.tokens.told(object(), 300)
    pool = KeyPool([make_key("p")])
    for later, limits in ((60.0, (5, 40, 1000)), (KEEP_LEARNED_S, (9, 500, None))):
        book = make_book(rpm=9)
        book.remember_learned("p", MODEL, account.learned())
        book.lease(pool, MODEL, NOON + later, Claim())
        found = book.accounts["p", MODEL]
        assert (found.rpm, found.rpd, found.tpm) == limits
        assert found.tokens.each == 300
        assert found.guard.at(NOON + 60) == 2 * FIRST_GUARD or later > 60


def test_what_was_found_by_trying_is_known_to_the_next_daemon() -> None:
    earlier = Account("p", MODEL, AccountLimits("auto", 500))
    earlier.remember([Learned("proven", 4, NOON + 3000)], NOON)
    assert earlier.learned() == (Learned("proven", 4, NOON + 3000),)
    book = make_book(rpm="auto")
    book.remember_learned("p", MODEL, earlier.learned())
    pool = KeyPool([make_key("p")])
    assert len([take(book, pool, NOON) for _ in range(4)]) == 4
    assert refused(book, pool, NOON + 30).until == NOON + 60 + FIRST_GUARD


def test_a_spend_limit_that_was_met_is_known_to_the_next_daemon_for_a_week() -> None:
    window = SpendWindow()
    for one, fate in (("a", "paid"), ("b", "paid"), ("c", "refused")):
        window.lease(one, 0.04, NOON)
        if fate == "paid":
            window.paid(one, 0.06, NOON, NOON + 8)
        else:
            window.refused(one, NOON, NOON + 9)
    assert window.limit == pytest.approx(0.12)
    key = make_key("p", account="bank")
    for later, limit in ((60.0, pytest.approx(0.12)), (KEEP_LEARNED_S, None), (KEEP_LEARNED_S + 60, None)):
        book = make_book(rpm=9, past=Past([(NOON + later - 300, "p", key.fingerprint)]))
        book.remember_learned("bank", ANY_MODEL, window.learned())
        book.account("p", MODEL, [key], NOON + 9 + later)
        found = book.spend_window("bank")
        assert found.limit == limit
        if limit is not None:
            assert found.used(0.04, NOON + 9 + later) == pytest.approx(0.06), "as those cost that it knew of"
            assert found.room(0.04, NOON + 9 + later) == 1 and found.learned() == window.learned()


def test_a_minute_of_tokens_is_kept_and_told_and_no_sign_of_others() -> None:
    book, now, notes, sizes = make_book(rpm=9), NOON, [], []
    pool, busy = KeyPool([make_key("f1")]), KeyPool([make_key("f2")])
    for _ in range(3):
        for _ in range(9):
            book.settle(take(book, busy, now), now, IMAGE, now + 8)
        leases = []
        while isinstance(found := book.lease(pool, MODEL, now, Claim()), Lease):
            book.sent(found, now)
            leases.append(found)
        sizes.append(len(leases))
        for lease in leases[:-1]:
            book.settle(lease, now, Outcome(Fate.IMAGE, "image", prompt_tokens=110), now + 8)
        notes.append(book.settle(leases[-1], now, minute(TPM, 1000), now + 0.2)[1])
        now += 100
    assert "1000 tokens a minute" in notes[0] and notes[1:] == ["", ""]
    assert sizes[0] == 9 > sizes[1]  # nine with 110 fit, and were refused all the same: each may ask with more
    account = book.accounts["f1", MODEL]
    assert (account.rpm, account.tpm, account.refused_with_room) == (9, 1000, 0)
    assert book.behaving_like_one() == []


def test_tokens_that_a_reply_names_correct_what_was_expected() -> None:
    book, pool = make_book(rpm=60), KeyPool([make_key("a")])
    first = take(book, pool, NOON)
    book.settle(first, NOON, Outcome(Fate.IMAGE, "image", prompt_tokens=400), NOON + 5)
    account = book.accounts["a", MODEL]
    account.correct(NamedLimit(TPM, 1100), NOON + 5)
    second = take(book, pool, NOON + 5)
    wait = refused(book, pool, NOON + 5)
    assert (wait.until, wait.reason) == (NOON + 60 + FIRST_GUARD, "minute quota, tokens")
    assert account.minute_tokens(NOON + 5) == 800
    book.settle(second, NOON + 5, Outcome(Fate.IMAGE, "image", prompt_tokens=100), NOON + 9)
    assert account.minute_tokens(NOON + 9) == 500
    take(book, pool, NOON + 9)


def test_a_refusal_for_tokens_teaches_what_a_request_asks_with_where_no_reply_did() -> None:
    book, pool = make_book(rpm=60), KeyPool([make_key("a")])
    leases = [take(book, pool, NOON) for _ in range(5)]
    book.settle(leases[-1], NOON, minute(TPM, 1000, 1.0), NOON + 0.2)
    wait = refused(book, pool, NOON + 20)
    assert wait.until == NOON + 60 + FIRST_GUARD
    take(book, pool, NOON + 61)
    assert refused(book, pool, NOON + 61).until == NOON + 61.5, "one after another"
    assert len([take(book, pool, NOON + 61 + step) for step in range(1, 4)]) == 3
    assert refused(book, pool, NOON + 64.1).until == NOON + 121 + FIRST_GUARD, "and no sooner than there is room"
    assert refused(book, pool, NOON + 65).until == NOON + 121 + FIRST_GUARD


def test_a_refusal_for_tokens_says_nothing_of_how_many_requests_a_minute_takes() -> None:
    book, pool = make_book(rpm="auto"), KeyPool([make_key("a")])
    for step in range(3):
        now = NOON + 2 * step
        book.settle(take(book, pool, now), now, IMAGE, now)
    lease = take(book, pool, NOON + 6)
    book.settle(lease, NOON + 6, minute(TPM, 0, 1.0), NOON + 6.2)
    assert book.accounts["a", MODEL].rpm == 10
    take(book, pool, NOON + 12)


def test_what_was_replayed_counts_its_tokens() -> None:
    key = make_key("a")
    book = make_book(rpm=60, past=Past([(NOON - 1, "a", key.fingerprint)] * 4))
    book.remember_learned("a", MODEL, [Learned("tpm", 1000, NOON), Learned("tokens", 250.0, 0.0)])
    assert refused(book, KeyPool([key]), NOON).reason == "minute quota, tokens"


@pytest.mark.parametrize(
    ("limit", "refusal_s"), [*((limit, late) for limit in range(1, 21) for late in (0.15, 8.0)), (120, 0.15)]
)
def test_the_search_for_a_limit_earns_no_more_than_a_handful_of_refusals_an_hour(limit: int, refusal_s: float) -> None:
    book, pool = make_book(rpm="auto", rpd=100_000), KeyPool([make_key("a")])
    refusals, accepted = searched(book, pool, limit, refusal_s, 3599.0 if limit <= 20 else 900.0)
    assert refusals <= 5
    last = sum(1 for at in accepted if at > accepted[-1] - 60.0)
    assert limit * 0.9 <= last <= limit
    assert all(later - at >= 60.0 for at, later in zip(accepted, accepted[limit:], strict=False))
    assert all(later >= at for at, later in pairwise(accepted))


KNOWN = "gemini-3.1-flash-lite-image"  # of which a refusal named ten


def test_a_search_starts_with_the_figure_that_is_known_of_the_model_one_after_another() -> None:
    book, pool, now, left = make_book(rpm="auto"), KeyPool([make_key("a")]), NOON, list[tuple[float, Lease]]()
    while now < NOON + 60:
        found = book.lease(pool, KNOWN, now, Claim())
        if isinstance(found, Lease):
            book.sent(found, now)
            left.append((now, found))
        else:
            assert found.until is not None and found.until > now
            now = found.until
    assert len(left) == 10 and left[-1][0] <= NOON + FIGURE_S
    assert all(sum(at <= other < at + HEARD_S for other, _ in left) <= 1 for at, _ in left)
    for at, lease in left:
        book.settle(lease, at, IMAGE, NOON + 13)
    beyond = book.lease(pool, KNOWN, NOON + 13, Claim())
    assert isinstance(beyond, Lease)
    assert isinstance(book.lease(pool, KNOWN, NOON + 14, Claim()), Wait)


def test_a_figure_that_was_refused_is_no_start_any_more() -> None:
    search = search_for(KNOWN)
    assert search.free(0, NOON) == 1
    search.refused(4, NOON)
    assert (search.limit, search.free(0, NOON), search.free(3, NOON)) == (3, 3, 0)
    after = search_for(KNOWN)
    after.remember(3, NOON + 60)
    assert after.free(0, NOON) == 3


def searched(book: QuotaBook, pool: KeyPool, limit: int, refusal_s: float, span: float) -> tuple[int, list[float]]:
    """Refusals, and the moments of what was drawn, with a provider that draws in 8 s and counts strictly."""
    out: list[tuple[float, float, Lease, Outcome]] = []
    accepted: list[float] = []
    refusals, now, claim = 0, NOON, Claim()
    while now < NOON + span:
        out.sort(key=lambda one: one[0])
        while out and out[0][0] <= now:
            _, at, lease, outcome = out.pop(0)
            book.settle(lease, at, outcome, now)
        found = book.lease(pool, MODEL, now, claim)
        if isinstance(found, Lease):
            book.sent(found, now)
            if sum(1 for at in accepted[-limit:] if at > now - 60.0) < limit:
                accepted.append(now)
                out.append((now + 8.0, now, found, IMAGE))
            else:
                refusals += 1
                out.append((now + refusal_s, now, found, answer("minute_quota", Scope.QUOTA_PROJECT, Until.SECONDS, 5)))
            continue
        moments = [moment for moment in (found.until, out[0][0] if out else None) if moment is not None]
        now = max(now + 0.001, min(moments))
    return refusals, accepted


def test_as_many_minutes_worth_may_be_out_as_a_request_may_take() -> None:
    assert [minutes_out(seconds) for seconds in (30.0, 240.0, 241.0, 600.0)] == [1, 4, 5, 10]
    assert Account("p", MODEL, AccountLimits(9, 500, minutes_out=10)).most_in_flight == 90


def test_what_an_earlier_daemon_told_of_proves_no_limit() -> None:
    """It is counted a little later than it was, and all of it at once where the clock was set: a storm found the limit
    taken for 82 a minute that was 60."""
    book, key = make_book(rpm="auto", past=Past([(NOON - 10 - n, "a", "") for n in range(40)])), make_key("a")
    account = book.account("a", MODEL, [key], NOON)
    assert account.window.used(NOON, FIRST_GUARD) == 40
    lease = take(book, KeyPool([key]), NOON)
    book.settle(lease, NOON, IMAGE, NOON + 8)
    assert account.in_use.search.proven == 1
