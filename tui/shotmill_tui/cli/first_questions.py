"""What a first run has to ask a person: keys, which of them share a cloud project, a limit for spending."""

from __future__ import annotations

import math

from shotmill.errors import UsageError
from shotmill.secrets import Secret
from shotmill.settings.placeholders import why_no_key
from shotmill_tui.cli.place import folders
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shotmill.settings.keys import KeyRing

FIRST_PROJECT = "film-1"


def ask_keys(terminal: Terminal, placeholders: Sequence[str] = ()) -> None:
    """Hidden, one after the other, each with a name, first those of placeholders; an empty one ends it."""
    from shotmill.settings.keystore import add

    terminal.note("Keys come from Google AI Studio (https://aistudio.google.com/apikey). They stay on this machine.")
    count = 0
    while True:
        secret = ask_hidden("Paste a key (it stays hidden; Enter goes on): ", terminal)
        if not secret:
            break
        why = why_no_key(Secret(secret))
        if why:
            terminal.note(f"  That can't be a key: {why}. Paste it again.")
            continue
        count += 1
        usual = placeholders[count - 1] if count <= len(placeholders) else f"key-{count}"
        name = _answer(f"A name for it [{usual}]: ", terminal) or usual
        try:
            same = add(folders(), name, Secret(secret))
        except UsageError as fault:
            terminal.error(fault)
            count -= 1
            continue
        terminal.note(f"  {name} {Secret(secret).masked} is stored" + (f", the same as {same[0]}" if same else ""))
    if count:
        terminal.note(f"{number_of(count, 'key')} in {folders().keys_file}, which only you can read.")


def ask_projects(ring: KeyRing, terminal: Terminal) -> None:
    """Which cloud project each key is of. Not sure counts with the first: too slow is better than refused."""
    from shotmill.settings.keystore import move

    mine = [key for key in ring.keys if key.origin == "file"]
    if len({key.fingerprint for key in mine}) < 2 or len({key.quota_project for key in mine}) < len(mine):
        return  # one key, or somebody has said already which belong together
    terminal.note("Google counts images for each cloud project, not for each key. In AI Studio the project stands")
    terminal.note("beside the key. Give each key its project; Enter where you are not sure.")
    first = ""
    for key in mine:
        usual = first or FIRST_PROJECT
        while True:
            said = _answer(f"  {key.name} {key.secret.masked}  [{usual}]: ", terminal)
            try:
                move(folders(), key.name, said or usual)
                break
            except UsageError as fault:
                terminal.error(fault)
        if first and not said:
            terminal.note(f"  counted with {first} until you say otherwise: shotmill keys move {key.name} PROJECT")
        first = first or said or usual


def ask_budget(terminal: Terminal) -> float | None:
    """Dollars for the project's life; None without a limit."""
    while True:
        said = _answer("A limit for what this project may spend, in dollars (Enter: none): ", terminal).lstrip("$")
        if not said:
            return None
        try:
            usd = float(said)
        except ValueError:
            usd = math.nan
        if math.isfinite(usd) and usd > 0:
            return usd
        terminal.note("  A number such as 10 or 2.50.")


def ask_hidden(question: str, terminal: Terminal) -> str:
    """A line that is not shown while it is typed; empty where the terminal ends."""
    from getpass import getpass

    try:
        return getpass(question, terminal.err).strip()
    except EOFError:
        return ""


def _answer(question: str, terminal: Terminal) -> str:
    terminal.err.write(question)
    terminal.err.flush()
    return terminal.asked.readline().strip()
