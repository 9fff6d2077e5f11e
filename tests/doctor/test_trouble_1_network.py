"""Trouble 1, it does not start: no network, a proxy, DNS or TLS fault, a clock that is wrong; each told apart."""

from __future__ import annotations

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
from shotmill.doctor import online, wire
from shotmill.doctor.check import Verdict
from shotmill.doctor.wire import Asked


@contextmanager
def http_server(date: float | None = None, certificate: Path | None = None) -> Iterator[int]:
    """Lists one model; `date` is what its clock says. With a certificate it speaks TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"models": [{"name": "models/gemini-nano-banana-2.1"}]}'
            self.send_response(200)
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
