"""What has to hold after every fault, whatever it was: one function over witness, project and home.

I1 nobody is asked more often than the journal has intents. I2 every take of the record is on disk with its SHA-256, and
every answer that was sealed became a take or an end that is told. I3 no beat is billed twice, unless an attempt of it
was told as in doubt or as paid and useless, or somebody asked for it again. I4 nothing outside of project and home
changed. I5 no secret anywhere but in keys.toml. I6 the database is whole. I7 the daemon answers within two seconds, or
it is gone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.film import Film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import KEYS, Witness, secret
from shotmill.takes import trailer

ANSWERS_WITHIN_S = 2.0


@dataclass(frozen=True)
class Canary:
    """A tree that is nobody's business, and what it looked like."""

    root: Path
    before: Mapping[str, tuple[int, int, int, bytes]]

    @classmethod
    def planted(cls, root: Path) -> Canary:
        (root / "deep" / "takes").mkdir(parents=True)
        for name in ("Beat_1.1.png", "deep/journal.jsonl", "deep/takes/Beat_1.1.take-1.png", ".ssh"):
            (root / name).write_bytes(f"not yours: {name}".encode())
        return cls(root, _tree(root))

    def unchanged(self) -> bool:
        return _tree(self.root) == self.before


def _tree(root: Path) -> dict[str, tuple[int, int, int, bytes]]:
    found = {}
    for path in sorted(root.rglob("*")):
        facts = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path.relative_to(root))] = (facts.st_mode, facts.st_ino, facts.st_mtime_ns, data)
    return found


def sealed(mill: Home) -> set[str]:
    """Attempts whose answers are whole and sealed in the spool."""
    files = mill.folders.spool.glob("*.part") if mill.folders.spool.is_dir() else ()
    return {file.stem for file in files if trailer.verified_body(file.read_bytes()) is not None}


def check(
    mill: Home,
    film: Film,
    provider: Witness | None = None,
    canary: Canary | None = None,
    *,
    sealed_before: Collection[str] = (),
    asked_again: Mapping[str, int] | None = None,
) -> None:
    """Assert I1 to I7. Ends the home's daemon (kill -9), since its database is looked at.

    `sealed_before` are attempts that the spool held whole at the fault; `asked_again` how often a person asked for a
    beat (`style beat`) once more.
    """
    answers_or_is_gone(mill)
    _no_secret_in_processes(mill)
    _end(mill)
    journal = film.journal()
    if provider is not None:
        _money(journal, provider, asked_again or {})
    _images(film, journal)
    ended = {line["attempt"] for line in journal if line["kind"] in ("take", "end")}
    assert set(sealed_before) <= ended, f"I2: a sealed answer was lost: {set(sealed_before) - ended}"
    assert canary is None or canary.unchanged(), "I4: something outside of project and home was changed"
    _no_secret_in_files(mill, film, canary)
    database_is_whole(mill)


def answers_or_is_gone(mill: Home) -> None:
    """I7."""
    if not mill.daemon_pid():
        return
    began = time.monotonic()
    assert mill.ask("GET", "/v1/daemon", timeout=ANSWERS_WITHIN_S)["running"]
    assert time.monotonic() - began < ANSWERS_WITHIN_S, "I7: the daemon takes too long to answer"


def database_is_whole(mill: Home) -> None:
    """I6, of a daemon that has ended: a copy is looked at, with its log."""
    if not mill.folders.database.exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in mill.folders.state.glob("shotmill.db*"):
            if path.name in ("shotmill.db", "shotmill.db-wal"):
                shutil.copy(path, folder)
        with sqlite3.connect(Path(folder) / "shotmill.db") as database:
            said = database.execute("PRAGMA quick_check").fetchall()
        database.close()
    assert said == [("ok",)], f"I6: {said}"


def _end(mill: Home) -> None:
    pid = mill.daemon_pid()
    if pid:
        os.kill(pid, signal.SIGKILL)
        until(lambda: not mill.daemon_pid(), "the end of the daemon")


def _beat(line: Mapping[str, Any]) -> str:
    return f"{line['style']} {line['beat']}"


def _money(journal: list[dict[str, Any]], provider: Witness, asked_again: Mapping[str, int]) -> None:
    intents = Counter(_beat(line) for line in journal if line["kind"] == "intent")
    asked = provider.asked()
    assert asked <= intents, f"I1: asked {asked - intents} without an intent"
    told = Counter(
        _beat(line) for line in journal if line["kind"] == "end" and line["fate"] in ("in_doubt", "unusable")
    )
    for beat, billed in provider.billed().items():
        allowed = 1 + told[beat] + asked_again.get(beat, 0)
        assert billed <= allowed, f"I3: {beat} was billed {billed} times, told {told[beat]} times"


def _images(film: Film, journal: list[dict[str, Any]]) -> None:
    last = {line["attempt"]: line for line in journal if line["kind"] == "take" and line["attempt"]}
    for take in last.values():
        path = film.root / take["file"]
        assert path.is_file(), f"I2: {take['file']} is in the record and not on disk"
        assert hashlib.sha256(path.read_bytes()).hexdigest() == take["sha256"], f"I2: {take['file']} is another file"


def _no_secret_in_files(mill: Home, film: Film, canary: Canary | None) -> None:
    words = [secret(name).encode() for name in KEYS]
    for folder in (mill.path, film.root, *([canary.root] if canary else [])):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path != mill.folders.keys_file:
                data = path.read_bytes()
                assert not any(word in data for word in words), f"I5: a key in {path}"


def _no_secret_in_processes(mill: Home) -> None:
    process = Path(f"/proc/{mill.daemon_pid() or 'self'}")
    words = [secret(name).encode() for name in KEYS]
    try:
        seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except PermissionError:
        return  # closed even to its own user, as it should be
    assert not any(word in seen for word in words), "I5: a key in the daemon's arguments or environment"
