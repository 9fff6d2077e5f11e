"""Checks that only the daemon can make: what it holds in memory, and how it was started."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shotmill.daemon.life import Life
    from shotmill.daemon.workshop import Workshop
    from shotmill.engine.project import OpenProject

SLOW_LOOP_MS = 150.0


def daemon_checks(workshop: Workshop, life: Life, project: OpenProject | None) -> list[dict[str, Any]]:
    """Verdicts as docs/api.md has them: fine, look, broken."""
    described = life.describe()
    lag = described["loop_lag_ms"]["max"]
    checks = [
        _check(
            "loop",
            "Event loop",
            "look" if lag > SLOW_LOOP_MS else "fine",
            f"answers within {lag:.0f} ms",
            "the machine is busy; fewer images at once: [limits] in_flight in shotmill.toml"
            if lag > SLOW_LOOP_MS
            else "",
        ),
    ]
    if project is not None:
        checks += _key_checks(workshop, project)
        if project.disk_trouble:
            checks.append(_check("disk", "Disk", "broken", project.disk_trouble, "make room, or mend the folder"))
    return checks


def _key_checks(workshop: Workshop, project: OpenProject) -> list[dict[str, Any]]:
    checks = []
    for key in workshop.view(project).key_list():
        bad = key["state"] in ("invalid", "no_quota")
        known = {"ready": "draws", "untested": "not tried yet: shows at the first image"}
        fact = key["reason"] or known.get(key["state"], key["state"])
        title = f"Key {key['name']}"
        verdict = "broken" if bad else "look" if key["state"] in ("cooling", "exhausted") else "fine"
        checks.append(_check(f"key.{key['name']}", title, verdict, fact, key["cure"] if bad else ""))
    return checks


def _check(identity: str, title: str, verdict: str, fact: str, cure: str = "") -> dict[str, Any]:
    return {"id": identity, "title": title, "verdict": verdict, "fact": fact, "cure": cure, "more": ""}
