"""Trouble 1, it does not start: no network, a proxy, DNS or TLS fault, a clock that is wrong; each told apart."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from doctor.patient import doctor
from shotmill.daemon.life import proxy_host
from shotmill.doctor import daemon, online, wire
from shotmill.doctor.check import Surroundings, Verdict
from shotmill.doctor.wire import Asked
from shotmill.gemini.transport import proxy_for


@contextmanager
def http_server(date: float | None = None, certificate: Path | None = None) -> Iterator[int]:
    """Lists one model, and is overloaded when asked to draw; `date` is what its clock says. With a certificate it
    speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, b'{"models": [{"name": "models/gemini-nano-banana-2.1"}]}')

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(503, b'{"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}}')

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(date, usegmt=True)

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the base class's word
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    return own_certificate(tmp_path_factory.mktemp("tls"))


def own_certificate(folder: Path) -> Path:
    """A certificate that nobody else signed, with its key, for localhost."""
    path = folder / "own.pem"
    words = ["-keyout", str(path), "-out", str(path), "-subj", "/CN=localhost", "-days", "1"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", *words],
        check=True,
        capture_output=True,
    )
    return path


def closed_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def test_a_clock_that_is_wrong(mill: Home, tmp_path: Path) -> None:
    with http_server(date=1_795_000_000.0) as port:
        film = make_film(tmp_path / "film", f"http://127.0.0.1:{port}")
        checks = doctor(mill, film.root, "--online")
    assert checks["network"]["verdict"] == "fine"
    assert checks["clock.skew"]["verdict"] == "broken"
    assert "timedatectl" in checks["clock.skew"]["cure"]
    assert "known to the provider" in checks["online.anna"]["fact"]


def test_nobody_listens(mill: Home, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", f"http://127.0.0.1:{closed_port()}")
    check = doctor(mill, film.root, "--online")["network"]
    assert check["verdict"] == "broken"
    assert "can't be reached" in check["fact"]


def test_each_step_has_its_name(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http_server(certificate=certificate) as port:
        assert wire.ask(f"https://localhost:{port}", "/v1/models", None).stage == "tls"
    assert wire.ask("https://nowhere.invalid", "/v1/models", None).stage == "dns"
    assert wire.ask(f"http://127.0.0.1:{closed_port()}", "/v1/models", None).stage == "connect"
    monkeypatch.setenv("https_proxy", f"http://me:canary@127.0.0.1:{closed_port()}")
    asked = wire.ask("https://example.com", "/v1/models", None)
    assert asked.stage == "proxy"
    assert "canary" not in asked.why


def test_a_proxy_gets_the_login_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def refuse() -> None:
            line, _ = listening.accept()
            with line:
                heard.append(line.recv(65536).decode())
                line.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

        proxy = threading.Thread(target=refuse, daemon=True)
        proxy.start()
        port = listening.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://me:can%40ary@127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        asked = wire.ask("https://provider.example", "/v1/models", None)
        proxy.join(10)
    assert asked.stage == "proxy"
    assert heard[0].startswith("CONNECT provider.example:443")
    assert f"Proxy-Authorization: Basic {base64.b64encode(b'me:can@ary').decode()}" in heard[0]


@pytest.mark.parametrize(
    ("its", "here", "verdict", "said"),
    [
        ("proxy:3128", {"https_proxy": "http://me:canary@proxy:3128/"}, Verdict.FINE, "through proxy:3128"),
        ("", {}, Verdict.FINE, "through no proxy"),
        ("", {"https_proxy": "http://me:canary@proxy:3128"}, Verdict.LOOK, "this terminal names proxy:3128"),
        ("old:1", {"all_proxy": "http://proxy:3128"}, Verdict.LOOK, "this terminal names none"),
    ],
)
def test_the_proxy_that_counts_is_the_daemons(its: str, here: dict[str, str], verdict: Verdict, said: str) -> None:
    (check,) = daemon.judged_proxy({"proxy": its}, here)
    assert check.verdict is verdict
    assert said in check.fact
    assert "canary" not in repr(check)
    assert ("daemon restart" in check.cure) is (verdict is Verdict.LOOK)


def test_the_daemon_names_its_proxy_without_the_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://me:canary@proxy:3128/")
    assert proxy_host() == "proxy:3128"
    monkeypatch.setenv("https_proxy", "proxy:3128")
    assert proxy_host() == "proxy:3128"
    assert proxy_for("https://provider.example") == "http://proxy:3128"


def test_keys_beyond_the_first_ones_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mill: Home) -> None:
    mill.write_keys(text="".join(f'[keys.k{n}]\napi_key = "AIzaCANARY{n:030d}"\n' for n in range(online.MOST_KEYS + 3)))
    monkeypatch.setattr(online, "ask", lambda *words: Asked("ok", status=200, body=b"{}"))
    checks = online.check_provider(Surroundings(mill.folders, {}, None, online=True))
    assert sum(check.id.startswith("online.k") for check in checks) == online.MOST_KEYS
    (more,) = [check for check in checks if check.id == "online.more"]
    assert "3 more keys" in more.fact


@pytest.mark.parametrize(("stage", "cure"), [("dns", "getent"), ("tls", "SSL_CERT_FILE"), ("proxy", "https_proxy")])
def test_each_step_has_its_cure(stage: wire.Stage, cure: str) -> None:
    check = online.judged_network([Asked(stage, "why")], "provider.example")[0]
    assert check.verdict is Verdict.BROKEN
    assert cure in check.cure


def test_a_model_that_is_not_listed() -> None:
    body = b'{"models": [{"name": "models/gemini-nano-banana-2.1"}]}'
    check = online.judged_model([Asked("ok", status=200, body=body)], "gemini-9")[0]
    assert check.verdict is Verdict.LOOK
    assert "gemini-nano-banana-2.1" in check.cure
