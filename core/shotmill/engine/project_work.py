"""A project as it stands in its folder, and what of it a run would draw: what an estimate is asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotmill.engine.assemble import assemble
from shotmill.engine.beat import TO_DO, BeatState
from shotmill.engine.board import Board
from shotmill.engine.emulated import foreseen_by_emulator, usual_s
from shotmill.engine.expected import dearest_seen_usd, expected_usd
from shotmill.engine.purse import Terms
from shotmill.engine.redraws import doubt_usd, doubts_to_redraw, held_back, within_limit
from shotmill.engine.selection import Options, select
from shotmill.engine.simulated_provider import Latency
from shotmill.engine.works import Work
from shotmill.settings.keys import Key, KeyRing
from shotmill.settings.pools import pool_for
from shotmill.settings.prices import prices_of
from shotmill.settings.project import ProjectSettings, load_project_settings, references_of
from shotmill.story.discover import find_sources
from shotmill.story.load import load_story
from shotmill.story.model import Style
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord

if TYPE_CHECKING:
    from shotmill.emulator.options import EmulatorOptions

SPREAD = 0.35
"""Of the logarithm of the latency, where too few images were drawn to tell."""

Out = Mapping[tuple[str, str], float]
"""When each request was sent that is out, by style and beat."""


@dataclass(frozen=True, slots=True)
class FoundProject:
    """What its folder says; the board is its own, and may be changed."""

    layout: Layout
    settings: ProjectSettings
    styles: Sequence[Style]
    references: Mapping[str, Sequence[Path]]
    record: ProjectRecord
    board: Board

    def pools(self, ring: KeyRing) -> dict[str, tuple[Key, ...]]:
        """The usable keys of each style."""
        return {style.name: pool_for(self.settings.style(style.name), ring).keys for style in self.styles}

    def put_in_flight(self, status: Mapping[str, Any]) -> Out:
        """What a daemon has out, whose status of the project this is, is no doubt: it is paid for, has its slots, and
        will land within an image's time, so that it is not drawn again, and its chain goes on then.
        """
        out: dict[tuple[str, str], float] = {}
        for intent in self.record.open_intents.values():
            beat = self.board.find(intent.style, intent.beat)
            is_out = status["styles"].get(intent.style, {}).get("in_flight", 0) > 0
            if beat is not None and is_out and beat.state is BeatState.IN_DOUBT:
                self.board.set(beat, BeatState.IN_FLIGHT)
                out[intent.style, intent.beat] = intent.at
        return out

    def choose(self, options: Options, risk_usd: float) -> int:
        """Only what a start would draw is left to do, doubts that it would draw again with it. The others are taken as
        if they were there, so that no chain waits. Returns how many of those chosen a doubt holds back.

        Raises `UsageError` for a choice of what is not there.
        """
        board, gemini = self.board, self.settings.gemini
        prices = prices_of(gemini.model, gemini.image_size)
        doubts = doubts_to_redraw(board, options, risk_usd, partial(doubt_usd, self.record, prices))
        chosen = {*within_limit(select(board, options), doubts, options).beats}
        chosen |= {beat for place in doubts if (beat := board.find(*place)) is not None}
        for beat in chosen:
            if beat.state not in TO_DO:
                board.set(beat, BeatState.PENDING)
        held = held_back([beat for style in board.styles for beat in style.beats if beat in chosen], board)
        for style in board.styles:
            for beat in style.beats:
                if beat.state in TO_DO and (beat not in chosen or beat in held):
                    board.set(beat, BeatState.EXISTS)
        board.settle_all()
        return len(held)

    def work(self, budget_usd: float | None, out: Out, emulator: EmulatorOptions | None, now: float) -> Work:
        """What is left to do on the board, with what is known of its answers and of the money. `budget_usd`: of the run
        alone."""
        settings, record, board = self.settings, self.record, self.board
        prices = prices_of(settings.gemini.model, settings.gemini.image_size)
        terms = Terms(
            prices.one_usd,
            budget_usd=settings.budget_usd,
            run_budget_usd=budget_usd,
            dearest_usd=prices.dearest_usd,
            seen_usd=dearest_seen_usd(record, settings),
        )
        answers = {} if emulator is None else foreseen_by_emulator(emulator, settings, board, self.references)
        latency = Latency(usual_s(record, settings.gemini.model, emulator), SPREAD)
        return Work(
            board,
            settings.gemini.model,
            terms,
            latency,
            expected_usd(record, settings),
            record.spent_usd + record.in_doubt_usd,
            None if emulator is None else lambda beat: answers[beat.style, beat.id],
            {place: max(0.0, sent_at + latency.mean_s - now) for place, sent_at in out.items()},
        )


def look(root: Path) -> FoundProject:
    """Read the project's folder. Raises `ShotmillError` for settings or prompts that can't be read."""
    settings = load_project_settings(root)
    styles = load_story(find_sources(root, {name: style.prompts for name, style in settings.styles.items()}))
    references = {style.name: references_of(settings.style(style.name), root) for style in styles}
    layout = Layout(root)
    record = ProjectRecord.of(Journal(layout).read())
    board, _ = assemble(layout, styles, settings, references, record)
    return FoundProject(layout, settings, styles, references, record, board)
