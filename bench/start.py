"""How long from `shotmill start` to the first request, for a project of 100,000 prompts. Run by hand.

`python bench/start.py [--prompts 100000] [--images 50000]`: prompts of 300 characters as `.json` in three styles, half
of them drawn and recorded as Shotmill does it, with two lines of the journal each. A server on loopback notes when the
first request arrives, and refuses all for their content. Measured as a person meets it: without a daemon; with one that
does not know the project yet, that was just started or has come to rest; and with one that has it open.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from shotmill.engine.ask import asked_text, attempt_id, text_sha
from shotmill.settings.project import load_project_settings
from shotmill.story.discover import find_sources
from shotmill.story.load import load_story
from shotmill.takes.entries import Entry, Intent, Take
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout

STYLES = ("illustration", "clear", "consistent")
LENGTH = 300
AT_REST_S = 8.0
"""A daemon has loaded all that it ever needs by then."""
COMMAND = (sys.executable, "-m", "shotmill_tui.cli")
REFUSED = (
    b'{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 9, "totalTokenCount": 9}}'
)
SETTINGS = """
[limits]
rpm = 100000
rpd = 10000000
in_flight = 3
[generation]
pause_after = 1000000
"""


class Arrivals(ThreadingHTTPServer):
    """Notes when requests arrive."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusing)
        self.first: float | None = None
        self.came = threading.Event()

    def forget(self) -> None:
        self.first = None
        self.came.clear()


class Refusing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Arrivals)
        if server.first is None:
            server.first = time.perf_counter()
            server.came.set()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(0.2)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(REFUSED)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a run that was stopped
            self.wfile.write(REFUSED)

    def log_message(self, *_: object) -> None:
        """Nothing is printed of requests."""


def make_project(root: Path, base_url: str, prompts: int, images: int) -> None:
    (root / "prompts").mkdir(parents=True)
    each = -(-prompts // len(STYLES))
    for style in STYLES:
        rows = [
            {"beat_number": f"{n // 20 + 1}.{n % 20 + 1}", "ai_prompt": f"{style} {n} ".ljust(LENGTH, "x")}
            for n in range(each)
        ]
        (root / "prompts" / f"prompts-{style}.json").write_text(json.dumps(rows))
    (root / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{base_url}"\n{SETTINGS}')
    layout, entries, left = Layout(root), list[Entry](), images
    settings = load_project_settings(root)
    model = settings.gemini.model
    for told in load_story(find_sources(root, {})):
        for prompt in told.prompts[: min(left, -(-images // len(STYLES)))]:
            path = layout.image(told.name, prompt)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"an image")
            facts = path.stat()
            attempt, at = attempt_id(time.time(), left), time.time() - 86_400 * 7
            sha = text_sha(asked_text(prompt, settings.style(told.name)))
            entries.append(Intent(at, attempt, told.name, prompt.beat, 1, "bench", "bench", model, 0.24, sha))
            entries.append(
                Take(
                    at + 9.0, attempt, told.name, prompt.beat, 1, layout.relative(path), "0" * 64, facts.st_size,
                    facts.st_mtime_ns, sha, (), model, "bench", 0.039, None, 9.0, True,
                )
            )  # fmt: skip
            left -= 1
    layout.dot.mkdir(exist_ok=True)
    Journal(layout).append(*entries, durable=True)


def one_start(server: Arrivals, root: Path, environ: dict[str, str]) -> float:
    """Seconds from the command to its first request; the run is ended afterwards."""
    server.forget()
    began = time.perf_counter()
    command = subprocess.Popen(
        [*COMMAND, "start", str(root)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if not server.came.wait(20) or server.first is None:
        command.kill()
        raise SystemExit(f"no request came: {command.communicate()[0]}")
    seconds = server.first - began
    command.communicate()
    subprocess.run([*COMMAND, "stop", "--now", str(root)], env=environ, check=False, capture_output=True)
    return seconds


def daemon(word: str, environ: dict[str, str]) -> None:
    subprocess.run([*COMMAND, "daemon", word], env=environ, check=True, capture_output=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=100_000)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    server = Arrivals()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = Path(tempfile.mkdtemp(prefix="sm-", dir="/tmp"))
    environ = os.environ | {"SHOTMILL_HOME": str(folder / "home")}
    config = folder / "home" / "config"
    config.mkdir(parents=True, mode=0o700)
    (config / "keys.toml").write_text('[keys.bench]\napi_key = "bench-key-number-0001"\n')
    (config / "keys.toml").chmod(0o600)
    found: defaultdict[str, list[float]] = defaultdict(list)
    try:
        make_project(folder / "film", f"http://127.0.0.1:{server.server_port}", asked.prompts, asked.images)
        for _ in range(asked.times):
            found["no daemon"].append(one_start(server, folder / "film", environ))
            found["the project open"].append(one_start(server, folder / "film", environ))
            for words, pause_s in (("a daemon just started", 0.0), ("a daemon at rest", AT_REST_S)):
                daemon("stop", environ)
                daemon("start", environ)
                time.sleep(pause_s)
                found[words].append(one_start(server, folder / "film", environ))
            daemon("stop", environ)
    finally:
        subprocess.run([*COMMAND, "daemon", "stop"], env=environ, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
    what = f"{asked.prompts} prompts of {LENGTH} characters, {asked.images} of them drawn"
    print(f"{what}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| `shotmill start` with | first request, best | each |\n| --- | --- | --- |")
    for words, seconds in found.items():
        print(f"| {words} | {min(seconds):.2f} s | {', '.join(f'{one:.2f}' for one in seconds)} |")


if __name__ == "__main__":
    main()
