"""Settings and keys: whether they can be read, which keys can be used, where requests go and to which model."""

from __future__ import annotations

import time
from dataclasses import replace

from shotmill.doctor.check import Check, Surroundings, Test, Verdict, broken, fine, look
from shotmill.settings.keys import Key, KeyRing


def check_keys(around: Surroundings) -> list[Check]:
    """How many keys there are, and each that can't be used: a placeholder, a variable that is not set."""
    from shotmill.settings.keys import load_keys

    ring = load_keys(around.folders, around.environ)
    unusable = [
        Check(f"key.{key.name}", f"Key {key.name}", Verdict.BROKEN, key.reason, key.cure) for key in ring.unusable
    ]
    if _on_emulator(around):  # which needs none of them: they are for other projects
        spare = [replace(check, verdict=Verdict.LOOK) for check in unusable]
        return [*spare, *fine("keys", "Keys", "the emulator brings its own")]
    if not ring.keys:
        cure = ring.unusable[0].cure if ring.unusable else "shotmill keys add NAME"
        return [*unusable, *broken("keys", "Keys", "no usable key is on this machine", cure)]
    projects = len({key.quota_project for key in ring.keys})
    count = len({key.fingerprint for key in ring.keys})
    said = f"{count} of {projects} quota project{'s' if projects != 1 else ''}"
    return [*unusable, *_notes(ring), *fine("keys", "Keys", said, more=", ".join(key.name for key in ring.keys))]


def _notes(ring: KeyRing) -> list[Check]:
    """The same secret twice, two accounts for one project: nothing breaks, but it is hardly what was meant."""
    named = {name for names in ring.shared.values() for name in names[1:]}
    cure = f"shotmill keys remove {min(named)}" if named else "shotmill keys list"
    return [Check(f"keys.{number}", "Keys", Verdict.LOOK, note, cure) for number, note in enumerate(ring.notes)]


def check_sharing(around: Surroundings) -> list[Check]:
    """Keys of one cloud project share its quota: how many are said to, so that a wrong word can be seen."""
    from shotmill.settings.keys import load_keys

    groups: dict[str, list[Key]] = {}
    for key in load_keys(around.folders, around.environ).keys:
        groups.setdefault(key.quota_project, []).append(key)
    shared = {name: keys for name, keys in groups.items() if len({key.fingerprint for key in keys}) > 1}
    if not groups or _on_emulator(around):
        return []
    if not shared:
        return fine("sharing", "Shared quota", "each key is counted in a quota project of its own")
    said = "; ".join(f"{_names(keys)} share {name}" for name, keys in shared.items())
    return fine("sharing", "Shared quota", f"{said}: more of them do not draw faster")


def _names(keys: list[Key]) -> str:
    names = [key.name for key in keys]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def check_settings(around: Surroundings) -> list[Check]:
    from shotmill.settings.project import load_project_settings

    settings = load_project_settings(around.project)
    if not (around.project / "shotmill.toml").exists():
        return fine("settings", "Settings", "no shotmill.toml: defaults and what is found")
    return fine("settings", "Settings", f"shotmill.toml of {settings.title} is in order")


def check_named_keys(around: Surroundings) -> list[Check]:
    """Styles that name keys which this machine lacks are drawn with the others, or not at all."""
    from shotmill.settings.keys import known_ones, load_keys
    from shotmill.settings.project import load_project_settings

    if _on_emulator(around):
        return []
    styles = load_project_settings(around.project).styles
    have = [key.name for key in load_keys(around.folders, around.environ).keys]
    checks: list[Check] = []
    for name, style in styles.items():
        lacking = [key for key in style.keys or () if key not in have]
        if lacking:
            said = f"{name} names {', '.join(lacking)}, which this machine has not{known_ones(have)}"
            cure = f"shotmill keys add {lacking[0]}, or take it out of [styles.{name}] keys in shotmill.toml"
            judge = look if set(style.keys or ()) & set(have) else broken
            checks += judge(f"style.{name}.keys", f"Keys of {name}", said, cure)
    return checks


def check_endpoint(around: Surroundings) -> list[Check]:
    from shotmill.settings.endpoint import resolve_endpoint
    from shotmill.settings.keys import load_keys
    from shotmill.settings.project import load_project_settings

    base_url = load_project_settings(around.project).gemini.base_url
    allowed = load_keys(around.folders, around.environ).base_urls if base_url else ()
    endpoint = resolve_endpoint(base_url, allowed)
    return fine("endpoint", "Endpoint", endpoint.host, more=endpoint.url)


def check_model(around: Surroundings) -> list[Check]:
    from shotmill.settings.models import find_model, unknown_model
    from shotmill.settings.project import load_project_settings

    name = load_project_settings(around.project).gemini.model
    model = find_model(name)
    if model is None:
        return look("model", "Model", *unknown_model(name))
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
    Test("settings", "Settings", check_settings, "stuck", "shotmill.toml, line by line", needs_project=True),
    Test("keys", "Keys", check_keys, "stuck", "that there are keys, that none is a placeholder or there twice"),
    Test("sharing", "Shared quota", check_sharing, "slow", "which keys share a cloud project's quota"),
    Test("named", "Keys of a style", check_named_keys, "stuck", "keys that styles name", needs_project=True),
    Test("endpoint", "Endpoint", check_endpoint, "endpoint", "where keys are sent", needs_project=True),
    Test("model", "Model", check_model, "stuck", "whether the model is, or will be, shut down", needs_project=True),
)
