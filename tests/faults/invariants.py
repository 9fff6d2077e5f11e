"""What has to hold after every fault, whatever it was: one function over witness, project and home.

I1 nobody is asked more often than the journal has intents. I2 every take of the record is on disk with its SHA-256,
every answer that was sealed or delivered whole became a take or an end that is told, and what was sent has an end or is
on its way. I3 no beat is billed twice, unless an attempt of it was told as in doubt or as paid and useless, or somebody
asked for it again. I4 nothing outside of project and home changed. I5 no secret anywhere but in keys.toml: not in
files, in the process, in what the daemon answers, in its events, in a bundle. I6 the database is whole. I7 the daemon
answers within two seconds, or it is gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import tempfile
import time
import tomllib
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.film import Film
from daemon.home import Home, sealed
from daemon.stream import stream
from daemon.waiting import until
from daemon.witness import KEYS, bills, secret
from faults.accounts import Bill, wrong
from shotmill.doctor.bundle import gather
from shotmill.doctor.check import Surroundings
from shotmill.errors import ShotmillError, UnreachableError

ANSWERS_WITHIN_S = 2.0
ASKED = 5
"""Times: a machine that is busy with other things may keep one question waiting, a daemon that hangs keeps all."""


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


def check(
    mill: Home,
    films: Film | Iterable[Film],
    canary: Canary | None = None,
    *,
    bundle: bool = True,
) -> None:
    """Assert I1 to I7, but for what `mill.excused` names. Ends the home's daemon (kill -9): its database is looked at.

    `mill.asked_again` says how often a person asked once more for a beat; what the spool held at each death of a daemon
    the home knows itself.
    """
    films = [films] if isinstance(films, Film) else list(films)
    found = list(_violations(mill, films, canary, bundle=bundle))
    grave = [one for one in found if one[:2] not in mill.excused]
    assert not grave, "\n".join(grave)


def _violations(mill: Home, films: list[Film], canary: Canary | None, *, bundle: bool) -> Iterator[str]:
    idle = yield from _at_work(mill)
    if bundle:
        yield from _no_secret_in_bundle(mill, films)
    _end(mill)
    journal = [line for film in films for line in lines_of(film)]
    yield from wrong(
        journal,
        None,
        sealed=mill.sealed_at_deaths,
        still_held=sealed(mill),
        may_be_open=() if idle else _open_in_ledger(mill),
    )
    for sharing in _by_provider(films):
        sent = [line for film in sharing for line in lines_of(film)]
        yield from wrong(sent, _bill(sharing), asked_again=mill.asked_again)
    for film in films:
        yield from _images(film)
    if canary is not None and not canary.unchanged():
        yield "I4: something outside of project and home was changed"
    yield from _no_secret_in_files(mill, films, canary)
    yield from _database_is_whole(mill)


def projects_under(*folders: Path) -> list[Film]:
    """Every folder below that has a journal."""
    return [
        Film(Path(place).parent)
        for folder in folders
        for place, _, files in os.walk(folder)
        if place.endswith("/.shotmill") and "journal.jsonl" in files
    ]


def lines_of(film: Film) -> list[dict[str, Any]]:
    """The journal's lines; one that a kill or a full disk cut short is passed over, as readers do."""
    path = film.root / ".shotmill" / "journal.jsonl"
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        with suppress(ValueError):
            found.append(json.loads(line))
    return found


def _by_provider(films: Iterable[Film]) -> list[list[Film]]:
    """Those that one provider draws, together: beats of two providers may have the same names. A project that does not
    say any more which one drew it may be any one's.
    """
    found: dict[str, list[Film]] = {}
    for film in films:
        found.setdefault(_base_url(film), []).append(film)
    unknown = found.pop("", [])
    return [[*sharing, *unknown] for sharing in found.values()]


def _base_url(film: Film) -> str:
    with suppress(OSError, tomllib.TOMLDecodeError, KeyError):
        return str(tomllib.loads((film.root / "shotmill.toml").read_text())["gemini"]["base_url"])
    return ""


def _bill(films: Iterable[Film]) -> Bill | None:
    """What the providers saw that these projects are drawn by; None where none of them counts."""
    styles = {line["style"] for film in films for line in lines_of(film) if "style" in line}
    seen = [bills[url]() for url in {_base_url(film) for film in films} if url in bills]
    return Bill.of(one for sightings in seen for one in sightings if one["style"] in styles) if seen else None


def answers_or_is_gone(mill: Home) -> None:
    """I7."""
    if not mill.daemon_pid():
        return
    for left in reversed(range(ASKED)):
        try:
            assert mill.ask("GET", "/v1/daemon", timeout=ANSWERS_WITHIN_S)["running"]
            return
        except UnreachableError:
            if not left:
                raise


def _at_work(mill: Home) -> Generator[str, None, bool]:
    """I7, and I5 of the process and all that it says; returns whether it lives and has nothing on its way."""
    if not mill.daemon_pid():
        return False
    yield from _no_secret_in_process(Path(f"/proc/{mill.daemon_pid()}"))
    try:
        answers_or_is_gone(mill)
        status = mill.ask("GET", "/v1/status")
    except (AssertionError, ShotmillError, OSError) as error:
        yield f"I7: {error}"
        return False
    said = [status]
    for project in status["projects"]:
        with stream(mill.folders.socket, f"?project={project['project']['id']}") as news:
            first = news.next()
            said.append(first.data if first is not None else {})
    if any(word in json.dumps(said).encode() for word in _words()):
        yield "I5: a key in an answer or an event"
    return not any(project["run"]["state"] not in ("finished", "stopped", "idle") for project in status["projects"])


def _words() -> list[bytes]:
    return [secret(name).encode() for name in KEYS]


def _database_is_whole(mill: Home) -> Iterator[str]:
    """I6, of a daemon that has ended: a copy is looked at, with its log."""
    if mill.folders.database.exists():
        try:
            said = _asked_of_copy(mill, "PRAGMA quick_check")
        except sqlite3.Error as error:
            said = [(str(error),)]
        if said != [("ok",)]:
            yield f"I6: {said}"


def _asked_of_copy(mill: Home, query: str) -> list[tuple[Any, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        for path in mill.folders.state.glob("shotmill.db*"):
            if path.name in ("shotmill.db", "shotmill.db-wal"):
                shutil.copy(path, folder)
        with closing(sqlite3.connect(Path(folder) / "shotmill.db")) as database:
            return database.execute(query).fetchall()


def _open_in_ledger(mill: Home) -> Collection[str] | None:
    """Attempts that were on their way when the daemon died; None without a database that knows every project."""
    try:
        if _asked_of_copy(mill, "SELECT 1 FROM projects WHERE journal_read_at IS NULL"):
            return None
        rows = _asked_of_copy(mill, "SELECT id FROM attempts WHERE state IN ('sending', 'received')")
    except sqlite3.Error:
        return None
    return {row[0] for row in rows}


def _end(mill: Home) -> None:
    pid = mill.daemon_pid()
    if pid:
        os.kill(pid, signal.SIGKILL)
        until(lambda: not mill.daemon_pid(), "the end of the daemon")


def _images(film: Film) -> Iterator[str]:
    """I2: what the record says last of each take is on disk."""
    last = {line["attempt"]: line for line in lines_of(film) if line["kind"] == "take" and line["attempt"]}
    for take in last.values():
        path = film.root / take["file"]
        if not path.is_file():
            yield f"I2: {take['file']} is in the record and not on disk"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != take["sha256"]:
            yield f"I2: {take['file']} is another file"


def _no_secret_in_files(mill: Home, films: Iterable[Film], canary: Canary | None) -> Iterator[str]:
    words = _words()
    for folder in (mill.path, *(film.root for film in films), *([canary.root] if canary else [])):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path != mill.folders.keys_file:
                data = path.read_bytes()
                if any(word in data for word in words):
                    yield f"I5: a key in {path}"


def _no_secret_in_process(process: Path) -> Iterator[str]:
    try:
        seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except PermissionError:
        return  # closed even to its own user, as it should be
    if any(word in seen for word in _words()):
        yield "I5: a key in the daemon's arguments or environment"


def _no_secret_in_bundle(mill: Home, films: Iterable[Film]) -> Iterator[str]:
    """What somebody would send when asking for help."""
    roots: list[Path | None] = [film.root for film in films]
    for root in roots or [None]:
        parts = gather(Surroundings(mill.folders, mill.environ, root), [], time.time())
        for name, text in parts.items():
            if any(word in text.encode() for word in _words()):
                yield f"I5: a key in {name} of a bundle"
