"""Which beats a run is for, as `start` and `estimate` take it; and a word on its model before anything is sent."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path
    from typing import Any


def add_choice(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--style", action="append", default=[], metavar="S", help="only this style (may be given again)")
    add("--shot", action="append", default=[], type=int, metavar="N", help="only this shot (may be given again)")
    add("--beat", action="append", default=[], metavar="B", help="only this beat (may be given again)")
    add("--limit", type=int, metavar="N", help="at most N beats in each style")
    add("--retry-failed", action="store_true", help="failed and blocked beats get fresh attempts")
    add("--stale", action="store_true", help="draw again what is stale")


def choice(asked: Namespace) -> dict[str, Any]:
    """These options as the body of a start request has them."""
    return {
        "styles": asked.style,
        "shots": asked.shot,
        "beats": asked.beat,
        "limit": asked.limit,
        "retry_failed": asked.retry_failed,
        "stale": asked.stale,
    }


def doubtful_model(root: Path) -> list[str]:
    """What to say where the project's model is none that is known. It may be newer than this version: no refusal."""
    from shotmill.errors import ShotmillError
    from shotmill.settings.models import find_model, unknown_model
    from shotmill.settings.project import load_project_settings

    try:
        name = load_project_settings(root).gemini.model
    except ShotmillError:
        return []  # the command itself tells what is wrong there
    if find_model(name) is not None:
        return []
    said, cure = unknown_model(name)
    return [f"look: {said}", f"  → {cure}"]
