"""Whatever the provider answers: an outcome, no exception, no key in it, nothing that moves a cursor."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shotmill.gemini.exchange import Exchange, is_reply
from shotmill.gemini.outcome import Fate, Outcome, Scope, Until
from shotmill.gemini.reactions import react
from shotmill.gemini.reply import Reply, ReplyError, read_reply

KEY = "AIzaSyNobodysKeyOfATest0123456789-_abcd"
AUTH_KEY = "AQ.Ab8RN6NobodysAuthKeyOfATest0123456789"
BODIES = [json.loads(path.read_bytes()) for path in sorted((Path(__file__).parent / "wire").glob("*.json"))]

words = st.one_of(
    st.text(max_size=40),
    st.sampled_from([KEY, AUTH_KEY, f"api_key:{KEY}", "x" * 290 + KEY, "\x1b[2J", "PerDay", "limit: 0", "26s", "STOP"]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
statuses = st.sampled_from([200, 204, 302, 400, 401, 403, 404, 408, 429, 499, 500, 502, 503, 504, 599, 999])


@st.composite
def disturbed(draw: st.DrawFn) -> object:
    """A body that was seen, with some of its values replaced by anything."""
    chance = draw(st.integers(2, 12))

    def change(value: Any) -> Any:
        if draw(st.integers(0, chance)) == 0:
            return draw(values)
        if isinstance(value, dict):
            return {name: change(inner) for name, inner in value.items()}
        return [change(inner) for inner in value] if isinstance(value, list) else value

    return change(draw(st.sampled_from(BODIES)))


def outcome_of(status: int, body: bytes, headers: dict[str, str]) -> tuple[Outcome, Reply | None]:
    reply = None
    with contextlib.suppress(ReplyError):
        reply = read_reply(body)
    return react(Exchange(True, status, headers, body, True), reply, model=KEY), reply


def check(outcome: Outcome, status: int, reply: Reply | None) -> None:
    assert not re.search(r"AIza[0-9A-Za-z_\-]{10,}|AQ\.[0-9A-Za-z_\-]{10,}", repr(outcome))
    assert len(outcome.message) <= 340  # a key at the cut is replaced by a longer note
    assert not re.search(r"[\x00-\x1f\x7f]", outcome.message + outcome.cure)
    assert outcome.fate is not Fate.IN_DOUBT, "a whole answer is none"
    is_error = 300 <= status < 600 or outcome.scope is not Scope.NOBODY  # whatever the number, it says who is refused
    lost = outcome.code == "image_missing"  # billed for certain
    assert (outcome.fate is Fate.UNUSABLE) == (lost or (not is_error and (not is_reply(status) or reply is None)))
    assert outcome.perhaps_paid == (outcome.fate is Fate.UNUSABLE and not lost), "an error is free, whatever its body"
    if outcome.rest is not None:
        assert (outcome.rest.seconds > 0) == (outcome.rest.until is Until.SECONDS)
        assert outcome.rest.seconds <= 3600
    assert all(limit.value > 0 for limit in outcome.limits)
    if outcome.fate is Fate.AGAIN:
        assert outcome.counts or outcome.rest is not None, "neither counted nor rested: a storm"


@given(statuses, st.binary(max_size=200), st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text()))
def test_any_bytes(status: int, body: bytes, headers: dict[str, str]) -> None:
    outcome, reply = outcome_of(status, body, headers)
    check(outcome, status, reply)


@given(statuses, disturbed())
def test_anything_like_what_was_seen(status: int, body: object) -> None:
    outcome, reply = outcome_of(status, json.dumps(body).encode(), {})
    check(outcome, status, reply)


@given(statuses, disturbed(), st.integers(0, 2000), words)
def test_any_beginning_of_it_behind_other_words(status: int, body: object, end: int, before: str) -> None:
    cut = (before + json.dumps(body))[:end].encode("utf-8", "replace")
    outcome, reply = outcome_of(status, cut, {})
    check(outcome, status, reply)


@given(disturbed())
def test_the_final_image_is_bytes_or_said_not_to_be(body: object) -> None:
    try:
        image = read_reply(json.dumps(body).encode()).final_image()
    except ReplyError:
        return
    assert image is None or isinstance(image, bytes)
