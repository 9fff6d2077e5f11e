"""What a soak came to: the rows of its table, and what is wrong, told from the project's folder and the provider."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daemon.film import Film
from daemon.home import Home
from daemon.waiting import until
from daemon.witness import KEYS, Witness, secret

STYLES = ("ink", "chalk")
MOST_GROWTH = 1.3
"""Of the last life's memory, from its first quarter to its end."""
MORE_FILES = 10
"""What is open at the end and was not after a quarter: connections come and go."""
MOST_FILES = 64
"""Between the lives with the fewest and the most open files."""


@dataclass
class Watched:
    """One daemon's memory in MB and its open files, over time."""

    pid: int
    rss: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def look(self) -> None:
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", status)
        if found:
            self.rss.append(int(found[1]) / 1024)
            self.files.append(len(list(Path(f"/proc/{self.pid}/fd").iterdir())))


@dataclass
class Story:
    """What happened on the way."""

    kills: int = 0
    sealed: set[str] = field(default_factory=set)
    lives: list[Watched] = field(default_factory=list)
    seconds: float = 0.0
    slowest_answer_s: float = 0.0


def counts(status: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for style in status["styles"].values():
        found.update({name: int(style[name]) for name in ("done", "blocked", "failed", "in_doubt", "pending", "total")})
    return found


def whole_on_disk(film: Film, take: dict[str, Any]) -> bool:
    try:
        data = (film.root / take["file"]).read_bytes()
    except OSError:
        return False
    return bool(hashlib.sha256(data).hexdigest() == take["sha256"])


def judge(mill: Home, film: Film, provider: Witness, story: Story) -> tuple[list[tuple[str, str]], list[str]]:
    """The table's rows, and what is wrong."""
    status = mill.status(mill.open(film.root))
    journal = film.journal()
    takes = {(line["style"], line["beat"]): line for line in journal if line["kind"] == "take" and line["current"]}
    by_attempt = {line["attempt"]: line for line in journal if line["kind"] == "take"}
    ends = {line["attempt"]: line for line in journal if line["kind"] == "end"}
    intents = {line["attempt"]: line for line in journal if line["kind"] == "intent"}
    doubts = Counter(f"{end['style']} {end['beat']}" for end in ends.values() if end["fate"] == "in_doubt")
    useless = Counter(f"{end['style']} {end['beat']}" for end in ends.values() if end["fate"] == "unusable")
    billed = provider.billed()
    asked = provider.asked()
    total = counts(status)
    told = total["done"] + total["failed"] + total["blocked"] + total["in_doubt"]
    lost_sealed = story.sealed - set(by_attempt) - set(ends)
    not_whole = [key for key, take in takes.items() if not whole_on_disk(film, take)]
    untold = [attempt for attempt in intents if attempt not in by_attempt and attempt not in ends]
    unknown = [beat for beat, count in asked.items() if count > _intents_of(intents, beat)]
    twice = {beat: count for beat, count in billed.items() if count > 1 + doubts[beat] + useless[beat]}
    repeated = sum(count > 1 for count in billed.values())
    last = story.lives[-1]
    last.look()
    early, late = last.rss[len(last.rss) // 4], last.rss[-1]
    files_early, files_late = last.files[len(last.files) // 4], last.files[-1]
    most_files = [max(life.files) for life in story.lives if life.files]
    leaks = secrets_in(mill, film)
    database = integrity(mill, last.pid)
    rows = [
        ("beats, styles", f"{total['total']}, {len(STYLES)}"),
        ("kills (kill -9) of the daemon", str(story.kills)),
        ("requests; that went wrong by script", f"{sum(asked.values())}; {_wrong(provider)}"),
        ("seconds in all", f"{story.seconds:.0f}"),
        ("drawn", str(total["done"])),
        ("told: failed, blocked, in doubt", f"{total['failed']}, {total['blocked']}, {total['in_doubt']}"),
        ("neither drawn nor told", str(total["total"] - told)),
        ("answers sealed in the spool at a kill; lost of them", f"{len(story.sealed)}; {len(lost_sealed)}"),
        ("images in the record that are not whole on disk", str(len(not_whole))),
        ("requests that the journal never told the end of", str(len(untold))),
        ("requests that came in without an intent", str(len(unknown))),
        ("billed more than once; told as in doubt or unusable", f"{repeated}; {repeated - len(twice)}"),
        ("billed twice beyond those", str(len(twice))),
        ("memory of the last life: after a quarter, at its end", f"{early:.0f} MB, {late:.0f} MB"),
        ("most memory of any life", f"{max(max(life.rss) for life in story.lives if life.rss):.0f} MB"),
        (
            "open files: most in a life (least, most), at the end",
            f"{min(most_files)}, {max(most_files)}, {last.files[-1]}",
        ),
        ("files in which a key was found", str(len(leaks))),
        ("the database by its integrity check", database),
        ("slowest first answer of a daemon", f"{story.slowest_answer_s * 1000:.0f} ms"),
        ("leftovers in the spool at the end", f"{len(list(mill.folders.spool.glob('*.part')))} (partial or unusable)"),
    ]  # fmt: skip
    wrong = [f"{name}: {what}" for name, what in (
        ("neither drawn nor told", total["total"] - told),
        ("sealed answers lost", sorted(lost_sealed)),
        ("images not whole", not_whole),
        ("ends untold", untold),
        ("sent without an intent", unknown),
        ("billed twice", twice),
        ("memory grew", f"{early:.0f} -> {late:.0f} MB" if late > early * MOST_GROWTH + 20 else ""),
        ("open files grew", f"{files_early} -> {files_late}" if files_late > files_early + MORE_FILES else ""),
        ("open files of a life", f"{most_files}" if max(most_files) > min(most_files) + MOST_FILES else ""),
        ("keys in files", leaks),
        ("database", database if database != "ok" else ""),
    ) if what]  # fmt: skip
    return rows, wrong


def secrets_in(mill: Home, film: Film) -> list[str]:
    """Files of project and home, but for keys.toml, in which a key stands."""
    words = [secret(name).encode() for name in KEYS]
    return [
        str(path)
        for folder in (mill.path, film.root)
        for path in folder.rglob("*")
        if path.is_file() and path != mill.folders.keys_file and any(word in path.read_bytes() for word in words)
    ]


def integrity(mill: Home, pid: int) -> str:
    """What the whole check says of the database, after an orderly end of its last daemon."""
    os.kill(pid, signal.SIGTERM)
    until(lambda: not mill.daemon_pid(), "the end of the last daemon", 60)
    with closing(sqlite3.connect(mill.folders.database)) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])


def _intents_of(intents: dict[str, dict[str, Any]], beat: str) -> int:
    return sum(f"{one['style']} {one['beat']}" == beat for one in intents.values())


def _wrong(provider: Witness) -> int:
    return sum(bool(one["fault"]) for one in provider.sightings())
