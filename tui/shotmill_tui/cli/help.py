"""`shotmill help [TROUBLE]`: the page of a trouble, the pages there are, or what a command takes."""

from __future__ import annotations

import re

from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from shotmill.doctor.guide import Page


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("trouble", nargs="*", metavar="TROUBLE", help="the trouble's number or word, or a command")


def run(asked: Namespace, terminal: Terminal) -> int:
    from shotmill.doctor.guide import find_page, page_text
    from shotmill_tui.cli import commands

    if not asked.trouble:
        return _overview(terminal)
    command = commands.BY_NAME.get(asked.trouble[0]) if len(asked.trouble) == 1 else None
    if command is not None:
        return commands.run(command, ["-h"], terminal)
    for line in shown(page_text(find_page("-".join(asked.trouble))), terminal):
        terminal.line(line)
    return 0


def _overview(terminal: Terminal) -> int:
    from shotmill.doctor.guide import all_pages
    from shotmill_tui.cli.commands import show_help

    show_help(terminal)
    terminal.line("\n  shotmill help TROUBLE   a page for each trouble, by its number or word:\n")
    for page in all_pages():
        terminal.line(f"  {_number(page):>4}  {page.name:<12} {page.title}")
    return 0


def _number(page: Page) -> str:
    return str(page.number) if page.number else ""


def shown(text: str, terminal: Terminal) -> list[str]:
    """Markdown as plain lines: headings bold, code without its marks (set in, where it has lines of its own), or in
    colour where there are any."""
    lines, is_code = [], False
    for line in text.rstrip("\n").split("\n"):
        if line.startswith("```"):
            is_code = not is_code
            continue
        if is_code:
            lines.append(f"    {terminal.paint(line, 'blue')}")
            continue
        head = re.fullmatch(r"#+ (.*)", line)
        if head is not None:
            lines.append(terminal.paint(head[1].replace("`", ""), "bold"))
            continue
        line = re.sub(r"\*\*([^*]+)\*\*", lambda words: terminal.paint(words[1], "bold"), line)
        lines.append(re.sub(r"`([^`]*)`", lambda code: terminal.paint(code[1], "blue"), line))
    return lines
