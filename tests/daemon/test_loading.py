"""What a daemon imports before it answers costs no more than it has to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from daemon.workshop_inside import Answering, workshop_in
from shotmill.daemon import loading

_SCRIPT = """
import sys
from shotmill.daemon.loading import load_server, load_workshop
load_workshop()
assert "aiohttp" not in sys.modules, "the database is opened while this is imported"
load_server()
assert "google.genai" not in sys.modules
assert "shotmill.doctor.of_daemon" not in sys.modules
"""


def test_a_server_brings_neither_the_sdk_nor_the_checks() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True, timeout=60)


async def test_files_that_an_upgrade_took_away_too_soon_are_told_with_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone() -> None:
        raise ModuleNotFoundError("No module named 'shotmill.takes.keeping'")

    monkeypatch.setattr(loading, "REST_AFTER_S", 0.0)
    monkeypatch.setattr(loading, "load_every_module", gone)
    async with workshop_in(tmp_path / "home", Answering(b"")) as workshop:
        await loading.load_the_rest(workshop)
    assert "shotmill.takes.keeping" in caplog.text and "shotmill daemon restart" in caplog.text
