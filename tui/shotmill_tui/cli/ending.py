"""How a run ended, as an exit code and a sentence. Pure functions of the status object."""

from __future__ import annotations

from shotmill.errors import ExitCode
from shotmill.untrusted import printable
from shotmill_tui.cli import status_words
from shotmill_tui.cli.words import length, money_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

_GAPS = ("failed", "blocked", "in_doubt")
_MENDABLE_BY_TIME = ("ready", "cooling", "exhausted", "untested")


def exit_code(status: dict[str, Any], styles: Collection[str] = ()) -> ExitCode:
    """The contract's exit code for a run that has ended; `styles` are those it was for, none means all."""
    run = status["run"]
    counts = [found for name, found in status["styles"].items() if not styles or name in styles]
    gaps = any(found[gap] for found in counts for gap in _GAPS)
    if run["state"] in ("finished", "idle"):
        return ExitCode.GAPS if gaps else ExitCode.DONE
    if run.get("reason") == "budget":
        return ExitCode.BUDGET
    if any(found["state"] == "paused" for found in counts):
        return ExitCode.GAPS
    keys = status["keys"].values()
    if run.get("reason") and keys and not any(key["state"] in _MENDABLE_BY_TIME for key in keys):
        return ExitCode.NOTHING_RUNS
    return ExitCode.STOPPED


def sentence(status: dict[str, Any]) -> str:
    """`Night train finished in 4 min 12 s: 177/180 images, $3.12 of $10.00, 3 for you.`"""
    run = status["run"]
    said = f"{status_words.title(status)} {run['state']}"
    if run.get("elapsed_s"):
        said += (
            f" in {length(run['elapsed_s'])}" if run["state"] == "finished" else f" after {length(run['elapsed_s'])}"
        )
    parts = [status_words.images(status["styles"]), money_of(run)]
    if status["for_you"]:
        parts.append(f"{len(status['for_you'])} for you")
    reason = printable(str(run.get("reason") or ""), 200)
    if reason:
        parts.append(status_words.SHORT_REASONS.get(reason, reason))
    return f"{said}: {', '.join(parts)}."
