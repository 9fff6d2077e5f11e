"""What the shell says after the screen closed: what goes on, how far it is, how to come back."""

from __future__ import annotations

from datetime import tzinfo

from rich.cells import cell_len

from shotmill.client.link import Connecting, LinkState, Reconnecting, Stale
from shotmill.errors import ShotmillError
from shotmill.untrusted import printable
from shotmill_tui.model import words
from shotmill_tui.model.pieces import wrap_text
from shotmill_tui.model.sentence import tell
from shotmill_tui.model.view import View

UNHEARD = "The daemon has not answered; what it draws goes on without a screen."
LOGOUT_ENDS_IT = "Logging out may end it; this keeps it: "


def farewell(
    view: View | None,
    link: LinkState,
    now: float,
    zone: tzinfo | None,
    keeps_after_logout: str,
    *,
    gone: bool,
    project: str = "",
    room: int = 1000,
    trouble: ShotmillError | None = None,
) -> str:
    """Lines for standard output. `keeps_after_logout`: the command that lets the daemon outlive it, or none. `project`:
    how commands name it from where the shell stands, as `cli.place.named_from` has it; `room` is the terminal's;
    `trouble`: what keeps the project from being opened."""
    name = f" {project}" if project else ""
    if view is None and trouble is not None:
        cure = [f"  → {printable(trouble.cure)}"] if trouble.cure else []
        why = wrap_text(f"This project can't be opened: {printable(trouble.message).rstrip('.')}.", room)
        return "\n".join([*why, *cure, f"Back: shotmill{name}"])
    if view is None:
        if isinstance(link, Connecting | Stale | Reconnecting):
            return f"{UNHEARD}\n{_ways(room, f'Back: shotmill{name}', f'How far: shotmill status{name}')}"
        ways = _ways(room, f"Back: shotmill{name}", f"Start: shotmill start{name}")
        return f"{tell(view, link, now, zone).long}\n{ways}"
    run = view.run
    how_far = f"{words.thousands(view.done)} of {words.thousands(view.total)}"
    money = run.money
    active = run.state in ("running", "waiting", "stopping") and not gone
    if not active:
        word = "The daemon is gone" if gone else tell(view, link, now, zone).word.capitalize()
        said = f"{view.title}: {how_far}, {money}. {word}."
        return "\n".join([*wrap_text(said, room), _all_ways(room, name, "Start: shotmill start")])
    ends = f", ends about {words.moment(run.ends_at, now, zone)}" if run.ends_at and run.state != "stopping" else ""
    verb = "stops after the images in flight" if run.state == "stopping" else "goes on"
    said = f"{view.title} {verb}: {how_far}{ends}, {money}."
    lines = [*wrap_text(said, room), _all_ways(room, name, "Stop: shotmill stop")]
    if keeps_after_logout:
        lines.append(LOGOUT_ENDS_IT + keeps_after_logout)
    return "\n".join(lines)


def _all_ways(room: int, name: str, other: str) -> str:
    return _ways(room, f"Back: shotmill{name}", f"{other}{name}", f"How far: shotmill status{name}")


def _ways(room: int, *commands: str) -> str:
    """Side by side where they fit: a command that a line's end cuts in two can't be copied."""
    beside = "    ".join(commands)
    return beside if cell_len(beside) <= room else "\n".join(commands)
