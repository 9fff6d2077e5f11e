"""The reference work drawn by the real daemon against the real emulator: two processes, a socket, six minutes or seven.

Each request waits as long as the provider would take, so one run takes as long as it would with the provider.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.simulated_world import make_board
from shotmill.clock import from_iso
from shotmill.engine.beat import Beat
from shotmill.engine.bound import Arrival, bound_s

STYLES, BEATS, RPM = 3, 60, 9
STYLE_NAMES = tuple(f"style{number}" for number in range(STYLES))
KEYS = {style: (f"key{2 * number}", f"key{2 * number + 1}") for number, style in enumerate(STYLE_NAMES)}
COMMAND = (sys.executable, "-m", "shotmill_tui.cli")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run. `makespan` counts from the run's start to its end, `whole` is what `shotmill start --wait` took.

    `told`: how long `shotmill estimate` said just before that it would take. `painted`: seconds from the last image's
    latency being over to the run's end: painting, sending, keeping.
    """

    images: int
    refused: int
    makespan: float
    whole: float
    told: float
    bound: float
    fullest: int
    gaps: list[float]
    painted: float
    lag_ms: float

    @property
    def ratio(self) -> float:
        return self.makespan / self.bound

    @property
    def told_ratio(self) -> float:
        return self.told / self.makespan


def measure(transitions: Sequence[str], seed: int, median_s: float = 8.0) -> Measured:
    """Draw 60 beats in each style; `transitions` has a letter a beat for each of them."""
    folder = Path(tempfile.mkdtemp(prefix="sm-", dir="/tmp"))
    try:
        keys = folder / "emulated.json"
        keys.write_text(json.dumps(_keyring()))
        with _emulator(keys, seed, median_s) as base_url:
            return _drawn(folder, base_url, transitions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drawn(folder: Path, base_url: str, transitions: Sequence[str]) -> Measured:
    project, home = folder / "film", folder / "home"
    _write_project(project, base_url, transitions)
    _write_keys(home / "config")
    environ = os.environ | {"SHOTMILL_HOME": str(home)}
    try:
        _run("daemon", "start", environ=environ)
        told = json.loads(_run("estimate", "--json", str(project), environ=environ))["seconds"]
        began = time.perf_counter()
        _run("start", "--wait", str(project), environ=environ)
        whole = time.perf_counter() - began
        run = json.loads(_run("status", "--json", str(project), environ=environ))["run"]
        ended = from_iso(json.loads((project / ".shotmill" / "journal.jsonl").read_text().splitlines()[-1])["at"])
        lag = json.loads(_run("daemon", "status", "--json", environ=environ))["loop_lag_ms"]["max"]
    finally:
        subprocess.run([*COMMAND, "daemon", "stop"], env=environ, check=False, capture_output=True)
    with urllib.request.urlopen(f"{base_url}/emulator/seen") as answer:  # noqa: S310 - our own emulator
        seen = json.load(answer)
    arrivals = _arrivals(seen, transitions)
    pools = {style: list(names) for style, names in KEYS.items()}
    bound = bound_s(
        [arrival for _, arrival in arrivals], pools, {name: RPM for names in KEYS.values() for name in names}
    )
    return Measured(
        images=run["images"]["done"],
        refused=sum(count for code, count in seen["refusals"].items() if code != "ok"),
        makespan=float(run["elapsed_s"]),
        whole=whole,
        told=float(told),
        bound=bound,
        fullest=max(window["max_requests_60s"] for window in seen["windows"]),
        gaps=_idle(seen),
        painted=ended - max(at + arrival.seconds for at, arrival in arrivals),
        lag_ms=lag,
    )


def _arrivals(seen: dict[str, Any], transitions: Sequence[str]) -> list[tuple[float, Arrival]]:
    """Every request in the order in which the emulator took it, with the latency that it drew for it."""
    board = make_board(*transitions)
    found: list[tuple[float, Arrival]] = []
    for sighting in (one for of_beat in seen["by_beat"].values() for one in of_beat):
        beat = board.find(sighting["style"], sighting["beat"])
        assert isinstance(beat, Beat), sighting
        found.append((from_iso(sighting["at"]), Arrival(beat, sighting["latency_s"])))
    return sorted(found, key=lambda one: one[0])


def _idle(seen: dict[str, Any]) -> list[float]:
    """For every request but a quota project's first nine: seconds beyond the minute since the ninth before it."""
    by_project: dict[str, list[float]] = {}
    for sighting in (one for of_beat in seen["by_beat"].values() for one in of_beat):
        by_project.setdefault(sighting["quota_project"], []).append(from_iso(sighting["at"]))
    beyond: list[float] = []
    for moments in by_project.values():
        moments.sort()
        beyond += [after - before - 60.0 for before, after in zip(moments, moments[RPM:], strict=False)]
    return sorted(beyond)


def _keyring() -> dict[str, Any]:
    names = [name for names in KEYS.values() for name in names]
    return {
        "quota_projects": {name: {"rpm": RPM, "rpd": 500} for name in names},
        "keys": [{"name": name, "api_key": _secret(name), "quota_project": name} for name in names],
    }


def _write_project(project: Path, base_url: str, transitions: Sequence[str]) -> None:
    (project / "prompts").mkdir(parents=True)
    lines = [f'[gemini]\nbase_url = "{base_url}"\n[limits]\nrpm = {RPM}\nrpd = 500\n']
    for style, turns in zip(STYLE_NAMES, transitions, strict=True):
        rows = [
            {
                "beat_number": _beat(n),
                "ai_prompt": f"{style} style: a train crosses a wide valley. Shot {n // 10 + 1}, beat {_beat(n)}",
                "transition_type": turn,
            }
            for n, turn in enumerate(turns)
        ]
        (project / "prompts" / f"prompts-{style}.json").write_text(json.dumps(rows))
        lines.append(f"[styles.{style}]\nkeys = {json.dumps(list(KEYS[style]))}\n")
    (project / "shotmill.toml").write_text("".join(lines))


def _beat(number: int) -> str:
    return f"{number // 10 + 1}.{number % 10 + 1}"


def _write_keys(config: Path) -> None:
    config.mkdir(parents=True, mode=0o700)
    names = [name for names in KEYS.values() for name in names]
    (config / "keys.toml").write_text("".join(f'[keys.{name}]\napi_key = "{_secret(name)}"\n' for name in names))
    (config / "keys.toml").chmod(0o600)


def _secret(name: str) -> str:
    return f"emulator-key-{name}-0001"


@contextmanager
def _emulator(keys: Path, seed: int, median_s: float) -> Iterator[str]:
    options = ["--keys", str(keys), "--seed", str(seed), "--latency", str(median_s), "--format", "jpeg", "--no-drafts"]
    process = subprocess.Popen(
        [sys.executable, "-m", "shotmill.emulator", "--with-parent", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["base_url"])
    finally:
        process.terminate()
        process.wait()


def _run(*words: str, environ: dict[str, str]) -> str:
    done = subprocess.run([*COMMAND, *words], env=environ, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"shotmill {' '.join(words)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def transitions_of(share: float, seed: int) -> list[str]:
    """A letter a beat for each style: `C` for one that continues the beat before, `H` for a hard cut."""
    chance = random.Random(seed)
    return ["".join("C" if chance.random() < share else "H" for _ in range(BEATS)) for _ in STYLE_NAMES]
