"""A project's estimate from its own folder: with what the database, or else a running daemon, says was used today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shotmill.engine.emulated import emulator_options
from shotmill.engine.estimate import RunEstimate, estimate_run
from shotmill.engine.gone import images_gone, told_gone
from shotmill.engine.project_work import FoundProject, look
from shotmill.engine.redraws import may_risk, told_held
from shotmill.engine.runs_beside import runs_beside
from shotmill.engine.selection import Options
from shotmill.engine.used_today import Used, of_database, of_status
from shotmill.engine.works import Beside, Quotas
from shotmill.quota.account_limits import AccountLimits, minutes_out
from shotmill.secrets import Secret
from shotmill.settings.endpoint import Endpoint, resolve_endpoint
from shotmill.settings.keys import Key, KeyRing, known_ones
from shotmill.settings.pools import limits_for, pool_for
from shotmill.settings.project import ProjectSettings, StyleSettings
from shotmill.story.hints import hints
from shotmill.takes.identity import read_id

if TYPE_CHECKING:
    from shotmill.emulator.options import EmulatorOptions

ALL = Options()


def project_estimate(
    root: Path,
    ring: KeyRing,
    database: Path,
    running: Mapping[str, Any] | None,
    now: float,
    choice: Options = ALL,
    others: Sequence[Mapping[str, Any]] = (),
) -> RunEstimate:
    """What the rest of the project takes, or what `choice` takes of it. `running` is the status object of a daemon
    that holds the database, or None; `others` are those of its other projects.

    Writes nothing, and sends nothing but a question to an emulator on this machine. Raises `ShotmillError` for settings
    or prompts that can't be read, and for a choice of what is not there.
    """
    found = look(root)
    settings, record = found.settings, found.record
    out = found.put_in_flight(running) if running is not None else {}
    held = found.choose(choice, may_risk(settings.generation.in_doubt_usd, choice))
    again = len(images_gone(found.board, record))
    place = resolve_endpoint(settings.gemini.base_url, ring.base_urls)
    emulator = _emulator(place, found.layout.dot)
    if emulator is not None and place.kind == "emulator":
        ring, endpoint = _emulated_ring(emulator), f"emulator:{read_id(found.layout)}"
    else:
        endpoint = place.url or "google"
    beside = runs_beside(others, found, ring, emulator, now)
    if running is not None:
        meters = [*(other.meters for other in beside), running["keys"]]
        known = {name: key for one in meters for name, key in one.items()}
        used = of_status({**running, "keys": known}, ring.keys, settings.gemini.model, now)
    else:
        used = of_database(database, endpoint, now)
    work = found.work(choice.budget_usd, out, emulator, now)
    estimate = estimate_run(work, _quotas(found, ring, used, beside), now, beside=beside)
    play = settings.gemini.is_play_money
    lacking = () if play else _lacking([(style.name, settings.style(style.name)) for style in found.styles], ring)
    sought = _sought(found, ring, used)
    told = (*told_gone(again, root), *told_held(held), *sought, *lacking, *hints(found.styles))
    return replace(estimate, hints=told, is_play_money=play)


def _quotas(found: FoundProject, ring: KeyRing, used: Used, beside: Sequence[Beside]) -> Quotas:
    """The keys of each style with what they have used of their limits."""
    return Quotas(
        found.pools(ring),
        lambda name: _limits(name, ring, found.settings, used.limits.get(name)),
        used.sends,
        used.rests,
        used.learned,
        [key for other in beside for pool in other.pools.values() for key in pool],
    )


def _sought(found: FoundProject, ring: KeyRing, used: Used) -> list[str]:
    """What to say of quota projects whose limit of a minute is found by trying and was not named yet."""
    named = {name for name, _, of in used.learned if any(one.what in ("rpm", "ipm") for one in of)}
    names = dict.fromkeys(key.quota_project for pool in found.pools(ring).values() for key in pool)
    seeking = [
        name for name in names if name not in named and limits_for(name, ring.keys, found.settings.limits).rpm == "auto"
    ]
    if not seeking:
        return []
    return [f'how many a minute {", ".join(seeking)} may send is still tried out (rpm = "auto"): it may go faster']


def _lacking(styles: Sequence[tuple[str, StyleSettings]], ring: KeyRing) -> list[str]:
    """Of each style that names keys which can't be used here: which, and what there is."""
    have = known_ones([key.name for key in ring.keys])
    return [
        f"{name} names {', '.join(lacking)}, and this machine has no usable key of that name{have}"
        for name, style in styles
        if (lacking := pool_for(style, ring).passed_over)
    ]


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
