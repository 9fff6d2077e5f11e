"""A long run with random faults and a daemon that is killed again and again: what is lost, what is paid for twice.

`python bench/soak.py [--beats 2000] [--kills 50] [--seed 1] [--write]`: the emulator answers at once, and one request
in seven goes wrong. The daemon dies by kill -9 at random moments, all kills within the first part of the work, and the
run is started again each time by a new process; the last daemon draws the rest in one life, in which its memory and
its open files are looked at. The emulator's pictures are noise of 170 kB, each another one: what is asked here is not
how fast they are painted. `--write` puts the table into bench/README.md. Ends with 1 where something was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]

from soak_judge import STYLES, Story, Watched, counts, judge  # noqa: E402

from daemon.film import Film, make_film  # noqa: E402
from daemon.home import ENDED, Home, home, sealed  # noqa: E402
from daemon.witness import KEYS, Witness, secret  # noqa: E402
from shotmill.errors import ShotmillError  # noqa: E402

SIZE = (320, 180)
DOUBTS_USD = 10_000
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
