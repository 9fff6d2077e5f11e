"""Errors that people posted, by their words. What is in `wire/` is not repeated here."""

from __future__ import annotations

import json

import pytest

from gemini.test_reactions_to_wire_bodies import refused, told
from shotmill.gemini.outcome import Scope

KEY, PROJECT, ACCOUNT, MODEL, STYLE, RUN, BEAT = (
    Scope.KEY,
    Scope.QUOTA_PROJECT,
    Scope.BILLING_ACCOUNT,
    Scope.MODEL,
    Scope.STYLE,
    Scope.RUN,
    Scope.NOBODY,
)


@pytest.mark.parametrize(
    ("status", "state", "message", "code", "scope"),
    [
        # No quota without billing, told in words: google-gemini/gemini-cli, its tests of API errors (2025-05).
        (429, "RESOURCE_EXHAUSTED", "Gemini 2.5 Pro Preview doesn't have a free quota tier. For more information on"
         " this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.", "no_quota", PROJECT),
        # Only keys without billing are refused there: others of the style go on (seen in ten repositories).
        (400, "FAILED_PRECONDITION", "User location is not supported for the API use without a billing account linked.",
         "billing_needed", PROJECT),
        (400, "INVALID_ARGUMENT", "Imagen API is only accessible to billed users at this time.", "billing_needed",
         PROJECT),
        (400, "INVALID_ARGUMENT", "Image generation is not available in your country.", "location", RUN),
        # Two caps with one name: an owner's on a project, the tier's on the account (ten repositories each).
        (429, "RESOURCE_EXHAUSTED", "Your project has exceeded its monthly spending cap. Please go to AI Studio at"
         " https://ai.studio/spend to manage your project spend cap. Learn more at https://ai.google.dev/gemini-api/docs"
         "/billing#project-spend-caps.", "spend_cap", PROJECT),
        (429, "RESOURCE_EXHAUSTED", "Your billing account has exceeded its monthly spending cap. Please go to AI Studio"
         " at https://ai.studio/billing to manage your billing. Learn more at https://ai.google.dev/gemini-api/docs/"
         "billing#tier-spend-caps. ", "spend_cap", ACCOUNT),
        # A bill that is not paid (Vertex and the Gemini API, 2026-05 to 10).
        (403, "PERMISSION_DENIED", "Lightning dunning decision is deny for project: projects/793680989680",
         "payment_required", ACCOUNT),
        # Retired models (2026-06 on); the first half of the sentence about closed ones.
        (404, "NOT_FOUND", "This model models/gemini-2.0-flash is no longer available. Please update your code to use"
         " models/gemini-3.6-flash for the latest features and improvements.", "model_not_found", STYLE),
        (404, "NOT_FOUND", "This model models/gemini-2.5-flash-lite is no longer available to new users. Please update"
         " your code to use models/gemini-3.5-flash-lite.", "model_closed", PROJECT),
        (400, "INVALID_ARGUMENT", "The model gemini-2.5-flash-image is deprecated.", "model_not_found", STYLE),
        # Capacity with the status of a quota (cloudcode-pa, router-for-me/CLIProxyAPI).
        (429, "RESOURCE_EXHAUSTED", "No capacity available for model gemini-3-pro-image on the server", "overloaded",
         MODEL),
        (429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later. Please refer to https://cloud.google."
         "com/vertex-ai/generative-ai/docs/error-code-429 for more details.", "throttled", PROJECT),
        (429, "RESOURCE_EXHAUSTED", "You have exhausted your capacity on this model. Your quota will reset after 43s.",
         "throttled", PROJECT),
        (503, "UNAVAILABLE", "The service is currently unavailable.", "overloaded", MODEL),
        (503, "UNAVAILABLE", "Deadline expired before operation could complete.", "overloaded", MODEL),
        (504, "DEADLINE_EXCEEDED", "The request timed out. Please try again.", "overloaded", MODEL),
        (504, "CANCELLED", "Stream cancelled", "overloaded", MODEL),
        (499, "CANCELLED", "The operation was cancelled.", "conflict", BEAT),
        (500, "INTERNAL", "Internal error encountered.", "internal", MODEL),
        # Keys.
        (400, "INVALID_ARGUMENT", "API Key not found. Please pass a valid API key.", "key_invalid", KEY),
        (403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity)."
         " Please use API Key or other form of API consumer identity to call this API.", "forbidden", KEY),
        (403, "PERMISSION_DENIED", "Requests to this API generativelanguage.googleapis.com method google.ai."
         "generativelanguage.v1beta.GenerativeService.GenerateContent are blocked.", "forbidden", KEY),
        (403, "PERMISSION_DENIED", "Gemini has been disabled in this account for violation of Terms of\n\t\tService.",
         "forbidden", KEY),
        (401, "UNAUTHENTICATED", "API keys are not supported by this API. Expected OAuth2 access token or other"
         " authentication credentials that assert a principal.", "key_invalid", KEY),
        # Our request.
        (400, "INVALID_ARGUMENT", "Request contains an invalid argument.", "bad_request", STYLE),
        (400, "INVALID_ARGUMENT", "Multi-modal output is not supported.", "bad_request", STYLE),
        (400, "INVALID_ARGUMENT", "Provided image is not valid.", "bad_reference", BEAT),
        (400, "INVALID_ARGUMENT", "Invalid value at 'generation_config.response_format.image.aspect_ratio' (type."
         "googleapis.com/google.ai.generativelanguage.v1beta.ImageResponseFormat.AspectRatio), \"3:2\"",
         "bad_aspect_ratio", STYLE),
        (400, "INVALID_ARGUMENT", "The input token count (1196265) exceeds the maximum number of tokens allowed"
         " (1048575).", "request_too_large", BEAT),
    ],
)  # fmt: skip
def test_an_error_by_its_words(status: int, state: str, message: str, code: str, scope: Scope) -> None:
    outcome = refused(status, message, state)
    assert (outcome.code, outcome.scope, outcome.billed) == (code, scope, False)
    assert outcome.cure or code in ("overloaded", "throttled")


@pytest.mark.parametrize(
    ("reason", "code", "scope"),
    [
        ("API_KEY_EXPIRED", "key_invalid", KEY),
        ("api_key_invalid", "key_invalid", KEY),
        ("ACCESS_TOKEN_EXPIRED", "key_invalid", KEY),
        ("CREDENTIALS_MISSING", "key_invalid", KEY),
        ("API_KEY_IOS_APP_BLOCKED", "key_restricted", KEY),
        ("API_KEY_OF_NEXT_YEAR_BLOCKED", "key_restricted", KEY),
        ("CONSUMER_SUSPENDED", "suspended", PROJECT),
        ("GCP_SUSPENDED", "suspended", PROJECT),
        ("CONSUMER_INVALID", "service_disabled", PROJECT),
        ("BILLING_DISABLED", "billing_disabled", PROJECT),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
@pytest.mark.parametrize("message", ["?", "Der Schlüssel ist ungültig.", "キーが無効です。"])
def test_an_error_by_its_reason_in_whatever_language(
    status: int, message: str, reason: str, code: str, scope: Scope
) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.LocalizedMessage"}, {"reason": reason}]
    outcome = refused(status, message, "INVALID_ARGUMENT", details)
    assert (outcome.code, outcome.scope) == (code, scope)


@pytest.mark.parametrize(
    ("status", "page", "code"),
    [
        (400, "<!DOCTYPE html><title>Error 400 (Bad Request)!!1</title>", "not_the_api"),
        (403, "<html><title>Error 403 (Forbidden)!!1</title><p>Your client does not have permission", "not_the_api"),
        (404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", "wrong_address"),
        (429, "<html><head><title>Sorry...</title></head>Our systems have detected unusual traffic", "throttled"),
        (500, "<html><title>500 Internal Server Error</title>", "internal"),
        (502, "<!DOCTYPE html><title>Error 502 (Server Error)!!1</title>", "overloaded"),
        (522, "error code: 522", "overloaded"),
        (530, "error code: 1016", "overloaded"),
        (511, "<html>Network Authentication Required", "proxy_login"),
        (403, '{"message": "Forbidden"}', "not_the_api"),
        (404, '{"statusCode": 404, "message": "Resource not found"}', "wrong_address"),
        (404, '{"status": "error", "code": 404, "message": "no route"}', "wrong_address"),
    ],
)
def test_pages_of_load_balancers_and_gateways(status: int, page: str, code: str) -> None:
    assert told(status, page.encode()).code == code


@pytest.mark.parametrize(
    ("http", "error", "code"),
    [
        # A gateway's own number beside a status that is waited out.
        (503, {"code": 400, "message": "upstream unavailable"}, "overloaded"),
        (429, {"code": 400, "message": "rate limited by gateway, slow down"}, "throttled"),
        (429, {"code": 404, "message": "too many requests"}, "throttled"),
        (504, {"code": 401, "message": "timeout"}, "overloaded"),
        # The provider's word, handed on by one.
        (502, {"code": 400, "message": "The aspect_ratio is not known", "status": "INVALID_ARGUMENT"},
         "bad_aspect_ratio"),
        (503, {"code": 429, "message": "?"}, "throttled"),
        # A trouble of the moment with a key's name in its reason.
        (503, {"code": 503, "message": "?", "status": "UNAVAILABLE",
               "details": [{"reason": "API_KEY_TEMPORARILY_UNAVAILABLE"}]}, "overloaded"),
        (403, {"code": 403, "message": "?", "status": "PERMISSION_DENIED",
               "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}, "key_restricted"),
        # A prompt's own words.
        (400, {"code": 400, "message": "Invalid value at 'contents[0].parts[0].text': a man paying a billing clerk",
               "status": "INVALID_ARGUMENT"}, "bad_request"),
        (400, {"code": 400, "message": "The prompt was blocked: see billing terms", "status": "INVALID_ARGUMENT"},
         "prompt_blocked"),
    ],
)  # fmt: skip
def test_waiting_beats_failing_where_the_provider_did_not_speak(http: int, error: object, code: str) -> None:
    assert told(http, json.dumps({"error": error}).encode()).code == code


def test_a_cap_of_the_account_is_the_account_s_also_where_projects_are_named() -> None:
    outcome = refused(429, "all projects of this billing account: spending cap reached")
    assert (outcome.code, outcome.scope) == ("spend_cap", ACCOUNT)
