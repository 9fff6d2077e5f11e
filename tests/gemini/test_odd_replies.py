"""Answers with a 200 that are not what was asked for: errors, other shapes, images under another label or elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gemini.test_reactions_to_wire_bodies import told
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.gemini.reply import read_reply

IMAGE = {"mimeType": "image/png", "data": "AAAA"}
DRAWN = {"promptTokenCount": 9, "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}]}
STATUS = {"code": 429, "message": "?", "status": "RESOURCE_EXHAUSTED"}


def answered(body: object) -> Outcome:
    return told(200, json.dumps(body).encode())


def reply(*parts: dict[str, Any], ended: object = "STOP", **more: object) -> dict[str, Any]:
    return {"candidates": [{"finishReason": ended, "content": {"parts": list(parts)}}], **more}


@pytest.mark.parametrize(
    "label", ["IMAGE/PNG", "image/jpeg; charset=binary", "application/octet-stream", "png", "", None]
)
def test_an_image_tells_by_its_bytes_and_not_by_its_label(label: str | None) -> None:
    assert answered(reply({"inlineData": {"mimeType": label, "data": "AAAA"}})).fate is Fate.IMAGE


@pytest.mark.parametrize("label", ["text/plain", "audio/wav", "video/mp4"])
def test_what_is_labelled_as_another_medium_is_none(label: str) -> None:
    assert answered(reply({"inlineData": {"mimeType": label, "data": "AAAA"}})).code == "no_image"


@pytest.mark.parametrize(
    "part",
    [
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.org/1.png"}},
        {"text": "![image](data:image/png;base64,AAAA)"},
        {"inlineData": {"mimeType": "image/png", "data": ""}},
    ],
)
@pytest.mark.parametrize("ended", ["STOP", None])
def test_an_image_that_was_billed_and_is_not_there_is_not_bought_again(part: dict[str, Any], ended: object) -> None:
    outcome = answered(reply(part, ended=ended, usageMetadata=DRAWN))
    assert (outcome.fate, outcome.code, outcome.billed) == (Fate.UNUSABLE, "image_missing", True)
    assert not outcome.perhaps_paid and "--retry-failed" in outcome.cure


def test_a_refusal_or_a_draft_says_why_no_image_came() -> None:
    assert answered(reply(ended="IMAGE_SAFETY", usageMetadata=DRAWN)).code == "image_safety"
    assert answered(reply({"thought": True, "inlineData": IMAGE}, usageMetadata=DRAWN)).code == "no_image"


@pytest.mark.parametrize(
    "body",
    [
        {"predictions": [{"bytesBase64Encoded": "AAAA", "mimeType": "image/png"}]},
        {"choices": [{"message": {"content": "![image](https://example.org/1.png)"}}]},
        {"response": reply({"inlineData": IMAGE})},
        {"data": [{"b64_json": "AAAA"}]},
        {"code": 0, "message": "success", "data": {"url": "https://example.org/1.png"}},
        {"error": {}},
    ],
)
def test_another_api_s_answer_may_have_been_paid(body: object) -> None:
    outcome = answered(body)
    assert (outcome.fate, outcome.code, outcome.billed) == (Fate.UNUSABLE, "answer_unreadable", None)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (STATUS, "throttled"),
        ({"error": [STATUS]}, "throttled"),
        ({"error": json.dumps({"error": STATUS})}, "throttled"),
        ({"error": {"message": json.dumps({"error": STATUS}), "type": "upstream_error"}}, "throttled"),
        ({"error": {"status": "UNAVAILABLE", "message": "?"}}, "overloaded"),
        ({"error": {"code": 8, "message": "?"}}, "throttled"),
        ({"error": {"code": 400, "message": "?", "details": [{"reason": "API_KEY_INVALID"}]}}, "key_invalid"),
        ({"error": "upstream failed"}, "internal"),
        ({"error": {"message": "upstream failed"}}, "internal"),
        ([reply({"text": "well"}, ended=None), {"error": STATUS}], "throttled"),
    ],
)
def test_an_error_in_a_200_is_that_error(body: object, code: str) -> None:
    outcome = answered(body)
    assert (outcome.code, outcome.billed) == (code, False)
    assert outcome.message


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("FINISH_REASON_SAFETY", "safety"),
        ("FinishReason.IMAGE_SAFETY", "image_safety"),
        ("image_recitation", "recitation"),
        ("FINISH_REASON_UNSPECIFIED", "no_image"),
        ("IMAGE_OF_NEXT_YEAR", "unknown_finish"),
        (3, "no_image"),
    ],
)
def test_the_words_of_an_enumeration_in_other_spellings(reason: object, code: str) -> None:
    assert answered({"candidates": [{"finishReason": reason}]}).code == code


def test_a_reason_that_stands_for_none_blocks_nothing() -> None:
    unspecified = {"blockReason": "BLOCK_REASON_UNSPECIFIED"}
    assert answered(reply({"text": "well"}, promptFeedback=unspecified)).code == "no_image"
    assert answered({"promptFeedback": unspecified}).code == "prompt_blocked"
    blocked = answered({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "Not this prompt."}})
    assert (blocked.fate, blocked.message) == (Fate.BLOCKED, "Not this prompt.")


@pytest.mark.parametrize(
    "body",
    [
        {"error": "could not store the image", "usageMetadata": DRAWN},
        {"error": {"code": 500, "message": "could not store the image"}, "usageMetadata": DRAWN},
        {"error": {"code": 503, "message": "?"}, **reply({"inlineData": IMAGE, "thought": True})},
        {"usageMetadata": DRAWN},
        {"candidates": [], "usageMetadata": DRAWN},
    ],
)
def test_what_was_billed_is_not_bought_again_whatever_else_is_said(body: object) -> None:
    outcome = answered(body)
    assert (outcome.fate, outcome.code, outcome.billed) == (Fate.UNUSABLE, "image_missing", True)


def test_of_parts_with_data_the_one_that_is_labelled_as_an_image_is_the_take() -> None:
    other = {"mimeType": "application/json", "data": "e30="}
    body = json.dumps(reply({"inlineData": IMAGE}, {"inlineData": other})).encode()
    take = read_reply(body).take
    assert take is not None and take.mime == "image/png"
