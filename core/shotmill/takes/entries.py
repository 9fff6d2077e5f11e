"""What a project's journal says, one frozen type a kind of line. `at` is in seconds since the epoch, kept to the
millisecond; a style and a beat are names as the prompts have them; files are relative to the project.

Structs of msgspec: a great project's journal has half a million lines, and these are read and checked at a
microsecond or two each, a fifth of what an interpreter takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from shotmill.takes.spool_header import SentReference

if TYPE_CHECKING:
    Moment = float
else:

    class Moment(float):
        """A type of its own to the reader alone: in a line it is a text."""

        __slots__ = ()


Amount = Annotated[float, Meta(ge=0, lt=1e12)]
"""Money or seconds; the journal lies in a folder that others may write, so no infinity may enter a sum."""
Count = Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
SettledHow = Literal["skip", "retry", "arrived", "free"]
RunState = Literal["started", "finished", "stopped"]


class _Line(Struct, frozen=True, gc=False, tag_field="kind"):
    """What all have in common. None of them can be part of a ring, so the collector need not look at them."""

    at: Moment


class Intent(_Line, frozen=True, tag="intent"):
    """A request is about to be sent: written before its first byte leaves. `price_usd` is what it will cost at most."""

    attempt: str
    style: str
    beat: str
    take: Count
    key: str
    quota_project: str
    model: str
    price_usd: Amount
    prompt_sha: str


class End(_Line, frozen=True, tag="end"):
    """An attempt ended with anything but a kept image. `fate` is a word of `shotmill.gemini.outcome.Fate`, `counts`
    whether one of the beat's attempts is used up, `cost_usd` None where nobody can know."""

    attempt: str
    style: str
    beat: str
    fate: str
    code: str
    message: str
    counts: bool
    cost_usd: Amount | None
    seconds: Amount


class Take(_Line, frozen=True, tag="take"):
    """An image of ours, and where it lies now. Said again when it moves or becomes current: the last word counts.

    `sha256`, `bytes` and `mtime_ns` are the file's; `received` is the file with the bytes as they came, where the
    image was converted; `attempt` is None when nobody knows which one it was.
    """

    attempt: str | None
    style: str
    beat: str
    take: Count
    file: str
    sha256: str
    bytes: Count
    mtime_ns: Count
    prompt_sha: str
    references: tuple[SentReference, ...]
    model: str
    key: str
    cost_usd: Amount
    received: str | None
    seconds: Amount
    current: bool


class Exists(_Line, frozen=True, tag="exists"):
    """A whole image of which no record spoke, or which a person changed: adopted, theirs."""

    style: str
    beat: str
    file: str
    bytes: Count
    mtime_ns: Count


class SetAside(_Line, frozen=True, tag="set_aside"):
    """A file that stood at the beat's place was moved to `kept_as`: damaged, or adopted and then superseded."""

    style: str
    beat: str
    file: str
    kept_as: str
    reason: str


class Settled(_Line, frozen=True, tag="settled"):
    """A doubt is over: skipped or drawn again by choice, its answer arrived, or it was proved free."""

    attempt: str
    style: str
    beat: str
    how: SettledHow


class Fresh(_Line, frozen=True, tag="fresh"):
    """The beat's attempts are counted anew."""

    style: str
    beat: str


class Run(_Line, frozen=True, tag="run"):
    """A run began or ended. `options` are those of its start, `reason` and `code` why it stopped."""

    run: str
    state: RunState
    reason: str
    options: dict[str, Any]
    code: str = ""


Entry = Intent | End | Take | Exists | SetAside | Settled | Fresh | Run
