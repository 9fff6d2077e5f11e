"""What a first run has learned so far: keys, which of them share a cloud project, a limit. Pure; the screen acts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shotmill_tui.model import parse
from shotmill_tui.model.view import View

FIRST_PROJECT = "film-1"
TRIAL = 3
"""Beats of each style that are drawn on trial, as the start question offers it."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """`verdict`: `""` while it is asked, then as `POST /v1/keys/test` answers. `project`: the number of its cloud
    project, 0 for not sure."""

    name: str
    masked: str
    verdict: str = ""
    message: str = ""
    cure: str = ""
    project: int = 0

    @property
    def may_work(self) -> bool:
        return self.verdict not in ("invalid", "refused")


def judged(keys: Sequence[NewKey], answer: dict[str, Any]) -> tuple[NewKey, ...]:
    """The keys with what the provider said of some of them."""
    said = {parse.text(one, "name", 80): one for one in parse.items(answer, "keys")}
    return tuple(
        replace(
            one,
            verdict=parse.text(said[one.name], "verdict", 20),
            message=parse.text(said[one.name], "message", 300),
            cure=parse.text(said[one.name], "cure", 300),
        )
        if one.name in said
        else one
        for one in keys
    )


def with_key(keys: Sequence[NewKey], key: NewKey) -> tuple[NewKey, ...]:
    """One more key, or one that was pasted again under its name. The first is of the first cloud project."""
    others = tuple(one for one in keys if one.name != key.name)
    return (*others, key if others else replace(key, project=1))


def cloud_projects(keys: Sequence[NewKey]) -> dict[str, str]:
    """Key and cloud project. Not sure counts with the first: too slow is better than refused."""
    return {one.name: f"film-{one.project}" if one.project else FIRST_PROJECT for one in keys}


def turned(keys: Sequence[NewKey], at: int, step: int) -> tuple[NewKey, ...]:
    """The key at `at` with the next choice: not sure, the first project, …, a project of its own."""
    most = len(keys)
    return with_project(keys, at, (keys[at].project + step) % (most + 1))


def with_project(keys: Sequence[NewKey], at: int, project: int) -> tuple[NewKey, ...]:
    return tuple(replace(one, project=project) if index == at else one for index, one in enumerate(keys))


def trial(view: View) -> tuple[int, float]:
    """Images and dollars of three beats in each style."""
    images = sum(min(TRIAL, style.to_do) for style in view.styles)
    return images, images * view.price


def suggested_limit(view: View) -> int:
    """What the rest costs and a fifth more, in whole dollars."""
    return max(1, math.ceil((view.run.spent + view.run.cost_left) * 1.2))
