import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shotmill.errors import ExitCode
from shotmill.settings.endpoint import GOOGLE_HOST, EndpointRefused, parse_address, resolve_endpoint

ALLOWED = ("https://gateway.example", "https://proxy.example:8443/v1", "http://10.0.0.5:4000")


@pytest.mark.parametrize(
    ("base_url", "kind", "url"),
    [
        ("", "google", ""),
        ("emulator", "emulator", ""),
        (f"https://{GOOGLE_HOST}", "google", ""),
        (f"https://{GOOGLE_HOST}:443/", "google", ""),
        ("http://127.0.0.1:8080", "loopback", "http://127.0.0.1:8080"),
        ("http://localhost", "loopback", "http://localhost"),
        ("HTTPS://LOCALHOST:9/x/", "loopback", "https://localhost:9/x"),
        ("http://[::1]:1234/gemini", "loopback", "http://[::1]:1234/gemini"),
        ("http://[0:0:0:0:0:0:0:1]", "loopback", "http://[::1]"),
        ("https://gateway.example", "allowed", "https://gateway.example"),
        ("https://Gateway.Example:443/gemini/", "allowed", "https://gateway.example/gemini"),
        ("https://proxy.example:8443", "allowed", "https://proxy.example:8443"),
    ],
)
def test_what_may_be_sent_a_key(base_url: str, kind: str, url: str) -> None:
    endpoint = resolve_endpoint(base_url, ALLOWED)
    assert (endpoint.kind, endpoint.url) == (kind, url)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://evil.example",
        "https://proxy.example",
        "https://gateway.example:8443",
        "http://gateway.example",
        "http://10.0.0.5:4000",
        f"http://{GOOGLE_HOST}",
        f"https://{GOOGLE_HOST}.",
        f"https://{GOOGLE_HOST}.evil.example",
        f"https://{GOOGLE_HOST}@evil.example",
        f"https://{GOOGLE_HOST}:443@evil.example",
        f"https://evil.example/{GOOGLE_HOST}",
        f"https://evil.example\\@{GOOGLE_HOST}",
        f"https://evil.example#@{GOOGLE_HOST}",
        f"https://{GOOGLE_HOST}\t",
        f"https://{GOOGLE_HOST}\n.evil.example",
        "https://generativelanguage.gооgleapis.com",
        "https://xn--ggleapis-n1a.com",
        "https://localhost.evil.example",
        "http://localhost.",
        "http://127.0.0.1.",
        "http://127.0.0.1.evil.example",
        "http://127.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.0.0.2",
        "http://0.0.0.0",
        "http://[::ffff:127.0.0.1]",
        "http://[::1%25eth0]",
        "http://[::]",
        "http://127.0.0.1@evil.example",
        "http://127.0.0.1:80:90",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:08",
        "http://127.0.0.1/../x",
        "http://127.0.0.1//evil.example",
        "http://127.0.0.1/%2e%2e",
        "http://127.0.0.1?x=1",
        "//localhost",
        "localhost:8080",
        "https:/localhost",
        "https:///localhost",
        "ftp://localhost",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://.",
        "https://a..b",
        "https://-a.example",
        "https://a_b.example",
        "https://ⓔxample.com",
        " https://localhost",
        "Emulator",
        "emulator ",
    ],
)
def test_everything_else_is_refused(base_url: str) -> None:
    with pytest.raises(EndpointRefused) as caught:
        resolve_endpoint(base_url, ALLOWED)
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.cure


def test_a_refusal_names_the_host_and_the_line_to_add() -> None:
    with pytest.raises(EndpointRefused) as caught:
        resolve_endpoint("https://Evil.example:8443/steal")
    assert "evil.example" in caught.value.message
    assert 'base_urls = ["https://evil.example:8443"]' in caught.value.cure
    assert "keys.toml" in caught.value.cure


def test_a_key_in_clear_text_is_refused_even_when_allowed() -> None:
    with pytest.raises(EndpointRefused, match="not encrypted"):
        resolve_endpoint("http://10.0.0.5:4000", ALLOWED)


def test_a_password_is_not_repeated() -> None:
    with pytest.raises(EndpointRefused) as caught:
        resolve_endpoint("https://ada:pass-word@gateway.example", ALLOWED)
    assert "pass-word" not in caught.value.message + caught.value.cure


HOSTS = st.sampled_from(
    ["localhost", "127.0.0.1", "[::1]", GOOGLE_HOST, "gateway.example", "evil.example", "127.1", "[::2]", "ⅼocalhost"]
)
MARKS = ["", ".", "@", ":", "/", "\\", "#", "?", "%2e", "%00", "\t", "\n", " ", "//", ":443", ":80", "[", "]", "。"]
GLUE = st.sampled_from(MARKS)
NEAR_MISSES = st.builds(
    lambda scheme, parts: scheme + "".join(parts),
    st.sampled_from(["http://", "https://", "HTTPS://", "http:", "https:/", "//", "", "ftp://", "httpss://"]),
    st.lists(HOSTS | GLUE | st.text(max_size=4), max_size=6),
)


@given(NEAR_MISSES | st.text(max_size=80))
@example(f"https://{GOOGLE_HOST}:443")
@example("http://[::1]/")
@example("https://gateway.example/x")
def test_nothing_but_google_loopback_and_allowed_ever_passes(base_url: str) -> None:
    """Judged by another parser than ours: where both read an address, they have to agree on who is called."""
    from urllib.parse import urlsplit

    from yarl import URL

    try:
        endpoint = resolve_endpoint(base_url, ["https://gateway.example"])
    except EndpointRefused:
        return
    if endpoint.url == "":
        assert base_url in ("", "emulator") or urlsplit(base_url).hostname == GOOGLE_HOST
        return
    for url in (base_url, endpoint.url):
        split, dialled = urlsplit(url), URL(url)
        assert split.username is None
        assert split.hostname is not None
        assert split.hostname.lower() == dialled.host or split.hostname.startswith(("0", ":"))
        assert dialled.host in ("localhost", "127.0.0.1", "::1", GOOGLE_HOST, "gateway.example")
        if dialled.host in (GOOGLE_HOST, "gateway.example"):
            assert (dialled.scheme, dialled.port) == ("https", 443)


@given(NEAR_MISSES)
def test_the_normal_form_is_stable(base_url: str) -> None:
    try:
        address = parse_address(base_url)
    except ValueError:
        return
    assert parse_address(address.origin + address.path) == address


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "1.2.3.04", "10.0.0.0x5", "1.2.3.4.5"])
def test_a_number_that_parsers_read_in_two_ways_can_not_be_allowed(host: str) -> None:
    with pytest.raises(EndpointRefused, match="number"):
        resolve_endpoint(f"https://{host}", [f"https://{host}"])
    assert resolve_endpoint("https://1.2.3.4", ["https://1.2.3.4"]).kind == "allowed"
