"""What a check found: one fact, a verdict, and the cure where there is something to cure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from shotmill.settings.folders import Folders
from shotmill.untrusted import printable_lines


class Verdict(StrEnum):
    FINE = "fine"
    LOOK = "look"  # worth a look, nothing is kept from working
    BROKEN = "broken"  # something will not work


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check.

    `id` is a stable word, `title` a word or two for people, `fact` one sentence of what was found, `cure` a command
    or a step, `more` what a bundle or a curious person wants beside, `page` where to read on (`shotmill help PAGE`).
    None of them holds a secret, and none what would move a terminal's cursor, wherever its words came from.
    """

    id: str
    title: str
    verdict: Verdict
    fact: str
    cure: str = ""
    more: str = ""
    page: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "fact", "cure", "more"):
            object.__setattr__(self, name, "\n".join(printable_lines(getattr(self, name))))

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Check:
        """A check that the daemon made; a verdict that this version doesn't know is worth a look."""
        verdict = str(data.get("verdict"))
        known = Verdict(verdict) if verdict in Verdict.__members__.values() else Verdict.LOOK
        words = {name: str(data.get(name) or "") for name in ("id", "title", "fact", "cure", "more", "page")}
        return cls(verdict=known, **words)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What checks look at. `root` is None where no project is meant; `online`: the provider may be asked."""

    folders: Folders
    environ: Mapping[str, str]
    root: Path | None = None
    online: bool = False

    @property
    def project(self) -> Path:
        """The project's folder, for checks that need one."""
        if self.root is None:
            raise LookupError("this check needs a project")
        return self.root


@dataclass(frozen=True, slots=True)
class Test:
    """A check that can be made: `run` may block for `seconds`, after that it counts as worth a look.

    `says` is what it looks at, for the list of checks in the guide; `page` is the guide's page for what it finds.
    """

    __test__ = False  # no test of pytest's

    id: str
    title: str
    run: Callable[[Surroundings], list[Check]]
    page: str
    says: str
    seconds: float = 5.0
    needs_project: bool = False
    needs_network: bool = False


def fine(id: str, title: str, fact: str, more: str = "") -> list[Check]:  # noqa: A002 - the API's word
    return [Check(id, title, Verdict.FINE, fact, more=more)]


def look(id: str, title: str, fact: str, cure: str, more: str = "") -> list[Check]:  # noqa: A002
    return [Check(id, title, Verdict.LOOK, fact, cure, more)]


def broken(id: str, title: str, fact: str, cure: str, more: str = "") -> list[Check]:  # noqa: A002
    return [Check(id, title, Verdict.BROKEN, fact, cure, more)]
