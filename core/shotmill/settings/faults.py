"""What is wrong in a settings file: every fault with its line, all of them told at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shotmill.errors import UsageError
from shotmill.secrets import redact
from shotmill.untrusted import printable


class SettingsError(UsageError):
    """A settings file that can't be used. `message` has a line for each fault: file, line, key, what is allowed."""

    code = "settings"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. `line` counts from 1; 0 when the fault has no line of its own."""

    file: Path
    line: int
    said: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        return printable(redact(f"{place}: {self.said}"))


def settings_error(faults: Iterable[Fault], cure: str = "") -> SettingsError:
    """One error for all of `faults`, in the order of their lines."""
    ordered = sorted(faults, key=lambda fault: (str(fault.file), fault.line))
    return SettingsError("\n".join(str(fault) for fault in ordered), cure=cure or _cure(ordered))


def _cure(faults: list[Fault]) -> str:
    files = ", ".join(dict.fromkeys(printable(str(fault.file)) for fault in faults))
    return f"Correct {'this line' if len(faults) == 1 else 'these lines'} in {files}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "rpm"?`, or nothing when no known word is near."""
    from difflib import get_close_matches

    near = get_close_matches(word.casefold(), list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""
