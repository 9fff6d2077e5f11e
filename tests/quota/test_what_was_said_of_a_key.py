"""What the provider said against a key is remembered until it draws or a test says otherwise."""

from quota.quota_world import IMAGE, MODEL, NOON, answer, make_book, make_key, take
from shotmill.gemini.outcome import Scope, Until
from shotmill.quota.pool import KeyPool
from shotmill.quota.resting import Resting

BAD = answer("key_invalid", Scope.KEY, Until.MENDED)
SAID = Resting("key_invalid", "API key not valid", None, "Replace it: shotmill keys add NAME --replace.")
OTHERS = Resting("no_quota", "none", None, "use a key of another: shotmill keys add NAME")


def test_a_start_tries_a_bad_key_again_and_does_not_forget_what_was_said() -> None:
    book, pool = make_book(), KeyPool([make_key("a")])
    key = pool.keys[0]
    book.settle(take(book, pool, NOON), NOON, BAD, NOON + 1)
    book.mended(pool.keys)
    assert book.resting(key, MODEL, NOON + 2) is None
    said = book.trouble(key, MODEL, NOON + 2)
    assert said is not None
    assert said.key_state == "invalid"
    book.settle(take(book, pool, NOON + 2), NOON + 2, IMAGE, NOON + 9)
    assert book.trouble(key, MODEL, NOON + 9) is None


def test_a_test_that_went_well_has_a_bad_key_tried_again() -> None:
    book, pool = make_book(), KeyPool([make_key("a")])
    key = pool.keys[0]
    book.remember("key", key.fingerprint, "", SAID)
    assert book.key(key).passed_test()
    assert book.trouble(key, MODEL, NOON) is None
    take(book, pool, NOON)
    assert book.key(key).probing


def test_a_test_that_went_badly_keeps_no_beat_from_its_key() -> None:
    book, pool = make_book(), KeyPool([make_key("a")])
    book.key(pool.keys[0]).refused_test(SAID)
    found = book.trouble(pool.keys[0], MODEL, NOON)
    assert found is not None
    assert not book.key(pool.keys[0]).passed_test(), "it did not rest"
    take(book, pool, NOON)


def test_the_cure_names_the_key_that_is_to_be_replaced_and_no_other() -> None:
    book, key = make_book(), make_key("anna")
    book.remember("key", key.fingerprint, "", SAID)
    found = book.resting(key, MODEL, NOON)
    assert found is not None
    assert "keys add anna --replace" in found.cure
    assert OTHERS.of_key("anna").cure == OTHERS.cure, "that one's name is the user's to choose"
