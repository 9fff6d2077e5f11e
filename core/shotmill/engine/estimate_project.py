"""A project's estimate from its own folder: with what the database, or else a running daemon, says was used today."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shotmill.engine.assemble import assemble
from shotmill.engine.board import TO_DO, BeatState, Board
from shotmill.engine.estimate import Quotas, RunEstimate, estimate_run
from shotmill.engine.pace import FIRST_LATENCY_S
from shotmill.engine.selection import Options, select
from shotmill.engine.simulated_provider import Latency
from shotmill.quota.account import AccountLimits, minutes_out
from shotmill.quota.day import day_start
from shotmill.secrets import Secret
from shotmill.settings.endpoint import resolve_endpoint
from shotmill.settings.keys import Key, KeyRing
from shotmill.settings.models import price_of
from shotmill.settings.pools import limits_for, pool_for
from shotmill.settings.project import ProjectSettings, load_project_settings, references_of
from shotmill.story.discover import find_sources
from shotmill.story.load import load_story
from shotmill.takes.identity import read_id
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.record import ProjectRecord

ALL = Options()
SPREAD = 0.35
"""Of the logarithm of the latency, where too few images were drawn to tell."""
ENOUGH = 10
EMULATED_S = 8.0


class Sends:
    """Requests that were sent: (moment, quota project, fingerprint, model)."""

    def __init__(self, rows: Sequence[tuple[float, str, str, str]] = ()) -> None:
        self._rows = sorted(rows)

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        return [
            at
            for at, project, fingerprint, of in self._rows
            if at >= since and of == model and (project == quota_project or fingerprint in fingerprints)
        ]


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

    Writes nothing and sends nothing. Raises `ShotmillError` for settings or prompts that can't be read, and for a
    choice of what is not there.
    """
    settings = load_project_settings(root)
    styles = load_story(find_sources(root, {name: style.prompts for name, style in settings.styles.items()}))
    references = {style.name: references_of(settings.style(style.name), root) for style in styles}
    layout = Layout(root)
    record = ProjectRecord.of(Journal(layout).read())
    board, _ = assemble(layout, styles, settings, references, record)
    _narrow(board, choice)
    emulated = resolve_endpoint(settings.gemini.base_url, ring.base_urls)
    options = _emulator_options(layout) if emulated.kind == "emulator" else None
    if options is not None:
        ring, endpoint = _emulated_ring(options), f"emulator:{read_id(layout)}"
    else:
        endpoint = emulated.url or "google"
    model = settings.gemini.model
    sends = _of_status(running, model, now) if running is not None else _of_database(database, endpoint, now)
    quotas = Quotas(
        {style.name: pool_for(settings.style(style.name), ring).keys for style in styles},
        lambda name: _limits(name, ring, settings),
        sends,
    )
    price = price_of(model, settings.gemini.image_size)
    return estimate_run(board, quotas, model, price, _latency(record, options), now)


def _narrow(board: Board, options: Options) -> None:
    """Only the chosen beats are left to do. The others are taken as if they were there, so that no chain waits."""
    if options == ALL:
        return
    chosen = select(board, options).beats
    places = {(beat.style, beat.id) for beat in chosen}
    for style in board.styles:
        for beat in style.beats:
            if beat.state in TO_DO and (beat.style, beat.id) not in places:
                board.set(beat, BeatState.EXISTS)
    for beat in chosen:
        if beat.state not in TO_DO:
            board.set(beat, BeatState.PENDING)
    board.settle_all()


def _limits(quota_project: str, ring: KeyRing, settings: ProjectSettings) -> AccountLimits:
    found = limits_for(quota_project, ring.keys, settings.limits)
    return AccountLimits(
        found.rpm,
        found.rpd,
        settings.limits.in_flight,
        found.rpm_written,
        found.rpd_written,
        minutes_out(settings.gemini.timeout_s),
    )


def _latency(record: ProjectRecord, options: Mapping[str, Any] | None) -> Latency:
    """As the project's own images took; the emulator's, or what is usual, where there are too few."""
    seconds = [take.seconds for beat in record.beats.values() for take in beat.takes if take.seconds > 0]
    if len(seconds) >= ENOUGH:
        return Latency(statistics.median(seconds), SPREAD)
    if options is not None:
        return Latency(float(options.get("latency", EMULATED_S)) / float(options.get("speed", 1.0)), SPREAD)
    return Latency(FIRST_LATENCY_S, SPREAD)


def _of_database(database: Path, endpoint: str, now: float) -> Sends:
    """What the last daemons recorded; nothing where there is no database."""
    if not database.exists():
        return Sends()
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT at, quota_project, fingerprint, model FROM sends WHERE endpoint = ? AND at >= ?",
            (endpoint, now - 90_000),
        ).fetchall()
    except sqlite3.DatabaseError:  # in use by a daemon of another version, or not ours: `doctor` tells
        rows = []
    finally:
        connection.close()
    return Sends(rows)


def _of_status(status: Mapping[str, Any], model: str, now: float) -> Sends:
    """Requests in the numbers that the daemon's meters show: those of the minute half a minute ago."""
    rows: list[tuple[float, str, str, str]] = []
    meters = {key["quota_project"]: key for key in status["keys"].values() if key["quota_project"]}
    for name, meter in meters.items():
        lately = meter["rpm"]["used"]
        rows += [(now - 30.0, name, "", model)] * lately
        rows += [(max(day_start(now), now - 3600.0), name, "", model)] * max(0, meter["rpd"]["used"] - lately)
    return Sends(rows)


def _emulator_options(layout: Layout) -> Mapping[str, Any]:
    try:
        found = json.loads((Path(layout.dot) / "emulator.json").read_text("utf-8"))
    except (OSError, ValueError):  # none, or one that the run's start will name
        return {}
    return found if isinstance(found, dict) else {}


def _emulated_ring(options: Mapping[str, Any]) -> KeyRing:
    """The keys that the project's emulator will have."""
    from shotmill.emulator.keys import default_keyring

    listed = default_keyring().faster(float(options.get("speed", 1.0))).listed()
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
