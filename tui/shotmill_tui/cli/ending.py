"""How a run ended, as an exit code and a sentence. Pure functions of the status object."""

from __future__ import annotations

from typing import NamedTuple

from shotmill.errors import ExitCode
from shotmill.untrusted import printable
from shotmill_tui.cli import status_words
from shotmill_tui.cli.terminal import Terminal
from shotmill_tui.cli.words import length, money_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_GAPS = ("failed", "blocked", "in_doubt")
_GAP_MARKS = "x#?"
_MENDABLE_BY_TIME = ("ready", "cooling", "exhausted", "untested")


class Chosen(NamedTuple):
    """The beats that a run is for; an empty set chooses all."""

    styles: frozenset[str] = frozenset()
    shots: frozenset[int] = frozenset()
    beats: frozenset[str] = frozenset()


ALL = Chosen()


def exit_code(status: dict[str, Any], chosen: Chosen = ALL, grid: Grid | None = None) -> ExitCode:
    """The contract's exit code for a run that has ended. Counts are the project's, so for chosen shots and beats the
    grid is asked where there is one.
    """
    run = status["run"]
    counts = [found for name, found in status["styles"].items() if not chosen.styles or name in chosen.styles]
    if grid is not None and (chosen.shots or chosen.beats):
        gaps = grid.has_gaps(chosen)
    else:
        gaps = any(found[gap] for found in counts for gap in _GAPS)
    if run["state"] in ("finished", "idle"):
        return ExitCode.GAPS if gaps else ExitCode.DONE
    if run.get("reason") == "budget":
        return ExitCode.BUDGET
    if any(found["state"] == "paused" for found in counts):
        return ExitCode.GAPS
    keys = status["keys"].values()
    if run.get("reason") != "asked" and keys and not any(key["state"] in _MENDABLE_BY_TIME for key in keys):
        return ExitCode.NOTHING_RUNS
    return ExitCode.STOPPED


class Grid:
    """Every beat's mark, as the snapshot and the changes after it tell."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self._styles = {style["name"]: style["shots"] for style in snapshot.get("styles", [])}
        self._marks = {name: [list(shot["states"]) for shot in shots] for name, shots in self._styles.items()}

    def apply(self, changes: Iterable[tuple[str, int, int, str]]) -> None:
        for style, shot, beat, mark in changes:
            self._marks[style][shot][beat] = mark

    def has_gaps(self, chosen: Chosen) -> bool:
        """Whether a chosen beat is failed, blocked or in doubt."""
        return any(
            mark in _GAP_MARKS
            for name, shots in self._styles.items()
            for shot, marks in zip(shots, self._marks[name], strict=True)
            for beat, mark in zip(shot["beats"], marks, strict=True)
            if (not chosen.styles or name in chosen.styles)
            and (not chosen.shots or shot["shot"] in chosen.shots)
            and (not chosen.beats or beat in chosen.beats)
        )


def told(status: dict[str, Any], terminal: Terminal) -> list[str]:
    """The end's sentence, what to do about a stop, and each thing that only the user can mend."""
    lines, cure = [sentence(status)], status_words.cure_of(status)
    if cure:
        lines.append(f"  → {cure}")
    return [*lines, *(status_words.for_you(status["for_you"], terminal) if status["for_you"] else ())]


def sentence(status: dict[str, Any]) -> str:
    """`Night train stopped after 4 min 12 s: 177/180 images, $3.12 of $10.00, at the budget.`, or of a run that was
    limited to some beats `Night train, trial finished in 12 s: 3 of 90 drawn, $0.10.`"""
    run, is_trial = status["run"], status_words.is_trial(status)
    said = f"{status_words.title(status)}{', trial' if is_trial else ''} {run['state']}"
    if run.get("elapsed_s"):
        said += (
            f" in {length(run['elapsed_s'])}" if run["state"] == "finished" else f" after {length(run['elapsed_s'])}"
        )
    images = status_words.images(status["styles"])
    parts = [images.replace("/", " of ").replace("images", "drawn") if is_trial else images, money_of(run)]
    reason = printable(str(run.get("reason") or ""), 200)
    if reason:
        parts.append(status_words.SHORT_REASONS.get(reason, reason))
    return f"{said}: {', '.join(parts).rstrip('.')}."
