"""Every body that was seen in public, and its neighbours, mean what they should."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shotmill.gemini.error_body import parse_error, read_error
from shotmill.gemini.exchange import Exchange, is_reply
from shotmill.gemini.outcome import Fate, NamedLimit, Nudge, Outcome, Rest, Scope, Until, Window, naming
from shotmill.gemini.reactions import react, react_to_listing
from shotmill.gemini.reply import ReplyError, read_reply

WIRE = Path(__file__).parent / "wire"
MODEL = "gemini-nano-banana-2.1"
MENDED = Rest(Until.MENDED)
SOON = Rest(Until.SECONDS, 5.0)
NUDGES = {"no_image": Nudge.IMAGE_ONLY, "recitation": Nudge.DETAIL}

# file: fate, code, scope, rest, counts, tries, then
EXPECTED: dict[str, tuple[Fate, str, Scope, Rest | None, bool, int | None, Fate]] = {
    "429-day-paid-flash-lite-image": (
        Fate.AGAIN, "day_quota", Scope.QUOTA_PROJECT, Rest(Until.MIDNIGHT), False, None, Fate.FAILED
    ),
    "429-day-paid-pro-long-delay": (
        Fate.AGAIN, "day_quota", Scope.QUOTA_PROJECT, Rest(Until.MIDNIGHT), False, None, Fate.FAILED
    ),
    "429-free-image-all-three-limits": (
        Fate.AGAIN, "no_quota", Scope.QUOTA_PROJECT, MENDED, False, None, Fate.FAILED
    ),
    "429-minute-free-tpm": (
        Fate.AGAIN, "minute_quota", Scope.QUOTA_PROJECT, Rest(Until.SECONDS, 26.0, True), False, None, Fate.FAILED
    ),
    "429-minute-rpm-image-shape": (
        Fate.AGAIN, "minute_quota", Scope.QUOTA_PROJECT, Rest(Until.SECONDS, 60.0), False, None, Fate.FAILED
    ),
    "429-bare": (Fate.AGAIN, "throttled", Scope.QUOTA_PROJECT, SOON, False, None, Fate.FAILED),
    "429-spend-rate-window": (
        Fate.AGAIN, "spend_rate", Scope.BILLING_ACCOUNT, Rest(Until.SECONDS, 120.0), False, None, Fate.FAILED
    ),
    "429-prepay-depleted": (Fate.AGAIN, "prepay_depleted", Scope.BILLING_ACCOUNT, MENDED, False, None, Fate.FAILED),
    "400-api-key-invalid": (Fate.AGAIN, "key_invalid", Scope.KEY, MENDED, False, None, Fate.FAILED),
    "400-location-unsupported": (Fate.AGAIN, "location", Scope.RUN, MENDED, False, None, Fate.FAILED),
    "400-aspect-ratio": (Fate.FAILED, "bad_aspect_ratio", Scope.STYLE, MENDED, False, None, Fate.FAILED),
    "400-unknown-field-v1": (Fate.FAILED, "unknown_field", Scope.STYLE, MENDED, False, None, Fate.FAILED),
    "400-thought-signature-missing": (Fate.FAILED, "bad_request", Scope.STYLE, MENDED, False, None, Fate.FAILED),
    "400-deadline-too-short": (Fate.FAILED, "deadline_too_short", Scope.STYLE, MENDED, False, None, Fate.FAILED),
    "400-unable-to-process-image": (Fate.AGAIN, "bad_reference", Scope.NOBODY, None, True, 1, Fate.FAILED),
    "403-key-leaked": (Fate.AGAIN, "key_leaked", Scope.KEY, MENDED, False, None, Fate.FAILED),
    "403-consumer-suspended": (Fate.AGAIN, "suspended", Scope.QUOTA_PROJECT, MENDED, False, None, Fate.FAILED),
    "403-service-disabled": (Fate.AGAIN, "service_disabled", Scope.QUOTA_PROJECT, MENDED, False, None, Fate.FAILED),
    "404-model-not-found": (Fate.FAILED, "model_not_found", Scope.STYLE, MENDED, False, None, Fate.FAILED),
    "404-entity-not-found": (Fate.FAILED, "not_found", Scope.STYLE, MENDED, False, None, Fate.FAILED),
    "500-internal": (Fate.AGAIN, "internal", Scope.MODEL, SOON, True, 3, Fate.FAILED),
    "503-high-demand": (Fate.AGAIN, "overloaded", Scope.MODEL, SOON, False, None, Fate.FAILED),
    "200-image-safety": (Fate.AGAIN, "image_safety", Scope.NOBODY, None, True, 1, Fate.BLOCKED),
    "200-image-recitation": (Fate.AGAIN, "recitation", Scope.NOBODY, None, True, 1, Fate.BLOCKED),
    "200-no-image": (Fate.AGAIN, "no_image", Scope.NOBODY, None, True, 2, Fate.FAILED),
    "200-prohibited-content": (Fate.BLOCKED, "prohibited_content", Scope.NOBODY, None, True, None, Fate.FAILED),
    "200-prompt-blocked-no-candidates": (Fate.BLOCKED, "prompt_blocked", Scope.NOBODY, None, True, None, Fate.FAILED),
    "200-prompt-feedback-other": (Fate.BLOCKED, "input_blocked", Scope.NOBODY, None, True, None, Fate.FAILED),
    "200-ok-image-first-part": (Fate.IMAGE, "image", Scope.NOBODY, None, False, None, Fate.FAILED),
    "batch-line-error-13": (Fate.AGAIN, "internal", Scope.MODEL, SOON, True, 3, Fate.FAILED),
}  # fmt: skip


def told(status: int, body: bytes, **headers: str) -> Outcome:
    """The outcome of a whole answer."""
    if not is_reply(status):
        return react(Exchange(True, status, headers, body, True), None, model=MODEL)
    try:
        reply = read_reply(body)
    except ReplyError:
        reply = None
    return react(Exchange(True, status, headers, None, True), reply, model=MODEL)


def refused(status: int, message: str = "", state: str = "", details: object = None, **headers: str) -> Outcome:
    error: dict[str, Any] = {"code": status, "message": message, "status": state, "details": details}
    return told(status, json.dumps({"error": error}).encode(), **headers)


def status_of(name: str) -> int:
    return int(name[:3]) if name[0].isdigit() else 200


def test_every_body_is_expected() -> None:
    assert {path.stem for path in WIRE.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("wrap", [False, True], ids=["as seen", "in a list"])
def test_a_body_seen_in_public(name: str, wrap: bool, wire: Callable[[str], bytes]) -> None:
    body = b"[" + wire(name) + b"]" if wrap else wire(name)
    outcome = told(status_of(name), body)
    assert (
        outcome.fate, outcome.code, outcome.scope, outcome.rest, outcome.counts, outcome.tries, outcome.then
    ) == EXPECTED[name]  # fmt: skip
    assert outcome.fate is not Fate.IN_DOUBT
    assert outcome.billed is (name == "200-ok-image-first-part")
    assert outcome.nudge is NUDGES.get(outcome.code, Nudge.NONE)
    assert outcome.of_references is (outcome.code in ("bad_reference", "input_blocked"))
    assert outcome.message or outcome.fate is Fate.IMAGE


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("429-day-paid-flash-lite-image", (NamedLimit(Window.REQUESTS_A_DAY, 1000),)),
        ("429-day-paid-pro-long-delay", (NamedLimit(Window.REQUESTS_A_DAY, 250),)),
        ("429-minute-rpm-image-shape", (NamedLimit(Window.REQUESTS_A_MINUTE, 10),)),
        ("429-minute-free-tpm", (NamedLimit(Window.TOKENS_A_MINUTE, 250_000),)),
        ("429-free-image-all-three-limits", ()),
        ("429-bare", ()),
    ],
)
def test_limits_that_a_refusal_names(name: str, limits: tuple[NamedLimit, ...], wire: Callable[[str], bytes]) -> None:
    assert told(429, wire(name)).limits == limits


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("429-prepay-depleted", "credit"),
        ("400-api-key-invalid", "keys add"),
        ("400-unknown-field-v1", "v1beta"),
        ("400-deadline-too-short", "timeout_s"),
        ("400-aspect-ratio", "aspect_ratio"),
        ("404-model-not-found", "model under [gemini]"),
        ("200-prompt-feedback-other", "reference"),
        ("200-image-recitation", "detail"),
        ("429-free-image-all-three-limits", MODEL),
    ],
)
def test_a_cure_says_what_a_person_can_do(name: str, words: str, wire: Callable[[str], bytes]) -> None:
    assert words in told(status_of(name), wire(name)).cure


# Neighbours of what was seen: other figures, missing fields, details cut off, pages of gateways.


def test_a_day_quota_whose_details_were_cut(wire: Callable[[str], bytes]) -> None:
    body = json.loads(wire("429-day-paid-flash-lite-image"))
    del body["error"]["details"]
    outcome = told(429, json.dumps(body).encode())
    assert (outcome.code, outcome.rest) == ("day_quota", Rest(Until.MIDNIGHT))
    assert outcome.limits == (NamedLimit(Window.REQUESTS_A_DAY, 1000),)


@pytest.mark.parametrize(
    ("figure", "limits"),
    [
        ("250", (250,)),
        ("1,000", (1000,)),
        ("1,000,000", (1_000_000,)),
        ("1,000, model: x", (1000,)),
        ("1000.", (1000,)),
        ("1.000", ()),
        ("10k", ()),
    ],
)
def test_a_figure_in_the_text_is_read_whole_or_not_at_all(figure: str, limits: tuple[int, ...]) -> None:
    outcome = refused(429, f"Quota exceeded for metric: g/generate_requests_per_model_per_day, limit: {figure}\nRetry.")
    assert outcome.limits == tuple(NamedLimit(Window.REQUESTS_A_DAY, value) for value in limits)


def test_what_a_reference_may_have_caused_names_those_that_went_along(wire: Callable[[str], bytes]) -> None:
    unread = told(400, wire("400-unable-to-process-image"))
    assert naming(unread, ["hero.png", "b\x1b[2J.png"]).message == f"{unread.message}; sent along: hero.png, b␛[2J.png"
    assert naming(told(200, wire("200-prompt-feedback-other")), list("abcde")).message.endswith("a, b, c and 2 more")
    assert naming(unread, []) == unread
    other = told(400, wire("400-aspect-ratio"))
    assert naming(other, ["hero.png"]) == other


def test_a_limit_of_zero_in_the_text_outweighs_the_delay() -> None:
    message = (
        "You exceeded your current quota. * Quota exceeded for metric: generativelanguage.googleapis.com/"
        "generate_content_paid_tier_requests, limit: 0, model: x Please retry in 37.2s."
    )
    details = [{"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]}, {"retryDelay": "37s"}]
    assert refused(429, message, details=details).code == "no_quota"
    assert refused(429, message).code == "no_quota"


def in_metadata(name: str, value: str | None, **more: str) -> Outcome:
    figures = {} if value is None else {"quota_limit_value": value}
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "metadata": {"quota_limit": name, "service": "generativelanguage.googleapis.com", **figures, **more},
    }
    return refused(429, "Quota exceeded.", "RESOURCE_EXHAUSTED", [info])


def test_a_limit_in_the_metadata_of_the_reason() -> None:
    day = in_metadata("GenerateRequestsPerDayPerProjectPerModel", "1000")
    assert (day.code, day.limits) == ("day_quota", (NamedLimit(Window.REQUESTS_A_DAY, 1000),))
    minute = in_metadata("GenerateContentRequestsPerMinutePerProjectPerRegion", "60")
    assert (minute.code, minute.limits) == ("minute_quota", (NamedLimit(Window.REQUESTS_A_MINUTE, 60),))
    assert in_metadata("GenerateRequestsPerDayPerProjectPerModel", "0").code == "no_quota"
    assert in_metadata("requests", None, quota_unit="1/d/{project}").code == "day_quota"
    assert in_metadata("requests", None, quota_unit="1/min/{project}").windows == (Window.REQUESTS_A_MINUTE,)


def test_a_limit_in_the_text_of_older_services() -> None:
    said = "Quota exceeded for quota metric '{}' and limit '{}' of service 'generativelanguage.googleapis.com'."
    day = refused(429, said.format("Generate Content API requests", "GenerateContent request limit per day"))
    assert (day.code, day.rest) == ("day_quota", Rest(Until.MIDNIGHT))
    minute = refused(429, said.format("Generate Content API requests per minute", "request limit per minute"))
    assert (minute.code, minute.windows) == ("minute_quota", (Window.REQUESTS_A_MINUTE,))


def test_names_in_snake_case() -> None:
    violation = {
        "quota_metric": "generativelanguage.googleapis.com/generate_requests_per_model_per_minute",
        "quota_id": "generate_requests_per_minute_per_project_per_model",
        "quota_value": "12",
    }
    outcome = refused(429, details=[{"violations": [violation]}, {"retry_delay": "17s"}])
    assert (outcome.code, outcome.rest) == ("minute_quota", Rest(Until.SECONDS, 17.0, True))
    assert outcome.limits == (NamedLimit(Window.REQUESTS_A_MINUTE, 12),)


def test_a_limit_without_a_figure_says_which_it_is() -> None:
    details = [{"violations": [{"quotaId": "GenerateContentInputTokensPerModelPerMinute"}]}]
    outcome = refused(429, details=details)
    assert (outcome.code, outcome.limits, outcome.windows) == ("minute_quota", (), (Window.TOKENS_A_MINUTE,))


def test_where_only_the_free_tier_is_not_served_keys_with_billing_go_on() -> None:
    said = "Gemini API free tier is not available in your country. Please enable billing on your project in AI Studio."
    outcome = refused(400, said, "FAILED_PRECONDITION")
    assert (outcome.code, outcome.scope, outcome.rest) == ("billing_needed", Scope.QUOTA_PROJECT, MENDED)
    assert "billing" in outcome.cure


def test_a_reply_says_what_its_request_asked_with() -> None:
    parts = [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    usage = {"promptTokenCount": 321}
    for content in ({"parts": parts}, None):
        body = {"candidates": [{"finishReason": "STOP", "content": content}], "usageMetadata": usage}
        assert told(200, json.dumps(body).encode()).prompt_tokens == 321


def test_day_outweighs_minute() -> None:
    quota_ids = ("GenerateRequestsPerMinutePerProjectPerModel", "GenerateRequestsPerDayPerProjectPerModel")
    details = [{"violations": [{"quotaId": quota_id, "quotaValue": "70"} for quota_id in quota_ids]}]
    outcome = refused(429, details=details)
    assert outcome.rest == Rest(Until.MIDNIGHT)
    assert outcome.limits == (NamedLimit(Window.REQUESTS_A_MINUTE, 70), NamedLimit(Window.REQUESTS_A_DAY, 70))


@pytest.mark.parametrize(
    ("delay", "rest"),
    [
        ("1.5s", Rest(Until.SECONDS, 1.5, True)),
        ("0s", Rest(Until.SECONDS, 60.0)),
        ("71772s", Rest(Until.SECONDS, 3600.0, True)),
        ("soon", Rest(Until.SECONDS, 60.0)),
        (None, Rest(Until.SECONDS, 60.0)),
    ],
)
def test_the_delay_of_a_minute_quota(delay: str | None, rest: Rest) -> None:
    details = [
        {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
    ]
    assert refused(429, details=details).rest == rest


def test_a_bare_429_follows_a_header_but_never_for_a_day() -> None:
    headers = {"retry-after": "20"}
    assert refused(429, **headers).rest == Rest(Until.SECONDS, 20.0, True)
    headers = {"retry-after": "72000"}
    assert refused(429, **headers).rest == Rest(Until.SECONDS, 600.0, True)
    headers = {"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT", "date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    assert refused(429, **headers).rest == Rest(Until.SECONDS, 30.0, True)
    headers = {"retry-after": "Mon, 23 Nov 2026 10:00:30 GMT"}
    assert refused(429, **headers).rest == SOON


def test_help_alone_names_no_limit() -> None:
    assert refused(429, "Quota exceeded.", details=[{"links": [{"url": "https://ai.google.dev"}]}]).code == "throttled"


@pytest.mark.parametrize(
    ("status", "message", "state", "code", "scope"),
    [
        (429, "Your project has exceeded its monthly spending cap.", "", "spend_cap", Scope.QUOTA_PROJECT),
        (429, "Your billing account has exceeded its monthly spending cap.", "", "spend_cap", Scope.BILLING_ACCOUNT),
        (402, "Payment required", "", "payment_required", Scope.BILLING_ACCOUNT),
        (401, "API keys are not supported by this API.", "UNAUTHENTICATED", "key_invalid", Scope.KEY),
        (400, "API key expired. Please renew the API key.", "INVALID_ARGUMENT", "key_invalid", Scope.KEY),
        (403, "Your project has been denied access. Contact support.", "", "project_denied", Scope.QUOTA_PROJECT),
        (403, "The caller does not have permission", "PERMISSION_DENIED", "forbidden", Scope.KEY),
        (404, "This model is no longer available to new users.", "", "model_closed", Scope.QUOTA_PROJECT),
        (400, "FAILED: enable billing", "FAILED_PRECONDITION", "billing_needed", Scope.QUOTA_PROJECT),
        (400, "This location is blocked", "FAILED_PRECONDITION", "location", Scope.RUN),
        (400, "Request payload size exceeds the limit: 20971520 bytes.", "", "request_too_large", Scope.NOBODY),
        (400, "something new", "INVALID_ARGUMENT", "bad_request", Scope.STYLE),
        (418, "something new", "", "bad_request", Scope.STYLE),
        (504, "Deadline expired before operation could complete.", "", "overloaded", Scope.MODEL),
        (502, "", "", "overloaded", Scope.MODEL),
        (408, "", "", "overloaded", Scope.MODEL),
        (529, "", "", "overloaded", Scope.MODEL),
        (501, "", "", "internal", Scope.MODEL),
        (499, "cancelled", "", "conflict", Scope.NOBODY),
        (429, "Your prepaid balance is empty.", "", "prepay_depleted", Scope.BILLING_ACCOUNT),
        (429, "Your prepay balance is too low. Please top up", "", "prepay_depleted", Scope.BILLING_ACCOUNT),
        (429, "Your credit balance is depleted", "", "prepay_depleted", Scope.BILLING_ACCOUNT),
        (429, "You have run out of credits.", "", "prepay_depleted", Scope.BILLING_ACCOUNT),
        (429, "Insufficient credits", "", "prepay_depleted", Scope.BILLING_ACCOUNT),
        (429, "insufficient_quota", "", "prepay_depleted", Scope.BILLING_ACCOUNT),
        (429, "You have exceeded your spend limit for this project.", "", "spend_cap", Scope.BILLING_ACCOUNT),
        (429, "The account has reached its tier's monthly usage cap.", "", "spend_cap", Scope.BILLING_ACCOUNT),
        (429, "You exceeded your spend based rate limit", "", "spend_rate", Scope.BILLING_ACCOUNT),
        (429, "Your spending has exceeded the allowed rate for its tier.", "", "spend_rate", Scope.BILLING_ACCOUNT),
        (429, "You reached the spend limit for the last 10 minutes.", "", "spend_rate", Scope.BILLING_ACCOUNT),
        (429, "You exceeded your current quota, check your plan and billing.", "", "throttled", Scope.QUOTA_PROJECT),
        (429, "You spend much. The allowed rate is exceeded. In a minute.", "", "throttled", Scope.QUOTA_PROJECT),
        (403, "Quota exceeded.", "PERMISSION_DENIED", "throttled", Scope.QUOTA_PROJECT),
        (403, "User location is not supported for the API use.", "", "location", Scope.RUN),
        (403, "Gemini API is not available in your country.", "", "location", Scope.RUN),
        (403, "Billing is not enabled for this project", "", "billing_needed", Scope.QUOTA_PROJECT),
        (403, "This API method requires billing to be enabled.", "", "billing_needed", Scope.QUOTA_PROJECT),
        (403, "Your project has been suspended", "", "suspended", Scope.QUOTA_PROJECT),
        (403, "API key has been flagged as leaked", "", "key_leaked", Scope.KEY),
        (403, "Requests from referer <empty> are blocked.", "", "forbidden", Scope.KEY),
        (400, "The input token count (14) exceeds the maximum number of tokens", "", "request_too_large", Scope.NOBODY),
        (400, "The input image is too large.", "", "request_too_large", Scope.NOBODY),
        (400, "Unsupported MIME type: image/heic", "", "bad_reference", Scope.NOBODY),
    ],
)
def test_neighbours(status: int, message: str, state: str, code: str, scope: Scope) -> None:
    outcome = refused(status, message, state)
    assert (outcome.code, outcome.scope) == (code, scope)
    assert outcome.billed is False


def test_a_quota_that_a_403_names_rests_the_quota_and_not_the_key() -> None:
    info = {"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "RequestsPerMinute"}}
    minute = refused(403, "?", "PERMISSION_DENIED", [info])
    assert (minute.code, minute.scope) == ("minute_quota", Scope.QUOTA_PROJECT)
    bare = refused(403, "?", "PERMISSION_DENIED", [{"reason": "RATE_LIMIT_EXCEEDED"}])
    assert (bare.code, bare.scope, bare.rest) == ("throttled", Scope.QUOTA_PROJECT, SOON)


@pytest.mark.parametrize(
    ("quota_id", "metric"),
    [
        ("GenerateRequestsPerDayPerProjectPerModel-FreeTier", ""),
        ("generate_requests_per_day_per_project_per_model-free_tier", ""),
        ("GenerateRequestsPerMinutePerProjectPerModel", "g/generate_content_free_tier_requests"),
    ],
)
def test_a_free_tier_without_a_figure_has_no_quota(quota_id: str, metric: str) -> None:
    violation = {"quotaId": quota_id, "quotaMetric": metric}
    assert refused(429, details=[{"violations": [violation]}]).code == "no_quota"
    assert refused(429, details=[{"violations": [violation | {"quotaValue": "100"}]}]).code != "no_quota"


@pytest.mark.parametrize("candidates", ["null", "[]"])
def test_a_reply_without_candidate_and_feedback_is_asked_once_more_and_then_blocked(candidates: str) -> None:
    body = f'{{"candidates": {candidates}, "promptFeedback": null, "usageMetadata": {{"promptTokenCount": 271}}}}'
    outcome = told(200, body.encode())
    assert (outcome.fate, outcome.code, outcome.tries, outcome.then) == (Fate.AGAIN, "prompt_blocked", 1, Fate.BLOCKED)
    assert told(200, b"{}").code == "no_image"


@pytest.mark.parametrize(
    "reason", ["API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED", "ACCESS_TOKEN_TYPE_UNSUPPORTED"]
)
def test_reasons_that_end_a_key(reason: str) -> None:
    outcome = refused(403, "?", details=[{"reason": reason}])
    assert (outcome.scope, outcome.rest) == (Scope.KEY, MENDED)


@pytest.mark.parametrize(
    ("status", "fate", "code", "scope"),
    [
        (302, Fate.AGAIN, "redirected", Scope.RUN),
        (404, Fate.AGAIN, "wrong_address", Scope.RUN),
        (407, Fate.AGAIN, "proxy_login", Scope.NETWORK),
        (403, Fate.AGAIN, "not_the_api", Scope.NETWORK),
        (429, Fate.AGAIN, "throttled", Scope.QUOTA_PROJECT),
        (502, Fate.AGAIN, "overloaded", Scope.MODEL),
        (500, Fate.AGAIN, "internal", Scope.MODEL),
        (204, Fate.UNUSABLE, "answer_unreadable", Scope.NOBODY),
        (999, Fate.UNUSABLE, "unexpected", Scope.NOBODY),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html><head><title>A gateway's page</title></head></html>", b"\xff\xfe", b"[" * 50_000, b"null"]
)
def test_whole_answers_that_are_no_json(status: int, fate: Fate, code: str, scope: Scope, body: bytes) -> None:
    outcome = told(status, body)
    assert (outcome.fate, outcome.code, outcome.scope) == (fate, code, scope)


@pytest.mark.parametrize(
    "status", [302, 400, 401, 402, 403, 404, 405, 407, 408, 409, 413, 418, 429, 500, 502, 503, 511]
)
def test_an_answer_without_a_word_is_told_in_words(status: int) -> None:
    outcome = react(Exchange(sent=True, status=status, body=b"", complete=True), None, model=MODEL)
    assert outcome.message and "_" not in outcome.message


def test_a_project_that_may_not_draw_is_not_told_as_one_that_has_spent_its_quota(wire: Callable[[str], bytes]) -> None:
    bodies = ("429-free-image-all-three-limits", "429-day-paid-flash-lite-image")
    none_at_all, day = (
        react(Exchange(sent=True, status=429, body=wire(body), complete=True), None, model=MODEL) for body in bodies
    )
    assert (none_at_all.code, day.code) == ("no_quota", "day_quota")
    assert none_at_all.message.startswith("this project may not draw, its limit is 0: You exceeded")
    assert day.message.startswith("You exceeded")


def test_a_page_is_told_by_its_title() -> None:
    assert told(502, b"<html><title>502 Bad\n Gateway</title><body>x").message == "502 Bad Gateway"


# Exchanges without a whole answer.


@pytest.mark.parametrize(
    "failure", ["timeout", "closed", "reset", "cut", "protocol", "too_large", "fault", "tls", "a new word", ""]
)
@pytest.mark.parametrize("status", [None, 200, 429, 503])
def test_sent_without_a_whole_answer_is_in_doubt(failure: str, status: int | None) -> None:
    outcome = react(Exchange(True, status, failure=failure), None, model=MODEL)
    assert (outcome.fate, outcome.billed, outcome.counts) == (Fate.IN_DOUBT, None, False)
    assert outcome.message


@pytest.mark.parametrize(
    "failure", ["dns", "refused", "unreachable", "tls", "proxy", "connect_timeout", "local", "reset", "a new word", ""]
)
def test_what_never_left_is_free(failure: str) -> None:
    outcome = react(Exchange(False, failure=failure), None, model=MODEL)
    assert (outcome.fate, outcome.scope, outcome.billed) == (Fate.NOT_SENT, Scope.NETWORK, False)
    assert outcome.rest == SOON and outcome.message and outcome.cure


def test_what_cannot_leave_waits_for_a_person() -> None:
    assert react(Exchange(False, failure="bad_key"), None, model=MODEL).scope is Scope.KEY
    assert react(Exchange(False, failure="bad_url"), None, model=MODEL).scope is Scope.RUN


@pytest.mark.parametrize("body", [b"<html>log in to the hotel's network</html>", b"", b'{"candidates": 111}'])
def test_a_whole_200_that_is_no_reply_is_perhaps_paid_and_not_asked_for_again(body: bytes) -> None:
    outcome = told(200, body)
    assert (outcome.fate, outcome.code, outcome.billed) == (Fate.UNUSABLE, "answer_unreadable", None)


# Replies.


@pytest.mark.parametrize(
    ("reason", "fate", "code"),
    [
        ("SAFETY", Fate.BLOCKED, "safety"),
        ("IMAGE_PROHIBITED_CONTENT", Fate.BLOCKED, "prohibited_content"),
        ("OTHER", Fate.AGAIN, "other"),
        ("STOP", Fate.AGAIN, "no_image"),
        ("MAX_TOKENS", Fate.AGAIN, "no_image"),
        ("PUP_LIMITED_DISABLED", Fate.AGAIN, "account_limited"),
        ("A_REASON_OF_NEXT_YEAR", Fate.AGAIN, "unknown_finish"),
        (None, Fate.AGAIN, "no_image"),
    ],
)
def test_finish_reasons_without_an_image(reason: str | None, fate: Fate, code: str) -> None:
    outcome = told(200, json.dumps({"candidates": [{"finishReason": reason, "content": None}]}).encode())
    assert (outcome.fate, outcome.code, outcome.billed) == (fate, code, False)
    assert outcome.counts or outcome.scope is Scope.KEY


def test_an_image_is_an_image_whatever_the_finish_reason() -> None:
    parts = [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    body = {"candidates": [{"finishReason": "MAX_TOKENS", "content": {"parts": parts}}]}
    assert told(200, json.dumps(body).encode()).fate is Fate.IMAGE


@pytest.mark.parametrize("status", [201, 203, 206])
def test_a_reply_is_one_whatever_its_2xx(status: int) -> None:
    parts = [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    body = {"candidates": [{"finishReason": "STOP", "content": {"parts": parts}}]}
    assert told(status, json.dumps(body).encode()).fate is Fate.IMAGE
    unread = told(status, b"{")
    assert (unread.fate, unread.billed) == (Fate.UNUSABLE, None)


def test_drafts_without_an_end_were_paid() -> None:
    parts = [{"thought": True, "inlineData": {"mimeType": "image/png", "data": "AAAA"}}]
    body = {"candidates": [{"finishReason": "NO_IMAGE", "content": {"parts": parts}}]}
    outcome = told(200, json.dumps(body).encode())
    assert (outcome.fate, outcome.billed) == (Fate.AGAIN, True)


def test_an_answer_in_words_is_told() -> None:
    body = {"candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "I'd rather \x1b[2Jwrite."}]}}]}
    assert told(200, json.dumps(body).encode()).message == "I'd rather ␛[2Jwrite."


def test_a_listing_costs_nothing() -> None:
    assert react_to_listing(Exchange(True, 200, body=b"{}", complete=True)) is None
    broken = react_to_listing(Exchange(True, failure="timeout"))
    assert broken is not None and broken.fate is Fate.NOT_SENT
    invalid = react_to_listing(
        Exchange(True, 400, body=(WIRE / "400-api-key-invalid.json").read_bytes(), complete=True)
    )
    assert invalid is not None and invalid.code == "key_invalid"


def test_of_an_error_beyond_all_measure_only_so_much_is_read() -> None:
    named = {"quotaId": "GenerateRequestsPerDay" + "x" * 5000, "quotaMetric": "m" * 5000}
    many = [{"violations": [named] * 99}] * 99
    crowd = {"code": 429, "message": "quota metric 'm' and limit 'l' " * 5000, "details": many}
    inside = read_error(crowd, {})
    assert len(inside.violations) <= 32 * 32 and max(len(one.words) for one in inside.violations) <= 800
    assert inside.violations[0].daily and len(inside.message) <= 16 << 10
    whole = parse_error(json.dumps({"error": crowd}).encode(), {"retry-after": "7"})
    assert (whole.spoken, whole.status, whole.retry_after) == (True, 429, 7.0)
    assert len(whole.message) <= 16 << 10
    assert told(429, json.dumps({"error": crowd}).encode()).fate is Fate.AGAIN
