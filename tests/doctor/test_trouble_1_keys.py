"""Trouble 1, it does not start: no keys, placeholders, and every way in which a provider refuses one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home
from doctor.patient import doctor, for_you, log_of, own_keys, provider_with
from shotmill_tui.model.keyring import read_keyring

STATES = {
    "anna": "ok",
    "ben": "invalid",
    "carl": "leaked",
    "dora": "suspended",
    "eva": "service_disabled",
    "finn": "no_quota",
    "gina": "prepay_depleted",
    "hugo": "restricted",
    "ines": "billing_disabled",
}
SAID = {
    "ben": ("not valid", "key invalid"),
    "carl": ("leaked", "key leaked"),
    "dora": ("suspended", "suspended"),
    "eva": ("has not been used", "service disabled"),
    "finn": ("quota", "no quota"),
    "gina": ("credit", "prepay depleted"),
    "hugo": ("blocked", "key restricted"),
    "ines": ("billing", "billing disabled"),
}
"""The provider's words of each key, and the log's."""


def test_keys_that_the_provider_refuses(mill: Home, tmp_path: Path) -> None:
    own_keys(mill, STATES)
    with provider_with(tmp_path, STATES) as provider:
        film = make_film(tmp_path / "film", provider.base_url, beats=[f"1.{n}" for n in range(1, 10)])
        mill.start_daemon()
        online = doctor(mill, film.root, "--online")
        assert online["network"]["verdict"] == "fine"
        assert online["clock.skew"]["verdict"] == "fine"
        assert online["model.served"]["verdict"] == "fine"
        assert "known to the provider" in online["online.anna"]["fact"]
        for name in ("ben", "carl", "dora", "eva", "hugo"):
            assert online[f"online.{name}"]["verdict"] == "broken"
        # The provider lists its models to these: that they may not draw shows at the first image.
        assert {online[f"online.{name}"]["verdict"] for name in ("finn", "gina", "ines")} == {"fine"}

        refusals_are_remembered(mill, film.root)
        status = mill.run_through(film.root)
        assert status["styles"]["ink"]["done"] == 9
        checks = doctor(mill, film.root)
        assert checks["key.anna"]["fact"] == "draws"
        waiting = {entry["what"].partition(":")[0]: entry for entry in for_you(mill, film.root)}
        log = log_of(mill, film.root)
        for name, (said, logged) in SAID.items():
            check = checks[f"key.{name}"]
            assert check["verdict"] == "broken", name
            assert said in check["fact"].lower(), name
            assert name in check["cure"], name
            assert said in waiting[name]["what"].lower()
            assert logged in log
        everything = str(checks) + str(online) + log
        assert "CANARY" not in everything


def refusals_are_remembered(mill: Home, root: Path) -> None:
    """By the next daemon too, in the list, on the screen and in the doctor: with the provider's reason and the cure."""
    assert mill.command("keys", "test", str(root)).returncode == 0
    mill.stop_daemon()
    mill.start_daemon()
    project = mill.open(root)
    listed = {key["name"]: key for key in json.loads(mill.command("keys", "list", "--json", str(root)).stdout)["keys"]}
    screen = {key.name: key for key in read_keyring(mill.ask("GET", f"/v1/keys?project={project}"), None).keys}
    checks = doctor(mill, root)
    wanted = {
        "anna": "known",
        "ben": "invalid",
        "carl": "invalid",
        "dora": "refused",
        "eva": "refused",
        "hugo": "invalid",
    }
    for name, state in wanted.items():
        assert listed[name]["state"] == screen[name].state == state, name
        if state != "known":
            said = SAID[name][0]
            assert said in listed[name]["reason"].lower()
            assert said in screen[name].reason.lower()
            assert said in checks[f"key.{name}"]["fact"].lower()
            assert listed[name]["cure"]
            assert screen[name].cure
    assert "Enable" in checks["key.eva"]["cure"]
    assert "known to the provider" in checks["key.anna"]["fact"]


def test_no_key_a_placeholder_and_a_key_twice(mill: Home, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "")
    mill.folders.keys_file.unlink()
    assert "keys add" in doctor(mill, film.root)["keys"]["cure"]
    mill.start_daemon()
    refused = mill.command("start", str(film.root))
    assert refused.returncode == 5
    assert "shotmill keys add" in refused.stderr

    mill.write_keys(text='[keys.anna]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    checks = doctor(mill, film.root)
    assert "placeholder" in checks["key.anna"]["fact"]
    assert checks["keys"]["cure"] == checks["key.anna"]["cure"] == "shotmill keys add anna --replace"

    key = "AIzaCANARYtwice0123456789abcdef"
    mill.write_keys(text=f'[keys.anna]\napi_key = "{key}"\n[keys.ben]\napi_key = "{key}"\n')
    checks = doctor(mill, film.root)
    assert checks["keys.0"]["verdict"] == "look"
    assert "same secret" in checks["keys.0"]["fact"]
    assert checks["keys.0"]["cure"] == "shotmill keys remove ben"


def test_no_prompts_and_prompts_that_can_not_be_read(mill: Home, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "")
    path = film.root / "prompts" / "prompts-ink.json"
    path.write_text('[\n {"beat_number": "1.1", "ai_prompt": "a"},\n {"beat_number": "1.2"\n "ai_prompt": "b"}\n]')
    check = doctor(mill, film.root)["prompts"]
    assert check["verdict"] == "broken"
    assert "prompts-ink.json:4" in check["fact"] or "prompts-ink.json:3" in check["fact"]
    mill.start_daemon()
    assert mill.command("start", str(film.root)).returncode == 2
    path.unlink()
    check = doctor(mill, film.root)["prompts"]
    assert check["verdict"] == "broken"
    assert "prompts/prompts-" in check["cure"]


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ('[gemini]\nmodel = "gemini-3.1-flash-image"\n', "settings", "shut down"),
        ('[styles.ink]\nreferences = ["look.png"]\n', "reference.look.png", "not there"),
        ('[styles.ink]\nkeys = ["zoe"]\n', "style.ink.keys", "zoe"),
        ("[limits]\nrpmm = 3\n", "settings", "shotmill.toml"),
    ],
)
def test_settings_that_keep_it_from_starting(mill: Home, tmp_path: Path, text: str, name: str, said: str) -> None:
    film = make_film(tmp_path / "film", "")
    (film.root / "shotmill.toml").write_text(text)
    check = doctor(mill, film.root)[name]
    assert check["verdict"] == "broken"
    assert said in check["fact"]
