"""What the tests of troubles share: what the doctor says as a command, what the log says, providers with bad keys."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from daemon.home import Home
from daemon.stream import all_is_written
from daemon.witness import Witness, witness_of
from shotmill.doctor.check import Check, Surroundings
from shotmill.errors import ShotmillError
from shotmill.settings.folders import Folders
from shotmill_tui.cli import main

Checks = dict[str, dict[str, Any]]


def doctor(home: Home, root: Path | None, *words: str) -> Checks:
    """`shotmill doctor --json`, in this process: its checks by their ids. The exit code has to agree with them."""
    project = [] if root is None else [str(root)]
    out = io.StringIO()
    with patch.dict(os.environ, home.environ, clear=True), contextlib.chdir(home.path), redirect_stdout(out):
        code = main(["doctor", *words, "--json", *project])
    checks = {check["id"]: check for check in json.loads(out.getvalue())["checks"]}
    is_broken = any(check["verdict"] == "broken" for check in checks.values())
    assert code == (2 if is_broken else 0)
    assert all(check["cure"] for check in checks.values() if check["verdict"] != "fine")
    assert all(check["page"] for check in checks.values())
    return checks


def log_of(home: Home, root: Path) -> str:
    """`shotmill logs`, whole; where a daemon writes it, with all that it tells by now."""
    if home.daemon_pid():
        with suppress(ShotmillError):  # one that can't be opened has nobody who writes
            all_is_written(home, root)
    return home.command("logs", str(root)).stdout


def for_you(home: Home, root: Path) -> list[dict[str, Any]]:
    """What `shotmill status` says that only the user can mend."""
    found: list[dict[str, Any]] = json.loads(home.command("status", "--json", str(root)).stdout)["for_you"]
    return found


def key_of(name: str) -> str:
    return f"AIzaCANARY{name}0123456789abcdefghijk"


def own_keys(home: Home, states: Mapping[str, str], rpm: int = 1000) -> None:
    """keys.toml with these keys, each of a cloud project of its own."""
    entries = [f'[keys.{name}]\napi_key = "{key_of(name)}"\nrpm = {rpm}\nrpd = 10000\n' for name in states]
    home.write_keys(text="\n".join(entries))


@contextmanager
def provider_with(folder: Path, states: Mapping[str, str], **limits: Any) -> Iterator[Witness]:
    """A provider whose keys are in those states, each of a cloud project of the same name."""
    projects = {name: {"rpm": 1000, "rpd": 10000, **limits} for name in states}
    listed = [
        {"name": name, "api_key": key_of(name), "quota_project": name, "state": state} for name, state in states.items()
    ]
    with witness_of({"quota_projects": projects, "keys": listed}, folder, "--format", "png") as provider:
        yield provider


def new_machine(folder: Path) -> Surroundings:
    """A project of one beat, and nothing else that a user has."""
    root = folder / "film"
    (root / "prompts").mkdir(parents=True)
    (root / "prompts" / "prompts-clear.json").write_text('[{"beat_number": "1.1", "ai_prompt": "a train"}]')
    return Surroundings(Folders.of({"SHOTMILL_HOME": str(folder / "h")}), {"TERM": "xterm"}, root)


def found(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.id == name)
