"""Every action of the screens, once: keys, footer, help, the palette and the README's table are made from this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


Why = Callable[[Context], str]


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` as Textual names them, `shown` as people do. `why_not` gives the reason when it can't be used, else "".

    `screens` are those where it means something (none: all of them); `footer` those where the footer offers it.
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

    def reason(self, context: Context) -> str:
        """Why not now; empty when it can be used."""
        if self.screens and context.screen not in self.screens:
            return f"{self.shown} ({self.label}) has no use on this screen"
        return self.why_not(context)


def _always(context: Context) -> str:
    return ""


def _picture(context: Context) -> str:
    return "" if context.view else "There is no picture yet"


def _commands(context: Context) -> str:
    """What every action needs that changes something."""
    if isinstance(context.link, OtherVersion):
        return "This screen and the daemon are of different versions: look only"
    if isinstance(context.link, Connecting) or context.view is None:
        return "The daemon has not answered yet"
    return (
        "Nothing is being drawn: the daemon is gone, s starts it again" if isinstance(context.link, DaemonGone) else ""
    )


def _start(context: Context) -> str:
    if isinstance(context.link, DaemonGone):
        return ""
    if reason := _commands(context):
        return reason
    if context.state in ("running", "waiting"):
        return "It is running: x stops after the images in flight"
    view = context.view
    if context.state != "stopping" and view is not None and not view.to_do:
        return "Nothing is left to draw" + (": r tries the failed ones again" if _failed(view) else "")
    return ""


def _stop(context: Context) -> str:
    if reason := _commands(context):
        return reason
    return "" if context.state in ("running", "waiting", "stopping") else "Nothing is running"


def _failed(view: View) -> int:
    return sum(style.counts.get("x", 0) + style.counts.get("#", 0) for style in view.styles)


def _retry(context: Context) -> str:
    if reason := _commands(context):
        return reason
    if context.state in ("running", "waiting", "stopping"):
        return "Failed beats are tried again by a new start: x stops this one first"
    return "" if context.view and _failed(context.view) else "No beat has failed"


def _for_you(context: Context) -> str:
    return _picture(context) or ("" if context.view and context.view.for_you else "Nothing waits for you")


def _again(context: Context) -> str:
    if context.screen in ("diagnostics", "keys"):
        return ""
    if reason := _commands(context):
        return reason
    if context.screen == "beat":
        return "" if context.mark == "?" else "This beat is not in doubt"
    paused = context.view is not None and any(style.state == "paused" for style in context.view.styles)
    return "" if paused or context.mark == "?" else "No style is paused, and the cursor is on no beat in doubt"


def _in_doubt(context: Context) -> str:
    return _commands(context) or ("" if context.mark == "?" else "The cursor is on no beat in doubt: n finds one")


def _own_key(context: Context) -> str:
    """Only keys of the user's own file can be changed."""
    if context.thing == "environment":
        return "This key comes from the environment: change it where you start Shotmill"
    if context.thing == "emulator":
        return "This is a key of the emulator's own: yours are not touched here"
    return "" if context.thing else "There is no key here yet: a adds one"


def _open(context: Context) -> str:
    if context.screen == "keys":
        return _own_key(context)
    return _on_beat(context)


def _on_beat(context: Context) -> str:
    if context.screen == "floor" and not context.table:
        return _picture(context) or ("" if context.mark else "Move to a beat first: arrows, or n")
    return ""


def _back(context: Context) -> str:
    if context.screen != "floor" or context.mark or context.held or context.sifted or context.searched:
        return ""
    return "This is the mill floor: d leaves it" + (", the run goes on" if _goes_on(context) else "")


def _goes_on(context: Context) -> bool:
    """Whether anything is drawn when this screen is closed, as far as it is known."""
    return context.state in ("running", "waiting", "stopping") and not isinstance(context.link, DaemonGone)


def _zoom(context: Context) -> str:
    alone = context.alone and not context.table
    return _picture(context) or ("One panel has the whole screen already: 1 to 9 open another" if alone else "")


def _held(context: Context) -> str:
    return "" if context.held else "It follows already"


def _searched(context: Context) -> str:
    return _picture(context) or ("" if context.searched else "Nothing is searched for: / and a word")


_FLOOR, _LOG, _KEYS = ("floor",), ("log",), ("keys",)
_LOGS = ("floor", "log")
_RUN = ("floor", "shot", "beat", "log", "keys", "diagnostics", "themes", "help")  # of all but the list of projects
_TEXT = ("log", "diagnostics", "beat", "help", "keys")

ACTIONS: tuple[Action, ...] = (
    Action("start", ("s",), "s", "start", "Start, go on, or take a stop back; asks if it costs more than agreed",
           "Run", _start, _RUN, _FLOOR),
    Action("stop", ("x",), "x", "stop", "Stop after the images in flight", "Run", _stop, _RUN, _FLOOR),
    Action("stop_now", ("X", "upper_x"), "X", "stop now", "Stop at once; asks, names what is out and perhaps paid",
           "Run", _stop, _RUN),
    Action("add_key", ("a",), "a", "add", "Store a key: its name, then the key, which stays hidden", "Keys", _always,
           _KEYS, _KEYS),
    Action("open", ("enter",), "Enter", "open", "What is under the cursor: a beat, a project; a new secret for a key",
           "Look", _open,
           ("floor", "shot", "diagnostics", "themes", "keys", "projects"), ("shot", "projects", "keys")),
    Action("again", ("t",), "t", "try again", "Try again: a paused style, a beat in doubt, checks, keys", "Run", _again,
           ("floor", "beat", "diagnostics", "keys"), ("beat", "diagnostics", "keys")),
    Action("rename_key", ("R", "upper_r"), "R", "rename", "Give a key another name", "Keys", _own_key, _KEYS, _KEYS),
    Action("move_key", ("M", "upper_m"), "M", "move", "Say which cloud project a key belongs to", "Keys", _own_key,
           _KEYS, _KEYS),
    Action("remove_key", ("D", "upper_d"), "D", "remove", "Take a key out of this machine; asks", "Keys", _own_key,
           _KEYS, _KEYS),
    Action("leave_out", ("u",), "u", "leave out", "Leave a beat in doubt out", "Run", _in_doubt, ("floor", "beat"),
           ("beat",)),
    Action("retry", ("r",), "r", "retry failed", "Fresh tries for failed and blocked beats; asks the price", "Run",
           _retry, _FLOOR),
    Action("detach", ("d", "q", "ctrl+c"), "d", "detach, run goes on", "Close the screen (also q, Ctrl-C)",
           "Run", _always, (), _FLOOR),
    Action("next", ("n",), "n", "next for you", "To the next thing that only you can mend", "Look", _for_you, _FLOOR,
           _FLOOR),
    Action("previous", ("N", "upper_n"), "N", "previous for you", "To the one before", "Look", _for_you, _FLOOR),
    Action("back", ("escape",), "Esc", "back", "Back to the mill floor; away with a question or a filter", "Look",
           _back, (), ("log", "diagnostics", "beat", "help", "themes", "shot", "keys", "projects")),
    Action("follow", ("f",), "f", "follow", "Let the log follow again", "Log", _held, ("floor", "log"), _LOG),
    Action("diagnostics", ("i",), "i", "diagnostics", "Every check with its cure, broken ones first", "Look", _always,
           (), _FLOOR),
    Action("keys", ("k",), "k", "keys", "The keys: what each may do, its quota; add, test, move", "Look", _always, (),
           ("floor", "diagnostics")),
    Action("projects", ("o",), "o", "projects", "All projects of the daemon; Enter goes to one", "Look", _always, ()),
    Action("log", ("l",), "l", "log", "The log of all styles", "Log", _picture, (), _FLOOR),
    Action("zoom", ("z",), "z", "zoom", "Give a panel the whole screen, and back", "Look", _zoom, _FLOOR),
    Action("all", ("0",), "0", "all styles", "All styles, one line each, and back", "Look", _picture,
           ("floor", "log"), _FLOOR),
    Action("find", ("/", "slash"), "/", "find", "Go to a style, a beat, or a line of the log with a word", "Look",
           _picture, _LOGS, _LOG),
    Action("filter", ("&", "ampersand"), "&", "filter", "Only log lines with these words; !word leaves lines out",
           "Log", _picture, _LOGS, _LOG),
    Action("level", ("L", "upper_l"), "L", "level", "Log: everything, warnings and errors, errors", "Log", _picture,
           _LOGS, _LOG),
    Action("match", (".", "full_stop"), ".", "next match", "To the next line with what is searched for", "Log",
           _searched, _LOGS, _LOG),
    Action("match_before", (",", "comma"), ",", "match before", "To the line with it before", "Log", _searched, _LOGS,
           _LOG),
    Action("wrap", ("w",), "w", "wrap", "Wrap long lines of the log", "Log", _picture, _LOGS, _LOG),
    Action("copy", ("c",), "c", "copy", "Copy what this screen shows", "Look", _always, _TEXT,
           ("log", "diagnostics", "beat")),
    Action("bundle", ("b",), "b", "bundle", "Write a file to send when asking for help, with no key in it", "Look",
           _always, ("diagnostics",), ("diagnostics",)),
    Action("theme", ("v",), "v", "theme", "Choose a theme; it is shown while you choose", "Screen", _always, ()),
    Action("mouse", ("m",), "m", "mouse", "Mouse on or off (off: the terminal selects text)", "Screen", _always, ()),
    Action("palette", (":", "colon"), ":", "all", "All actions, by name", "Screen", _always),
    Action("help", ("?", "question_mark"), "?", "help", "Keys and marks", "Screen", _always),
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

BY_ID = {action.id: action for action in ACTIONS}
GROUPS = ("Run", "Look", "Log", "Keys", "Screen")


_SHORT = {"detach": "detach", "next": "for you", "start": "start", "stop": "stop", "all": "all styles",
          "rename_key": "name", "remove_key": "drop"}  # fmt: skip


def hints(context: Context, actions: Sequence[Action] = ()) -> list[tuple[str, str, str]]:
    """The footer's keys: what can be used now on this screen, most needed first."""
    offered = (one for one in actions or ACTIONS if one.shown and context.screen in one.footer)
    usable = (one for one in offered if not one.reason(context))
    return [(one.shown, label := footer_label(one, context), _brief(one, label)) for one in usable]


def _brief(action: Action, label: str) -> str:
    return label if label == "leave" else _SHORT.get(action.id, label)


def footer_label(action: Action, context: Context) -> str:
    """Labels that tell more in some states."""
    view = context.view
    if action.id == "stop" and view is not None and context.state == "running" and view.drawing:
        return f"stop after these {view.drawing}" if view.drawing > 1 else "stop after this one"
    if action.id == "detach" and not _goes_on(context):
        return "leave"
    if action.id == "start" and context.state in ("stopping", "stopped"):
        return "go on"
    if action.id == "find" and context.screen == "log":
        return "search"
    if action.id == "again" and context.screen in ("diagnostics", "keys"):
        return "test again" if context.screen == "diagnostics" else "test"
    if action.id == "open" and context.screen == "keys":
        return "replace"
    return action.label


def key_table() -> str:
    """The README's table of keys, in Markdown."""
    rows = ["| key | does |", "| --- | --- |"]
    for group in GROUPS:
        rows.extend(f"| `{one.shown}` | {one.help} |" for one in ACTIONS if one.group == group)
    rows.append("| `1`–`9` | Focus a panel, or open a style |")
    rows.extend(f"| `{shown}` | {told} |" for _, shown, told in MOVES)
    return "\n".join(rows) + "\n"
