"""`shotmill keys`: names, quota projects and tests of API keys. A key itself is never an argument, nor shown."""

from __future__ import annotations

import os
from argparse import SUPPRESS

from shotmill.errors import ExitCode, UsageError
from shotmill.untrusted import printable
from shotmill_tui.cli.commands import Action, run_action
from shotmill_tui.cli.keys_import import import_arguments, import_keys
from shotmill_tui.cli.keys_list import list_arguments, list_keys
from shotmill_tui.cli.place import NoChoiceError, find_project, folders
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

TEST_WITHIN = 120.0
"""Seconds; every key asks the provider once."""


def run_words(words: list[str], terminal: Terminal) -> int:
    return run_action("shotmill keys", ACTIONS, words, terminal)


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="an object, as programs read it")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="how the key is called; the key itself is asked for")
    parser.add_argument("extra", nargs="*", help=SUPPRESS)
    parser.add_argument("--replace", action="store_true", help="a new key under a name that is there")
    parser.add_argument("--test", action="store_true", help="then ask the provider whether it knows the key")


def _add(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.keystore import add

    if asked.extra:  # it may be a key, so it is not repeated
        cure = f"shotmill keys add {printable(asked.name, 60)}   asks for it, or reads it from standard input"
        raise UsageError("A key is not given on the command line, where others can see it.", cure=cure)
    secret = _read_key(asked.name, terminal)
    same = add(folders(), asked.name, secret, asked.replace)
    terminal.note(f"{asked.name} {secret.masked} is stored in {folders().keys_file}.")
    if same:
        terminal.note(f"It is the same key as {', '.join(same)}: they count as one.")
    return _test_names(asked.name, None, terminal) if asked.test else ExitCode.DONE


def _read_key(name: str, terminal: Terminal) -> Any:
    """From a hidden prompt, or the first line of standard input: what stands on a command line can be seen by all."""
    from shotmill.secrets import Secret

    if terminal.asked.isatty():
        from getpass import getpass

        text = getpass(f"The key {printable(name, 60)} (it stays hidden): ", terminal.err)
    else:
        text = terminal.asked.readline()
    if not text.strip():
        cure = f"shotmill keys add {printable(name, 60)}   and paste it, or pipe it in"
        raise UsageError("No key was given.", cure=cure)
    return Secret(text.strip())


def _named(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the key's name")


def _remove_arguments(parser: ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _remove(asked: Namespace, terminal: Terminal) -> int:
    """Asks where somebody can be asked: a key can't be read back from anywhere here."""
    from shotmill.settings.keys import load_keys
    from shotmill.settings.keystore import remove

    key = load_keys(folders(), os.environ).find(asked.name)
    if key is not None and terminal.interactive and not asked.yes:
        terminal.note(
            f"{key.name} {key.secret.masked} goes out of {folders().keys_file}. It is kept nowhere else here."
        )
        if not terminal.confirm("Remove it?"):
            terminal.note("Nothing was changed.")
            return ExitCode.STOPPED
    remove(folders(), asked.name)
    terminal.note(f"{asked.name} is removed.")
    return ExitCode.DONE


def _two_names(parser: ArgumentParser) -> None:
    parser.add_argument("old", metavar="A", help="the name it has")
    parser.add_argument("new", metavar="B", help="the name it gets")


def _rename(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.keystore import rename

    rename(folders(), asked.old, asked.new)
    terminal.note(f"{asked.old} is called {asked.new}. Projects that name it in shotmill.toml are not changed.")
    return ExitCode.DONE


def _move_arguments(parser: ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("quota_project", metavar="PROJECT", help="the cloud project whose quota it shares")


def _move(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.keystore import move

    move(folders(), asked.name, asked.quota_project)
    terminal.note(f"{asked.name} is counted in quota project {asked.quota_project}. Running runs know it at once.")
    return ExitCode.DONE


def _test_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="only this key (default: all); ends with 5 where none of them can be used",
    )
    parser.add_argument("project", nargs="?", metavar="PROJECT", help="against this project's endpoint")
    _json(parser)


def _test(asked: Namespace, terminal: Terminal) -> int:
    if asked.name is not None and asked.project is None and ("/" in asked.name or asked.name in (".", "..")):
        return _test_names(None, asked.name, terminal)  # no key is called so
    return _test_names(asked.name, asked.project, terminal)


def test_all(terminal: Terminal) -> None:
    """Every key of this machine, against the endpoint of the project here or Google's."""
    _test_names(None, None, terminal)


test_all.__test__ = False  # type: ignore[attr-defined]


def _test_names(name: str | None, project: str | None, terminal: Terminal) -> int:
    from shotmill.client import http
    from shotmill_tui.cli.talk import start_daemon

    try:
        path: str | None = str(find_project(project))
    except NoChoiceError:
        path = None
    start_daemon()
    answer = http.request(folders().socket, "POST", "/v1/keys/test", {"name": name, "path": path}, TEST_WITHIN)
    if terminal.json:
        terminal.data(answer)
        return _code(answer["keys"])
    for key in answer["keys"]:
        terminal.line(_verdict(key, terminal))
        if key.get("cure"):
            terminal.line(f"    → {printable(key['cure'], 300)}")
    if not answer["keys"]:
        terminal.note("There is no key to test.\n  → shotmill keys add NAME")
    return _code(answer["keys"])


def _verdict(key: dict[str, Any], terminal: Terminal) -> str:
    known = key["verdict"] == "known"
    mark, plain, colour = ("✓", "v", "green") if known else ("✗", "x", "red")
    shown = terminal.paint(plain if terminal.plain_marks else mark, colour)
    said = "known to the provider; whether it draws shows at the first image"
    says = said if known else printable(str(key.get("message") or key["verdict"]), 200)
    return f"  {shown} {printable(key['name'], 40)} {printable(key['masked'], 12)}  {says}"


def _code(keys: list[dict[str, Any]]) -> int:
    """One key that the provider knows is enough to draw with; without any nothing can run."""
    return ExitCode.DONE if any(key["verdict"] == "known" for key in keys) else ExitCode.NOTHING_RUNS


ACTIONS = {
    "list": Action("all keys of this machine, and what is known of each", list_arguments, list_keys),
    "add": Action("store a key; it is read from a hidden prompt or standard input", _add_arguments, _add),
    "remove": Action("forget a key; asks on a terminal", _remove_arguments, _remove),
    "rename": Action("give a key another name", _two_names, _rename),
    "move": Action("say which cloud project a key belongs to", _move_arguments, _move),
    "import": Action("take over the older system's list of keys", import_arguments, import_keys),
    "test": Action("ask the provider whether it knows them; costs nothing", _test_arguments, _test),
}
