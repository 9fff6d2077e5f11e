"""The client against a socket: what is sent, how often, and what is known of it afterwards."""

from __future__ import annotations

import asyncio
import base64
import datetime
import gzip
import ipaddress
import json
import os
import socket
import ssl
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from gemini.provider_socket import Answer, Asked, Provider, hang, hang_up, part, provider_on_a_socket, reset, whole
from shotmill.gemini.client import GeminiClient
from shotmill.gemini.outcome import Nudge
from shotmill.gemini.request import SAID, ImageRequest, ReferenceImage
from shotmill.gemini.sdk import server_timeout
from shotmill.secrets import Secret

KEY = Secret("AIzaTestKeyThatIsNobodys0123456789abcdef")
REQUEST = ImageRequest("gemini-nano-banana-2.1", "a night train", timeout_s=20)


class Kept:
    """A sink in memory."""

    def __init__(self) -> None:
        self.data = b""
        self.largest = 0

    def write(self, chunk: bytes, /) -> None:
        self.data += chunk
        self.largest = max(self.largest, len(chunk))


@pytest_asyncio.fixture
async def client(provider: Provider) -> AsyncIterator[GeminiClient]:
    made = GeminiClient(provider.url, "")
    yield made
    await made.close()


@pytest.fixture
def sink() -> Kept:
    return Kept()


async def test_a_whole_answer_streams_into_the_sink_byte_for_byte(
    provider: Provider, client: GeminiClient, sink: Kept
) -> None:
    body = json.dumps({"candidates": [], "filler": base64.b64encode(os.urandom(6_000_000)).decode()}).encode()
    provider.answer = whole(200, body, headers="X-Served-By: test\r\n")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert sink.data == body
    assert sink.largest <= 1 << 20
    assert exchange.sent and exchange.complete and exchange.status == 200 and exchange.failure == ""
    assert exchange.body is None
    assert exchange.body_bytes == len(body)
    assert exchange.headers["x-served-by"] == "test"
    assert exchange.seconds > 0


async def test_the_request_is_what_the_api_expects(provider: Provider, client: GeminiClient, sink: Kept) -> None:
    provider.answer = whole(200, b"{}")
    references = (ReferenceImage(b"\xff\xfe\x00 look", "image/png"), ReferenceImage(b"before", "image/jpeg"))
    request = ImageRequest("gemini-nano-banana-2.1", "draw", references, "16:9", "1K", 60, nudge=Nudge.IMAGE_ONLY)
    await client.draw(request, KEY, sink)
    (asked,) = provider.asked
    assert asked.line == "POST /v1/models/gemini-nano-banana-2.1:generateContent HTTP/1.1"
    assert asked.headers["x-server-timeout"] == "55"  # it gives up first, and says so
    assert asked.json == {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(b"\xff\xfe\x00 look").decode()}},
                    {"inlineData": {"mimeType": "image/jpeg", "data": base64.b64encode(b"before").decode()}},
                    {"text": "draw" + SAID[Nudge.IMAGE_ONLY]},
                ],
            }
        ],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"},
        },
    }


async def test_the_api_version_can_be_chosen(provider: Provider, sink: Kept) -> None:
    provider.answer = whole(200, b"{}")
    client = GeminiClient(provider.url + "/gateway", "v1beta")
    await client.draw(REQUEST, KEY, sink)
    await client.close()
    assert provider.asked[0].line.startswith("POST /gateway/v1beta/models/")


async def test_one_client_serves_many_keys_and_sends_each_in_one_header_only(
    provider: Provider, client: GeminiClient, sink: Kept
) -> None:
    provider.answer = whole(200, b"{}")
    keys = [Secret(f"AQ.Ab-key-number-{number}-of-nobody") for number in range(8)]
    await asyncio.gather(*(client.draw(REQUEST, key, sink) for key in keys))
    assert {asked.headers["x-goog-api-key"] for asked in provider.asked} == {key.reveal() for key in keys}
    for asked in provider.asked:
        elsewhere = asked.line + str({**asked.headers, "x-goog-api-key": ""}) + asked.body.decode()
        assert "nobody" not in elsewhere
        assert "every-request-brings-its-own" not in str(asked)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [(reset, "reset"), (hang_up, "closed")],
    ids=["reset", "hang up"],
)
async def test_a_connection_lost_after_the_request_is_one_post_and_known_as_sent(
    provider: Provider,
    client: GeminiClient,
    sink: Kept,
    answer: Answer,
    failure: str,
) -> None:
    provider.answer = answer
    exchange = await client.draw(REQUEST, KEY, sink)
    assert len(provider.asked) == 1
    assert (exchange.sent, exchange.complete, exchange.status) == (True, False, None)
    assert exchange.failure == failure


@pytest.mark.parametrize("then", [reset, hang_up], ids=["reset", "hang up"])
async def test_half_a_body_is_no_whole_answer(
    provider: Provider,
    client: GeminiClient,
    sink: Kept,
    then: Answer,
) -> None:
    provider.answer = part(b'{"candidates": [', 5000, then=then)
    exchange = await client.draw(REQUEST, KEY, sink)
    assert len(provider.asked) == 1
    assert (exchange.sent, exchange.complete, exchange.status) == (True, False, 200)
    assert exchange.failure in ("cut", "reset")
    assert sink.data == b'{"candidates": ['


@pytest.mark.parametrize("hanging", [hang, part(b"{", 100, then=hang)], ids=["before the answer", "in the body"])
async def test_a_hanging_provider_ends_at_the_time_limit(
    provider: Provider, client: GeminiClient, sink: Kept, hanging: Answer
) -> None:
    provider.answer = hanging
    exchange = await client.draw(ImageRequest("m", "p", timeout_s=0.4), KEY, sink)
    assert (exchange.sent, exchange.complete, exchange.failure) == (True, False, "timeout")
    assert len(provider.asked) == 1


async def test_cancelling_passes_through(provider: Provider, client: GeminiClient, sink: Kept) -> None:
    provider.answer = hang
    task = asyncio.create_task(client.draw(REQUEST, KEY, sink))
    await asyncio.wait_for(provider.reading.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_body_over_the_cap_is_not_read_to_its_end(
    provider: Provider, client: GeminiClient, sink: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill.gemini.running.BODY_CAP", 300_000)
    provider.answer = whole(200, b"[" + b" " * 5_000_000 + b"]")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert (exchange.sent, exchange.complete, exchange.failure) == (True, False, "too_large")
    assert len(sink.data) <= 300_000


async def test_what_the_sink_raises_is_raised(provider: Provider, client: GeminiClient) -> None:
    class Full:
        def write(self, chunk: bytes, /) -> None:
            raise OSError(28, "No space left on device")

    provider.answer = whole(200, b"{}")
    with pytest.raises(OSError, match="No space left"):
        await client.draw(REQUEST, KEY, Full())
    assert len(provider.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b'{"error": {"code": 429}}', "application/json"),
        (502, b"<html><title>Bad Gateway</title></html>", "text/html"),
        (503, b"<html>but said to be JSON</html>", "application/json"),
        (500, b"", "application/json"),
        (400, b'[{"error": {"code": 400}}]', "application/json; charset=UTF-8"),
    ],
)
async def test_error_answers_are_kept_whole_and_never_reach_the_sink(
    provider: Provider, client: GeminiClient, sink: Kept, status: int, body: bytes, kind: str
) -> None:
    provider.answer = whole(status, body, kind=kind, headers="Retry-After: 7\r\n")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert (exchange.sent, exchange.complete, exchange.failure) == (True, True, "")
    assert (exchange.status, exchange.body, exchange.headers["retry-after"]) == (status, body, "7")
    assert sink.data == b""
    assert len(provider.asked) == 1


async def test_of_a_huge_error_answer_the_first_megabyte_is_kept(
    provider: Provider, client: GeminiClient, sink: Kept
) -> None:
    provider.answer = whole(503, b"x" * 3_000_000)
    exchange = await client.draw(REQUEST, KEY, sink)
    assert exchange.complete and exchange.body == b"x" * (1 << 20) and exchange.body_bytes == 3_000_000


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "x-nothing-known"])
async def test_an_error_whose_coding_is_not_what_its_header_says_is_whole(
    provider: Provider, client: GeminiClient, sink: Kept, status: int, coding: str
) -> None:
    provider.answer = whole(status, b"<html>busy</html>", headers=f"Content-Encoding: {coding}\r\n")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert (exchange.status, exchange.complete, exchange.failure) == (status, True, "")
    assert exchange.body == b"<html>busy</html>" and sink.data == b""


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("wbits", [31, 15, -15], ids=["gzip", "zlib", "bare"])
async def test_a_coding_that_is_understood_is_taken_off(
    provider: Provider, client: GeminiClient, sink: Kept, status: int, wbits: int
) -> None:
    body = json.dumps({"text": "x" * 3_000}).encode()
    squeezed = zlib.compressobj(wbits=wbits)
    packed = squeezed.compress(body) + squeezed.flush() + b"\0" * 9
    provider.answer = whole(status, packed, headers=f"Content-Encoding: {'gzip' if wbits == 31 else 'deflate'}\r\n")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert exchange.complete and exchange.body_bytes == len(body)
    assert (sink.data if status == 200 else exchange.body) == body
    assert provider.asked[0].headers["accept-encoding"] == "gzip, deflate"


async def test_a_reply_that_a_proxy_changed_reaches_the_sink(
    provider: Provider, client: GeminiClient, sink: Kept
) -> None:
    provider.answer = whole(203, b'{"candidates": []}')
    exchange = await client.draw(REQUEST, KEY, sink)
    assert (exchange.status, exchange.complete, exchange.body, sink.data) == (203, True, None, b'{"candidates": []}')


async def test_a_200_that_is_not_coded_as_it_says_reaches_the_sink_as_it_came(
    provider: Provider, client: GeminiClient, sink: Kept
) -> None:
    provider.answer = whole(200, b'{"candidates": []}', headers="Content-Encoding: gzip\r\n")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert exchange.complete and sink.data == b'{"candidates": []}'


@pytest.mark.parametrize("status", [200, 503])
async def test_a_small_body_that_swells_is_read_up_to_the_cap(
    provider: Provider, client: GeminiClient, sink: Kept, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr("shotmill.gemini.running.BODY_CAP", 2_000_000)
    provider.answer = whole(status, gzip.compress(b" " * 20_000_000), headers="Content-Encoding: gzip\r\n")
    exchange = await client.draw(REQUEST, KEY, sink)
    assert exchange.failure == ("too_large" if status == 200 else "") and exchange.complete is (status == 503)
    assert len(sink.data) <= 2_000_000 and sink.largest <= 1 << 20


async def test_the_end_of_an_error_counts_however_long_it_is(
    provider: Provider, client: GeminiClient, sink: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shotmill.gemini.running.BODY_CAP", 300_000)
    provider.answer = whole(503, b"x" * 2_000_000)
    exchange = await client.draw(REQUEST, KEY, sink)
    assert (exchange.status, exchange.complete, exchange.failure) == (503, True, "")


async def test_the_key_stays_out_of_reprs(provider: Provider, client: GeminiClient, sink: Kept) -> None:
    provider.answer = whole(403, f"Consumer 'api_key:{KEY.reveal()}' has been suspended.".encode())
    exchange = await client.draw(REQUEST, KEY, sink)
    assert KEY.reveal() not in repr(exchange)


async def test_nothing_is_sent_where_nobody_listens(sink: Kept) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else gets the port meanwhile
        client = GeminiClient(f"http://127.0.0.1:{taken.getsockname()[1]}", "")
        exchange = await client.draw(REQUEST, KEY, sink)
        await client.close()
    assert (exchange.sent, exchange.complete, exchange.failure) == (False, False, "refused")


async def test_a_name_without_an_address(sink: Kept) -> None:
    client = GeminiClient("https://no-such-host.invalid", "")
    exchange = await client.draw(REQUEST, KEY, sink)
    await client.close()
    assert (exchange.sent, exchange.failure) == (False, "dns")


async def test_a_certificate_that_nobody_signed(tmp_path: Path, sink: Kept) -> None:
    async with provider_on_a_socket(_self_signed(tmp_path)) as provider:
        provider.answer = whole(200, b"{}")
        client = GeminiClient(provider.url, "")
        exchange = await client.draw(REQUEST, KEY, sink)
        await client.close()
    assert (exchange.sent, exchange.failure) == (False, "tls")
    assert provider.asked == []


async def test_a_handshake_that_never_ends_has_sent_nothing(sink: Kept) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = GeminiClient(f"https://127.0.0.1:{silent.getsockname()[1]}", "")
        exchange = await client.draw(ImageRequest("m", "p", timeout_s=0.4), KEY, sink)
        await client.close()
    assert (exchange.sent, exchange.failure) == (False, "connect_timeout")


async def test_connections_are_used_again(provider: Provider, client: GeminiClient, sink: Kept) -> None:
    provider.answer = whole(200, b"{}")
    for _ in range(3):
        assert (await client.draw(REQUEST, KEY, sink)).complete
    assert len(provider.open) == 1


@pytest.mark.parametrize(("timeout_s", "told"), [(8, 8), (10, 10), (19.5, 15), (240, 235), (0.2, 1)])
def test_the_provider_gives_up_before_we_do(timeout_s: float, told: int) -> None:
    assert server_timeout(timeout_s) == told


def test_the_sdk_is_not_imported_before_it_is_needed() -> None:
    rooms = "shotmill.gemini.client, shotmill.gemini.reactions, shotmill.gemini.cost"
    code = f"import sys, {rooms}; sys.exit('google.genai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_the_sdks_warnings_stay_off_standard_error() -> None:
    code = """
import asyncio, os, warnings
os.environ.update(GOOGLE_API_KEY="a", GEMINI_API_KEY="b")
from shotmill.gemini.client import GeminiClient
from shotmill.gemini.request import ImageRequest
from shotmill.secrets import Secret
async def main():
    client = GeminiClient("http://127.0.0.1:1", "")
    exchange = await client.draw(ImageRequest("m", "p"), Secret("AIza" + "x" * 30), None)
    warnings.warn("X is not a valid FinishReason")
    await client.close()
    print(exchange.failure)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("refused\n", "")


async def test_a_proxy_that_refuses_the_tunnel_has_not_seen_the_key(
    provider: Provider, sink: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    provider.answer = refuse
    monkeypatch.setenv("HTTPS_PROXY", provider.url)
    monkeypatch.setenv("https_proxy", provider.url)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    client = GeminiClient("https://example.invalid", "")
    exchange = await client.draw(REQUEST, KEY, sink)
    await client.close()
    assert (exchange.sent, exchange.failure) == (False, "proxy")
    assert provider.asked[0].line.startswith("CONNECT example.invalid:443")
    assert KEY.reveal() not in str(provider.asked)


async def test_the_environment_changes_nothing(
    provider: Provider, sink: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with provider_on_a_socket() as canary:
        for name, value in {
            "GOOGLE_API_KEY": "canary-google-key",
            "GEMINI_API_KEY": "canary-gemini-key",
            "GOOGLE_GENAI_USE_VERTEXAI": "true",
            "GOOGLE_GENAI_USE_ENTERPRISE": "true",
            "GOOGLE_CLOUD_PROJECT": "canary-project",
            "GOOGLE_CLOUD_LOCATION": "canary-location",
            "GOOGLE_GEMINI_BASE_URL": canary.url,
            "GOOGLE_VERTEX_BASE_URL": canary.url,
            "GOOGLE_GENAI_API_VERSION": "beta",
            "GOOGLE_GENAI_HTTP_CLIENT": "httpx",
            "GOOGLE_GENAI_CLIENT_MODE": "replay",
            "GOOGLE_GENAI_REPLAYS_DIRECTORY": "/nonexistent",
            "GOOGLE_GENAI_REPLAY_ID": "canary",
            "HTTP_PROXY": canary.url,
            "http_proxy": canary.url,
            "NO_PROXY": "",
            "no_proxy": "",
        }.items():
            monkeypatch.setenv(name, value)
        provider.answer = whole(200, b"{}")
        client = GeminiClient(provider.url, "")
        exchange = await client.draw(REQUEST, KEY, sink)
        await client.close()
        assert exchange.complete
        assert canary.asked == []
    (asked,) = provider.asked
    assert asked.line.startswith("POST /v1/models/")
    assert asked.headers["x-goog-api-key"] == KEY.reveal()
    assert "canary" not in str(asked)
    assert "canary" not in caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(provider: Provider, client: GeminiClient, sink: Kept, status: int) -> None:
    async with provider_on_a_socket() as elsewhere:
        provider.answer = whole(status, b"", headers=f"Location: {elsewhere.url}/v1/x\r\nSet-Cookie: a=b\r\n")
        exchange = await client.draw(REQUEST, KEY, sink)
        assert elsewhere.asked == []
        listing = await client.list_models(KEY)
        assert elsewhere.asked == []
    assert (exchange.status, exchange.complete, exchange.failure) == (status, True, "")
    assert listing.status == status
    assert [asked.headers.get("cookie") for asked in provider.asked] == [None, None]


@pytest.mark.parametrize("value", ["", "  ", "two\nlines", "nicht-für-Köpfe"])
async def test_a_key_that_no_header_can_hold_is_not_sent(provider: Provider, sink: Kept, value: str) -> None:
    client = GeminiClient(provider.url, "")
    exchange = await client.draw(REQUEST, Secret(value), sink)
    await client.close()
    assert (exchange.sent, exchange.failure) == (False, "bad_key")
    assert provider.asked == []


async def test_listing_models_keeps_the_small_body(provider: Provider, client: GeminiClient) -> None:
    body = b'{"models": [{"name": "models/gemini-nano-banana-2.1"}], "nextPageToken": "more"}'
    provider.answer = whole(200, body)
    exchange = await client.list_models(KEY)
    assert (exchange.complete, exchange.body) == (True, body)
    assert len(provider.asked) == 1
    assert provider.asked[0].line.startswith("GET /v1/models?")
    assert provider.asked[0].headers["x-goog-api-key"] == KEY.reveal()
    assert KEY.reveal() not in provider.asked[0].line


def _self_signed(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
