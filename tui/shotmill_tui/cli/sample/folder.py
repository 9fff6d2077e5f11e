"""The sample project on disk: made once, found again, never mixed into somebody's own folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from shotmill.errors import NothingRunsError, UsageError
from shotmill.settings.write import write_project_toml
from shotmill.untrusted import printable
from shotmill_tui.cli.sample import film, prompts

EMULATOR_FILE = ".shotmill/emulator.json"
"""How the daemon starts the emulator for this project; it also tells a sample from a project of one's own."""

BUDGET_USD = 10.0


def is_sample(root: Path) -> bool:
    return (root / EMULATOR_FILE).is_file()


def make(root: Path, count: int, speed: float, seed: int) -> None:
    """Write the project into a folder that is new or empty. Raises `UsageError` for one that holds something."""
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(
            f"{printable(str(root))} is there and is no sample project; nothing was changed.",
            cure="Name another folder: shotmill demo DIR",
        )
    making = root.with_name(f".{root.name}.making")
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(making, ignore_errors=True)  # of one that was cut off
        _fill(making, count, speed, seed)
        if root.exists():
            root.rmdir()
        making.rename(root)
    except OSError as fault:
        raise NothingRunsError(
            f"The sample can't be written to {printable(str(root))}: {fault.strerror}.",
            cure="Name another folder: shotmill demo DIR",
        ) from fault


def _fill(root: Path, count: int, speed: float, seed: int) -> None:
    from shotmill_tui.cli.sample.picture import draw

    (root / "prompts").mkdir(parents=True)
    (root / ".shotmill").mkdir()
    for style, look in prompts.LOOKS.items():
        path = root / "prompts" / f"prompts-{style}{look.suffix}"
        path.write_text(prompts.file_text(style, count), encoding="utf-8")
    draw(root / "style_reference.png")
    write_project_toml(root, settings_text())
    write_emulator(root, speed, seed)


def adjust(root: Path, speed: float | None, seed: int | None) -> None:
    """Use what was asked for now, and what stands there for the rest, when the emulator starts the next time."""
    found = _read(root)
    if speed is not None or seed is not None:
        write_emulator(root, found["speed"] if speed is None else speed, found["seed"] if seed is None else seed)


def write_emulator(root: Path, speed: float, seed: int) -> None:
    path = root / EMULATOR_FILE
    fresh = path.with_suffix(".json.tmp")
    fresh.write_text(json.dumps({"speed": speed, "seed": seed}) + "\n", encoding="utf-8")
    fresh.replace(path)


def settings_text() -> str:
    """The sample's `shotmill.toml`."""
    lines = [
        "# A sample project: its images come from an emulator on this machine and cost nothing.",
        "",
        "[project]",
        f'title = "{film.TITLE}"',
        f"budget_usd = {BUDGET_USD}",
        "",
        "[gemini]",
        'base_url = "emulator"',
    ]
    for style, look in prompts.LOOKS.items():
        names = ", ".join(f'"{name}"' for name in look.keys)
        lines += ["", f"[styles.{style}]", f'prompts = "prompts/prompts-{style}{look.suffix}"', f"keys = [{names}]"]
    return "\n".join(lines) + "\n"


def _read(root: Path) -> dict[str, Any]:
    try:
        found = json.loads((root / EMULATOR_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    found = found if isinstance(found, dict) else {}
    return {"speed": found.get("speed", 4.0), "seed": found.get("seed", 0)}
