"""Limits, quota projects and budgets that can't be meant: told by the command before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.film import make_film
from daemon.home import Home, home
from daemon.witness import Witness, witness

ANNA = '[keys.anna]\napi_key = "emulator-key-anna-0001"\n'


@pytest.fixture(scope="module")
def mill() -> Iterator[Home]:
    with home() as made:
        yield made


@pytest.fixture(scope="module")
def provider(mill: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    with witness(tmp_path_factory.mktemp("provider")) as found:
        yield found


@pytest.mark.parametrize(
    ("limits", "settings", "keys", "options", "code", "told"),
    [
        ("rpm = 0", "", "", (), 2, ("shotmill.toml:4", "limits.rpm", "from 1")),
        ("rpm = -3\nrpd = 0\nin_flight = 0", "", "", (), 2, ("limits.rpm", "limits.rpd", "limits.in_flight")),
        ("", "", "rpm = 0", (), 2, ("keys.toml:3", "keys.anna.rpm")),
        ("", "[limits.film-9]\nrpm = 3", "", (), 2, ("film-9", "allowed: rpm, rpd, in_flight")),
        ("", '[styles.ink]\nquota_project = "film-9"', "", (), 2, ("styles.ink.quota_project", "allowed")),
        ("", "[project]\nbudget_usd = 0", "", (), 2, ("project.budget_usd", "above 0")),
        ("", "[project]\nbudget_usd = 0.01", "", (), 7, ("no room for one more image", "raise budget_usd")),
        ("", "", "", ("--budget=0.01",), 7, ("no room for one more image", "--budget")),
        ("", "", "", ("--budget=0",), 2, ("above 0", "--budget")),
        ("", "", "", ("--limit=0",), 2, ("1 or more", "--limit")),
        ("", '[styles.ink]\nkeys = ["zoe"]', "", (), 5, ("zoe", "shotmill keys")),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_cure_and_nothing_is_sent(
    mill: Home,
    provider: Witness,
    tmp_path: Path,
    limits: str,
    settings: str,
    keys: str,
    options: tuple[str, ...],
    code: int,
    told: tuple[str, ...],
) -> None:
    mill.write_keys(text=f"{ANNA}{keys}\n")
    film = make_film(tmp_path / "film", provider.base_url, settings=settings, limits=limits)
    done = mill.command("start", *options, str(film.root))
    assert done.returncode == code, done.stderr
    assert all(words in done.stderr for words in told), done.stderr
    assert "→" in done.stderr or "->" in done.stderr
    assert provider.requests() == 0
