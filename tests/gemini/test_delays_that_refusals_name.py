"""How long a refusal for the minute asks to wait, in every spelling that services, SDKs and gateways have for it."""

from __future__ import annotations

import math

import pytest

from gemini.test_reactions_to_wire_bodies import refused
from shotmill.gemini.outcome import Rest, Until

A_MINUTE = Rest(Until.SECONDS, 60.0)
LONGEST = Rest(Until.SECONDS, 3600.0, True)
LIMIT = {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel", "quotaValue": "10"}]}


def named(seconds: float) -> Rest:
    return Rest(Until.SECONDS, seconds, True)


@pytest.mark.parametrize(
    ("delay", "rest"),
    [
        ("26s", named(26)),
        ("59.999999999s", named(59.999999999)),
        ("0.5s", named(1)),
        ("0.000000001s", named(1)),
        ("837.279311ms", named(1)),
        ("1m26.5s", named(86.5)),
        (" 26 s ", named(26)),
        ("26", named(26)),
        (26, named(26)),
        (26.5, named(26.5)),
        ({"seconds": "26", "nanos": 500_000_000}, named(26.5)),
        ({"seconds": 26}, named(26)),
        ("99999999999s", LONGEST),
        (0, A_MINUTE),
        ("-5s", A_MINUTE),
        (-5, A_MINUTE),
        (math.inf, A_MINUTE),
        ({"seconds": 10**400}, A_MINUTE),
        ({"nanos": 10**400}, A_MINUTE),
        ("5\u017f", A_MINUTE),
        ("\u0665s", A_MINUTE),
        (math.nan, A_MINUTE),
        (10**400, A_MINUTE),
        (True, A_MINUTE),
        ({}, A_MINUTE),
        ("26 sheep", A_MINUTE),
    ],
)
def test_in_the_details(delay: object, rest: Rest) -> None:
    assert refused(429, "Quota.", details=[LIMIT, {"retryDelay": delay}]).rest == rest


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("Please retry in 35.174346048s", named(35.174346048)),
        ("Please retry in 1m5.2s.", named(65.2)),
        ("Please retry in 20h3m13.257628674s.", LONGEST),
        ("Please retry in 500ms.", named(1)),
        ("Please retry in 913.279311ms.", named(1)),
        ("Please retry after 30 seconds.", named(30)),
        ("please try again in 2 minutes and then", named(120)),
        ("PLEASE RETRY IN 26S", named(26)),
        ("Please retry in 0s.", A_MINUTE),
        ("Please retry in 5 months.", A_MINUTE),
        ("Please retry in a moment.", A_MINUTE),
    ],
)
def test_in_the_text(said: str, rest: Rest) -> None:
    assert refused(429, said, details=[LIMIT]).rest == rest


def test_the_text_says_what_the_details_cut_off() -> None:
    cut = {"retryDelay": "10s"}
    assert refused(429, "Please retry in 10.689924287s.", details=[LIMIT, cut]).rest == named(10.689924287)
    assert refused(429, "Please retry in 837.279311ms.", details=[LIMIT, {"retryDelay": "0s"}]).rest == named(1)
    assert refused(429, "Please retry in 5s.", details=[cut, LIMIT]).rest == named(10)


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({"retry-after": "30.5"}, named(30.5)),
        ({"retry-after": "0"}, A_MINUTE),
        ({"retry-after": "-5"}, A_MINUTE),
        ({"retry-after": "Mon, 23 Nov 2026 09:59:30 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, A_MINUTE),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:30", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}, A_MINUTE),
    ],
)
def test_in_the_header(headers: dict[str, str], rest: Rest) -> None:
    assert refused(429, "Quota.", details=[LIMIT], **headers).rest == rest
    assert refused(429, "Quota.", details=[LIMIT, {"retryDelay": "12s"}], **headers).rest == named(12)
    assert refused(429, "Quota.", details=[LIMIT, {"retryDelay": "0s"}], **headers).rest == rest
