"""Strict windows, the provider's day, and refusals that name the limit and the true delay."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.genai import errors
from hypothesis import given
from hypothesis import strategies as st

from shotmill.emulator.keys import QuotaProject, default_keyring, parse_keyring
from shotmill.emulator.quota import Quotas, seconds_to_midnight
from shotmill.emulator.refusals import RefusedError
from shotmill.emulator.server import Emulator

PACIFIC = ZoneInfo("America/Los_Angeles")
MODEL = "gemini-nano-banana-2.1"


class Hands:
    """A clock that shows what it is set to."""

    def __init__(self, time: float) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def noon(month: int, day: int) -> float:
    return datetime(2026, month, day, 12, tzinfo=PACIFIC).timestamp()


def asked(quotas: Quotas, project: QuotaProject, tokens: int = 10, usd: float = 0.03) -> RefusedError | None:
    arrival = quotas.arrive(project, MODEL)
    try:
        quotas.admit(arrival, tokens, usd)
    except RefusedError as refused:
        quotas.turn_away(arrival)
        return refused
    return None


def delay(refused: RefusedError) -> float:
    return float(refused.body["error"]["details"][1]["retryDelay"].rstrip("s"))


@given(
    rpm=st.integers(1, 12),
    pauses=st.lists(st.one_of(st.floats(0, 90), st.sampled_from([0.0, 60.0, 59.999, 6.0])), max_size=80),
)
def test_no_sixty_seconds_ever_hold_more_than_the_limit(rpm: int, pauses: list[float]) -> None:
    clock = Hands(noon(6, 1))
    quotas, project, accepted = Quotas(clock), QuotaProject("p", rpm=rpm, rpd=10_000), []
    for pause in pauses:
        clock.time += pause
        if asked(quotas, project) is None:
            accepted.append(clock.time)
    for start in accepted:
        assert sum(start <= at < start + 60 for at in accepted) <= rpm


@given(rpm=st.integers(1, 6), pauses=st.lists(st.floats(0, 20), min_size=1, max_size=40))
def test_the_delay_that_a_refusal_names_is_true(rpm: int, pauses: list[float]) -> None:
    clock = Hands(noon(6, 1))
    quotas, project = Quotas(clock), QuotaProject("p", rpm=rpm, rpd=10_000)
    for pause in pauses:
        clock.time += pause
        refused = asked(quotas, project)
        if refused is not None:
            assert 0 < delay(refused) <= 60.001
            clock.time += delay(refused)
            assert asked(quotas, project) is None


def test_refusals_count_against_the_day_and_midnight_ends_it() -> None:
    clock = Hands(noon(7, 4))
    quotas, project = Quotas(clock), QuotaProject("p", rpm=1, rpd=3)
    assert asked(quotas, project) is None
    assert "PerMinute" in _quota_id(asked(quotas, project))
    assert "PerMinute" in _quota_id(asked(quotas, project))
    spent = asked(quotas, project)
    assert spent is not None and "PerDay" in _quota_id(spent)
    assert delay(spent) == 12 * 3600
    clock.time += delay(spent)
    assert asked(quotas, project) is None


def _quota_id(refused: RefusedError | None) -> str:
    assert refused is not None
    return str(refused.body["error"]["details"][0]["violations"][0]["quotaId"])


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 7, 12), (3, 8, 12), (10, 31, 12), (11, 1, 12)])
def test_days_end_at_midnight_in_los_angeles_on_days_of_any_length(month: int, day: int, hours: int) -> None:
    assert seconds_to_midnight(noon(month, day)) == hours * 3600
    # A day on which the clocks change is 23 or 25 hours long.
    before = datetime(2026, month, day, 0, 30, tzinfo=PACIFIC).timestamp()
    expected = {(3, 8): 22.5, (11, 1): 24.5}.get((month, day), 23.5)
    assert seconds_to_midnight(before) == expected * 3600


def test_tokens_images_and_money_have_windows_of_their_own() -> None:
    clock = Hands(noon(6, 1))
    quotas = Quotas(clock)
    assert asked(quotas, QuotaProject("t", tpm=100), tokens=90) is None
    assert "InputTokens" in _quota_id(asked(quotas, QuotaProject("t", tpm=100), tokens=11))
    assert asked(quotas, QuotaProject("i", ipm=1)) is None
    assert "Images" in _quota_id(asked(quotas, QuotaProject("i", ipm=1)))
    one, two = (QuotaProject(name, spend_usd=0.05, billing_account="studio") for name in "ab")
    assert asked(quotas, one) is None
    refused = asked(quotas, two)
    assert refused is not None and "spend-based rate limit" in refused.body["error"]["message"]
    clock.time += 600
    assert asked(quotas, two) is None


def test_a_request_counts_from_its_arrival_however_long_it_takes_to_read() -> None:
    clock = Hands(noon(6, 1))
    quotas, project = Quotas(clock), QuotaProject("p", rpm=1)
    first = quotas.arrive(project, MODEL)
    clock.time += 40  # a large body on a slow line
    quotas.admit(first, 10, 0.03)
    clock.time += 19.9
    assert "PerMinute" in _quota_id(quotas.arrive(project, MODEL).refusal)
    clock.time += 0.1
    assert quotas.arrive(project, MODEL).refusal is None


def test_what_is_turned_away_leaves_its_place() -> None:
    quotas, project = Quotas(Hands(noon(6, 1))), QuotaProject("p", rpm=1, ipm=1)
    quotas.turn_away(quotas.arrive(project, MODEL))  # a body that can't be read
    assert asked(quotas, project) is None


def test_speed_multiplies_limits_and_leaves_the_minute() -> None:
    ring = default_keyring().faster(20)
    assert {(key["rpm"], key["rpd"]) for key in ring.listed()} == {(180, 10_000)}
    assert [key["name"] for key in ring.listed() if key["quota_project"] == "film-1"] == ["anna", "ben"]


async def test_keys_of_one_project_share_its_minute(start: Any, ask: Any, clock: Any) -> None:
    emulator: Emulator = await start()
    for number in range(9):
        key = ("emulator-key-anna-0001", "emulator-key-ben-0002")[number % 2]
        await ask(emulator, f"Clear style: Shot 1, Beat 1.{number}", key=key, ratio="4:1")
        clock.time += 1
    with pytest.raises(errors.ClientError) as caught:
        await ask(emulator, key="emulator-key-ben-0002")
    assert caught.value.code == 429
    failure, retry = caught.value.details["error"]["details"]
    assert failure["violations"][0] == {
        "quotaMetric": "generativelanguage.googleapis.com/generate_requests_per_model_per_minute",
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel",
        "quotaDimensions": {"location": "global", "model": MODEL},
        "quotaValue": "9",
    }
    assert retry["retryDelay"] == "51.000s"
    assert (await ask(emulator, key="emulator-key-carl-0003")).parts
    assert (await ask(emulator, model="gemini-3-pro-image")).parts
    clock.time += 51
    assert (await ask(emulator, key="emulator-key-ben-0002")).parts
    windows = {(w["quota_project"], w["model"]): w for w in emulator.provider.seen()["windows"]}
    fullest = windows["film-1", MODEL]
    assert (fullest["max_accepted_60s"], fullest["max_requests_60s"], fullest["today"]) == (9, 10, 11)
    assert json.dumps(emulator.provider.seen())


@pytest.mark.parametrize("data", [{}, {"keys": [{}]}, {"keys": [{"name": "a", "state": "tired"}]},
                                  {"quota_projects": {"p": {"rmp": 1}}, "keys": []}])  # fmt: skip
def test_a_keys_file_that_is_none(data: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_keyring(data)
