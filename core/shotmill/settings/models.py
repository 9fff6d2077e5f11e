"""The image models: what each can do and costs. The figures stand in `models.toml` beside this file, with sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from shotmill.untrusted import printable

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the provider.

    `usd` and `tokens` are for one image by size (`"1K"`); `per_million` holds US dollars for a million tokens, of
    `image_out`, `text_in` and `text_out`, where they are known; `drafts` are the images that it may draw and bill on
    the way to the one that is asked for; `rpm` and `rpd` are figures seen in refusals, None
    where none was; `seconds` is what an image takes as a rule, None where nothing tells. A model of which only its end
    is known has no ratios, sizes and prices.
    """

    id: str
    name: str
    state: Literal["ga", "shut"]
    shut: date | None = None
    replacement: str = ""
    ratios: tuple[str, ...] = ()
    references: int = 14
    usd: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    tokens: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    per_million: Mapping[str, float] = field(default_factory=lambda: _NOTHING)
    drafts: int = 0
    thinking: tuple[str, ...] = ()
    thinking_default: str = ""
    rpm: int | None = None
    rpd: int | None = None
    seconds: float | None = None
    source: str = ""

    @property
    def sizes(self) -> tuple[str, ...]:
        return tuple(self.usd)


def find_model(model_id: str) -> Model | None:
    """The model of that id, shut down or not; None for one that this version has not heard of."""
    return _models().get(model_id)


def all_models() -> tuple[Model, ...]:
    """Every model that is known, those to be had first."""
    return tuple(_models().values())


def unknown_model(model_id: str) -> tuple[str, str]:
    """What to say of an id that this version has not heard of, and what to do. It may be a new one: no error."""
    served = [model.id for model in _models().values() if model.state == "ga"]
    near = get_close_matches(model_id, served, 1, 0.5)
    said = f"{printable(model_id, 80)} is no model that this version knows, and has no known price"
    meant = f'model = "{near[0]}"? ' if near else ""
    return said, f"In shotmill.toml, [gemini]: {meant}known are {', '.join(served)}"


def seconds_of(model_id: str) -> float:
    """Seconds that an image takes as a rule, before the first was drawn here; as usual of a model that tells none."""
    model = find_model(model_id)
    return float((model.seconds if model is not None else None) or figures()["usual"]["seconds"])


def prices_read() -> date:
    """The day when the figures were read."""
    day: date = figures()["read"]
    return day


@cache
def figures() -> dict[str, Any]:
    """The file as it is."""
    return tomllib.loads(resources.files(__package__).joinpath("models.toml").read_text("utf-8"))


@cache
def _models() -> Mapping[str, Model]:
    data = figures()
    found = {model_id: _model(model_id, row, data["ratios"]) for model_id, row in data["models"].items()}
    for row in data["gone"]:
        for model_id in row["ids"]:
            found[model_id] = Model(model_id, model_id, "shut", row.get("shut"), row["replacement"])
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: item[1].state)))


def _model(model_id: str, row: Mapping[str, Any], ratios: Mapping[str, list[str]]) -> Model:
    return Model(
        id=model_id,
        name=row["name"],
        state=row["state"],
        shut=row.get("shut"),
        replacement=row.get("replacement", ""),
        ratios=tuple(ratios[row["ratios"]]),
        references=row["references"],
        usd=MappingProxyType(row["usd"]),
        tokens=MappingProxyType(row["tokens"]),
        per_million=MappingProxyType(row.get("per_million", {})),
        drafts=row.get("drafts", 0),
        thinking=tuple(row.get("thinking", ())),
        thinking_default=row.get("thinking_default", ""),
        rpm=row.get("rpm"),
        rpd=row.get("rpd"),
        seconds=row.get("seconds"),
        source=row["source"],
    )
