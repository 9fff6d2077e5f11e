"""The provider as a process of its own, which counts what it was asked and what it would put on the bill."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from daemon.preloaded import preloaded
from daemon.waiting import until

KEYS = {"anna": "film-1", "ben": "film-2"}
"""Names of the keys that a home gets, and the quota projects they belong to."""


bills: dict[str, Callable[[], list[dict[str, Any]]]] = {}
"""What each provider of this process's tests was asked for, by its address; those that have ended remember it."""


def secret(name: str) -> str:
    """The API key behind a name; it can be told from everything else on this machine."""
    return f"AIzaCANARY{name}0123456789abcdefghijk"


class Witness:
    """The emulator, seen from outside."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def faults(self, *rules: dict[str, Any]) -> None:
        """Let requests go wrong as the rules say, from now on."""
        self._ask("/emulator/faults", json.dumps(rules).encode())

    def slow(self, seconds: float, **match: Any) -> None:
        """Every answer (or those that fit) takes so long from now on."""
        self.faults({"match": match, "do": {"latency": seconds}})

    def hold(self, **match: Any) -> None:
        """No answer (or none of those that fit) comes from now on, until `release` or other faults."""
        self.faults({"match": match, "do": "hold"})

    def release(self) -> None:
        """What is held is answered, and nothing goes wrong any more."""
        self.faults()

    def wait_for_held(self, count: int) -> None:
        """So many requests are out, and none of them is answered before `release`."""
        until(lambda: int(self.seen()["held"]) >= count, f"{count} requests that are held")

    def seen(self) -> dict[str, Any]:
        return self._ask("/emulator/seen")

    def requests(self) -> int:
        """Requests that have come to an end, whatever it was."""
        return int(self.seen()["requests"])

    def arrived(self) -> int:
        """Requests that have come in during this minute, answered or not."""
        return sum(int(window["max_requests_60s"]) for window in self.seen()["windows"])

    def wait_for_arrivals(self, count: int) -> None:
        until(lambda: self.arrived() >= count, f"{count} requests on their way")

    def refused(self) -> int:
        return sum(int(count) for count in self.seen()["refusals"].values())

    def sightings(self, style: str = "") -> list[dict[str, Any]]:
        by_beat = self.seen()["by_beat"].values()
        return [one for beat in by_beat for one in beat if not style or one["style"] == style]

    def asked(self, style: str = "") -> Counter[str]:
        """How often each beat was asked for; keys are `style beat`."""
        return Counter(f"{one['style']} {one['beat']}" for one in self.sightings(style))

    def billed(self, style: str = "") -> Counter[str]:
        """How often each beat would be on the bill."""
        return Counter(f"{one['style']} {one['beat']}" for one in self.sightings(style) if one["billed"])

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(self.base_url + path, body)  # noqa: S310 - this machine's own emulator
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def witness(
    folder: Path, *options: str, rpm: int = 100_000, image: str = "png", bad: Sequence[str] = ()
) -> Iterator[Witness]:
    """A provider of the homes' keys without latency. `bad` names keys that it does not take."""
    projects = {project: {"rpm": rpm, "rpd": 100_000} for project in KEYS.values()}
    listed = [
        {"name": name, "api_key": secret(name), "quota_project": project, "state": "invalid" if name in bad else "ok"}
        for name, project in KEYS.items()
    ]
    with witness_of({"quota_projects": projects, "keys": listed}, folder, "--format", image, *options) as found:
        bills[found.base_url] = found.sightings
        try:
            yield found
        finally:
            last = found.sightings()
            bills[found.base_url] = lambda: last


@contextmanager
def witness_of(keyring: Mapping[str, Any], folder: Path, *options: str) -> Iterator[Witness]:
    """A provider without latency with the emulator's own form of keys; it ends with the test."""
    own = Path(tempfile.mkdtemp(prefix="provider-", dir=folder))
    keys, out = own / "keys.json", own / "out"
    keys.write_text(json.dumps(keyring))
    always = ("--latency", "0", "--no-drafts", "--cards", "--keys", str(keys))
    emulator = preloaded().emulator([*always, *options], out)
    try:
        until(lambda: out.exists() and out.read_text().endswith("\n"), "an emulator that listens")
        found = Witness(str(json.loads(out.read_text())["base_url"]))
        bills.pop(found.base_url, None)  # of an earlier one, which had the same port
        yield found
    finally:
        emulator.kill()
