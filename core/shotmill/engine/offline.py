"""A project's status without a daemon: from its own folder, as `status`, `ps`, `stop` and `logs` need it."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from shotmill.client.lock import is_held
from shotmill.engine.assemble import assemble
from shotmill.engine.clock_watch import ClockWatch
from shotmill.engine.emulated import expected_of
from shotmill.engine.image_bytes import bytes_each, some_takes
from shotmill.engine.purse import Money
from shotmill.engine.status import View
from shotmill.settings.prices import prices_of
from shotmill.settings.project import load_project_settings, references_of
from shotmill.story.discover import find_sources
from shotmill.story.load import load_story
from shotmill.takes.identity import read_id
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord

if TYPE_CHECKING:
    from shotmill.engine.project import OpenProject


DRAWN_ELSEWHERE = "a daemon that can't be asked from here draws it"


def offline_status(root: Path) -> dict[str, Any]:
    """The status object as the folder tells it. Writes nothing, decodes no image; keys are not looked at.

    A run that was under way when the daemon died is `stopped`, reason `interrupted`. Raises `ShotmillError` for
    settings or prompts that can't be read.
    """
    root = root.resolve()
    settings = load_project_settings(root)
    configured = {name: style.prompts for name, style in settings.styles.items()}
    styles = load_story(find_sources(root, configured))
    references = {style.name: references_of(settings.style(style.name), root) for style in styles}
    layout = Layout(root)
    record = ProjectRecord.of(Journal(layout).read())
    board, _ = assemble(layout, styles, settings, references, record)
    out = sum(intent.price_usd for intent in record.open_intents.values())
    closed = SimpleNamespace(
        id=read_id(layout),
        root=root,
        title=settings.title,
        settings=settings,
        styles=styles,
        board=board,
        record=record,
        money=Money(record.spent_usd, record.in_doubt_usd + out),
        expected=expected_of(record, settings, board, references, layout.dot),
        prices=prices_of(settings.gemini.model, settings.gemini.image_size),
        in_the_air={},
        agreed_usd=0.0,
        interruption=None,
        disk=SimpleNamespace(trouble=None),
        clock_watch=ClockWatch(),
        image_bytes=bytes_each(some_takes(record.beats), root, settings.gemini.image_size),
    )
    status = View(cast("OpenProject", closed), None, None, {}, (), time.time()).status()
    status["run"]["eta_s"] = None
    if record.open_intents and _is_drawn_elsewhere(layout):
        _still_out(status, record)
    return status


def _is_drawn_elsewhere(layout: Layout) -> bool:
    """Whether a process holds the project's lock: a daemon of another home, or one whose state folder is gone."""
    try:
        return is_held(layout.dot / "lock")
    except OSError:
        return False


def _still_out(status: dict[str, Any], record: ProjectRecord) -> None:
    """What has no end yet is no doubt while somebody waits for it."""
    run = status["run"]
    for intent in record.open_intents.values():
        counts = status["styles"].get(intent.style)
        if counts is not None and counts["in_doubt"]:
            counts["in_doubt"] -= 1
            counts["in_flight"] += 1
    out = {(intent.style, intent.beat) for intent in record.open_intents.values()}
    status["for_you"] = [entry for entry in status["for_you"] if (entry["style"], entry["beat"]) not in out]
    usd = round(sum(intent.price_usd for intent in record.open_intents.values()), 4)
    run["in_doubt_usd"], run["reserved_usd"] = round(run["in_doubt_usd"] - usd, 4), usd
    if run["reason"] == "interrupted":
        run |= {"state": "running", "reason": DRAWN_ELSEWHERE, "code": "project_locked", "cure": ""}
