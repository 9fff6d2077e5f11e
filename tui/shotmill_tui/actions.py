"""Every action of the screens, once: keys, footer, help, the palette and the README's table are made from this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shotmill_tui import reasons as why
from shotmill_tui.model.hints import Keys
from shotmill_tui.model.words import listed
from shotmill_tui.reasons import Context

Why = Callable[[Context], str]


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` as Textual names them, `shown` as people do. `why_not` gives the reason when it can't be used, else "".

    `screens` are those where it means something (none: all of them); `footer` those where the footer offers it,
    `spare` those where it does so in what room is left.
    """

    id: str
    keys: tuple[str, ...]
    shown: str
    label: str
    help: str
    group: str
    why_not: Why
    screens: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()

    def reason(self, context: Context) -> str:
        """Why not now; empty when it can be used."""
        if places := self.elsewhere(context):
            return f"Not here: {self.shown} ({self.label}) is for {places}"
        return self.why_not(context)

    def elsewhere(self, context: Context) -> str:
        """Where it means something, when it does not here; else empty."""
        if not self.screens or context.screen in self.screens:
            return ""
        if len(self.screens) > MOST_NAMED:
            return _PLACES[self.screens[0]] + (" and others" if self.screens[0] != "floor" else "")
        return listed([_PLACES[screen] for screen in self.screens])


MOST_NAMED = 3
_PLACES = {"floor": "the mill floor", "log": "the log ({log})", "keys": "the keys ({keys})", "beat": "a beat",
           "diagnostics": "the diagnostics ({diagnostics})", "shot": "a shot"}  # fmt: skip
_FLOOR, _LOG, _KEYS = ("floor",), ("log",), ("keys",)
_LOGS = ("floor", "log")
_RUN = ("floor", "shot", "beat", "log", "keys", "diagnostics", "themes", "help")  # of all but the list of projects
_SEEN = (*_RUN, "projects")
_ABOVE = ("shot", "beat", "log", "keys", "diagnostics", "themes", "help", "projects")
_TEXT = ("log", "diagnostics", "beat", "help", "keys", "projects")

ACTIONS: tuple[Action, ...] = (
    Action("start", ("s",), "s", "start", "Start, go on, take a stop back; asks at a new price",
           "Run", why.start, _RUN, _FLOOR),
    Action("stop", ("x",), "x", "stop", "Stop after the images in flight", "Run", why.stop, _RUN, _FLOOR),
    Action("stop_now", ("X", "upper_x"), "X", "stop now", "Stop at once; asks, names what is out and perhaps paid",
           "Run", why.stop, _RUN),
    Action("add_key", ("a",), "a", "add", "Store a key: its name, then the key, which stays hidden", "Keys",
           why.always, _KEYS, _KEYS),
    Action("open", ("enter",), "Enter", "open", "What is under the cursor; a new secret for a key",
           "Look", why.opened, ("floor", "shot", "diagnostics", "themes", "keys", "projects"),
           ("shot", "projects", "keys", "themes")),
    Action("again", ("t",), "t", "try again", "Try again: a paused style, a beat in doubt, checks, keys", "Run",
           why.again, _RUN, ("beat", "diagnostics", "keys"), _FLOOR),
    Action("rename_key", ("R", "upper_r"), "R", "rename", "Give a key another name", "Keys", why.own_key, _KEYS,
           _KEYS),
    Action("move_key", ("M", "upper_m"), "M", "move", "Say which cloud project a key belongs to", "Keys",
           why.own_key, _KEYS, _KEYS),
    Action("remove_key", ("D", "upper_d"), "D", "remove", "Take a key out of this machine; asks", "Keys",
           why.own_key, _KEYS, _KEYS),
    Action("leave_out", ("u",), "u", "leave out", "Leave a beat in doubt out", "Run", why.in_doubt, ("floor", "beat"),
           ("beat",), _FLOOR),
    Action("retry", ("r",), "r", "retry failed", "Fresh tries for failed and blocked beats; asks the price", "Run",
           why.retry, _RUN, (), _FLOOR),
    Action("detach", ("d", "q", "ctrl+c"), "d", "detach, run goes on", "Close the screen", "Run", why.always, (),
           _FLOOR),
    Action("next", ("n",), "n", "next for you", "To the next thing that only you can mend", "Look", why.for_you,
           _SEEN, _FLOOR),
    Action("previous", ("N", "upper_n"), "N", "previous for you", "To the one before", "Look", why.for_you, _SEEN),
    Action("follow", ("f",), "f", "follow", "Let the log follow again", "Log", why.held, _LOGS, _LOG),
    Action("find", ("/", "slash"), "/", "find", "Go to a style, a beat, or a line of the log with a word", "Look",
           why.picture, _LOGS, _LOG, _FLOOR),
    Action("filter", ("&", "ampersand"), "&", "filter", "Only log lines with these words; !word leaves lines out",
           "Log", why.picture, _LOGS, _LOG, _FLOOR),
    Action("level", ("L", "upper_l"), "L", "level", "Log: everything, warnings and errors, errors", "Log",
           why.picture, _LOGS, _LOG),
    Action("match", (".", "full_stop"), ".", "next match", "To the next line with what is searched for", "Log",
           why.searched, _LOGS, _LOG),
    Action("match_before", (",", "comma"), ",", "match before", "To the line with it before", "Log", why.searched,
           _LOGS, _LOG),
    Action("wrap", ("w",), "w", "wrap", "Wrap long lines of the log", "Log", why.picture, _LOGS, _LOG),
    Action("copy", ("c",), "c", "copy", "Copy what this screen shows", "Look", why.always, _TEXT,
           ("log", "diagnostics", "beat"), ("keys", "projects", "help")),
    Action("bundle", ("b",), "b", "bundle", "Write a file to ask for help with, with no key in it", "Look",
           why.always, ("diagnostics",), ("diagnostics",)),
    Action("online", ("O", "upper_o"), "O", "ask provider", "Ask the provider too: keys, network, clock; it is free",
           "Look", why.always, ("diagnostics",), ("diagnostics",)),
    Action("back", ("escape",), "Esc", "back", "Back to the floor; away with a question or a filter", "Look",
           why.back, (), _ABOVE),
    Action("diagnostics", ("i",), "i", "diagnostics", "Every check with its cure, broken ones first", "Look",
           why.always, (), _FLOOR, ("keys", "projects", "help")),
    Action("keys", ("k",), "k", "keys", "The keys: what each may do, its quota; add, test, move", "Look", why.always,
           (), ("floor", "diagnostics"), ("beat", "projects", "help")),
    Action("log", ("l",), "l", "log", "The log of all styles", "Log", why.picture, (), _FLOOR,
           ("beat", "shot", "help")),
    Action("all", ("0",), "0", "all styles", "All styles, one line each, and back", "Look", why.styles, _LOGS, _FLOOR,
           _LOG),
    Action("zoom", ("z",), "z", "zoom", "Give a panel the whole screen, and back", "Look", why.zoom, _FLOOR, (),
           _FLOOR),
    Action("projects", ("o",), "o", "projects", "All projects of the daemon; {open} goes to one", "Look", why.always,
           (), (), ("floor", "help")),
    Action("theme", ("v",), "v", "theme", "Choose a theme; it is shown while you choose", "Screen", why.always, (), (),
           ("floor", "help")),
    Action("mouse", ("m",), "m", "mouse", "Mouse on or off; off, text can be selected", "Screen", why.always),
    Action("palette", (":", "colon"), ":", "all", "All actions, by name", "Screen", why.always),
    Action("help", ("?", "question_mark"), "?", "help", "Keys and marks", "Screen", why.always),
)  # fmt: skip

MOVES: tuple[tuple[str, str, str], ...] = (
    ("left", "←", "The beat before"),
    ("right", "→", "The beat after"),
    ("up", "↑", "The shot, line or row above"),
    ("down", "↓", "The shot, line or row below"),
    ("pageup", "PgUp", "Back in the log, a page up"),
    ("pagedown", "PgDn", "On in the log, a page down"),
    ("home", "Home", "To the beginning"),
    ("end", "End", "To the end"),
    ("tab", "Tab", "The next panel"),
    ("shift+tab", "⇧Tab", "The panel before"),
)


def may_name(action: Action, context: Context) -> bool:
    """Whether a sentence about the run may name its key here: it can be used, and does what such a sentence means."""
    if action.reason(context) or action.id == context.screen:
        return False
    return action.id != "again" or why.tried_again(context) in ("style", "rests")


BY_ID = {action.id: action for action in ACTIONS}
USUAL: Keys = {action.id: action.shown for action in ACTIONS}
GROUPS = ("Run", "Look", "Log", "Keys", "Screen")


_SHORT = {"detach": "detach", "next": "for you", "stop": "stop", "all": "all styles",
          "rename_key": "name", "remove_key": "drop"}  # fmt: skip


def hints(context: Context, actions: Sequence[Action] = (), *, spare: bool = False) -> list[tuple[str, str, str]]:
    """The footer's keys: what can be used now on this screen, most needed first; or the `spare` ones."""
    found = [(one, one.spare if spare else one.footer) for one in actions or ACTIONS]
    offered = (one for one, screens in found if one.shown and context.screen in screens)
    usable = (one for one in offered if not one.reason(context))
    return [(one.shown, label := footer_label(one, context), _brief(one, label)) for one in usable]


_TINY = ("stop", "start", "stop_now", "next", "detach")


def tiny_hints(context: Context, actions: Sequence[Action]) -> list[tuple[str, str, str]]:
    """The few keys that a terminal of a few lines names: those that act on the run, what waits for you, and leaving."""
    order = [one for name in _TINY for one in actions if one.id == name and one.shown]
    stopping = context.state == "stopping"
    usable = (one for one in order if not one.reason(context))
    wanted = [one for one in usable if one.id != ("stop" if stopping else "stop_now")]
    return [(one.shown, brief, brief) for one in wanted for brief in [_brief(one, footer_label(one, context))]]


def _brief(action: Action, label: str) -> str:
    return label if label == "leave" else _SHORT.get(action.id, label)


def footer_label(action: Action, context: Context) -> str:
    """Labels that tell more in some states."""
    view = context.view
    if action.id == "stop" and view is not None and context.state == "running" and view.drawing:
        return f"stop after these {view.drawing}" if view.drawing > 1 else "stop after this one"
    if action.id == "detach" and not why.goes_on(context):
        return "leave"
    if action.id == "start" and context.state in ("stopping", "stopped"):
        return "go on"
    if action.id == "find" and context.screen == "log":
        return "search"
    if action.id == "again" and context.screen in ("diagnostics", "keys"):
        return "test again" if context.screen == "diagnostics" else "test"
    if action.id == "open":
        return {"keys": "replace", "themes": "keep"}.get(context.screen, action.label)
    if action.id == "back" and context.screen == "themes":
        return "as before"
    return action.label
