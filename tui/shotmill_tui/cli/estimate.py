"""`shotmill estimate`: images, price and time to the end, before a cent is spent."""

from __future__ import annotations

import os
import time

from shotmill.untrusted import printable
from shotmill_tui.cli.choice import add_choice, choice, doubtful_model
from shotmill_tui.cli.place import add_project, find_project, folders
from shotmill_tui.cli.talk import Talk
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from shotmill.engine.estimate import RunEstimate


def arguments(parser: ArgumentParser) -> None:
    add_project(parser)
    add_choice(parser)
    parser.add_argument("--json", action="store_true", help="one object, as programs read it")


def run(asked: Namespace, terminal: Terminal) -> int:
    from pathlib import Path

    from shotmill.engine.estimate_project import project_estimate
    from shotmill.engine.selection import Options
    from shotmill.settings.keys import load_keys

    root = find_project(asked.project)
    options = Options.from_json(choice(asked))
    for line in doubtful_model(root):
        terminal.note(line)
    talk = Talk.with_running(root)
    status, others = (talk.status(), talk.others()) if talk is not None else (None, [])
    place = folders()
    keys = load_keys(place, os.environ)
    found = project_estimate(root, keys, Path(place.database), status, time.time(), options, others)
    for hint in found.hints:
        terminal.note(f"look: {printable(hint, 400)}")
    if asked.json:
        terminal.data(
            {
                "images": found.images,
                "by_style": dict(found.by_style),
                "usd": round(found.usd, 4),
                "play_money": found.is_play_money,
                "seconds": None if found.seconds is None else round(found.seconds, 1),
                "pace": found.pace.to_json(),
                "within_budget": found.within_budget,
                "without_key": found.without_key,
                "simulated": found.is_simulated,
                "simulated_images": found.simulated,
                "beside": [{"title": title, "images": images} for title, images in found.beside],
            }
        )
        return 0
    for line in words(found, time.time()):
        terminal.line(line)
    return 0


def words(found: RunEstimate, now: float) -> list[str]:
    """The estimate in a few lines."""
    from shotmill_tui.cli.words import about, moment, number_of, price

    if not found.images:
        return ["Nothing to draw."]
    run = {"play_money": found.is_play_money}
    styles = ", ".join(f"{name} {count}" for name, count in found.by_style.items() if count)
    images = f"{number_of(found.images, 'image')} ({styles})"
    if found.within_budget == 0:
        return [f"{images}; the budget has no room for one."]
    lines = [f"{images}, about {price(found.usd, run)}."]
    if found.seconds is None:
        return [*lines, "When it ends can't be told: no usable key. See shotmill doctor."]
    how = ""
    if not found.is_simulated:
        how = f" The first {found.simulated:,} are simulated, the others are arithmetic."
    lines.append(f"{about(found.seconds)} to the end, {moment(now + found.seconds, now)}, if it starts now.{how}")
    if found.beside:
        others = [f"{printable(title, 80)} ({number_of(count, 'image')} left)" for title, count in found.beside]
        lines.append(f"Counted with it, on the same quotas: {', '.join(others)}.")
    if found.within_budget is not None:
        lines.append(f"The budget ends it before, after about {number_of(found.within_budget, 'image')}.")
    if found.without_key:
        lines.append(f"{number_of(found.without_key, 'image waits', 'images wait')} for a key. See shotmill doctor.")
    return [*lines, *_pace(found, now)]


def _pace(found: RunEstimate, now: float) -> list[str]:
    """What will set it, in the words of the screen and the log, and what would help."""
    from shotmill.engine.pace_words import binds
    from shotmill_tui.cli.words import about, moment

    pace = found.pace
    if pace.limit not in ("minute_quota", "day_quota", "spend", "in_flight", "chain"):
        return []
    lines = [f"Pace: {binds(pace, moment(pace.until, now) if pace.until else '')}."]
    if pace.style and pace.limit != "chain" and sum(1 for images in found.by_style.values() if images) > 1:
        lines[0] += f" The last to end is {printable(pace.style, 80)}."
    if pace.limit == "in_flight":
        lines.append('A higher number, or "auto", would help.')
    if pace.saves_s >= 1:
        lines.append(f"A key of one more cloud project would save {about(pace.saves_s)}.")
    return lines
