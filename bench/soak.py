"""A long run with random faults and a daemon that is killed again and again: what is lost, what is paid for twice.

`python bench/soak.py [--beats 2000] [--kills 50] [--seed 1] [--write]`: the emulator answers at once, and one request
in seven goes wrong. The daemon dies by kill -9 at random moments, all kills within the first part of the work, and the
run is started again each time by a new process; the last daemon draws the rest in one life, in which its memory and
its open files are looked at. The emulator's pictures are noise of 170 kB, each another one: what is asked here is not
how fast they are painted. `--write` puts the table into bench/README.md. Ends with 1 where something was lost.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from daemon.film import Film, make_film  # noqa: E402
from daemon.home import ENDED, Home, home, sealed  # noqa: E402
from daemon.waiting import until  # noqa: E402
from daemon.witness import KEYS, Witness, secret  # noqa: E402
from shotmill.errors import ShotmillError  # noqa: E402

SIZE = (320, 180)
STYLES = ("ink", "chalk")
DOUBTS_USD = 10_000
MOST_GROWTH = 1.3
"""Of the last life's memory, from its first quarter to its end."""
MORE_FILES = 10
"""What is open at the end and was not after a quarter: connections come and go."""
MOST_FILES = 64
"""Between the lives with the fewest and the most open files."""
KILLED_UNTIL = 0.6
"""The part of the work within which all kills fall."""
FAULTS: tuple[tuple[Any, float], ...] = (
    ("reset_before_body", 0.01),
    ("reset_mid_body", 0.02),
    ("cut_body", 0.02),
    ({"slow_drip": 1.0}, 0.02),
    ("wrong_mime", 0.02),
    ("truncated_image", 0.01),
    ("no_image", 0.01),
    ("prohibited", 0.01),
    ("html_502", 0.005),
    ("503-high-demand", 0.01),
    ("500-internal", 0.01),
)


def serve(arguments: list[str]) -> int:
    """The emulator with noise in the place of its painter."""
    from PIL import Image

    import shotmill.emulator.reply as reply
    from shotmill.emulator.command import main as emulator

    vars(reply)["draw"] = lambda commission: Image.frombytes("RGB", SIZE, os.urandom(SIZE[0] * SIZE[1] * 3))
    return emulator(arguments)


@contextmanager
def provider_of_noise(folder: Path, latency: float, seed: int) -> Iterator[Witness]:
    """A provider as a process of its own that ends with this one."""
    keys = folder / "provider-keys.json"
    projects = {project: {"rpm": 1_000_000, "rpd": 1_000_000} for project in KEYS.values()}
    listed = [{"name": name, "api_key": secret(name), "quota_project": project} for name, project in KEYS.items()]
    keys.write_text(json.dumps({"quota_projects": projects, "keys": listed}))
    command = [sys.executable, __file__, "--serve", "--with-parent", "--no-drafts", "--format", "png"]
    command += ["--latency", str(latency), "--seed", str(seed), "--keys", str(keys)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Witness(str(json.loads(process.stdout.readline())["base_url"]))
    finally:
        process.stdin.close()
        process.wait(20)


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


def make(root: Path, provider: Witness, beats: int) -> Film:
    """So many beats in two styles, shots of ten; a tenth of them continues from the one before."""
    names = [f"{number // 10 + 1}.{number % 10 + 1}" for number in range(beats // len(STYLES))]
    return make_film(
        root,
        provider.base_url,
        beats=names,
        styles=STYLES,
        chained=[name for name in names if name.endswith(".5")],
        limits="rpm = 100000\nrpd = 100000\nin_flight = 8",
        settings=f"[generation]\nin_doubt_usd = {DOUBTS_USD}\npause_after = 1000000",
    )


def faults() -> list[dict[str, Any]]:
    return [{"match": {"probability": share}, "do": do} for do, share in FAULTS]


def counts(status: dict[str, Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for style in status["styles"].values():
        found.update({name: int(style[name]) for name in ("done", "blocked", "failed", "in_doubt", "pending", "total")})
    return found


def soak(mill: Home, film: Film, kills: int, chance: random.Random) -> Story:
    """Draw it to its end with so many kills."""
    story, began = Story(), time.monotonic()
    total = 0
    while True:
        daemon = mill.spawn_daemon()
        watched = Watched(daemon.pid)
        story.lives.append(watched)
        asked = time.monotonic()
        mill.ask("GET", "/v1/daemon")
        story.slowest_answer_s = max(story.slowest_answer_s, time.monotonic() - asked)
        try:
            project = mill.open(film.root)
            status = mill.start(project).get("status") or mill.status(project)
        except ShotmillError as error:
            sys.exit(f"the daemon does not go on: {error.message}")
        total = counts(status)["total"]
        drawn = counts(status)["done"]
        left = max(0, int(total * KILLED_UNTIL) - drawn)
        share = left / max(1, kills - story.kills)
        death = drawn + chance.uniform(0.3, 1.7) * share if story.kills < kills else float("inf")
        patience = time.monotonic() + chance.uniform(3.0, 20.0)
        while True:
            time.sleep(chance.uniform(0.02, 0.3))
            status = mill.status(project)
            watched.look()
            if status["run"]["state"] in ENDED:
                break
            if story.kills < kills and (counts(status)["done"] >= death or time.monotonic() > patience):
                break
        if status["run"]["state"] in ENDED and story.kills >= kills:
            story.seconds = time.monotonic() - began
            return story
        daemon.kill()
        story.kills += 1
        story.sealed |= sealed(mill)
        print(f"kill {story.kills}: {counts(status)['done']} of {total} drawn", file=sys.stderr, flush=True)


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
        ("billed more than once; told as in doubt or unusable", f"{sum(count > 1 for count in billed.values())}; all"),
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


def table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(["| what | measured |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def write(rows: list[tuple[str, str]], command: str) -> None:
    """Put the table into bench/README.md in the place of the last one."""
    path = ROOT / "bench" / "README.md"
    text = path.read_text()
    before, _, after = text.partition("\n## Soak\n")
    rest = after.partition("\n## ")
    kept = f"\n## {rest[2]}" if rest[2] else ""
    machine = f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    section = f"\n## Soak\n\n`{command}` on {machine} (shared with other work), {time.strftime('%Y-%m-%d')}:\n\n"
    path.write_text(before.rstrip() + "\n" + section + table(rows) + "\n" + kept)


def main() -> int:
    if sys.argv[1:2] == ["--serve"]:
        return serve(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beats", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that an answer takes")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    asked = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="sm-soak-", dir="/var/tmp") as folder,
        home(keys=("anna", "ben")) as mill,
        provider_of_noise(Path(folder), asked.latency, asked.seed) as provider,
    ):
        film = make(Path(folder) / "film", provider, asked.beats)
        provider.faults(*faults())
        story = soak(mill, film, asked.kills, random.Random(asked.seed))
        rows, wrong = judge(mill, film, provider, story)
    print(table(rows))
    for line in wrong:
        print(f"WRONG: {line}", file=sys.stderr)
    if asked.write and not wrong:
        write(rows, f'make soak ARGS="--beats {asked.beats} --kills {asked.kills} --seed {asked.seed}"')
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
