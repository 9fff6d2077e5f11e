"""Settings and keys: whether they can be read, which keys can be used, where requests go and to which model."""

from __future__ import annotations

import time

from shotmill.doctor.check import Check, Surroundings, Test, Verdict, broken, fine, look


def check_keys(around: Surroundings) -> list[Check]:
    from shotmill.settings.keys import load_keys

    ring = load_keys(around.folders, around.environ)
    checks = [
        Check(f"key.{key.name}", f"Key {key.name}", Verdict.BROKEN, key.reason, key.cure) for key in ring.unusable
    ]
    notes = [
        Check(f"keys.{number}", "Keys", Verdict.LOOK, note, "shotmill keys list")
        for number, note in enumerate(ring.notes)
    ]
    if ring.keys:
        projects = len({key.quota_project for key in ring.keys})
        said = f"{len(ring.keys)} of {projects} quota project{'s' if projects != 1 else ''}"
        return [*checks, *notes, *fine("keys", "Keys", said, more=", ".join(key.name for key in ring.keys))]
    if _on_emulator(around):
        return [*checks, *fine("keys", "Keys", "the emulator brings its own")]
    return [*checks, *broken("keys", "Keys", "no usable key is on this machine", "shotmill keys add NAME")]


def check_settings(around: Surroundings) -> list[Check]:
    from shotmill.settings.project import load_project_settings

    assert around.root is not None  # noqa: S101 - needs_project
    settings = load_project_settings(around.root)
    if not (around.root / "shotmill.toml").exists():
        return fine("settings", "Settings", "no shotmill.toml: defaults and what is found")
    return fine("settings", "Settings", f"shotmill.toml of {settings.title} is in order")


def check_endpoint(around: Surroundings) -> list[Check]:
    from shotmill.settings.endpoint import resolve_endpoint
    from shotmill.settings.keys import load_keys
    from shotmill.settings.project import load_project_settings

    assert around.root is not None  # noqa: S101 - needs_project
    base_url = load_project_settings(around.root).gemini.base_url
    allowed = load_keys(around.folders, around.environ).base_urls if base_url else ()
    endpoint = resolve_endpoint(base_url, allowed)
    return fine("endpoint", "Endpoint", endpoint.host, more=endpoint.url)


def check_model(around: Surroundings) -> list[Check]:
    from shotmill.settings.models import find_model
    from shotmill.settings.project import load_project_settings

    assert around.root is not None  # noqa: S101 - needs_project
    name = load_project_settings(around.root).gemini.model
    model = find_model(name)
    if model is None:
        return look("model", "Model", f"{name}: no price is known for it", "See shotmill.toml: [gemini] model")
    return judged_end(name, model.shut.isoformat() if model.shut else "", time.strftime("%Y-%m-%d"), model.replacement)


def judged_end(name: str, ends: str, today: str, instead: str = "") -> list[Check]:
    """`ends` and `today` are dates as `2026-11-23`; empty where no end is announced."""
    cure = f'In shotmill.toml, [gemini]: model = "{instead}"' if instead else "Choose another: [gemini] model"
    if ends and ends <= today:
        return broken("model", "Model", f"{name} was shut down on {ends}", cure)
    if ends:
        return look("model", "Model", f"{name} will be shut down on {ends}", cure)
    return fine("model", "Model", name)


def _on_emulator(around: Surroundings) -> bool:
    from shotmill.errors import ShotmillError
    from shotmill.settings.project import load_project_settings

    try:
        return around.root is not None and load_project_settings(around.root).gemini.base_url == "emulator"
    except ShotmillError:
        return False


TESTS = (
    Test("settings", "Settings", check_settings, needs_project=True),
    Test("keys", "Keys", check_keys),
    Test("endpoint", "Endpoint", check_endpoint, needs_project=True),
    Test("model", "Model", check_model, needs_project=True),
)
