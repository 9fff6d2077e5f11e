"""`shotmill help [TROUBLE]`: the page of a trouble, the pages there are, or what a command takes."""

from __future__ import annotations

import re

from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shotmill.doctor.guide import Page


def run_words(words: list[str], terminal: Terminal) -> int:
    from shotmill.doctor.guide import find_page, page_text
    from shotmill_tui.cli import commands

    plain = [word for word in words if word not in ("--verbose", "--json")]
    if not plain or plain[0] in ("-h", "--help"):
        return _overview(terminal)
    if plain[0] in commands.BY_NAME and len(plain) == 1:
        command = commands.BY_NAME[plain[0]]
        return commands.run(command, ["-h"], terminal)
    page = find_page("-".join(plain))
    for line in shown(page_text(page), terminal):
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
    """Markdown as plain lines: headings bold, code without its marks, or in colour where there are any."""
    lines = []
    for line in text.rstrip("\n").split("\n"):
        head = re.fullmatch(r"#+ (.*)", line)
        if head is not None:
            lines.append(terminal.paint(head[1].replace("`", ""), "bold"))
            continue
        line = re.sub(r"\*\*([^*]+)\*\*", lambda words: terminal.paint(words[1], "bold"), line)
        lines.append(re.sub(r"`([^`]*)`", lambda code: terminal.paint(code[1], "blue"), line))
    return lines
