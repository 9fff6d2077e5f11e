"""A row of the table: an `Outcome` without what the provider said about this one."""

from __future__ import annotations

from dataclasses import dataclass

from shotmill.gemini.outcome import Fate, Nudge, Rest, Scope, Until

MENDED = Rest(Until.MENDED)
SOON = Rest(Until.SECONDS, 5.0)  # the first of several: who acts on it lets them grow


@dataclass(frozen=True, slots=True)
class Row:
    """Fields as in `Outcome`; `words` are its message where the provider said nothing, `lead` stands before what it
    said where that alone would be misread.

    `named_up_to`: the provider's own delay replaces the rest's seconds, up to so many; 0: it is not believed. In `cure`
    `{model}` is the model that was asked.
    """

    code: str
    fate: Fate
    scope: Scope = Scope.NOBODY
    rest: Rest | None = None
    named_up_to: float = 0.0
    counts: bool = False
    tries: int | None = None
    then: Fate = Fate.FAILED
    nudge: Nudge = Nudge.NONE
    of_references: bool = False
    billed: bool | None = False
    words: str = ""
    lead: str = ""
    cure: str = ""
