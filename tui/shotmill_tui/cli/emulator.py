"""`shotmill emulator`: the local Gemini emulator by itself. Its arguments are its own."""

from __future__ import annotations

from shotmill_tui.cli.terminal import Terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def run_words(words: Sequence[str], terminal: Terminal) -> int:
    """Run until it is told to end."""
    from shotmill.emulator.command import main

    terminal.out.flush()
    return main([word for word in words if word != "--verbose"])
