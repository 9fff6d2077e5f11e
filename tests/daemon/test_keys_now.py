"""`GET /v1/keys`: what is known of each key, and the plots of its quota."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from daemon.film import make_film, picture
from daemon.home import Home
from daemon.witness import Witness, secret
from daemon.workshop_inside import Answering, opened, over, workshop_in
from shotmill.daemon import key_test
from shotmill.daemon.keys_now import by_hour, by_minute, keys_now
from shotmill.daemon.starting import start
from shotmill.engine.selection import Options
from shotmill.gemini.client import GeminiClient
from shotmill.quota.day import day_start

NOON = 1_795_464_000.0


def test_known_is_not_the_same_as_draws_and_both_are_remembered(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.write_keys("anna", "ben")
    film = make_film(tmp_path / "film", provider.base_url, beats=["1.1"], settings='[styles.ink]\nkeys = ["anna"]')
    mill.start_daemon()
    project = mill.open(film.root)
    states = {key["name"]: key["state"] for key in mill.ask("GET", f"/v1/keys?project={project}")["keys"]}
    assert states == {"anna": "untested"}
    mill.ask("POST", "/v1/keys/test", {"name": "anna", "path": str(film.root)})
    assert mill.ask("GET", f"/v1/keys?project={project}")["keys"][0]["state"] == "known"
    mill.run_through(film.root)
    answer = mill.ask("GET", f"/v1/keys?project={project}")
    key, quota = answer["keys"][0], answer["quota"][0]
    assert (key["state"], key["draws"], key["tested"]["verdict"]) == ("draws", True, "known")
    assert quota["keys"] == ["anna"]
    assert sum(quota["minutes"]) == quota["hours"][-1] == quota["rpd"]["used"] == 1
    listed = json.loads(mill.command("keys", "list", "--json", str(film.root)).stdout)["keys"]
    assert listed[0]["state"] == "draws"
    assert "draws" in mill.command("keys", "list", str(film.root)).stdout
    assert "CANARY" not in json.dumps(answer)
    google = mill.ask("GET", "/v1/keys")
    assert {key["state"] for key in google["keys"]} == {"untested"}


def test_without_a_daemon_the_list_says_that_it_does_not_know(mill: Home) -> None:
    ended = mill.command("keys", "list")
    assert ended.returncode == 0
    assert "keys test" in ended.stderr


def test_the_last_hour_by_minute() -> None:
    counts = by_minute([NOON - 3700, NOON - 3599, NOON - 61, NOON - 59, NOON], NOON)
    assert len(counts) == 60
    assert (counts[0], counts[58], counts[59]) == (1, 1, 2)


def test_the_day_so_far_by_hour() -> None:
    begin = day_start(NOON)
    counts = by_hour([begin - 1, begin, begin + 3600, NOON], NOON)
    assert len(counts) == int((NOON - begin) // 3600) + 1
    assert (counts[0], counts[1], counts[-1], sum(counts)) == (1, 1, 1, 3)


async def test_each_name_gets_its_verdict_and_it_stays_with_the_key(tmp_path: Path) -> None:
    provider = Answering(b"")
    async with workshop_in(tmp_path, provider) as workshop:
        secrets = f'[keys.anna]\napi_key = "{secret("anna")}"\n[keys.twin]\napi_key = "{secret("anna")}"\n'
        workshop.folders.keys_file.write_text(f'{secrets}[keys.bad]\napi_key = "no-key-at-all"\n')
        workshop.places.google = lambda: cast(GeminiClient, provider)  # type: ignore[method-assign]
        provider.refuses = {"no-key-at-all"}
        found = {one["name"]: one for one in await key_test.test_keys(workshop, None, None)}
        assert {name: one["verdict"] for name, one in found.items()} == {
            "anna": "known",
            "twin": "known",
            "bad": "invalid",
        }
        assert "keys add bad --replace" in found["bad"]["cure"]
        assert len(provider.listed) == 2, "a secret is asked about once"
    async with workshop_in(tmp_path, provider) as workshop:
        workshop.folders.keys_file.write_text(f'{secrets}[keys.worse]\napi_key = "no-key-at-all"\n')
        await workshop.refresh_keys()
        states = {one["name"]: one for one in (await keys_now(workshop, None))["keys"]}
        assert [states[name]["state"] for name in ("anna", "twin", "worse")] == ["known", "known", "invalid"]
        assert "keys add worse --replace" in states["worse"]["cure"], "renamed since"
        assert workshop.places.book("google").trouble(workshop.keys.ring.keys[2], "m", NOON) is not None


async def test_the_moments_of_requests_are_told_to_who_asks_and_not_with_every_change(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", "http://127.0.0.1:9", beats=("1.1", "1.2"))
    async with workshop_in(tmp_path / "home", Answering(picture((1, 2, 3)))) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        view = workshop.view(project)
        (asked,) = view.status(counted=True)["keys"].values()
        assert sum(count for _, count in asked["sent"]) == 2
        for told in (view.topic("status"), view.snapshot({})["status"]):
            assert "sent" not in next(iter(told["keys"].values()))
