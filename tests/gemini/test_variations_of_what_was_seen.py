"""Bodies of the families that were seen, as nobody has shown them yet: other words, other wrapping, other figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gemini.test_reactions_to_wire_bodies import MENDED, SOON, refused, told
from shotmill.gemini.outcome import Fate, NamedLimit, Rest, Scope, Until, Window

DAY = {"quotaId": "GenerateRequestsPerDayPerProjectPerModel", "quotaValue": "70"}
MINUTE = {"quotaId": "GenerateRequestsPerMinutePerProjectPerModel", "quotaValue": "10"}
PNG = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}


def quota(*violations: dict[str, Any]) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": list(violations)}


def spent_day() -> str:
    return json.dumps({"error": {"code": 429, "message": "Quota.", "status": "", "details": [quota(DAY)]}})


def status() -> Any:
    return json.loads(spent_day())["error"] | {"status": "RESOURCE_EXHAUSTED"}


@pytest.mark.parametrize(
    "body",
    [
        spent_day() + "\n\ntrailing text",
        "\ufeff" + spent_day(),
        f")]}}'\n\r\n\t {spent_day()}",
        f"data: {spent_day()}\n\n",
        f"[{spent_day()},{{}}]",
        f"[{{}},{spent_day()}]",
        f"[[{spent_day()}]]",
        f'[{{"candidates": []}},\n{spent_day()}]',
        json.dumps({"error": {"code": 429, "message": spent_day()}}),
        json.dumps({"error": {"message": spent_day(), "type": "rate_limit_error", "code": "rate_limit"}}),
        json.dumps({"error": {"message": f"geminiException - {spent_day()}. Received Model Group=x", "code": "429"}}),
        json.dumps({"error": json.dumps({"error": {"message": spent_day()}})}),
        json.dumps({"error": [status()]}),
        json.dumps(status()),
        json.dumps({"detail": {"error": status()}}),
        json.dumps({"error": "Gemini API error", "response": {"error": status()}}),
        spent_day()[:-3],
        json.dumps({"error": status() | {"more": "x" * 1_000_000}}),
        json.dumps({"error": status() | {"details": [*status()["details"], *[{"pad": ["x" * 99] * 9}] * 1000]}}),
    ],
    ids=lambda body: f"{len(body)} characters",
)
def test_a_refusal_in_whatever_it_is_wrapped(body: str) -> None:
    outcome = told(429, body.encode())
    assert (outcome.code, outcome.rest) == ("day_quota", Rest(Until.MIDNIGHT))
    assert outcome.limits == (NamedLimit(Window.REQUESTS_A_DAY, 70),)


CONFIG = (400, "INVALID_ARGUMENT", "aspect_ratio must be one of '1:1'")


@pytest.mark.parametrize(
    ("http", "inner", "code"),
    [
        *(
            (http, (429, "RESOURCE_EXHAUSTED", "Quota."), "throttled")
            for http in (400, 401, 403, 404, 413, 500, 502, 503)
        ),
        *((http, (503, "UNAVAILABLE", "high demand"), "overloaded") for http in (400, 401, 403, 404, 429, 500, 502)),
        *((http, CONFIG, "bad_aspect_ratio") for http in (400, 403, 404, 429, 500, 502, 503)),
        *((http, (403, "PERMISSION_DENIED", "?"), "forbidden") for http in (400, 401, 404, 500, 502)),
        *((http, (429, "", "Your prepayment credits are depleted."), "prepay_depleted") for http in (400, 500, 503)),
        *((429, (code, "", "a number of the gateway's"), "throttled") for code in (0, 1, 3, 8, 16, 1302)),
        *((500, (code, "", "a number of the gateway's"), "internal") for code in (1, 5, 16)),
        *((http, (http, "RESOURCE_EXHAUSTED", "?"), "throttled") for http in (400, 403, 429, 500, 503)),
        *((http, (http, "UNAVAILABLE", "?"), "overloaded") for http in (400, 403, 500, 503)),
        *((http, (http, "DEADLINE_EXCEEDED", "?"), "overloaded") for http in (400, 500, 504)),
        *((http, (500, "INTERNAL", "?"), "overloaded") for http in (502, 503, 504)),
        (429, (500, "INTERNAL", "?"), "throttled"),
        (400, (500, "INTERNAL", "?"), "internal"),
        (503, (503, "INTERNAL", "?"), "overloaded"),
        (429, (429, "INVALID_ARGUMENT", "?"), "throttled"),
        (413, (413, "INVALID_ARGUMENT", "?"), "request_too_large"),
        (402, (402, "FAILED_PRECONDITION", "?"), "payment_required"),
        (302, (429, "RESOURCE_EXHAUSTED", "?"), "redirected"),
    ],
)
def test_what_an_error_says_of_itself_outweighs_the_status_around_it(
    http: int, inner: tuple[int, str, str], code: str
) -> None:
    number, state, message = inner
    error = {"code": number, "status": state, "message": message}
    outcome = told(http, json.dumps({"error": error}).encode())
    assert (outcome.code, outcome.billed) == (code, False)


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])
def test_a_refusal_in_whatever_it_is_encoded(charset: str) -> None:
    error = json.dumps({"error": status() | {"message": "Für heute ist Schluß."}}, ensure_ascii=False)
    assert told(429, error.encode(charset)).code == "day_quota"


def test_an_error_that_echoes_megabytes_is_told_all_the_same() -> None:
    """Google says what it can't read: `Invalid value at '…' (TYPE_BYTES), Base64 decoding failed for "…"`."""
    said = "Invalid value at 'contents[0].parts[1].inline_data.data' (TYPE_BYTES), decoding failed for " + "A" * 100_000
    outcome = refused(400, said, "INVALID_ARGUMENT", [{"@type": "type.googleapis.com/google.rpc.BadRequest"}])
    assert (outcome.code, outcome.scope) == ("bad_request", Scope.STYLE)
    assert outcome.message.startswith("Invalid value at 'contents[0]")


def test_wherever_an_error_is_cut_its_class_stays() -> None:
    body = json.dumps({"error": status() | {"message": 'So "viel\\" \u00fc'}}, indent=1).encode()
    for end in range(len(body)):
        outcome = told(429, body[:end])
        assert outcome.code in ("throttled", "day_quota"), end
    assert told(429, body[:-10]).code == "day_quota"


def test_an_image_beside_words_of_another_encoding_is_found() -> None:
    parts = [{"text": "für dich"}, PNG]
    body = json.dumps({"candidates": [{"finishReason": "STOP", "content": {"parts": parts}}]}, ensure_ascii=False)
    assert told(200, body.encode("latin-1")).fate is Fate.IMAGE


@pytest.mark.parametrize(
    ("violations", "code", "limits"),
    [
        ([{"quotaId": "GenerateImagesPerMinutePerProjectPerModel-FreeTier", "quotaValue": "0"}], "no_quota", ()),
        ([{"quotaId": "GenerateContentInputTokensPerModelPerMinute", "quotaValue": 0}], "no_quota", ()),
        ([{"quotaId": "GenerateImagesPerDayPerProject", "quotaValue": "100"}], "day_quota", ()),
        ([{"quotaId": "GenerateContentInputTokensPerModelPerDay", "quotaValue": "1000000"}], "day_quota", ()),
        ([{"quotaId": "GenerateRequestsPerHourPerProject", "quotaValue": "100"}], "throttled", ()),
        ([{"quotaId": "BatchEnqueuedTokensPerModel", "quotaValue": "2000000"}], "throttled", ()),
        ([MINUTE | {"quotaValue": 10.0}], "minute_quota", (NamedLimit(Window.REQUESTS_A_MINUTE, 10),)),
        ([MINUTE | {"quotaValue": "-1"}], "minute_quota", ()),
        ([MINUTE | {"quotaValue": "ten"}], "minute_quota", ()),
        ([MINUTE, DAY | {"quotaValue": "0"}], "no_quota", (NamedLimit(Window.REQUESTS_A_MINUTE, 10),)),
        (
            [MINUTE, {"quotaId": "GenerateContentInputTokensPerModelPerMinute", "quotaValue": "250000"}],
            "minute_quota",
            (NamedLimit(Window.REQUESTS_A_MINUTE, 10), NamedLimit(Window.TOKENS_A_MINUTE, 250_000)),
        ),
    ],
)
def test_limits_of_every_kind(violations: list[dict[str, Any]], code: str, limits: tuple[NamedLimit, ...]) -> None:
    outcome = refused(429, "Quota.", "RESOURCE_EXHAUSTED", [quota(*violations)])
    assert (outcome.code, outcome.limits) == (code, limits)
    apart = refused(429, "Quota.", "RESOURCE_EXHAUSTED", [quota(one) for one in violations])
    assert apart == outcome, "several failures are like several violations"


@pytest.mark.parametrize(
    ("status", "message", "code", "scope"),
    [
        (429, "You have exceeded the rolling 10-minute spend allowance of your tier.", "spend_rate", "billing"),
        (429, "Your account's credits have been exhausted.", "prepay_depleted", "billing"),
        (429, "Billing hard limit has been reached", "spend_cap", "billing"),
        (402, "Your balance is insufficient.", "payment_required", "billing"),
        (429, "The model is overloaded. Please try again later.", "overloaded", "model"),
        (429, "Sus créditos de prepago se han agotado.", "throttled", "project"),
        (429, "リソースが不足しています。", "throttled", "project"),
        (403, "Ihr API-Schlüssel wurde als kompromittiert gemeldet.", "forbidden", "key"),
        (401, "Request had invalid authentication credentials. Expected OAuth 2 access token", "key_invalid", "key"),
        (400, "The prompt was blocked due to prohibited contents.", "prompt_blocked", "beat"),
        (400, "The prompt contains words that violate our usage guidelines.", "prompt_blocked", "beat"),
        (400, "Too many images: at most 14 are allowed.", "request_too_large", "beat"),
        (400, "This model is deprecated.", "model_not_found", "style"),
        (410, "The model was shut down", "model_not_found", "style"),
        (404, "Publisher Model `x` was not found, or you have no access to it.", "model_not_found", "style"),
        (400, "Thinking level minimal is not supported for this model.", "bad_request", "style"),
        (500, "Deadline exceeded", "internal", "model"),
    ],
)  # fmt: skip
def test_other_words(status: int, message: str, code: str, scope: str) -> None:
    levels = {
        "billing": Scope.BILLING_ACCOUNT, "project": Scope.QUOTA_PROJECT, "key": Scope.KEY, "model": Scope.MODEL,
        "style": Scope.STYLE, "beat": Scope.NOBODY,
    }  # fmt: skip
    outcome = refused(status, message)
    assert (outcome.code, outcome.scope, outcome.billed) == (code, levels[scope], False)


def test_in_no_language_a_bare_429_costs_a_day_or_a_person() -> None:
    assert refused(429, "Votre projet a atteint son plafond de dépenses mensuel.").rest == SOON
    assert refused(403, "?").rest == MENDED


@pytest.mark.parametrize(
    "body",
    [
        '[{"candidates": [{"content": {"parts": [{"text": "well"}]}}]}, %s]',
        'data: {"candidates": [{"content": {"parts": [{"text": "well"}]}}]}\n\ndata: %s\n\n',
        "%s\nwords behind it",
        "data: %s\n\ndata: [DONE]\n\n",
        "%s {and} [words] in brackets",
        '%s\n{"candidates": null, "usageMetadata": {"promptTokenCount": 7}}',
    ],
)
def test_an_image_in_fragments_is_found(body: str) -> None:
    last = {"candidates": [{"finishReason": "STOP", "content": {"parts": [PNG]}}]}
    assert told(200, (body % json.dumps(last)).encode()).fate is Fate.IMAGE


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"candidates": [{"content": {"parts": [{"text": "well"}]}}]}\n\ndata: {"candidates": [{"con',
        b'{"candidates": [{"finishReason": "STOP"}]} {"candidates": [',
        b"[]",
        b"[1, {}]",
        b"data: [DONE]",
    ],
)
def test_fragments_that_are_not_whole_may_have_been_paid(body: bytes) -> None:
    outcome = told(200, body)
    assert (outcome.fate, outcome.code, outcome.billed) == (Fate.UNUSABLE, "answer_unreadable", None)


def test_words_of_an_enumeration_in_small_letters() -> None:
    assert told(200, b'{"candidates": [{"finishReason": "image_safety"}]}').code == "image_safety"
    assert told(200, b'{"promptFeedback": {"blockReason": "image_safety"}}').of_references


def test_half_a_character_in_what_a_gateway_hands_on_is_no_fault() -> None:
    inner = '{"error": {"code": 503, "message": "x\ud800"}}'
    assert refused(503, inner).fate is Fate.AGAIN
