"""Keys that a style names and this machine lacks, and keys that a project has no need of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from doctor.patient import found, new_machine
from shotmill.daemon.key_watch import KeyWatch
from shotmill.doctor.check import Surroundings, Verdict
from shotmill.doctor.examine import examine
from shotmill.settings.keys import known_ones


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return new_machine(tmp_path)


def with_keys(around: Surroundings, keys: str, settings: str) -> None:
    around.folders.config.mkdir(parents=True)
    around.folders.keys_file.write_text(keys)
    around.folders.keys_file.chmod(0o600)
    (around.project / "shotmill.toml").write_text(settings)


def test_a_style_that_names_an_unknown_key_is_told_of_those_that_are_known(around: Surroundings) -> None:
    keys = "".join(f'[keys.{name}]\napi_key = "AIzaSy{name}0123456789abcdef"\n' for name in ("anna", "ben"))
    with_keys(around, keys, '[styles.clear]\nkeys = ["nobody"]\n')
    check = found(examine(around), "style.clear.keys")
    assert check.verdict is Verdict.BROKEN
    assert check.fact == "clear names nobody, which this machine has not; it has anna and ben"
    assert known_ones([]) == "" and known_ones(["anna"]) == "; it has anna"
    assert known_ones([f"k{n}" for n in range(9)]).endswith("k5 and 3 more")


def test_a_start_that_is_refused_for_an_unknown_key_names_it_and_the_known_ones(around: Surroundings) -> None:
    with_keys(around, '[keys.anna]\napi_key = "AIzaSyanna0123456789abcdef"\n', "")
    watch = KeyWatch(around.folders)
    watch.read()
    ink = SimpleNamespace(name="ink", keys=("nobody",))
    project = SimpleNamespace(styles=[ink], settings=SimpleNamespace(style=lambda _: ink))
    [(name, reason, cure)] = watch.unusable(cast(Any, project), {"ink": ()})
    assert name == "nobody" and reason.endswith("no key of that name; it has anna")
    assert cure.startswith("shotmill keys add nobody")


def test_keys_that_are_none_are_to_be_looked_at_also_where_the_emulator_draws(around: Surroundings) -> None:
    with_keys(around, '[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n', '[gemini]\nbase_url = "emulator"\n')
    checks = examine(around)
    assert found(checks, "key.anna").verdict is Verdict.LOOK
    assert "placeholder" in found(checks, "key.anna").fact
    assert found(checks, "keys").fact == "the emulator brings its own"
