"""Server-sent events as bytes: whole frames only, whatever way they arrive, and lines of any length."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.fake_daemon import FakeDaemon, frame
from shotmill.client import stream
from shotmill.client.stream import Alive, Frame
from shotmill.errors import ShotmillError, UnreachableError


async def heard(raw: bytes, cuts: list[int] | None = None) -> list[stream.Heard]:
    reader = asyncio.StreamReader(limit=stream.LONGEST_LINE)
    begin = 0
    for cut in [*sorted(cuts or []), len(raw)]:
        reader.feed_data(raw[begin:cut])
        begin = max(begin, cut)
    reader.feed_eof()
    return [item async for item in stream.frames(reader)]


async def test_frames_and_comments() -> None:
    raw = b": alive\n\n" + frame(7, "snapshot", {"a": 1}) + b'data: {"b": 2}\n\n'
    assert await heard(raw) == [Alive(), Frame("snapshot", "7", {"a": 1}), Frame("message", "", {"b": 2})]


async def test_crlf_and_data_on_several_lines() -> None:
    assert await heard(b'event: change\r\ndata: {"a":\r\ndata: 1}\r\n\r\n') == [Frame("change", "", {"a": 1})]


async def test_a_frame_that_the_end_cut_off_is_none() -> None:
    whole = frame(1, "change", {"a": 1})
    assert await heard(whole + frame(2, "change", {"b": 2})[:-5]) == [Frame("change", "1", {"a": 1})]


async def test_a_line_of_megabytes_is_read() -> None:
    data = {"states": "v" * 3_000_000}
    assert await heard(frame(1, "snapshot", data)) == [Frame("snapshot", "1", data)]


@pytest.mark.parametrize("data", ["{", "[1]", "7", "[" * 200_000])
async def test_an_event_that_is_no_object_breaks_the_line(data: str) -> None:
    with pytest.raises(UnreachableError) as caught:
        await heard(f"data: {data}\n\n".encode())
    assert caught.value.code == "garbled"


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), min_size=1, max_size=6),
    st.lists(st.integers(0, 400), max_size=8),
)
async def test_however_the_bytes_are_cut_the_frames_are_the_same(data: list[dict[str, str]], cuts: list[int]) -> None:
    raw = b"".join(frame(number, "change", each) for number, each in enumerate(data))
    found = await heard(raw, [cut for cut in cuts if cut < len(raw)])
    assert [item.data for item in found if isinstance(item, Frame)] == json.loads(json.dumps(data))


async def test_a_refused_stream_is_the_daemons_error(daemon: FakeDaemon) -> None:
    error = {"code": "unknown_project", "message": "no such project", "cure": "open it"}
    daemon.answers["/v1/events"] = lambda question, line: daemon.json(line, {"error": error}, 404)
    with pytest.raises(ShotmillError) as caught:
        _ = [item async for item in stream.listen(daemon.folders.socket, "/v1/events?project=x")]
    assert caught.value.code == "unknown_project"


async def test_the_last_number_is_sent_along(daemon: FakeDaemon) -> None:
    daemon.answers["/v1/events"] = lambda question, line: daemon.begin_stream(line)
    assert [item async for item in stream.listen(daemon.folders.socket, "/v1/events", "41")] == []
    assert daemon.asked[-1].headers["last-event-id"] == "41"
