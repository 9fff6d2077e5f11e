"""The real SDK against the emulator over a socket: pictures, models, keys, and requests that the provider refuses."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import aiohttp
import pytest
from google import genai
from google.genai import errors, types
from PIL import Image

from shotmill.emulator.keys import parse_keyring
from shotmill.emulator.server import Emulator


def picture_of(answer: types.GenerateContentResponse) -> Image.Image:
    """The take: the last image part that is no thought, decoded whole."""
    blobs = [part.inline_data for part in answer.parts or [] if part.inline_data and not part.thought]
    assert blobs[-1].data is not None
    image = Image.open(io.BytesIO(blobs[-1].data))
    image.load()
    return image


def png(size: tuple[int, int] = (64, 36), colour: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


async def refusal(asking: Any) -> errors.APIError:
    with pytest.raises(errors.APIError) as caught:
        await asking
    return caught.value


@pytest.mark.parametrize(
    ("ratio", "size", "pixels"),
    [("16:9", "1K", (1376, 768)), ("9:16", "1K", (768, 1376)), ("1:8", "1K", (384, 3072)), ("16:9", "2K", (2752, 1536)),
     ("21:9", "4K", (6336, 2688))],
)  # fmt: skip
async def test_a_picture_is_whole_and_as_large_as_asked(
    start: Any, ask: Any, ratio: str, size: str, pixels: tuple[int, int]
) -> None:
    answer = await ask(await start(), ratio=ratio, size=size)
    assert picture_of(answer).size == pixels
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP


async def test_drafts_come_before_the_picture_and_are_billed(start: Any, ask: Any) -> None:
    emulator = await start(drafts=True)
    signed_only = marked = 0
    for number in range(24):
        answer = await ask(emulator, f"Clear style: Shot 1, Beat 1.{number}. A house", ratio="1:1")
        emulator.provider.reset()
        images = [part for part in answer.parts if part.inline_data]
        drawn = answer.usage_metadata.candidates_tokens_details[0].token_count
        assert drawn == 1120 * len(images)
        assert answer.usage_metadata.candidates_token_count > drawn
        assert picture_of(answer).size == (1024, 1024)
        assert all(part.thought_signature for part in images)
        marked += sum(bool(part.thought) for part in images[:-1])
        signed_only += sum(not part.thought for part in images[:-1])
    assert marked and signed_only


async def test_usage_adds_up_as_the_provider_counts(start: Any, ask: Any) -> None:
    usage = (await ask(await start(), "A lamp", png(), png())).usage_metadata
    assert usage.prompt_token_count == sum(detail.token_count for detail in usage.prompt_tokens_details)
    parts = usage.prompt_token_count + usage.candidates_token_count + usage.thoughts_token_count
    assert usage.total_token_count == parts


async def test_models_are_listed_page_by_page_and_found_by_name(start: Any) -> None:
    emulator: Emulator = await start()
    options = types.HttpOptions(base_url=emulator.base_url, api_version="v1beta")
    client = genai.Client(api_key="emulator-key-finn-0006", vertexai=False, http_options=options)
    names = [model.name async for model in await client.aio.models.list(config={"page_size": 2})]
    assert names == ["models/gemini-nano-banana-2.1", "models/gemini-3-pro-image", "models/gemini-3.1-flash-lite-image"]
    assert (await client.aio.models.get(model="gemini-3-pro-image")).display_name == "Nano Banana Pro"
    gone = await refusal(client.aio.models.get(model="gemini-2.5-flash-image"))
    assert gone.code == 404
    await client.aio.aclose()
    client.close()


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"key": "emulator-key-nobody"}, 400, "API key not valid"),
        ({"model": "gemini-3.1-flash-image"}, 404, "models/gemini-3.1-flash-image is not found for API version v1,"),
        ({"ratio": "7:3"}, 400, "'1:8', '2:3'"),
        ({"ratio": "1:8", "model": "gemini-3-pro-image"}, 400, "aspect_ratio must be one of '1:1', '2:3'"),
        ({"size": "2K", "model": "gemini-3.1-flash-lite-image"}, 400, "image_size must be one of '1K'"),
        ({"size": "512"}, 400, "image_size"),
        ({"timeout_s": 8}, 400, "Manually set deadline 8s is too short. Minimum allowed deadline is 10s."),
    ],
)
async def test_a_request_that_the_provider_would_refuse(
    start: Any, ask: Any, settings: dict[str, Any], code: int, says: str
) -> None:
    error = await refusal(ask(await start(), **settings))
    assert error.code == code
    assert says in str(error.message)


async def test_references_are_checked(start: Any, ask: Any) -> None:
    emulator = await start()
    assert "Unable to process input image" in str((await refusal(ask(emulator, "x", b"no image"))).message)
    assert "Unable to process input image" in str((await refusal(ask(emulator, "x", png()[:-30]))).message)
    assert "Too many input images" in str((await refusal(ask(emulator, "x", *[png()] * 15))).message)
    assert picture_of(await ask(emulator, "x", *[png()] * 14)).size == (1376, 768)


async def test_without_a_ratio_the_last_reference_gives_it(start: Any, ask: Any) -> None:
    answer = await ask(await start(), "A boat", png((64, 64)), png((90, 160)), ratio=None)
    assert picture_of(answer).size == (768, 1376)


async def test_both_spellings_of_the_image_settings_and_of_the_key(start: Any, http: aiohttp.ClientSession) -> None:
    emulator = await start()
    url = f"{emulator.base_url}/v1beta/models/gemini-nano-banana-2.1:generateContent?key=emulator-key-eva-0005"
    body = {
        "contents": {"parts": {"text": "A tree"}},
        "generation_config": {"responseFormat": {"image": {"aspectRatio": "4:3"}}},
    }
    async with http.post(url, json=body) as response:
        answer = await response.json()
    blob = answer["candidates"][0]["content"]["parts"][-1]["inlineData"]
    assert Image.open(io.BytesIO(base64.b64decode(blob["data"]))).size == (1200, 896)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "Invalid JSON payload"),
        (b"[]", "an object is expected"),
        (b'{"prompt": "x"}', 'Unknown name "prompt"'),
        (b'{"contents": []}', "contents is not specified"),
        (b'{"contents": [{"role": "user", "parts": []}, {"role": "model", "parts": [{"inlineData": {}}]}]}',
         "content position 2, part position 1"),
    ],
)  # fmt: skip
async def test_a_body_that_makes_no_sense(start: Any, http: aiohttp.ClientSession, body: bytes, says: str) -> None:
    emulator = await start()
    headers = {"x-goog-api-key": "emulator-key-eva-0005"}
    url = f"{emulator.base_url}/v1/models/gemini-nano-banana-2.1:generateContent"
    async with http.post(url, data=body, headers=headers) as response:
        assert response.status == 400
        assert says in (await response.json())["error"]["message"]


STATES = {
    "invalid": (400, "API key not valid"),
    "leaked": (403, "reported as leaked"),
    "suspended": (403, "'api_key:emulator-key-me-0001' has been suspended"),
    "service_disabled": (403, "it is disabled"),
    "restricted": (403, "are blocked"),
    "billing_disabled": (403, "requires billing"),
    "no_quota": (429, "limit: 0"),
    "prepay_depleted": (429, "prepayment credits are depleted"),
    "spend_capped": (429, "spending cap"),
}


@pytest.mark.parametrize("whose", ["key", "project"])
@pytest.mark.parametrize("state", sorted(STATES))
async def test_what_the_provider_thinks_of_a_key(start: Any, ask: Any, state: str, whose: str) -> None:
    key = {"name": "me", "quota_project": "p"} | ({"state": state} if whose == "key" else {})
    project = {"state": state} if whose == "project" else {}
    emulator = await start(keyring=parse_keyring({"quota_projects": {"p": project}, "keys": [key]}))
    error = await refusal(ask(emulator, key="emulator-key-me-0001"))
    code, says = STATES[state]
    assert error.code == code
    assert says in str(error.message)


async def test_it_tells_what_it_saw_and_shows_no_key(start: Any, ask: Any, http: aiohttp.ClientSession) -> None:
    emulator: Emulator = await start()
    reference = png()
    await ask(emulator, "Clear style: Shot 2, Beat 2.1. <b>Rain</b>", reference)
    await refusal(ask(emulator, key="nobody"))
    async with http.get(f"{emulator.base_url}/emulator/seen") as response:
        text = await response.text()
    seen = json.loads(text)
    assert (seen["requests"], seen["billed_images"], seen["statuses"]) == (2, 1, {"200": 1, "400": 1})
    assert seen["by_key"]["unknown"]["refused"] == 1
    (one,) = seen["by_beat"]["2.1"]
    assert (one["style"], one["key"], one["billed"], len(one["references"][0])) == ("clear", "anna", True, 64)
    assert "emulator-key" not in text
    async with http.get(f"{emulator.base_url}/emulator") as response:
        assert "2.1" in await response.text()
    async with http.post(f"{emulator.base_url}/emulator/reset") as response:
        assert response.status == 200
    assert emulator.provider.seen()["requests"] == 0


async def test_pages_of_other_origins_are_turned_away(start: Any, http: aiohttp.ClientSession) -> None:
    emulator: Emulator = await start()
    for headers in ({"Origin": "https://example.com"}, {"Host": "evil.example"}):
        async with http.post(f"{emulator.base_url}/emulator/reset", headers=headers) as response:
            assert response.status == 403
