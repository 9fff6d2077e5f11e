"""The keys of the sample and the projects of its daemon, as their requests answer."""

from __future__ import annotations

from typing import Any

from tui.sample import NOW, night_train

Json = dict[str, Any]


def key(name: str, masked: str, project: str, state: str, **more: Any) -> Json:
    return {"name": name, "masked": masked, "quota_project": project, "billing_account": project, "rpm": None,
            "rpd": None, "origin": "file", "state": state, "draws": state == "draws", "tested": None, "reason": "",
            "cure": "", "until": None, **more}  # fmt: skip


def meter(name: str, keys: list[str], used: int, day: int, minutes: list[int], hours: list[int]) -> Json:
    rpd = {"used": day, "limit": 500, "resets_at": NOW + 75_000}
    return {"name": name, "model": "gemini-nano-banana-2.1", "keys": keys, "rpm": {"used": used, "limit": 9},
            "rpd": rpd, "minutes": minutes, "hours": hours}  # fmt: skip


def wave(*heights: int) -> list[int]:
    """Sixty minutes made of equal stretches."""
    return [heights[minute * len(heights) // 60] for minute in range(60)]


KEYS: Json = {
    "keys": [
        key("anna", "…9fKe", "film-1", "draws"),
        key("ben", "…Tq0a", "film-1", "draws"),
        key("carl", "…mm3X", "carl", "draws"),
        key("dora", "…u81c", "dora", "exhausted", until=NOW + 75_347),
        key("eva", "…Qz5r", "eva", "draws"),
        key("finn", "…x7Qp", "finn", "invalid", reason="the provider says it is not valid",
            cure="shotmill keys add finn --replace"),
        key("gus", "…44Lw", "gus", "known"),
    ],
    "unusable": [],
    "notes": [],
    "quota": [
        meter("film-1", ["anna", "ben"], 9, 212, wave(0, 0, 0, 2, 5, 7, 9, 9, 8, 9, 9, 9), [0, 0, 31, 64, 117]),
        meter("carl", ["carl"], 9, 301, wave(3, 6, 9, 9, 9, 7, 6, 9, 9, 9, 8, 9), [12, 40, 88, 93, 68]),
        meter("dora", ["dora"], 0, 500, wave(9, 9, 9, 8, 4, 0, 0, 0, 0, 0, 0, 0), [60, 120, 170, 150, 0]),
        meter("eva", ["eva"], 7, 88, wave(0, 0, 1, 2, 3, 3, 4, 4, 5, 6, 6, 7), [0, 4, 9, 20, 55]),
        meter("finn", ["finn"], 0, 0, wave(0), [0, 0, 0, 0, 0]),
        meter("gus", ["gus"], 0, 0, wave(0), [0, 0, 0, 0, 0]),
    ],
    "together": [],
}  # fmt: skip

TESTED: Json = {
    "keys": [
        {"name": "anna", "masked": "…9fKe", "quota_project": "film-1", "verdict": "known",
         "message": "known to the provider", "cure": ""},
        {"name": "ben", "masked": "…Tq0a", "quota_project": "film-1", "verdict": "known",
         "message": "known to the provider", "cure": ""},
        {"name": "finn", "masked": "…x7Qp", "quota_project": "finn", "verdict": "invalid",
         "message": "the provider says it is not valid", "cure": "shotmill keys add NAME --replace"},
    ]
}  # fmt: skip


def other(identity: str, title: str, path: str, done: int, total: int, **run: Any) -> Json:
    status = night_train()["status"]
    styles = {"ink": {"total": total, "done": done}}
    told = {**status["run"], "images": {"done": done, "total": total}, **run}
    return {**status, "project": {"id": identity, "path": path, "title": title}, "run": told, "styles": styles,
            "for_you": []}  # fmt: skip


def projects() -> Json:
    status = night_train()["status"]
    here = {**status, "project": {"id": "p1", "path": "/home/mia/night-train", "title": "Night train"}}
    return {
        "projects": [
            here,
            other("p2", "Quiet harbour", "/home/mia/films/quiet-harbour", 412, 1580, state="waiting", ends_at=None,
                  waiting_until="2026-11-24T09:00:00Z", spent_usd=13.84, budget_usd=60.0),
            other("p3", "The lamplighter’s daughter", "/home/mia/lamplighter", 240, 240, state="finished",
                  spent_usd=8.06, in_doubt_usd=0.07, budget_usd=None, ends_at=None),
            other("p4", "Trailer", "/home/mia/trailer", 12, 36, state="stopped", reason="budget", spent_usd=0.4,
                  budget_usd=0.4, ends_at=None),
        ]
    }  # fmt: skip


def fresh_project() -> Json:
    """A project that was never drawn, but for 20 images that were there."""
    picture = night_train()
    marks = "====" + "." * 56
    styles = []
    for number, name in enumerate(("illustration", "clear", "consistent")):
        states = marks if number == 0 else "========" + "." * 52
        shots = [{"shot": shot, "beats": [f"{shot}.{beat}" for beat in range(1, 7)],
                  "states": states[6 * shot - 6 : 6 * shot]} for shot in range(1, 11)]  # fmt: skip
        styles.append({"name": name, "quota": [], "shots": shots})
    run = {"state": "idle", "id": None, "eta_s": 420.0, "spent_usd": 0.0, "in_doubt_usd": 0.0, "budget_usd": None,
           "images": {"done": 20, "total": 180}, "cost_left_usd": 5.38, "agreed_usd": 0.0}  # fmt: skip
    told = {name: {"state": "idle"} for name in ("illustration", "clear", "consistent")}
    status = {**picture["status"], "run": run, "styles": told, "for_you": []}
    return {**picture, "status": status, "styles": styles, "quota": [], "keys": [], "log": [], "pace": {}}
