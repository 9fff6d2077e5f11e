"""What the terminal is told beside the picture: the bell, a message while nobody looks, the title, a bar in the tab.

Sequences are sent only where they are known to be understood: some terminals print what they don't know, and iTerm2
took the bar (OSC 9;4) for a message until 3.6.6.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from shotmill.settings.config import Notify
from shotmill.untrusted import printable
from shotmill_tui.bell import Bell
from shotmill_tui.envelope import inside_tmux, outer_terminal, wrapped
from shotmill_tui.model.view import View

# Which terminal shows which message, looked up 2026-11:
#   OSC 99   sw.kovidgoyal.net/kitty/desktop-notifications
#   OSC 9    iTerm2's; ghostty.org/docs/vt/osc/conemu ("a Show Desktop Notification sequence is assumed"); WezTerm and
#            Warp by the crate oxicode-cli and terminfo.dev/extensions/notifications-osc-9
#   OSC 777  urxvt's; foot's table of sequences ("only the ;notify sub-command"); contour by the crate cellix-term.
#            VTE takes it since 0.46 and shows it as Fedora patches it, else does nothing (BuildStream commit fc3cff95)
# Windows Terminal had none of them when this was written (microsoft/terminal, pull 20012): the bell has to do.
_MESSAGES = (("osc99", ("kitty",)), ("osc9", ("iterm", "wezterm", "ghostty", "warp")),
             ("osc777", ("foot", "rxvt", "vte", "contour")))  # fmt: skip
# The bar: ConEmu's (conemu.github.io/en/AnsiEscapeCodes.html); Windows Terminal by systemd commit 1322af50; Konsole by
# its merge request 1054; ghostty.org/docs/vt/osc/conemu; WezTerm, mintty and iTerm2 from 3.6.6 on by
# terminfo.dev/extensions/osc9-progress-bar.
_BARS = ("ghostty", "wezterm", "windows-terminal", "conemu", "mintty", "konsole")
_ITERM_BAR = (3, 6, 6)
_ITERM_VERSION = re.compile(r"iterm2? (\d+(?:\.\d+)*)")
_NO_TITLE = ("linux", "dumb", "")
_STATES = {"waiting": 4, "stopping": 4, "stopped": 2, "interrupted": 2}


class Announcer:
    """Writes to the terminal by `write` and rings by `ring`, and only for what changed. `begin` and `end` frame it: the
    title that was there comes back."""

    def __init__(
        self, write: Callable[[str], None], ring: Callable[[], None], wanted: Notify, environ: Mapping[str, str]
    ) -> None:
        self._write, self._ring, self._wanted, self._environ = write, ring, wanted, environ
        self._bell = Bell()
        self._title, self._bar = "", ""
        self._outer: str | None = None
        self._begun = False

    @property
    def knows_terminal(self) -> bool:
        return self._outer is not None

    def ask_terminal(self) -> str:
        """Which terminal it is; blocks for a moment inside tmux."""
        return outer_terminal(self._environ)

    def begin(self, outer: str) -> None:
        self._outer = outer.casefold()
        if self._has_title and not self._begun:
            self._begun = True
            self._write("\x1b[22;2t")

    def begin_again(self) -> None:
        """Back from a suspension."""
        if self._outer is not None:
            self.begin(self._outer)

    def end(self) -> None:
        """The title as it was, and no bar."""
        if self._bar:
            self._bar = ""
            self._write(wrapped("\x1b]9;4;0\x07", self._environ))
        if self._begun:
            self._begun, self._title = False, ""
            self._write("\x1b]2;\x07\x1b[23;2t")

    def forget(self) -> None:
        """Another project: its first picture is no news."""
        self._bell = Bell()

    def tell(self, view: View, *, looked_at: bool) -> None:
        """After every change of the picture."""
        news = self._bell.news(view)
        if news and self._wanted.bell:
            self._ring()
        if news and not looked_at and (message := self.message(news[0])):
            self._write(message)
        if self._outer is not None:
            self._name(view)

    def _name(self, view: View) -> None:
        title = f"{view.done}/{view.total} {printable(view.title, 60)}"
        if self._begun and title != self._title:
            self._title = title
            self._write(f"\x1b]2;{title}\x07")
        bar = bar_of(view) if self._wanted.progress and shows_bar(self._outer or "", self._environ) else ""
        if bar != self._bar:
            self._bar = bar
            self._write(wrapped(f"\x1b]9;4;{bar or 0}\x07", self._environ))

    def explained(self) -> str:
        """How a message gets to the desktop, and why so; empty before the terminal is known."""
        if self._outer is None:
            return ""
        terminal = printable(self._outer, 60).strip() or "this terminal"
        by_hand: str = self._wanted.desktop
        if by_hand != "auto":
            return f"{_NAMES.get(by_hand, 'none')}, as notify.desktop in config.toml says; here is {terminal}"
        kind = protocol_of(self._outer)
        if kind == "off":
            return f"only the bell: {terminal} is not known to show any; notify.desktop in config.toml can choose one"
        through = ", through tmux where allow-passthrough is on" if inside_tmux(self._environ) else ""
        return f"{_NAMES[kind]}, which {terminal} shows{through}"

    @property
    def _has_title(self) -> bool:
        return self._wanted.title and self._environ.get("TERM", "") not in _NO_TITLE

    def message(self, text: str) -> str:
        """The sequence that shows `text` on the desktop of whoever sits there; empty where none is known."""
        kind: str = self._wanted.desktop
        if kind == "auto":
            kind = protocol_of(self._outer or "")
        said = printable(text, 200).replace(";", ",")  # the protocols part their fields by it
        forms = {
            "osc9": f"\x1b]9;{said}\x07",
            "osc99": f"\x1b]99;i=shotmill:d=1:o=unfocused;{said}\x1b\\",
            "osc777": f"\x1b]777;notify;Shotmill;{said}\x07",
        }
        return wrapped(forms[kind], self._environ) if kind in forms else ""


_NAMES = {"osc9": "OSC 9", "osc99": "OSC 99", "osc777": "OSC 777"}


def protocol_of(outer: str) -> str:
    """Which kind of message a terminal shows, by its name; `off` where it is not known to show any."""
    return next((kind for kind, names in _MESSAGES if any(name in outer for name in names)), "off")


def shows_bar(outer: str, environ: Mapping[str, str]) -> bool:
    if "iterm" in outer:
        told = _ITERM_VERSION.search(outer)
        of_environment = environ.get("LC_TERMINAL_VERSION") or environ.get("TERM_PROGRAM_VERSION") or ""
        version = told[1] if told else "" if inside_tmux(environ) else of_environment
        return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= _ITERM_BAR
    return any(name in outer for name in _BARS)


def bar_of(view: View) -> str:
    """`state;percent`; nothing before a run and behind its good end."""
    state = view.run.state
    if state in ("idle", "finished") or not view.total:
        return ""
    return f"{_STATES.get(state, 1)};{100 * view.done // view.total}"
