"""What the limits in a refusal count, and for how long: names as services, consoles and public reports have them."""

from __future__ import annotations

import pytest

from gemini.test_reactions_to_wire_bodies import refused
from shotmill.gemini.outcome import NamedLimit, Outcome, Window

RPM, RPD, TPM, IPM = (
    Window.REQUESTS_A_MINUTE,
    Window.REQUESTS_A_DAY,
    Window.TOKENS_A_MINUTE,
    Window.IMAGES_A_MINUTE,
)


def limited(quota_id: str, value: object = "7", metric: str = "") -> Outcome:
    violation = {"quotaId": quota_id, "quotaMetric": metric, "quotaValue": value}
    return refused(429, "Quota.", "RESOURCE_EXHAUSTED", [{"violations": [violation]}])


@pytest.mark.parametrize(
    ("quota_id", "metric", "code", "window"),
    [
        ("GenerateRequestsPerMinutePerProjectPerModel", "g/generate_requests_per_model", "minute_quota", RPM),
        ("GenerateRequestsPerMinutePerProjectPerModel-PaidTier2", "g/generate_content_paid_tier_2_requests",
         "minute_quota", RPM),
        ("GenContentImageGenRequestsPerMinutePerProjectPerBaseModelGlobal", "", "minute_quota", RPM),
        ("GenerateContentRequestsPerMinutePerProjectPerBaseModel", "", "minute_quota", RPM),
        ("GENERATE_REQUESTS_PER_MINUTE", "", "minute_quota", RPM),
        ("QueriesPerMinutePerProject", "", "minute_quota", RPM),
        ("RequestsPerMin", "", "minute_quota", RPM),
        ("GenerateContentPaidTierInputTokensPerModelPerMinute-PaidTier2", "", "minute_quota", TPM),
        ("GenContentImageInputPerMinutePerProjectPerBaseModel", "", "minute_quota", TPM),
        ("PerMinutePerModel", "g/generate_content_paid_tier_3_input_token_count", "minute_quota", TPM),
        ("GenerateImagesPerMinutePerProjectPerModel", "g/generate_requests_per_model", "minute_quota", IPM),
        ("GenerateContentImagePerMinute", "", "minute_quota", IPM),
        ("BytesPerMinutePerProject", "", "minute_quota", None),
        ("PerMinutePerProject", "", "minute_quota", None),
        ("PredictRequestsPerDayPerProjectPerModel", "g/predict_requests_per_model_per_day_paid_tier_1", "day_quota",
         RPD),
        ("DailyRequestsPerProject", "", "day_quota", RPD),
        ("GeneratedImagesPerDay", "g/generated_images_paid_tier_1_per_model", "day_quota", None),
        ("GenerateContentInputTokensPerModelPerDay-FreeTier", "", "day_quota", None),
        ("CreditsPerDay", "", "day_quota", None),
        ("ConcurrentRequestsPerProjectPerModel", "", "throttled", None),
        ("RequestsPerSecondPerProject", "", "throttled", None),
        ("RPD", "", "throttled", None),
    ],
)  # fmt: skip
def test_only_a_figure_of_a_known_thing_becomes_a_limit(
    quota_id: str, metric: str, code: str, window: Window | None
) -> None:
    outcome = limited(quota_id, metric=metric)
    assert (outcome.code, outcome.windows) == (code, (window,) if window else ())
    assert outcome.limits == ((NamedLimit(window, 7),) if window else ())


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        (" 10 ", (10,)),
        ("10.0", (10,)),
        ("10.5", ()),
        ("1e1", ()),
        ("9223372036854775807", ()),
        (2**63, ()),
        (True, ()),
        (["10"], ()),
        ("unlimited", ()),
    ],
)
def test_a_figure_is_a_number_of_things_or_none(value: object, limits: tuple[int, ...]) -> None:
    outcome = limited("GenerateRequestsPerMinutePerProjectPerModel", value)
    assert (outcome.code, outcome.windows) == ("minute_quota", (RPM,))
    assert outcome.limits == tuple(NamedLimit(RPM, limit) for limit in limits)


@pytest.mark.parametrize("figures", [("10", "60"), ("60", "10"), ("10", None), ("9223372036854775807", "10")])
def test_of_several_limits_for_one_window_the_lowest_holds(figures: tuple[str | None, ...]) -> None:
    names = ("GenerateRequestsPerMinutePerProjectPerModel", "GenerateRequestsPerMinutePerProject")
    violations = [{"quotaId": name, "quotaValue": figure} for name, figure in zip(names, figures, strict=True)]
    violations.append({"quotaId": "GenerateContentInputTokensPerModelPerMinute", "quotaValue": "5"})
    outcome = refused(429, "Quota.", details=[{"violations": [one]} for one in violations])
    assert outcome.limits == (NamedLimit(RPM, 10), NamedLimit(TPM, 5))


@pytest.mark.parametrize("zero", ["0", 0, 0.0, "0.0", "00"])
def test_a_zero_in_any_spelling_is_no_quota(zero: object) -> None:
    outcome = limited("GenerateRequestsPerDayPerProjectPerModel", zero)
    assert (outcome.code, outcome.limits) == ("no_quota", ())


FREE_TIER = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"


def test_only_a_quota_failure_leaves_a_zero_out() -> None:
    spoken = (
        "Quota exceeded for quota metric 'Generate Content API requests per minute free tier' and limit"
        " 'GenerateContent request limit per minute for a region free tier' of a service"
    )
    assert refused(429, spoken).code == "minute_quota"
    named = {"violations": [{"quotaId": FREE_TIER, "quotaValue": "15"}]}
    again = {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": FREE_TIER}}
    outcome = refused(429, "?", details=[named, again])
    assert (outcome.code, [limit.value for limit in outcome.limits]) == ("minute_quota", [15])
    assert refused(429, "?", details=[{"violations": [{"quotaId": FREE_TIER}]}]).code == "no_quota"
