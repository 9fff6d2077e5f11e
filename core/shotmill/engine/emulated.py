"""What an emulator will answer to a project's requests: it can be known beforehand, price and time."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from shotmill.engine.ask import asked_text
from shotmill.engine.beat import TO_DO, Beat
from shotmill.engine.board import Board
from shotmill.engine.expected import expected_usd
from shotmill.errors import ShotmillError
from shotmill.settings.models import seconds_of
from shotmill.settings.project import ProjectSettings
from shotmill.takes.record import ProjectRecord

if TYPE_CHECKING:
    from shotmill.emulator.options import EmulatorOptions

ENOUGH = 10
"""Images of a project's own whose times tell more than what is usual."""
FORESEEN = 1_000
"""Beats of an open project whose price is foreseen, at some 50 us each; the others cost as these on average."""


def emulator_options(dot: Path) -> EmulatorOptions:
    from shotmill.emulator.options import EmulatorOptions, read_options

    try:
        return read_options(dot)
    except ShotmillError:  # the run's start will say what is wrong
        return EmulatorOptions()


def foreseen_by_emulator(
    options: EmulatorOptions,
    settings: ProjectSettings,
    board: Board,
    references: Mapping[str, Sequence[Path]],
    most: int | None = None,
) -> dict[tuple[str, str], tuple[float, float]]:
    """Seconds and dollars of what an emulator with these options will answer, by style and beat, for what is to do
    (`most`: for so many), with the `references` of each style. Beats of one prompt are its attempts one after the
    other; which is which doesn't matter to their sum.
    """
    from shotmill.emulator.foreseen import Foresight
    from shotmill.emulator.reply import Manner

    manner = Manner(options.seed, options.format, options.drafts)
    foresight = Foresight(settings.gemini.model, settings.gemini.image_size, manner, options.latency / options.speed)
    answers: dict[tuple[str, str], tuple[float, float]] = {}
    to_do = (beat for style in board.styles for beat in style.beats if beat.state in TO_DO)
    for beat in islice(to_do, most):
        sent_along = 1 if beat.previous is not None else len(references.get(beat.style, ()))
        answer = foresight.next(asked_text(beat.prompt, settings.style(beat.style)), sent_along)
        answers[beat.style, beat.id] = answer.seconds, answer.usd
    return answers


def usual_s(record: ProjectRecord, model: str, options: EmulatorOptions | None) -> float:
    """Seconds of an image: as the project's own images took; the emulator's, or what is usual of the model, where there
    are too few."""
    seconds = [take.seconds for beat in record.beats.values() for take in beat.takes if take.seconds > 0]
    if len(seconds) >= ENOUGH:
        return statistics.median(seconds)
    return seconds_of(model) if options is None else options.latency / options.speed


@dataclass(frozen=True, slots=True)
class Expected:
    """What images of a project are likely to cost and take: `each_usd` one more of them, `known_usd` those of which it
    is known beforehand, by style and beat; `seconds` before the first of a run was drawn."""

    each_usd: float
    seconds: float
    known_usd: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of(self, beats: Iterable[Beat]) -> float:
        """Dollars for these."""
        if not self.known_usd:
            return self.each_usd * sum(1 for _ in beats)
        return math.fsum(self.known_usd.get((beat.style, beat.id), self.each_usd) for beat in beats)


def expected_of(
    record: ProjectRecord, settings: ProjectSettings, board: Board, references: Mapping[str, Sequence[Path]], dot: Path
) -> Expected:
    """By its own replies and what is usual; where the built-in emulator draws, as `shotmill estimate` has it."""
    options = emulator_options(dot) if settings.gemini.is_play_money else None
    seconds = usual_s(record, settings.gemini.model, options)
    answers = foreseen_by_emulator(options, settings, board, references, FORESEEN) if options is not None else {}
    if answers:
        known = {place: usd for place, (_, usd) in answers.items()}
        return Expected(math.fsum(known.values()) / len(known), seconds, known)
    return Expected(expected_usd(record, settings), seconds)
