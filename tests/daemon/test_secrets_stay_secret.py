"""Keys from an environment: used, and nowhere to be found afterwards."""

from __future__ import annotations

import json
from pathlib import Path

from daemon.film import make_film
from daemon.home import Home
from daemon.witness import Witness, secret


def _files_with(word: bytes, *folders: Path) -> list[Path]:
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and word in path.read_bytes()
    ]


def test_a_key_of_the_environment_is_used_and_never_written(mill: Home, provider: Witness, tmp_path: Path) -> None:
    mill.folders.keys_file.unlink()
    film = make_film(tmp_path / "film", provider.base_url)
    canary = secret("anna")
    # One that is refused with its own text in the error body: that ends in logs and journals.
    provider.faults({"match": {"beat": "1.2"}, "do": "403-key-leaked", "times": 1})
    done = mill.command("start", "--wait", str(film.root), GEMINI_API_KEY=canary)
    assert provider.asked("ink")["ink 1.1"] == 1, done.stderr
    pid = mill.daemon_pid()
    status = mill.command("status", "--json", str(film.root))
    logs = mill.command("logs", str(film.root))
    listed = mill.command("keys", "list", GEMINI_API_KEY=canary)
    said = "".join(one.stdout + one.stderr for one in (done, status, logs, listed))
    assert canary not in said
    assert "env" in json.loads(status.stdout)["keys"]
    word = canary.encode()
    process = Path(f"/proc/{pid}")
    assert word not in (process / "environ").read_bytes()
    assert word not in (process / "cmdline").read_bytes()
    project = mill.open(film.root)
    assert canary not in json.dumps(mill.status(project))
    assert canary not in json.dumps(mill.beat(project, "ink", "1.2"))
    mill.command("stop", "--now", str(film.root))
    mill.command("daemon", "stop")
    assert _files_with(word, mill.path, film.root) == []


def test_a_key_in_the_keys_file_stays_there(mill: Home, provider: Witness, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", provider.base_url)
    provider.faults({"match": {"beat": "1.2"}, "do": "cut_body", "times": 1})
    mill.start_daemon()
    mill.run_through(film.root)
    assert provider.asked("ink")["ink 1.1"] == 1
    assert _files_with(secret("anna").encode(), mill.path, film.root) == [mill.folders.keys_file]
