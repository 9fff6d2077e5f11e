"""A project's estimate from its own folder: with what the database, or else a running daemon, says was used today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotmill.engine.assemble import assemble
from shotmill.engine.beat import TO_DO, BeatState
from shotmill.engine.board import Board
from shotmill.engine.emulated import emulator_options, foreseen_by_emulator, usual_s
from shotmill.engine.estimate import RunEstimate, estimate_run
from shotmill.engine.expected import dearest_seen_usd, expected_usd
from shotmill.engine.gone import images_gone, told_gone
from shotmill.engine.purse import Terms
from shotmill.engine.redraws import doubt_usd, doubts_to_redraw, held_back, may_risk, told_held, within_limit
from shotmill.engine.selection import Options, select
from shotmill.engine.simulated_provider import Latency
from shotmill.engine.used_today import Used, of_database, of_status
from shotmill.engine.works import Quotas, Work
from shotmill.quota.account_limits import AccountLimits, minutes_out
from shotmill.secrets import Secret
from shotmill.settings.endpoint import Endpoint, resolve_endpoint
from shotmill.settings.keys import Key, KeyRing, known_ones
from shotmill.settings.pools import limits_for, pool_for
from shotmill.settings.prices import Prices, prices_of
from shotmill.settings.project import ProjectSettings, StyleSettings, load_project_settings, references_of
from shotmill.story.discover import find_sources
from shotmill.story.hints import hints
from shotmill.story.load import load_story
from shotmill.story.model import Style
from shotmill.takes.identity import read_id
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord

if TYPE_CHECKING:
    from shotmill.emulator.options import EmulatorOptions

ALL = Options()
SPREAD = 0.35
"""Of the logarithm of the latency, where too few images were drawn to tell."""


def project_estimate(
    root: Path,
    ring: KeyRing,
    database: Path,
    running: Mapping[str, Any] | None,
    now: float,
    choice: Options = ALL,
) -> RunEstimate:
    """What the rest of the project takes, or what `choice` takes of it. `running` is the status object of a daemon
    that holds the database, or None.

    Writes nothing, and sends nothing but a question to an emulator on this machine. Raises `ShotmillError` for settings
    or prompts that can't be read, and for a choice of what is not there.
    """
    found = _look(root)
    settings, board, record = found.settings, found.board, found.record
    out = _put_in_flight(board, record, running) if running is not None else {}
    prices = prices_of(settings.gemini.model, settings.gemini.image_size)
    held = _to_be_drawn(board, choice, may_risk(settings.generation.in_doubt_usd, choice), record, prices)
    again = len(images_gone(board, record))
    place = resolve_endpoint(settings.gemini.base_url, ring.base_urls)
    options = _emulator(place, found.layout.dot)
    if options is not None and place.kind == "emulator":
        ring, endpoint = _emulated_ring(options), f"emulator:{read_id(found.layout)}"
    else:
        endpoint = place.url or "google"
    model = settings.gemini.model
    used = of_status(running, ring.keys, model, now) if running is not None else of_database(database, endpoint, now)
    terms = Terms(
        prices.one_usd,
        budget_usd=settings.budget_usd,
        run_budget_usd=choice.budget_usd,
        dearest_usd=prices.dearest_usd,
        seen_usd=dearest_seen_usd(record, settings),
    )
    gone = record.spent_usd + record.in_doubt_usd
    answers = {} if options is None else foreseen_by_emulator(options, settings, board, found.references)
    foreseen = None if options is None else lambda beat: answers[beat.style, beat.id]
    latency = Latency(usual_s(record, model, options), SPREAD)
    lands = {place: max(0.0, sent_at + latency.mean_s - now) for place, sent_at in out.items()}
    work = Work(board, model, terms, latency, expected_usd(record, settings), gone, foreseen, lands)
    estimate = estimate_run(work, _quotas(found, ring, used), now)
    play = settings.gemini.is_play_money
    lacking = () if play else _lacking([(style.name, settings.style(style.name)) for style in found.styles], ring)
    told = (*told_gone(again, root), *told_held(held), *lacking, *hints(found.styles))
    return replace(estimate, hints=told, is_play_money=play)


@dataclass(frozen=True, slots=True)
class _Found:
    """A project as it stands in its folder."""

    layout: Layout
    settings: ProjectSettings
    styles: Sequence[Style]
    references: Mapping[str, Sequence[Path]]
    record: ProjectRecord
    board: Board


def _look(root: Path) -> _Found:
    settings = load_project_settings(root)
    styles = load_story(find_sources(root, {name: style.prompts for name, style in settings.styles.items()}))
    references = {style.name: references_of(settings.style(style.name), root) for style in styles}
    layout = Layout(root)
    record = ProjectRecord.of(Journal(layout).read())
    board, _ = assemble(layout, styles, settings, references, record)
    return _Found(layout, settings, styles, references, record, board)


def _quotas(found: _Found, ring: KeyRing, used: Used) -> Quotas:
    """The keys of each style with what they have used of their limits."""
    settings = found.settings
    return Quotas(
        {style.name: pool_for(settings.style(style.name), ring).keys for style in found.styles},
        lambda name: _limits(name, ring, settings, used.limits.get(name)),
        used.sends,
        used.rests,
        used.learned,
    )


def _put_in_flight(board: Board, record: ProjectRecord, running: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """What a daemon has out is no doubt: it is paid for, has its slots, and will land within an image's time, so that
    it is not drawn again, and its chain goes on then. Returns when each was sent, by style and beat.
    """
    out: dict[tuple[str, str], float] = {}
    for intent in record.open_intents.values():
        beat = board.find(intent.style, intent.beat)
        is_out = running["styles"].get(intent.style, {}).get("in_flight", 0) > 0
        if beat is not None and is_out and beat.state is BeatState.IN_DOUBT:
            board.set(beat, BeatState.IN_FLIGHT)
            out[intent.style, intent.beat] = intent.at
    return out


def _lacking(styles: Sequence[tuple[str, StyleSettings]], ring: KeyRing) -> list[str]:
    """Of each style that names keys which can't be used here: which, and what there is."""
    have = known_ones([key.name for key in ring.keys])
    return [
        f"{name} names {', '.join(lacking)}, and this machine has no usable key of that name{have}"
        for name, style in styles
        if (lacking := pool_for(style, ring).passed_over)
    ]


def _to_be_drawn(board: Board, options: Options, risk_usd: float, record: ProjectRecord, prices: Prices) -> int:
    """Only what a start would draw is left to do, doubts that it would draw again with it. The others are taken as if
    they were there, so that no chain waits. Returns how many of those chosen a doubt holds back.
    """
    doubts = doubts_to_redraw(board, options, risk_usd, partial(doubt_usd, record, prices))
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


def _limits(
    quota_project: str, ring: KeyRing, settings: ProjectSettings, used: tuple[int, int] | None
) -> AccountLimits:
    """As a daemon uses them now, else as the settings have them."""
    if used is not None:
        return AccountLimits(*used, settings.limits.in_flight, minutes_out=minutes_out(settings.gemini.timeout_s))
    found = limits_for(quota_project, ring.keys, settings.limits)
    return AccountLimits(
        found.rpm,
        found.rpd,
        settings.limits.in_flight,
        found.rpm_written,
        found.rpd_written,
        minutes_out(settings.gemini.timeout_s),
    )


def _emulator(place: Endpoint, dot: Path) -> EmulatorOptions | None:
    """How the emulator answers that is there, or will be; None where the project is drawn by none."""
    if place.kind == "emulator":
        return emulator_options(dot)
    if place.kind == "loopback":
        from shotmill.emulator.running import options_of_running

        return options_of_running(place.url)
    return None


def _emulated_ring(options: EmulatorOptions) -> KeyRing:
    """The keys that the project's emulator will have."""
    from shotmill.emulator.keys import default_keyring

    listed = default_keyring().faster(options.speed).listed()
    return KeyRing(
        keys=tuple(
            Key(
                entry["name"],
                Secret(entry["api_key"]),
                entry["quota_project"],
                entry["quota_project"],
                entry["rpm"],
                entry["rpd"],
            )
            for entry in listed
        )
    )
