"""The picture that all screens draw from: small frozen types, rebuilt only where something changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from shotmill_tui.model import words
from shotmill_tui.model.marks import DONE, FOR_YOU, TO_DO, mark

MOST_LISTED = 200
"""Beats of a style that the daemon lists as for the user, at most."""


@dataclass(frozen=True, slots=True)
class Window:
    """`used` of `limit` requests; `resets_at` is known for the day only, `named`: the provider named the limit."""

    used: int
    limit: int
    resets_at: float | None = None
    named: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota project with this project's model, and the keys that share it."""

    name: str
    keys: tuple[str, ...]
    styles: tuple[str, ...]
    state: str
    reason: str
    until: float | None
    minute: Window
    day: Window
    next_slot_at: float | None


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    masked: str
    quota_project: str
    state: str
    reason: str
    cure: str
    code: str = ""
    """Of what keeps it from drawing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What sets the speed: see docs/api.md. `since`, `free` and `needed` (bytes) are there when the limit has them,
    `code`, `reason` and `cure` when something is waited for.
    """

    limit: str = "nothing"
    style: str = ""
    beats: int = 0
    seconds_each: float = 0.0
    per_minute: float = 0.0
    quota_projects: int = 0
    by_tokens: bool = False
    until: float | None = None
    since: float | None = None
    saves_s: float = 0.0
    helps: str = ""
    helps_s: float = 0.0
    free: float | None = None
    needed: float | None = None
    code: str = ""
    reason: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class ForYou:
    """Something that only the user can mend."""

    kind: str
    style: str
    beat: str
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Run:
    state: str = "idle"
    id: str = ""
    reason: str = ""
    waiting_until: float | None = None
    waiting_since: float | None = None
    eta_s: float | None = None
    ends_at: float | None = None
    ended_at: float | None = None
    spent: float = 0.0
    in_doubt: float = 0.0
    budget: float | None = None
    done: int = 0
    total: int = 0
    cost_left: float = 0.0
    again: int = 0
    """Images in doubt that a start draws again by itself, for `again_cost` dollars beside `cost_left`."""
    again_cost: float = 0.0
    gone: int = 0
    """Images to draw that were drawn before and whose files are gone."""
    agreed: float | None = None
    interrupted: tuple[int, int] | None = None
    """Of what was out when the run was interrupted: images that were saved, requests in doubt."""
    code: str = ""
    cure: str = ""
    limit: int = 0
    """To how many beats of each style a start limited it; 0 to none."""
    stop_now: tuple[int, float, int] = (0, 0.0, 0)
    """What a stop at once would leave: requests in doubt, their dollars, answers that are kept."""
    play_money: bool = False
    """Whether the emulator draws and nothing is billed."""

    def price(self, usd: float) -> str:
        """Dollars of this project in words."""
        return words.price(usd, play_money=self.play_money)

    @property
    def money(self) -> str:
        """What is spent, in doubt and allowed."""
        return words.spending(self.spent, self.in_doubt, self.budget, play_money=self.play_money)

    @property
    def start_cost(self) -> float:
        """Dollars that a start of everything costs, as far as can be told."""
        return self.cost_left + self.again_cost


@dataclass(frozen=True, slots=True)
class Shot:
    """`states` has one plain mark a beat."""

    number: int
    beats: tuple[str, ...]
    states: str

    @property
    def label(self) -> str:
        return f"Shot {self.number}"


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    quota: tuple[str, ...]
    shots: tuple[Shot, ...]
    counts: Mapping[str, int]
    state: str = "idle"
    reason: str = ""
    waiting_until: float | None = None
    code: str = ""
    cure: str = ""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self._sum(DONE)

    @property
    def to_do(self) -> int:
        return self._sum(TO_DO)

    @property
    def drawing(self) -> int:
        return self.counts.get(">", 0)

    def _sum(self, kinds: frozenset[str]) -> int:
        return sum(number for plain, number in self.counts.items() if plain in kinds)

    def word(self, shot: int, beat: int) -> str:
        """The state of one beat in words."""
        return mark(self.shots[shot].states[beat : beat + 1]).word


@dataclass(frozen=True, slots=True)
class View:
    seq: int
    at: float
    version: str
    project: str
    path: str
    title: str
    run: Run
    styles: tuple[Style, ...]
    quota: tuple[Quota, ...] = ()
    keys: tuple[Key, ...] = ()
    pace: Pace = field(default_factory=Pace)
    for_you: tuple[ForYou, ...] = ()

    @property
    def done(self) -> int:
        return sum(style.done for style in self.styles)

    @property
    def total(self) -> int:
        return sum(style.total for style in self.styles)

    @property
    def drawing(self) -> int:
        return sum(style.drawing for style in self.styles)

    @property
    def to_do(self) -> int:
        return sum(style.to_do for style in self.styles)

    @property
    def price(self) -> float:
        """Dollars for one image, as far as the picture tells; what is left to pay covers images in flight too."""
        left = self.to_do + self.drawing
        if self.run.cost_left > 0 and left:
            return self.run.cost_left / left
        return self.run.spent / self.done if self.done else 0.0

    def for_you_in(self, style: Style) -> int:
        """How many beats of a style only the user can mend. The daemon's list knows which of the failed ones a person
        left out; where it is cut short, the marks tell more."""
        listed = sum(one.style == style.name and bool(one.beat) for one in self.for_you)
        marked = sum(style.counts.get(plain, 0) for plain in FOR_YOU)
        return listed if listed < MOST_LISTED else max(listed, marked)

    def quotas_of(self, style: Style) -> tuple[Quota, ...]:
        """The quota projects that a style may use, in the order the daemon gave."""
        return tuple(one for one in self.quota if one.name in style.quota or style.name in one.styles)

    def mark_of(self, style: str, beat: str) -> str:
        """The plain mark of a beat, "" when it isn't in the picture."""
        found = self.locate(style, beat)
        return self.styles[found[0]].shots[found[1]].states[found[2] : found[2] + 1] if found else ""

    def locate(self, style: str, beat: str) -> tuple[int, int, int] | None:
        """Style, shot and beat index of a beat; None when it isn't in the picture."""
        for style_index, one in enumerate(self.styles):
            if one.name == style:
                for shot_index, shot in enumerate(one.shots):
                    if beat in shot.beats:
                        return style_index, shot_index, shot.beats.index(beat)
        return None


def count_states(shots: tuple[Shot, ...]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for shot in shots:
        counted.update(shot.states)
    return dict(counted)
