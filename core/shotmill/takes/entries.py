"""What a project's journal says, one frozen type a kind of line. `at` is in seconds since the epoch, kept to the
millisecond; a style and a beat are names as the prompts have them; files are relative to the project.

Named tuples: a great project's journal has half a million lines, and a frozen dataclass takes ten times as long to
make.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from shotmill.takes.spool_header import SentReference

SettledHow = Literal["skip", "retry", "arrived", "free"]
RunState = Literal["started", "finished", "stopped"]


class Intent(NamedTuple):
    """A request is about to be sent: written before its first byte leaves. `price_usd` is what it will cost at most."""

    at: float
    attempt: str
    style: str
    beat: str
    take: int
    key: str
    quota_project: str
    model: str
    price_usd: float
    prompt_sha: str


class End(NamedTuple):
    """An attempt ended with anything but a kept image. `fate` is a word of `shotmill.gemini.outcome.Fate`, `counts`
    whether one of the beat's attempts is used up, `cost_usd` None where nobody can know."""

    at: float
    attempt: str
    style: str
    beat: str
    fate: str
    code: str
    message: str
    counts: bool
    cost_usd: float | None
    seconds: float


class Take(NamedTuple):
    """An image of ours, and where it lies now. Said again when it moves or becomes current: the last word counts.

    `sha256`, `bytes` and `mtime_ns` are the file's; `received` is the file with the bytes as they came, where the
    image was converted; `attempt` is None when nobody knows which one it was.
    """

    at: float
    attempt: str | None
    style: str
    beat: str
    take: int
    file: str
    sha256: str
    bytes: int
    mtime_ns: int
    prompt_sha: str
    references: tuple[SentReference, ...]
    model: str
    key: str
    cost_usd: float
    received: str | None
    seconds: float
    current: bool


class Exists(NamedTuple):
    """A whole image of which no record spoke, or which a person changed: adopted, theirs."""

    at: float
    style: str
    beat: str
    file: str
    bytes: int
    mtime_ns: int


class SetAside(NamedTuple):
    """A file that stood at the beat's place was moved to `kept_as`: damaged, or adopted and then superseded."""

    at: float
    style: str
    beat: str
    file: str
    kept_as: str
    reason: str


class Settled(NamedTuple):
    """A doubt is over: skipped or drawn again by choice, its answer arrived, or it was proved free."""

    at: float
    attempt: str
    style: str
    beat: str
    how: SettledHow


class Fresh(NamedTuple):
    """The beat's attempts are counted anew."""

    at: float
    style: str
    beat: str


class Run(NamedTuple):
    """A run began or ended. `options` are those of its start, `reason` and `code` why it stopped."""

    at: float
    run: str
    state: RunState
    reason: str
    options: dict[str, Any]
    code: str = ""


Entry = Intent | End | Take | Exists | SetAside | Settled | Fresh | Run
