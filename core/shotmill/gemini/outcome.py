"""An attempt's end, in the words that the engine acts on. Pure data: no SDK, no I/O.

`shotmill.gemini.reactions` is the one table that turns what the provider said into an `Outcome`; nothing else in the
code looks at status codes, finish reasons or the provider's texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shotmill.untrusted import printable

NAMED_REFERENCES = 3


class Fate(StrEnum):
    """What becomes of the beat."""

    IMAGE = "image"  # a whole image came
    AGAIN = "again"  # to be tried again
    BLOCKED = "blocked"  # refused for its content: the same prompt will not do
    FAILED = "failed"  # the same request would fail again
    UNUSABLE = "unusable"  # paid, but the image can't be used; its bytes are kept
    IN_DOUBT = "in_doubt"  # sent without a complete answer: perhaps paid
    NOT_SENT = "not_sent"  # not one byte of the request left: free


class Scope(StrEnum):
    """Who has to rest because of the answer."""

    NOBODY = "nobody"
    KEY = "key"
    QUOTA_PROJECT = "quota_project"  # with this model
    BILLING_ACCOUNT = "billing_account"
    MODEL = "model"  # the provider's capacity: another key would not help
    STYLE = "style"  # our request is wrong in the same way for every beat of the style
    RUN = "run"  # no key and no wait will help: the place, the time, the settings
    NETWORK = "network"


class Until(StrEnum):
    """When a rest is over."""

    SECONDS = "seconds"
    MIDNIGHT = "midnight"  # the day quota's reset: midnight in Los Angeles
    MONTH = "month"  # the first of the next month in Los Angeles
    MENDED = "mended"  # until a person changed something


class Nudge(StrEnum):
    """What the next try says in the prompt beside the beat's own words."""

    NONE = ""
    IMAGE_ONLY = "final image only"
    DETAIL = "more detail"


class Window(StrEnum):
    """Which limit a refusal names."""

    REQUESTS_A_MINUTE = "rpm"
    REQUESTS_A_DAY = "rpd"
    TOKENS_A_MINUTE = "tpm"
    IMAGES_A_MINUTE = "ipm"


def for_key(cure: str, name: str) -> str:
    """The cure with the name of the key that it is about. Where it asks for a key of another project, that one's name
    is the user's to choose, and `NAME` stays."""
    return cure.replace("keys add NAME --replace", f"keys add {name} --replace")


@dataclass(frozen=True, slots=True)
class Rest:
    """How long the scope rests. `seconds` is set for `Until.SECONDS` only; `exact` when the provider named it."""

    until: Until
    seconds: float = 0.0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class NamedLimit:
    """A limit that a refusal spelled out (`quotaValue`); it corrects the one in use."""

    window: Window
    value: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the table.

    `code` is a stable word for counting equal answers and for logs (`day_quota`, `overloaded`); `message` the
    provider's own words, printable and redacted; `counts` whether one of the beat's attempts is used up; `tries` how
    often this code may be tried again before the beat becomes `then` (None: as often as attempts last);
    `limits` are those that the answer spelled out, `windows` those that it says were exceeded, with or without a
    figure; `prompt_tokens` what the request asked with, 0 where the provider didn't say;
    `nudge` is what the next try says in the prompt; `billed` what is known of the price: True paid, False free, None
    unknown; `cure` says what to do, with `NAME` for the key's (see `for_key`); `of_references`: the beat's references
    may be what was minded, so whoever knows their names tells them (see `naming`).
    """

    fate: Fate
    code: str
    message: str = ""
    scope: Scope = Scope.NOBODY
    rest: Rest | None = None
    counts: bool = False
    tries: int | None = None
    then: Fate = Fate.FAILED
    limits: tuple[NamedLimit, ...] = ()
    windows: tuple[Window, ...] = ()
    prompt_tokens: int = 0
    nudge: Nudge = Nudge.NONE
    billed: bool | None = False
    cure: str = ""
    of_references: bool = False

    @property
    def perhaps_paid(self) -> bool:
        """Whether its price is in doubt: no whole answer came, or one that is neither an error nor a reply that can be
        read. An error is free, whatever its body."""
        return self.fate is Fate.IN_DOUBT or (self.fate is Fate.UNUSABLE and self.billed is None)

    @property
    def counts_in_any_case(self) -> bool:
        """Whether one of the beat's attempts is used up whatever becomes of others. An error of the model or of the
        line is the beat's own only while others get through, which the scheduler knows.
        """
        return self.counts and self.scope not in (Scope.MODEL, Scope.NETWORK)

    @property
    def told(self) -> str:
        """What happened and what to do about it on one line, as logs have it."""
        said = self.message or self.code
        return f"{said}  → {self.cure}" if self.cure else said


def naming(outcome: Outcome, references: Sequence[str]) -> Outcome:
    """The outcome with the names of the references that went along, where one of them may be what was minded."""
    if not outcome.of_references or not references:
        return outcome
    names = ", ".join(printable(name, 60) for name in references[:NAMED_REFERENCES])
    more = len(references) - NAMED_REFERENCES
    return replace(outcome, message=f"{outcome.message}; sent along: {names}{f' and {more} more' if more > 0 else ''}")
