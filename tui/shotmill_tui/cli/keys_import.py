"""`shotmill keys import`: the older system's keys, told first and masked, then stored as `keys add` stores them."""

from __future__ import annotations

import os
from pathlib import Path

from shotmill.errors import ExitCode, UsageError
from shotmill.untrusted import printable
from shotmill_tui.cli.place import folders
from shotmill_tui.cli.table import table
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def import_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    help_line = "JSON, a .js file with API_KEYS, or lines NAME=key; - reads standard input"
    add("file", metavar="FILE", nargs="?", help=help_line)
    add("--env", action="store_true", help="from this environment: GEMINI_API_KEY_1, GOOGLE_KEY_ANNA, …")
    add("--dry-run", action="store_true", help="only say what would be stored")
    add("--yes", action="store_true", help="do not ask")


def import_keys(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.settings.keys_file import read_keys_file
    from shotmill.settings.keystore import add
    from shotmill.settings.older_keys import environment_keys, plan_import, read_older_keys

    if (asked.file is None) is not asked.env:
        raise UsageError("keys import reads a file, or with --env this environment.", cure="shotmill keys import FILE")
    older_keys = environment_keys(os.environ) if asked.env else read_older_keys(_data(asked.file, terminal))
    plan = plan_import(older_keys, read_keys_file(folders().keys_file))
    rows = [[older.name, older.secret.masked, f"from {printable(older.where, 60)}"] for older in plan.add]
    if rows:
        terminal.note(f"To be stored in {folders().keys_file}:")
        for line in table(rows):
            terminal.note(line)
    for where, why in plan.skipped:
        terminal.note(f"  passed over: {printable(where, 60)}, {why}")
    if not plan.add:
        terminal.note("There is nothing to store.")
        return ExitCode.DONE
    if asked.dry_run:
        return ExitCode.DONE
    if terminal.interactive and not asked.yes and not terminal.confirm("Store them?"):
        terminal.note("Nothing was changed.")
        return ExitCode.STOPPED
    for older in plan.add:
        add(folders(), older.name, older.secret)
    terminal.note(f"{number_of(len(plan.add), 'key')} stored. Every style may use each of them.")
    if len(plan.add) > 1:
        terminal.note("Google counts quota for each cloud project, not for each key. Say which keys share one:")
        terminal.note(f"  → shotmill keys move {plan.add[1].name} {plan.add[0].name}")
    terminal.note("  → shotmill keys test")
    return ExitCode.DONE


def _data(file: str, terminal: Terminal) -> bytes:
    if file == "-":
        return terminal.asked.read().encode()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"{printable(file, 200)} can't be read: {error.strerror}", cure="Name the file that holds the keys"
        ) from error
