"""Keys are moved, added and removed by command while a run waits for want of one: it goes on with what is there."""

from __future__ import annotations

from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from doctor.patient import key_of, provider_with


def test_a_run_that_waits_takes_up_moved_added_and_removed_keys(mill: Home, tmp_path: Path) -> None:
    """By what the provider saw, in one daemon: two keys of one cloud project have one slot a minute between them."""
    named = {name: f'[keys.{name}]\napi_key = "{key_of(name)}"\nquota_project = "film"\n' for name in ("anna", "ben")}
    mill.write_keys(text="".join(named.values()))
    with provider_with(tmp_path, {"anna": "ok", "ben": "ok", "carl": "ok"}) as provider:
        film = make_film(tmp_path / "film", provider.base_url, [f"1.{n}" for n in range(1, 6)], limits="rpm = 1")
        daemon = mill.start_daemon()
        project = mill.open(film.root)
        run = mill.start(project)["run"]

        def drew() -> dict[str, int]:
            return {name: int(key["requests"]) for name, key in provider.seen()["by_key"].items()}

        mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 1, "the first image")
        (first,) = (name for name, count in drew().items() if count)
        other = "ben" if first == "anna" else "anna"  # what the first has sent counts wherever it goes

        assert mill.command("keys", "move", other, "film-2").returncode == 0
        mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 2, "an image of the moved key")
        assert drew() == {"anna": 1, "ben": 1}
        assert mill.status(project)["keys"][other]["quota_project"] == "film-2"

        assert mill.command("keys", "add", "carl", typed=key_of("carl")).returncode == 0
        mill.wait_for(project, lambda status: status["styles"]["ink"]["done"] == 3, "an image of the added key")
        assert drew() == {"anna": 1, "ben": 1, "carl": 1}

        assert mill.status(project)["run"]["id"] == run
        for name in ("carl", "ben", "anna"):
            assert mill.command("keys", "remove", name).returncode == 0
        status = mill.wait_for_end(project)
        assert (status["run"]["state"], status["run"]["reason"]) == ("stopped", "no usable key")
        assert drew() == {"anna": 1, "ben": 1, "carl": 1}
        assert mill.daemon_pid() == daemon.pid
