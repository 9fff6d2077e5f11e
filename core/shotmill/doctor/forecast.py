"""What a start would draw, cost and take, told from folder and keys alone, before a cent is spent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shotmill.engine.assemble import assemble
from shotmill.engine.board import Board
from shotmill.engine.pace import FIRST_LATENCY_S, QuotaRoom, StyleWork, estimate
from shotmill.quota.account import AUTO_RPM
from shotmill.quota.day import next_reset
from shotmill.settings.keys import KeyRing
from shotmill.settings.models import find_model, price_of
from shotmill.settings.pools import limits_for, pool_for
from shotmill.settings.project import ProjectSettings, load_project_settings, references_of
from shotmill.story.discover import find_sources
from shotmill.story.load import load_story
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord


@dataclass(frozen=True, slots=True)
class Forecast:
    """`styles` counts all beats by style; `images` are left to draw at `price_usd` each. `seconds` is None without a
    key to draw with; `trial` the images of `shotmill start --limit 1`."""

    styles: dict[str, int]
    drawn: int
    images: int
    price_usd: float
    seconds: float | None
    trial: int

    @property
    def usd(self) -> float:
        return self.images * self.price_usd


def forecast(root: Path, ring: KeyRing, now: float) -> Forecast:
    """Blocking. Raises `ShotmillError` for settings and prompts that can't be read."""
    settings = load_project_settings(root)
    board = _board(root, settings)
    work, rooms = [], {}
    for style in board.styles:
        keys = pool_for(settings.style(style.name), ring).keys
        names = tuple(dict.fromkeys(key.quota_project for key in keys))
        work.append(StyleWork(style.name, style.to_do, style.longest_chain(), names))
        rooms |= {name: _room(name, settings, ring, now) for name in names}
    images = sum(style.to_do for style in board.styles)
    return Forecast(
        {style.name: len(style.beats) for style in board.styles},
        board.drawn,
        images,
        price_of(settings.gemini.model, settings.gemini.image_size),
        estimate(work, rooms, FIRST_LATENCY_S, now).seconds if rooms else None,
        sum(1 for style in board.styles if style.to_do),
    )


def _board(root: Path, settings: ProjectSettings) -> Board:
    styles = load_story(find_sources(root, {name: style.prompts for name, style in settings.styles.items()}))
    references = {style.name: references_of(settings.style(style.name), root) for style in styles}
    layout = Layout(root)
    board, _ = assemble(layout, styles, settings, references, ProjectRecord.of(Journal(layout).read()))
    return board


def _room(name: str, settings: ProjectSettings, ring: KeyRing, now: float) -> QuotaRoom:
    """A quota project with nothing of it used yet."""
    limits = limits_for(name, ring.keys, settings.limits)
    known = find_model(settings.gemini.model)
    rpm = ((known.rpm if known is not None else None) or AUTO_RPM) if limits.rpm == "auto" else limits.rpm
    return QuotaRoom(name, rpm, rpm, limits.rpd, next_reset(now))
