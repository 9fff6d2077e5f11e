"""What goes wrong by script, as the SDK meets it, and what the ledger says was paid."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import aiohttp
import pytest
from google.genai import errors, types
from PIL import Image

from shotmill.emulator.faults import Facing, parse_script
from shotmill.emulator.latency import Latency
from shotmill.emulator.refusals import body_names
from shotmill.emulator.server import Emulator


def last(emulator: Emulator) -> Any:
    return emulator.provider.ledger.last(1)[0]


@pytest.mark.parametrize("name", [name for name in body_names() if not name.startswith("200")])
async def test_every_recorded_error_reaches_the_sdk(start: Any, ask: Any, name: str) -> None:
    emulator = await start([{"do": name}])
    with pytest.raises(errors.APIError) as caught:
        await ask(emulator)
    assert caught.value.code == int(name[:3])
    assert (last(emulator).code, last(emulator).billed) == (name, False)
    if "quotaDimensions" in json.dumps(caught.value.details):
        assert "gemini-nano-banana-2.1" in json.dumps(caught.value.details)


@pytest.mark.parametrize("name", [name for name in body_names() if name.startswith("200")])
async def test_every_recorded_answer_without_a_picture(start: Any, ask: Any, name: str) -> None:
    emulator = await start([{"do": name}])
    assert not (await ask(emulator)).parts
    assert not last(emulator).billed


@pytest.mark.parametrize("word", ["reset_before_body", "reset_mid_body", "cut_body"])
async def test_broken_connections_are_billed(start: Any, ask: Any, word: str, until: Any) -> None:
    emulator = await start([{"do": word, "times": 1}])
    with pytest.raises(aiohttp.ClientError):
        await ask(emulator)
    await until(lambda: emulator.provider.ledger.last(1))
    one = last(emulator)
    assert (one.fault, one.status, one.billed, one.usd > 0) == (word, 0, True, True)
    assert (await ask(emulator)).parts
    assert emulator.provider.seen()["billed_images"] == 2


async def test_a_hanging_request_ends_with_its_client(start: Any, ask: Any, until: Any) -> None:
    emulator = await start([{"do": "hold"}, {"do": "hang"}])
    asking = asyncio.create_task(ask(emulator))
    await until(lambda: emulator.provider.seen()["held"] == 1)
    asking.cancel()
    await until(lambda: emulator.provider.ledger.last(1))
    one = last(emulator)
    assert (one.code, one.status, one.billed) == ("hang", 0, True)


async def test_a_client_that_goes_while_it_is_drawn_has_paid(start: Any, ask: Any, until: Any) -> None:
    emulator = await start([{"do": "hold"}])
    asking = asyncio.create_task(ask(emulator))
    await until(lambda: emulator.provider.seen()["held"] == 1)
    asking.cancel()
    await until(lambda: emulator.provider.ledger.last(1))
    one = last(emulator)
    assert (one.code, one.status, one.billed) == ("client_gone", 0, True)


async def test_a_slow_drip_arrives_whole(start: Any, ask: Any, clock: Any) -> None:
    emulator = await start([{"do": {"slow_drip": 80}}])
    before = clock.time
    assert (await ask(emulator)).parts
    assert clock.time - before >= 79.9


async def test_gateway_pages_and_empty_answers(start: Any, ask: Any) -> None:
    emulator = await start([{"match": {"nth": 1}, "do": "html_502"}, {"do": "empty_200"}])
    with pytest.raises(errors.ServerError) as caught:
        await ask(emulator)
    assert caught.value.code == 502
    assert (await ask(emulator)).candidates is None


async def test_pictures_that_are_not_what_they_should_be(start: Any, ask: Any) -> None:
    emulator = await start(
        [
            {"match": {"nth": 1}, "do": "wrong_mime"},
            {"match": {"nth": 1}, "do": "truncated_image"},
            {"do": "text_only"},
        ],
        kind="jpeg",
    )
    blob = (await ask(emulator)).parts[-1].inline_data
    assert (blob.mime_type, Image.open(io.BytesIO(blob.data)).format) == ("image/png", "JPEG")
    blob = (await ask(emulator)).parts[-1].inline_data
    with pytest.raises(OSError, match="truncated"):
        Image.open(io.BytesIO(blob.data)).load()
    answer = await ask(emulator)
    assert answer.parts[0].text and answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert emulator.provider.seen()["billed_images"] == 2


async def test_latency_is_added_and_the_deadline_holds(start: Any, ask: Any, clock: Any) -> None:
    emulator = await start([{"do": {"latency": 100}}])
    before = clock.time
    assert (await ask(emulator)).parts
    assert clock.time - before >= 100
    with pytest.raises(errors.ServerError) as caught:
        await ask(emulator, timeout_s=60)
    assert (caught.value.code, caught.value.status) == (504, "DEADLINE_EXCEEDED")


async def test_what_is_held_is_answered_when_another_script_comes(start: Any, ask: Any, until: Any) -> None:
    emulator = await start([{"do": "hold"}, {"do": "429-bare"}])
    asking = [asyncio.create_task(ask(emulator)) for _ in range(2)]
    await until(lambda: emulator.provider.seen()["held"] == 2)
    emulator.provider.follow(parse_script([]))
    ended = await asyncio.gather(*asking, return_exceptions=True)
    assert [getattr(one, "code", 0) for one in ended] == [429, 429], "the rule after it decides what they get"
    assert emulator.provider.seen()["held"] == 0
    assert (await ask(emulator)).parts


async def test_an_answer_takes_the_time_that_its_seed_says(start: Any, ask: Any, clock: Any) -> None:
    emulator = await start(latency_s=8.0, speed=2.0, seed=5)
    before = clock.time
    await ask(emulator, "A lamp")
    assert clock.time - before == pytest.approx(last(emulator).latency_s, abs=1e-4)
    assert last(emulator).latency_s == Latency(4.0, seed=5).seconds(last(emulator).prompt_sha256, 1)


def test_latencies_spread_around_their_median() -> None:
    latency = Latency(8.0, seed=1)
    times = sorted(latency.seconds(f"{number:064}", 1) for number in range(999))
    assert 7 < times[499] < 9
    assert 2 < times[0] < 5 and 13 < times[-1] < 30
    assert latency.seconds("a", 1) != latency.seconds("a", 2)
    assert [latency.attempt("a"), latency.attempt("a"), latency.attempt("b")] == [1, 2, 1]


def fires(script: list[dict[str, Any]], *facings: tuple[str, str, str]) -> list[str]:
    parsed = parse_script(script)
    return [parsed.next(Facing(style, beat, key, "m")).do for style, beat, key in facings]


def test_rules_match_what_they_name() -> None:
    anna, ben = ("clear", "1.1", "anna"), ("clear", "1.2", "ben")
    assert fires([{"match": {"key": "ben"}, "do": "hang"}], anna, ben) == ["", "hang"]
    assert fires([{"match": {"beat": "1.2", "style": "clear"}, "do": "hang"}], anna, ben) == ["", "hang"]
    assert fires([{"match": {"key": "anna", "nth": 2}, "do": "hang"}], anna, ben, anna, anna) == ["", "", "hang", ""]
    assert fires([{"match": {"every": 2}, "do": "hang", "times": 1}], anna, ben, anna, ben) == ["", "hang", "", ""]
    assert fires([{"match": {"probability": 1}, "do": "hang"}, {"do": "cut_body"}], anna) == ["hang"]
    lots = fires([{"match": {"probability": 0.3}, "do": "hang"}], *[anna] * 400)
    assert 80 < lots.count("hang") < 160
    assert lots == fires([{"match": {"probability": 0.3}, "do": "hang"}], *[anna] * 400)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ({}, "a list of rules"),
        ([{"match": {}}], "rule 1"),
        ([{"do": "explode"}], "no fault is called 'explode'"),
        ([{"do": "hang"}, {"match": {"beet": 1}, "do": "hang"}], "rule 2: match knows no 'beet'"),
        ([{"match": {"nth": 0}, "do": "hang"}], "nth"),
        ([{"do": {"status": 700}}], "status"),
        ([{"do": {"status": 500, "body": "nothing"}}], "no body is called 'nothing'"),
    ],
)
def test_a_script_that_cannot_be_read(script: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says.replace("'", ".")):
        parse_script(script)


async def test_the_script_is_replaced_live(start: Any, ask: Any, http: aiohttp.ClientSession) -> None:
    emulator: Emulator = await start()
    assert (await ask(emulator)).parts
    url = f"{emulator.base_url}/emulator/faults"
    async with http.post(url, json=[{"do": {"status": 418}}]) as response:
        assert await response.json() == {"rules": 1}
    async with http.post(url, json=[{"do": "explode"}]) as response:
        assert response.status == 400
    with pytest.raises(errors.ClientError) as caught:
        await ask(emulator)
    assert caught.value.code == 418
