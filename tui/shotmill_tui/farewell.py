"""What the shell says after the screen closed: what goes on, how far it is, how to come back."""

from __future__ import annotations

from datetime import tzinfo

from shotmill.client.link import LinkState
from shotmill_tui.model import words
from shotmill_tui.model.sentence import tell
from shotmill_tui.model.view import View

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
) -> str:
    """Lines for standard output. `keeps_after_logout`: the command that lets the daemon outlive it, or none. `project`:
    how commands name it from where the shell stands, as `cli.place.named_from` has it."""
    name = f" {project}" if project else ""
    if view is None:
        return f"{tell(view, link, now, zone).long}\nBack: shotmill{name}    Start: shotmill start{name}"
    run = view.run
    how_far = f"{words.thousands(view.done)} of {words.thousands(view.total)}"
    money = run.money
    active = run.state in ("running", "waiting", "stopping") and not gone
    if not active:
        word = "The daemon is gone" if gone else tell(view, link, now, zone).word.capitalize()
        return f"{view.title}: {how_far}, {money}. {word}.\n{_ways(name, 'Start: shotmill start')}"
    ends = f", ends about {words.moment(run.ends_at, now, zone)}" if run.ends_at and run.state != "stopping" else ""
    verb = "stops after the images in flight" if run.state == "stopping" else "goes on"
    lines = [f"{view.title} {verb}: {how_far}{ends}, {money}.", _ways(name, "Stop: shotmill stop")]
    if keeps_after_logout:
        lines.append(LOGOUT_ENDS_IT + keeps_after_logout)
    return "\n".join(lines)


def _ways(name: str, other: str) -> str:
    return f"Back: shotmill{name}    {other}{name}    How far: shotmill status{name}"
