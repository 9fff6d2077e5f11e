"""Why an action can't be used now: empty where it can. Keys that a reason names stand in braces by their action."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.client.link import Connecting, DaemonGone, LinkState, OtherVersion
from shotmill_tui.model.view import View


@dataclass(frozen=True, slots=True)
class Context:
    """What decides whether an action can be used now. `mark` is the plain mark under the cursor, "" without one;
    `held` whether the log stands still, `table` whether the floor shows all styles one line each, `alone` whether
    one panel has the screen without being zoomed, `thing` what kind of thing the cursor of a list is on, "" for
    nothing; `sifted` whether not all of the log is shown, `searched` whether something is searched for in it."""

    screen: str
    view: View | None
    link: LinkState
    mark: str = ""
    held: bool = False
    table: bool = False
    alone: bool = False
    thing: str = ""
    sifted: bool = False
    searched: bool = False

    @property
    def state(self) -> str:
        return self.view.run.state if self.view else ""


NO_PICTURE = "There is no picture yet"
NO_ANSWER = "The daemon has not answered yet"
UNTIL_THE_PICTURE = frozenset({NO_PICTURE, NO_ANSWER})
"""Reasons that the first picture ends."""


def always(context: Context) -> str:
    return ""


def picture(context: Context) -> str:
    return "" if context.view else NO_PICTURE


def styles(context: Context) -> str:
    return picture(context) or ("" if context.view and context.view.styles else "There is no style here yet")


def commands(context: Context) -> str:
    """What every action needs that changes something."""
    if isinstance(context.link, OtherVersion):
        return "This screen and the daemon are of different versions: look only"
    if isinstance(context.link, Connecting) or context.view is None:
        return NO_ANSWER
    return (
        "Nothing is being drawn: the daemon is gone, {start} starts it again"
        if isinstance(context.link, DaemonGone)
        else ""
    )


def start(context: Context) -> str:
    if isinstance(context.link, DaemonGone):
        return ""
    if reason := commands(context):
        return reason
    if context.state in ("running", "waiting"):
        return "It is running: {stop} stops after the images in flight"
    view = context.view
    if context.state != "stopping" and view is not None and not view.to_do:
        return "Nothing is left to draw" + (": {retry} tries the failed ones again" if _failed(view) else "")
    return ""


def stop(context: Context) -> str:
    if reason := commands(context):
        return reason
    return "" if context.state in ("running", "waiting", "stopping") else "Nothing is running"


def _failed(view: View) -> int:
    return sum(style.counts.get("x", 0) + style.counts.get("#", 0) for style in view.styles)


def retry(context: Context) -> str:
    if reason := commands(context):
        return reason
    if context.state in ("running", "waiting", "stopping"):
        return "Failed beats are tried again by a new start: {stop} stops this one first"
    return "" if context.view and _failed(context.view) else "No beat has failed"


def for_you(context: Context) -> str:
    return picture(context) or ("" if context.view and context.view.for_you else "Nothing waits for you")


def tried_again(context: Context) -> str:
    """What is tried again here: `checks`, `keys`, a `doubt`, a paused `style`, else what of a run `rests` till a person
    mends it (not on a beat's screen, where the key is for its doubt); nothing where there is none."""
    if context.screen in ("diagnostics", "keys"):
        return "checks" if context.screen == "diagnostics" else "keys"
    if context.mark == "?":
        return "doubt"
    if context.view is None or context.state not in ("running", "waiting"):
        return ""
    if any(style.state == "paused" for style in context.view.styles):
        return "style"
    return "rests" if context.screen != "beat" and _a_person_helps(context.view) else ""


def _a_person_helps(view: View) -> bool:
    """Whether keys wait for a person, or a style for a day's end that comes sooner where a limit was raised."""
    return any(one.kind == "key" for one in view.for_you) or any(one.code == "day_quota" for one in view.styles)


def again(context: Context) -> str:
    what = tried_again(context)
    if what in ("checks", "keys"):
        return ""
    if reason := commands(context):
        return reason
    beat = "this beat is not" if context.screen == "beat" else "the cursor is on no beat"
    return "" if what else f"No style is paused or waits for you, and {beat} in doubt"


def in_doubt(context: Context) -> str:
    return commands(context) or ("" if context.mark == "?" else "The cursor is on no beat in doubt: {next} finds one")


def own_key(context: Context) -> str:
    """Only keys of the user's own file can be changed."""
    if context.thing == "environment":
        return "This key comes from the environment: change it where you start Shotmill"
    if context.thing == "emulator":
        return "This is a key of the emulator's own: yours are not touched here"
    return "" if context.thing else "There is no key here yet: {add_key} adds one"


def opened(context: Context) -> str:
    if context.screen == "keys":
        return own_key(context)
    return on_beat(context)


def on_beat(context: Context) -> str:
    if context.screen == "floor" and not context.table:
        return picture(context) or ("" if context.mark else "Move to a beat first: arrows, or {next}")
    return ""


def back(context: Context) -> str:
    if context.screen != "floor" or context.mark or context.held or context.sifted or context.searched:
        return ""
    return "This is the mill floor: {detach} leaves it" + (", the run goes on" if goes_on(context) else "")


def goes_on(context: Context) -> bool:
    """Whether anything is drawn when this screen is closed, as far as it is known."""
    return context.state in ("running", "waiting", "stopping") and not isinstance(context.link, DaemonGone)


def zoom(context: Context) -> str:
    alone = context.alone and not context.table
    return styles(context) or ("One panel has the whole screen already: 1 to 9 open another" if alone else "")


def held(context: Context) -> str:
    return "" if context.held else "It follows already"


def searched(context: Context) -> str:
    return picture(context) or ("" if context.searched else "Nothing is searched for: {find} and a word")
