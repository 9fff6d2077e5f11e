"""What a reply holds, which of its images is the take, and what it cost."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.bounded_json import MOST_VALUES
from shotmill.gemini.cost import cost_usd
from shotmill.gemini.reply import ImagePart, Reply, ReplyError, Usage, read_models, read_reply


def image(data: bytes, *, thought: bool | None = None, mime: str | None = "image/png") -> dict[str, object]:
    part: dict[str, object] = {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}
    return part if thought is None else {**part, "thought": thought}


def reply_with(*parts: dict[str, object]) -> Reply:
    return read_reply(
        json.dumps({"candidates": [{"content": {"parts": list(parts)}, "finishReason": "STOP"}]}).encode()
    )


@pytest.mark.parametrize("size", [196_607, 196_608, 196_609, 600_001])
@pytest.mark.parametrize("padding", ["", "=", "=="])
def test_an_image_of_many_pieces_is_decoded_whole(size: int, padding: str) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    part = ImagePart(base64.b64encode(data).decode().rstrip("=") + padding, "image/png", False)
    assert part.decode() == data


@pytest.mark.parametrize("wrong", ["é", " ", "\n", "=", "=="])
@pytest.mark.parametrize("at", [0, 262_144, 300_000])
def test_one_wrong_character_anywhere_is_no_image(wrong: str, at: int) -> None:
    text = "QUJD" * 100_000
    with pytest.raises(ReplyError):
        ImagePart(text[:at] + wrong + text[at + len(wrong) :], "image/png", False).decode()


def test_the_last_image_that_is_not_a_thought_is_the_take() -> None:
    reply = reply_with(
        {"text": "Here it is"},
        image(b"draft", thought=True),
        image(b"first"),
        image(b"last"),
        image(b"afterthought", thought=True),
        {"text": "."},
    )
    assert reply.final_image() == b"last"
    assert [part.thought for part in reply.images] == [True, False, False, True]
    assert reply.text == "Here it is."


def test_thoughts_alone_are_no_take() -> None:
    assert reply_with(image(b"draft", thought=True)).final_image() is None


def test_a_part_that_is_no_image_is_none() -> None:
    assert reply_with(image(b"sound", mime="audio/wav")).images == ()
    assert reply_with(image(b"unnamed", mime=None)).final_image() == b"unnamed"


def test_a_gateway_may_write_snake_case_and_the_alphabet_for_urls() -> None:
    data = b"\xfb\xff\xfe" * 5
    encoded = base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert "-" in encoded or "_" in encoded
    assert reply_with({"inline_data": {"mime_type": "image/webp", "data": encoded}}).final_image() == data


def test_usage_and_names(wire: Callable[[str], bytes]) -> None:
    reply = read_reply(wire("200-ok-image-first-part"))
    assert reply.usage == Usage(615, 2478, 2240, 208, 3301)
    assert (reply.model_version, reply.response_id, reply.finish_reason) == ("gemini-3-pro-image", "REDACTED", "STOP")
    with pytest.raises(ReplyError):
        reply.final_image()  # the bytes were taken out of this body when it was published


def test_numbers_may_be_strings_and_nulls() -> None:
    usage = {
        "promptTokenCount": "12",
        "totalTokenCount": None,
        "candidatesTokensDetails": [None, {"modality": "IMAGE"}],
    }
    assert read_reply(json.dumps({"usageMetadata": usage}).encode()).usage == Usage(prompt_tokens=12)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"12", b"[1, 2]", b"[]", b'"text"', b"[" * 100_000])
def test_what_is_no_reply_is_said(body: bytes) -> None:
    with pytest.raises(ReplyError):
        read_reply(body)


@pytest.mark.parametrize("content", [None, {}, {"parts": None}, {"parts": [None, 1, "x", {}]}])
def test_contents_without_anything_are_empty(content: object) -> None:
    reply = read_reply(json.dumps({"candidates": [{"content": content}, None]}).encode())
    assert (reply.images, reply.text) == ((), "")


@pytest.mark.parametrize("candidates", [111, "x", {"content": {}}, [{"content": []}], [{"content": {"parts": "x"}}]])
def test_where_something_else_stands_for_the_answer_an_image_may_be_lost(candidates: object) -> None:
    with pytest.raises(ReplyError):
        read_reply(json.dumps({"candidates": candidates}).encode())


@given(st.binary(min_size=1, max_size=100))
def test_any_bytes_come_back(data: bytes) -> None:
    assert reply_with(image(data)).final_image() == data


def test_a_large_image_comes_back_whole_and_is_not_shown() -> None:
    data = os.urandom(6_000_000)
    reply = reply_with(image(b"x" * 100_000, thought=True), image(data))
    assert reply.final_image() == data
    assert len(repr(reply)) < 1000


def test_models_of_a_listing() -> None:
    body = b'{"models": [{"name": "models/gemini-nano-banana-2.1"}, {"name": null}, {"name": "tuned/x"}]}'
    assert read_models(body) == ("gemini-nano-banana-2.1", "tuned/x")
    assert read_models(b"{}") == ()
    with pytest.raises(ReplyError):
        read_models(b"<html>")


def test_two_images_cost_twice() -> None:
    usage = Usage(615, 2478, 2240, 208, 3301)
    assert cost_usd(usage, images=1, price_per_image=0.134, image_tokens_per_image=1120) == pytest.approx(0.268)


def test_text_and_input_cost_what_is_not_image() -> None:
    usage = Usage(prompt_tokens=1000, output_tokens=1320, image_tokens=1120, thought_tokens=100, total_tokens=2420)
    cost = cost_usd(
        usage,
        images=1,
        price_per_image=0.0336,
        image_tokens_per_image=1120,
        input_usd_per_million=1.5,
        text_usd_per_million=7.5,
    )
    assert cost == pytest.approx(0.0336 + 0.0015 + 300 * 7.5 / 1e6)


@pytest.mark.parametrize("usage", [None, Usage(), Usage(prompt_tokens=20, total_tokens=20)])
def test_without_image_tokens_the_images_are_counted(usage: Usage | None) -> None:
    assert cost_usd(usage, images=2, price_per_image=0.05, image_tokens_per_image=1120) == pytest.approx(0.1)
    assert cost_usd(usage, images=0, price_per_image=0.05, image_tokens_per_image=1120) == 0


@pytest.mark.parametrize("value", [b"[]", b"{}", b"0", b'{"content": {}}'])
def test_more_values_than_any_reply_holds_are_not_parsed(value: bytes) -> None:
    with pytest.raises(ReplyError, match="more values than any answer holds"):
        read_reply(b'{"candidates": [' + b",".join([value] * (MOST_VALUES + 2)) + b"]}")
    with pytest.raises(ReplyError):
        read_models(b'{"models": [' + b",".join([value] * (MOST_VALUES + 2)) + b"]}")


def test_a_large_image_is_no_crowd_of_values() -> None:
    data = bytes(range(256)) * 8192
    taken = reply_with({"text": "as asked, " * 100}, *[image(b"draft")] * 50, image(data)).final_image()
    assert taken == data
