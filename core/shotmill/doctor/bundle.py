"""What to send when asking for help: one file, gathered without secrets, and searched for them before it is written."""

from __future__ import annotations

import io
import json
import platform
import statistics
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shotmill
from shotmill.doctor.check import Check, Surroundings
from shotmill.doctor.examine import worst_first
from shotmill.doctor.leaks import find_leak
from shotmill.doctor.machine import versions
from shotmill.doctor.origins import FROM_FILES, taken_out
from shotmill.doctor.record import last_lines
from shotmill.doctor.status import status_of
from shotmill.doctor.withheld import (
    all_without_prompts,
    settings_without_hooks,
    settings_without_prompts,
    without_prompts,
)
from shotmill.errors import ShotmillError, UsageError
from shotmill.secrets import redact
from shotmill.settings.private_file import write_new
from shotmill.takes.layout import Layout
from shotmill.untrusted import printable, printable_lines

LOG_LINES, DAEMON_LINES = 400, 200


class BundleRefused(UsageError):  # noqa: N818 - reads as what happened
    """A bundle that would hold a secret; nothing was written."""

    code = "bundle_secret"


def gather(around: Surroundings, checks: Sequence[Check], now: float, *, with_prompts: bool = False) -> dict[str, str]:
    """The parts of a bundle by their names. Every known key and everything shaped like one is taken out already, and
    unless they are asked for the words of prompts that messages repeat.
    """
    texts, values = (without_prompts, all_without_prompts) if not with_prompts else (_as_it_is, _as_it_is)
    checks = [Check.from_json(values(check.to_json())) for check in checks]
    parts = {
        "report.txt": _report(around, checks, now),
        "checks.json": _json([check.to_json() for check in worst_first(checks)]),
        "keys.json": _json(_key_counts(around)),
        "daemon.log": texts(_tail(around.folders.daemon_log, DAEMON_LINES)),
        "client.log": texts(_tail(around.folders.client_log, DAEMON_LINES)),
        "config.toml": _config(around.folders.config_file),
    }
    if around.root is not None:
        log = last_lines(Layout(around.root).log)[-LOG_LINES:]
        parts |= {
            "status.json": _json(values(_status(around))),
            "timings.json": _json(timings(log)),
            "log.txt": "\n".join(json.dumps(values(line), ensure_ascii=False) for line in log),
            "shotmill.toml": _settings(around.root / "shotmill.toml", with_prompts=with_prompts),
        }
        if with_prompts:
            parts |= _prompts(around.root)
    return {name: _without_home(redact(text), around.environ) for name, text in parts.items() if text}


def write_bundle(path: Path, parts: Mapping[str, str], around: Surroundings) -> None:
    """Search the parts for secrets, then write them: a text where `path` ends with .txt, else a zip.

    Raises `BundleRefused` that names the part and the line, and `UsageError` for a file that is there or can't be.
    """
    for name in sorted(parts, key=lambda name: name not in FROM_FILES):  # where a leak is from comes before its copies
        leak = find_leak(parts[name], around)
        if leak is not None:
            raise BundleRefused(
                f"Nothing was written: {name} holds {leak.what} in line {leak.line}.",
                cure=taken_out(name, parts[name], around),
            )
    content = _as_text(parts) if path.suffix == ".txt" else _as_zip(parts)
    try:
        if isinstance(content, str):
            write_new(path, content, 0o600)
        else:
            with path.open("xb") as file:
                path.chmod(0o600)
                file.write(content)
    except FileExistsError:
        raise UsageError(f"{path} is there already", cure="Give another name") from None
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}", cure="Give another folder") from error


def timings(log: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How long images took and how often what came of requests, from lines of the log."""
    seconds = sorted(float(line["seconds"]) for line in log if line.get("event") == "done" and line.get("seconds"))
    events: dict[str, int] = {}
    for line in log:
        event = str(line.get("event") or "note")
        events[event] = events.get(event, 0) + 1
    found: dict[str, Any] = {"events": events, "images": len(seconds)}
    if seconds:
        found |= {"median_s": round(statistics.median(seconds), 1), "longest_s": round(seconds[-1], 1)}
    return found


def _report(around: Surroundings, checks: Sequence[Check], now: float) -> str:
    lines = [
        f"Shotmill {shotmill.__version__}, {time.strftime('%Y-%m-%d %H:%M:%S %z', time.localtime(now))}",
        f"Python {platform.python_version()}, {platform.platform()}",
        ", ".join(f"{name} {version or 'missing'}" for name, version in versions().items()),
        f"terminal {around.environ.get('TERM', '')} {around.environ.get('COLORTERM', '')}".rstrip(),
        "",
    ]
    for check in worst_first(checks):
        lines.append(f"{check.verdict.value:<7} {check.title}: {check.fact}")
        if check.cure and check.verdict != "fine":
            lines.append(f"        -> {check.cure}")
    return "\n".join(lines) + "\n"


def _key_counts(around: Surroundings) -> dict[str, Any]:
    """Counts and limits; neither names nor the last four characters are needed to help."""
    from shotmill.settings.keys import load_keys

    try:
        ring = load_keys(around.folders, around.environ)
    except ShotmillError as fault:
        return {"unreadable": fault.message}
    projects: dict[str, list[Any]] = {}
    for key in ring.keys:
        projects.setdefault(key.quota_project, []).append([key.rpm, key.rpd])
    return {
        "keys": len(ring.keys),
        "unusable": [each.reason for each in ring.unusable],
        "same_secret_twice": len(ring.shared),
        "quota_projects": [{"keys": len(limits), "limits": limits} for limits in projects.values()],
        "allowed_endpoints": len(ring.base_urls),
    }


def _status(around: Surroundings) -> dict[str, Any]:
    try:
        return status_of(around)
    except ShotmillError as fault:
        return {"error": fault.message}


def _settings(path: Path, *, with_prompts: bool) -> str:
    text = _read(path)
    return text if with_prompts else settings_without_prompts(text)


def _config(path: Path) -> str:
    """The user's settings. A hook's command line may hold anything, so that part stays out."""
    return settings_without_hooks(_read(path))


def _prompts(root: Path) -> dict[str, str]:
    files = sorted((root / "prompts").glob("prompts-*")) if (root / "prompts").is_dir() else []
    return {f"prompts/{printable(path.name, 80)}": _read(path) for path in files}


def _tail(path: Path, lines: int) -> str:
    return "\n".join(printable_lines(_read(path)[-200_000:])[-lines:])


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _as_it_is(value: Any) -> Any:
    return value


def _without_home(text: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME", "").rstrip("/")
    return text.replace(home + "/", "~/") if len(home) > 1 else text


def _as_text(parts: Mapping[str, str]) -> str:
    return "\n".join(f"===== {name} =====\n{text.rstrip()}\n" for name, text in parts.items())


def _as_zip(parts: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in parts.items():
            bundle.writestr(name, text)
    return out.getvalue()
