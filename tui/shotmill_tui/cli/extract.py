"""`shotmill extract`: storyboards to the three prompt files."""

from __future__ import annotations

from shotmill.errors import ExitCode
from shotmill_tui.cli.place import add_project, find_project
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add_project(parser)
    add("--style", action="append", metavar="S", help="only this style (may be given again)")
    add("--force", action="store_true", help="replace files that differ; the old ones stay beside them")
    add("--json", action="store_true", help="an object with the list of files")


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.story.extract import Written, extract

    root = find_project(asked.project)
    results = extract(root, asked.style, force=asked.force)
    if asked.json:
        rows = [
            {"style": result.style, "path": str(result.path), "state": result.state.value}
            | ({"kept": str(result.kept)} if result.kept else {})
            for result in results
        ]
        terminal.data({"files": rows})
        return ExitCode.DONE
    for result in results:
        kept = f"; the old one is {result.kept.name}" if result.kept else ""
        terminal.line(f"{result.state.value:<10} {result.path.relative_to(root)}{kept}")
    if any(result.state is Written.DIFFERS for result in results):
        terminal.note("Files that differ were left alone.\n  → shotmill extract --force replaces them, keeping the old")
    return ExitCode.DONE
