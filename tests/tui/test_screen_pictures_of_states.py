"""Whole screens in each layout: every state of a run and of the line, projects of every size, names of every kind.
`make snapshots` takes them anew."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from shotmill.client.link import Connecting, DaemonGone, LinkState, OtherVersion, Reconnecting, Stale
from tui.posing import an_app, in_each_layout
from tui.sample import BEAT, LOG, NOW, STATES, night_train, quota, shots, status
from tui.sample_keys import projects
from tui.scripted import ScriptedConnection
from tui.still import TextPicture

Json = dict[str, Any]


def all_as(mark: str) -> tuple[dict[str, str], list[Json]]:
    """Every beat of the sample with one mark."""
    states = {name: "".join(mark if one != " " else " " for one in line) for name, line in STATES.items()}
    return states, [{"name": name, "quota": ["film-1"], "shots": shots(line)} for name, line in states.items()]


def everywhere(mark: str, **run: Any) -> Json:
    states, styles = all_as(mark)
    return night_train(status=status(states, **run), styles=styles)


def of_size(styles: int, beats: int) -> Json:
    """Every mark there is behind a third that is done, 25 beats a shot."""
    line = ("v" * (beats // 3) + ">x#?~-r=*").ljust(beats, ".")[:beats]
    marks = {f"style {number}": " ".join(line[at : at + 25] for at in range(0, beats, 25))
             for number in range(1, styles + 1)}  # fmt: skip
    told = [{"name": name, "quota": ["film-1"], "shots": shots(line)} for name, line in marks.items()]
    return night_train(status={**status(marks), "for_you": []}, styles=told)


def limit(name: str, **more: Any) -> Json:
    return {"limit": name, "style": "", "beats": 0, "seconds_each": 0, "per_minute": 0, "quota_projects": 4, **more}


TUESDAY = NOW + 75_347
PICTURES: dict[str, tuple[Json | None, LinkState | None]] = {
    "connecting": (None, Connecting()),
    "stale": (night_train(), Stale(NOW - 14)),
    "reconnecting": (night_train(), Reconnecting(NOW - 40, NOW + 2)),
    "gone": (night_train(), DaemonGone(NOW - 600)),
    "other version": (night_train(), OtherVersion("0.2", "0.3")),
    "ready": (night_train(status=status(state="idle", ends_at=None)), None),
    "stopping": (night_train(status=status(state="stopping", eta_s=6.0, ends_at=None)), None),
    "waiting": (night_train(status=status(state="waiting", waiting_until=TUESDAY), pace=limit("day_quota")), None),
    "network": (
        night_train(status=status(state="waiting", waiting_until=NOW + 32), pace=limit("network", since=NOW - 7000)),
        None,
    ),
    "disk": (
        night_train(status=status(state="waiting"), pace=limit("disk", free_bytes=412e6, needed_bytes=3.1e9)),
        None,
    ),
    "paused": (night_train(status=status(styles={"clear": {"state": "paused", "reason": "API not enabled"}})), None),
    "budget": (night_train(status=status(state="stopped", reason="budget", spent_usd=9.98, ends_at=None)), None),
    "interrupted": (
        night_train(
            status=status(state="stopped", reason="interrupted", interrupted={"saved": 3, "in_doubt": 1}, ends_at=None)
        ),
        None,
    ),
    "all done": (everywhere("v", state="finished", ended_at=NOW - 60, cost_left_usd=0.0), None),
    "all failed": (everywhere("x", state="finished", ended_at=NOW - 60, cost_left_usd=0.0), None),
    "all waiting": (
        night_train(
            status=status(
                state="waiting", waiting_until=TUESDAY,
                styles={name: {"state": "waiting", "reason": "day quota spent", "waiting_until": TUESDAY}
                        for name in STATES},
            ),
            pace=limit("day_quota"),
        ),
        None,
    ),
    "no beats": (of_size(3, 0), None),
    "10,000 beats": (of_size(3, 10_000), None),
    "12 styles": (of_size(12, 60), None),
    "empty": (
        night_train(
            styles=[], quota=[], keys=[],
            status={**status(state="idle", ends_at=None, spent_usd=0.0), "styles": {}, "for_you": []},
        ),
        None,
    ),
}  # fmt: skip


NAMES = {
    "long": "a style with a name that is much longer than any column could ever be",
    "wide": "夜行列車のスタイル・水彩画と鉛筆画の長い名前",
    "right to left": "سكة الليل מסילת הלילה",
    "emoji": "🚂 night 👩🏽‍🎨 train 🏳️‍🌈 ❤️ é",
}
SCREENS: dict[str, tuple[str, ...]] = {
    "floor": ("n",),
    "beat": ("enter", "right", "enter"),
    "jump": ("slash", "paste NAME"),
    "projects": ("o", "down"),
}


def all_named(name: str) -> ScriptedConnection:
    """The sample with one name for everything that a person names."""
    marks = {name: STATES["illustration"], f"{name} 2": STATES["clear"], f"3 {name}": STATES["consistent"]}
    lines = [{**line, "style": name, "key": name, "text": name} for line in LOG[:9]]
    quotas = [quota(f"{name} {at}", [name] * 3, 7, 212, [style]) for at, style in enumerate(marks)]
    what = {"kind": "blocked", "style": name, "beat": "2.4", "what": f"refused for {name}", "cure": ""}
    connection = ScriptedConnection(
        night_train(
            status={**status(marks), "for_you": [what]}, quota=quotas, log=lines,
            project={"id": "p1", "path": f"/home/mia/{name}", "title": name},
            styles=[{"name": style, "quota": [f"{name} {at}"], "shots": shots(line)}
                    for at, (style, line) in enumerate(marks.items())],
        )
    )  # fmt: skip
    connection.answers["1.1"] = {**BEAT, "style": name, "beat": "1.1", "prompt": f"{name}. " * 6, "script_phrase": name}
    connection.answers["status"] = {
        "projects": [{**one, "project": {**one["project"], "title": name, "path": f"/home/mia/{name}"}}
                     for one in projects()["projects"]]
    }  # fmt: skip
    return connection


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextPicture)


@pytest.mark.parametrize("state", PICTURES)
async def test_state(picture: SnapshotAssertion, state: str) -> None:
    source, link = PICTURES[state]
    assert await in_each_layout(an_app(ScriptedConnection(source, link))) == picture


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("kind", NAMES)
async def test_names(picture: SnapshotAssertion, kind: str, screen: str) -> None:
    name = NAMES[kind]
    keys = tuple(key.replace("NAME", name) for key in SCREENS[screen])
    assert await in_each_layout(an_app(all_named(name)), keys) == picture
