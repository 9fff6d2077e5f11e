"""Many troubles at once in one daemon, each in a project of its own, and the three places in which each is told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daemon.film import Film, make_film
from daemon.home import Home
from daemon.stream import is_written, stream
from daemon.waiting import until
from doctor.patient import Checks, doctor, key_of, provider_with
from shotmill.client.link import Connected
from shotmill.errors import ShotmillError
from shotmill_tui.model.reading import read_snapshot
from shotmill_tui.model.sentence import tell
from shotmill_tui.model.told import Told
from shotmill_tui.model.view import View

MODEL_FAULTS = {"overload": "503-high-demand"}
KEY_FAULTS = {
    "day": "429-day-paid-flash-lite-image",
    "window": "429-spend-rate-window",
    "nowhere": "400-location-unsupported",
    "model": "404-model-not-found",
}
PROVIDER_STATES = {
    **dict.fromkeys(
        ("away", "dns", "tls", "proxy", "day", "window", "overload", "gaps", "gone", "chain", "single"), "ok"
    ),
    "minute": "ok",
    "cap": "spend_capped",
    "empty": "prepay_depleted",
    "restricted": "restricted",
    "unpaid": "billing_disabled",
    "off": "service_disabled",
    "invalid": "invalid",
    "leaked": "leaked",
    "suspended": "suspended",
    "nowhere": "ok",
    "model": "ok",
    "budget": "ok",
    "latency": "ok",
    "today": "ok",
}


DAYS = {"today": 2}
"""Images a day that are no more than these."""
PACED = ("minute", "chain", "single", "latency", "today")
"""What is slow: each by another limit."""
STOPPED = ("empty", "restricted", "unpaid", "off", "invalid", "leaked", "suspended", "nowhere", "model")
"""What only a person can mend."""


MANY = [f"1.{number}" for number in range(1, 61)]


@dataclass(frozen=True, slots=True)
class Seen:
    """One trouble in its three places: the screen's picture and its first two lines, the doctor's checks, the logs."""

    view: View | None
    told: Told | None
    checks: Checks
    log: str
    daemon_log: str

    @property
    def screen(self) -> str:
        """All that the floor, the keys and the diagnostics draw of it, without the checks."""
        if self.view is None or self.told is None:
            return ""
        pace = self.view.pace
        parts = [self.told.word, self.told.long, self.view.run.reason, pace.limit.replace("_", " "), pace.helps]
        parts += [f"{one.what} {one.cure}" for one in self.view.for_you]
        parts += [f"{one.reason} {one.cure}" for one in self.view.keys]
        return "\n".join(parts)


def seen_of(home: Home, root: Path, project: str | None, *words: str) -> Seen:
    """What the three places tell of that project now; `project`: its id, None where it could not be opened; `words`
    are further ones for the doctor."""
    view = told = None
    if project is not None:
        with stream(home.folders.socket, f"?project={project}") as events:
            snapshot = events.until("snapshot")[-1].data
        view = read_snapshot(snapshot)
        if view.path == str(root) and os.access(root, os.W_OK):
            is_written(root, snapshot)
        told = tell(view, Connected(view.version), view.at, None)
    return Seen(view, told, doctor(home, root, *words), log_lines(root), home.folders.daemon_log.read_text())


def log_lines(root: Path) -> str:
    """The project's own log, a line each: level, event, text."""
    path = root / ".shotmill" / "log.jsonl"
    lines = path.read_text().splitlines() if os.access(path, os.R_OK) else []
    return "\n".join(f"{line['level']} {line['event']} {line['text']}" for line in map(json.loads, lines))


class Ward:
    """Projects by their trouble, in one home with one daemon."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.films: dict[str, Film] = {}
        self.ids: dict[str, str] = {}
        self.refusals: dict[str, ShotmillError] = {}
        self._folder = folder

    def admit(
        self, name: str, base_url: str, keys: str | None = "", more: str = "",
        before: Callable[[Film], object] | None = None, **film: Any,
    ) -> None:  # fmt: skip
        """A project with that trouble, started; what refuses it is kept. `keys`: the key that its style names, by
        default of the trouble's name; None: it names none."""
        settings = more if keys is None else f'{more}\n[styles.{name}]\nkeys = ["{keys or name}"]'
        self.films[name] = made = make_film(
            self._folder / name, base_url, styles=(name,), settings=settings, **{"limits": "rpm = 1000", **film}
        )
        if before is not None:
            before(made)
        try:
            self.ids[name] = self.home.open(made.root)
            self.home.start(self.ids[name])
        except ShotmillError as refusal:
            self.refusals[name] = refusal

    def wait(self, name: str, *states: str) -> None:
        self.home.wait_for(self.ids[name], lambda status: status["run"]["state"] in states, f"{name}: {states}")

    def log(self, name: str) -> str:
        return log_lines(self.films[name].root)

    def seen(self, name: str) -> Seen:
        return seen_of(self.home, self.films[name].root, self.ids.get(name))


@contextmanager
def ward(home: Home, folder: Path, endpoints: Mapping[str, str]) -> Iterator[Ward]:
    """Every trouble that keys, quotas, the network, prompts and folders make. `endpoints`: where the faults of the
    network are met, by the names of the troubles."""
    entries = [
        f'[keys.{name}]\napi_key = "{key_of(name)}"\nrpm = 1000\nrpd = {DAYS.get(name, 10000)}\n'
        for name in PROVIDER_STATES
    ]
    entries.append('[keys.template]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    allowed = json.dumps([url for url in endpoints.values() if url.startswith("https")])
    home.write_keys(text=f"base_urls = {allowed}\n" + "\n".join(entries))
    with ExitStack() as until_then:
        provider = until_then.enter_context(provider_with(folder, PROVIDER_STATES))
        busy = until_then.enter_context(provider_with(folder, {"overload": "ok"}))
        small = until_then.enter_context(provider_with(folder, {"minute": "ok"}, rpm=1))
        alone = until_then.enter_context(
            provider_with(folder, {"single": "ok"})
        )  # what it allows holds for its endpoint
        alone.hold()
        provider.faults(
            *({"match": {"key": name}, "do": fault} for name, fault in KEY_FAULTS.items()),
            *({"match": {"key": name}, "do": "hold"} for name in ("chain", "latency", "today")),
            {"match": {"key": "gaps", "beat": "1.1"}, "do": "prohibited"},
        )
        busy.faults({"do": MODEL_FAULTS["overload"]})
        home.start_daemon(https_proxy="http://me:canary-login@127.0.0.1:9", no_proxy="nowhere.invalid,localhost")
        found = Ward(home, folder)
        for name, url in {"away": "http://127.0.0.1:9", **endpoints}.items():
            found.admit(name, url)
        _admit_to(found, provider.base_url)
        found.admit("overload", busy.base_url)
        found.admit("minute", small.base_url, beats=MANY)
        found.admit("single", alone.base_url, beats=MANY, limits="rpm = 1000\nin_flight = 1")
        _await(found, endpoints)
        _lose_images(found.films["gone"])
        found.ids["gone"] = home.open(found.films["gone"].root)
        yield found


def _admit_to(found: Ward, provider: str) -> None:
    """All that one provider is enough for, and what needs none."""
    for name in ("day", "window", "cap", *STOPPED, "gaps", "gone", "template", "lacking"):
        found.admit(name, provider)
    found.admit("budget", provider, more="[project]\nbudget_usd = 0.05")
    found.admit("elsewhere", "https://keys.example", "gone")
    found.admit("chain", provider, beats=MANY, chained=MANY[1:])
    for name in ("latency", "today"):
        found.admit(name, provider, beats=MANY[:12])
    found.admit("unreadable", "", before=lambda film: _prompts(film, '[\n {"beat_number": "1.1" "ai_prompt": 1}\n]'))
    found.admit("nothing", "", before=lambda film: _prompts(film, None))
    found.admit("folder", provider, "gone", before=_a_file_in_the_way)


def _await(found: Ward, endpoints: Iterable[str]) -> None:
    """Until each has come to its trouble."""
    for name in ("away", *endpoints, "day", "window", "cap", "overload"):
        found.wait(name, "waiting")
    for name in (*STOPPED, "budget"):
        found.wait(name, "stopped")
    for name in ("gaps", "gone"):
        found.wait(name, "finished")
    for name in PACED:
        until(lambda name=name: "note pace: " in found.log(name), f"{name}: the pace in the log")  # type: ignore[misc]


def _prompts(film: Film, text: str | None) -> None:
    (path,) = (film.root / "prompts").iterdir()
    if text is None:
        path.unlink()
    else:
        path.write_text(text)


def _a_file_in_the_way(film: Film) -> None:
    (film.root / "generated_images").write_text("no folder")


def _lose_images(film: Film) -> None:
    film.image("gone", "1.1").unlink()
    damaged = film.image("gone", "1.2")
    damaged.write_bytes(damaged.read_bytes()[:500])
