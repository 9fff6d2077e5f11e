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


@dataclass(frozen=True)
class Books:
    """What the journal says of each attempt."""

    takes: dict[str, Any]
    ends: dict[str, Any]
    intents: dict[str, Any]
    current: list[dict[str, Any]]

    @classmethod
    def of(cls, journal: list[dict[str, Any]]) -> Books:
        takes, ends, intents = (
            {line["attempt"]: line for line in journal if line["kind"] == kind} for kind in ("take", "end", "intent")
        )
        current = {
            (line["style"], line["beat"]): line for line in journal if line["kind"] == "take" and line["current"]
        }
        return cls(takes, ends, intents, list(current.values()))

    def told(self, fate: str) -> Counter[str]:
        """How often each beat's attempt ended so."""
        return Counter(f"{end['style']} {end['beat']}" for end in self.ends.values() if end["fate"] == fate)


def judge(mill: Home, film: Film, provider: Witness, story: Story) -> tuple[list[tuple[str, str]], list[str]]:
    """The table's rows, and what is wrong."""
    answers, wrong_answers = judge_answers(mill, film, provider, story)
    process, wrong_process = judge_process(mill, film, story)
    return [*answers, *process], [f"{name}: {what}" for name, what in (*wrong_answers, *wrong_process) if what]


def judge_answers(
    mill: Home, film: Film, provider: Witness, story: Story
) -> tuple[list[tuple[str, str]], list[tuple[str, object]]]:
    """What became of each request and of each image; what is wrong has its name."""
    books, billed, asked = Books.of(film.journal()), provider.billed(), provider.asked()
    doubts, useless = books.told("in_doubt"), books.told("unusable")
    total = counts(mill.status(mill.open(film.root)))
    neither = total["total"] - sum(total[state] for state in ("done", "failed", "blocked", "in_doubt"))
    lost_sealed = story.sealed - set(books.takes) - set(books.ends)
    not_whole = [take["file"] for take in books.current if not whole_on_disk(film, take)]
    untold = [attempt for attempt in books.intents if attempt not in books.takes and attempt not in books.ends]
    unknown = [beat for beat, count in asked.items() if count > _intents_of(books.intents, beat)]
    twice = {beat: count for beat, count in billed.items() if count > 1 + doubts[beat] + useless[beat]}
    repeated = sum(count > 1 for count in billed.values())
    rows = [
        ("beats, styles", f"{total['total']}, {len(STYLES)}"),
        ("kills (kill -9) of the daemon", str(story.kills)),
        ("requests; that went wrong by script", f"{sum(asked.values())}; {_wrong(provider)}"),
        ("seconds in all", f"{story.seconds:.0f}"),
        ("drawn", str(total["done"])),
        ("told: failed, blocked, in doubt", f"{total['failed']}, {total['blocked']}, {total['in_doubt']}"),
        ("neither drawn nor told", str(neither)),
        ("answers sealed in the spool at a kill; lost of them", f"{len(story.sealed)}; {len(lost_sealed)}"),
        ("images in the record that are not whole on disk", str(len(not_whole))),
        ("requests that the journal never told the end of", str(len(untold))),
        ("requests that came in without an intent", str(len(unknown))),
        ("billed more than once; told as in doubt or unusable", f"{repeated}; {repeated - len(twice)}"),
        ("billed twice beyond those", str(len(twice))),
    ]
    return rows, [
        ("neither drawn nor told", neither),
        ("sealed answers lost", sorted(lost_sealed)),
        ("images not whole", not_whole),
        ("ends untold", untold),
        ("sent without an intent", unknown),
        ("billed twice", twice),
    ]


def judge_process(mill: Home, film: Film, story: Story) -> tuple[list[tuple[str, str]], list[tuple[str, object]]]:
    """Memory and files of the daemons, and what they leave; the last one is ended for that."""
    last = story.lives[-1]
    last.look()
    early, late = last.rss[len(last.rss) // 4], last.rss[-1]
    files_early, files_late = last.files[len(last.files) // 4], last.files[-1]
    most_files = [max(life.files) for life in story.lives if life.files]
    leaks, database = secrets_in(mill, film), integrity(mill, last.pid)
    left = len(list(mill.folders.spool.glob("*.part")))
    rows = [
        ("memory of the last life: after a quarter, at its end", f"{early:.0f} MB, {late:.0f} MB"),
        ("most memory of any life", f"{max(max(life.rss) for life in story.lives if life.rss):.0f} MB"),
        ("open files: most in a life (least, most), at the end", f"{min(most_files)}, {max(most_files)}, {files_late}"),
        ("files in which a key was found", str(len(leaks))),
        ("the database by its integrity check", database),
        ("slowest first answer of a daemon", f"{story.slowest_answer_s * 1000:.0f} ms"),
        ("leftovers in the spool at the end", f"{left} (partial or unusable)"),
    ]
    return rows, [
        ("memory grew", f"{early:.0f} -> {late:.0f} MB" if late > early * MOST_GROWTH + 20 else ""),
        ("open files grew", f"{files_early} -> {files_late}" if files_late > files_early + MORE_FILES else ""),
        ("open files of a life", f"{most_files}" if max(most_files) > min(most_files) + MOST_FILES else ""),
        ("keys in files", leaks),
        ("database", database if database != "ok" else ""),
    ]


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
