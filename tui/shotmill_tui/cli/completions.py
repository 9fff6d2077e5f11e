"""`shotmill completions`: a script that lets a shell complete commands, options, styles and names of keys."""

from __future__ import annotations

from shotmill.errors import ExitCode, ShotmillError, UsageError
from shotmill_tui.cli.commands import Help
from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SHELLS = ("bash", "zsh", "fish")

_INSTALL = """\
bash   in ~/.bashrc:  source <(shotmill completions bash)
       bash 3.2 of macOS:  eval "$(shotmill completions bash)"
zsh    in ~/.zshrc, below compinit:  source <(shotmill completions zsh)
fish   shotmill completions fish > ~/.config/fish/completions/shotmill.fish
Open a new shell afterwards. Do it again after an update that brings new commands."""


class _KeptLines(Help):
    """The lines on how to install stay lines."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in text.splitlines())


def arguments(parser: ArgumentParser) -> None:
    from argparse import SUPPRESS

    parser.add_argument("shell", nargs="?", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    parser.add_argument("--names", choices=("styles", "keys"), help=SUPPRESS)  # what the scripts ask
    parser.formatter_class = _KeptLines
    parser.epilog = _INSTALL


def run(asked: Namespace, terminal: Terminal) -> int:
    if asked.names:
        for name in _names(asked.names):
            if name.isprintable():  # what can't be shown can't be typed either
                terminal.line(name)
        return ExitCode.DONE
    if asked.shell is None:
        raise UsageError("For which shell?", cure="shotmill completions bash   (or zsh, fish; -h says how to install)")
    from shotmill_tui.cli import completion_scripts
    from shotmill_tui.cli.completion_table import words

    write = {"bash": completion_scripts.bash, "zsh": completion_scripts.zsh, "fish": completion_scripts.fish}
    terminal.out.write(write[asked.shell](words()))
    return ExitCode.DONE


def _names(kind: str) -> list[str]:
    """Names only; where they can't be told there is nothing to complete, and no place for an error."""
    try:
        return _keys() if kind == "keys" else _styles()
    except (ShotmillError, OSError):
        return []


def _styles() -> list[str]:
    """Of the project that we stand in."""
    from pathlib import Path

    from shotmill.settings.project import load_project_settings
    from shotmill.story.discover import find_sources

    settings = load_project_settings(Path.cwd())
    configured = {name: style.prompts for name, style in settings.styles.items()}
    return [source.style for source in find_sources(Path.cwd(), configured)]


def _keys() -> list[str]:
    from shotmill.settings.keys import load_keys
    from shotmill_tui.cli.place import folders

    ring = load_keys(folders(), {})
    return sorted({*(key.name for key in ring.keys), *(key.name for key in ring.unusable)})
