"""The quotas as used today, for an estimate: what was sent, what rests, and limits that the provider named."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shotmill.clock import from_iso
from shotmill.gemini.outcome import Scope
from shotmill.ledger.of_keys import KeyTest
from shotmill.quota.day import day_start
from shotmill.quota.learned import ANY_MODEL, Learned
from shotmill.quota.replay import REPLAY_SLACK
from shotmill.quota.resting import Resting
from shotmill.quota.spend_window import ANSWERED_S
from shotmill.settings.keys import Key

REMEMBER_S = 90_000.0
UNTOLD_S = 30.0
"""So long ago the minute's requests are taken to have left where a daemon of another version does not tell."""

_LAST_WORD = " AND fingerprint NOT IN (SELECT fingerprint FROM draws WHERE draws.endpoint = key_tests.endpoint)"
"""Of keys that were tested and drew nothing since."""

Rested = tuple[str, str, str, Resting]
"""Scope, name and model of what rests, as a book remembers it."""


class Sends:
    """Requests that were sent: (moment, quota project, fingerprint, model)."""

    def __init__(self, rows: Sequence[tuple[float, str, str, str]] = ()) -> None:
        self._rows = sorted(rows)

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        return [
            at
            for at, project, fingerprint, of in self._rows
            if at >= since and model in (of, ANY_MODEL) and (project == quota_project or fingerprint in fingerprints)
        ]


@dataclass(frozen=True, slots=True)
class Used:
    """`limits` are requests a minute and a day of quota projects, as a daemon uses them now."""

    sends: Sends = field(default_factory=Sends)
    rests: Sequence[Rested] = ()
    learned: Sequence[tuple[str, str, Sequence[Learned]]] = ()
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def of_database(database: Path, endpoint: str, now: float) -> Used:
    """What the last daemons recorded; nothing where there is no database."""
    if not database.exists():
        return Used()
    # A daemon holds it for life: there is nothing to wait for.
    connection = sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=0)
    try:
        since = now - REMEMBER_S
        sends = _rows(connection, "at, quota_project, fingerprint, model FROM sends", endpoint, " AND at >= ?", since)
        rests = _rows(connection, "scope, name, model, code, reason, until, cure FROM rests", endpoint)
        tested = _rows(connection, "fingerprint, at, verdict, message, cure FROM key_tests", endpoint, _LAST_WORD)
        learned = _rows(connection, "quota_project, model, what, value, at FROM learned", endpoint)
    finally:
        connection.close()
    of_place: dict[tuple[str, str], list[Learned]] = {}
    for name, model, *one in learned:
        of_place.setdefault((name, model), []).append(Learned(*one))
    return Used(
        Sends(sends),
        [
            *((Scope.KEY, name, "", of.as_resting) for name, *test in tested if (of := KeyTest(*test)).is_bad),
            *((scope, name, model, Resting(*rest)) for scope, name, model, *rest in rests),
        ],
        [(name, model, found) for (name, model), found in of_place.items()],
    )


def _rows(connection: sqlite3.Connection, what: str, endpoint: str, more: str = "", *values: float) -> list[Any]:
    try:
        return connection.execute(f"SELECT {what} WHERE endpoint = ?{more}", (endpoint, *values)).fetchall()
    except sqlite3.DatabaseError:  # in use by a daemon of another version, or not ours: `doctor` tells
        return []


def of_status(status: Mapping[str, Any], keys: Sequence[Key], model: str, now: float) -> Used:
    """Requests in the numbers that the daemon's meters show, those of the minute when they were sent and those of the
    spend window by their answers; its limits, also of what may be spent in ten minutes, and what it learned of tokens
    and of the line; and each key of it that may not send, or would be refused by what a test of it came to.
    """
    rows: list[tuple[float, str, str, str]] = []
    meters = {key["quota_project"]: key for key in status["keys"].values() if key["quota_project"]}
    banks = {key.quota_project: key.billing_account for key in keys}
    answered = {  # how long ago those of a spend window were, the last answer first
        banks.get(name, name): [ago for ago, count in reversed(spend.get("answered", ())) for _ in range(count)]
        for name, meter in meters.items()
        if (spend := meter.get("spend"))
    }
    for name, meter in meters.items():  # those of the minute are told of by its own moments
        del answered.get(banks.get(name, name), [])[: sum(count for _, count in meter.get("sent", ()))]
    for name, meter in meters.items():
        minute = meter.get("sent", [[UNTOLD_S, meter["rpm"]["used"]]])
        lately = sum(count for _, count in minute)
        for ago, count in minute:  # as the daemon counts them: what a replay adds to a record is in them
            rows += [(now - ago - REPLAY_SLACK, name, "", model)] * count
        earlier, bank = max(0, meter["rpd"]["used"] - lately), banks.get(name, name)
        window = answered.get(bank, [])
        rows += [(now - ago - ANSWERED_S, name, "", model) for ago in window[:earlier]]
        rows += [(max(day_start(now), now - 3600.0), name, "", model)] * max(0, earlier - len(window))
        del window[:earlier]
    limits = {name: (int(meter["rpm"]["limit"]), int(meter["rpd"]["limit"])) for name, meter in meters.items()}
    rests: list[Rested] = []
    learned = {(name, model): _of_minute(meter, now) for name, meter in meters.items()}
    for key in keys:
        told = status["keys"].get(key.name, {})
        if spend := told.get("spend"):
            figures = (Learned("spend", spend["limit"], now), Learned("spend_each", spend["each"], now))
            learned[key.billing_account, ANY_MODEL] = list(figures)
        if told.get("code") and (told.get("resting") or told.get("state") == "invalid"):
            until = told.get("until")
            resting = Resting(told["code"], str(told.get("reason") or ""), from_iso(until) if until else None)
            rests.append((Scope.KEY, key.fingerprint, "", resting))
    return Used(Sends(rows), rests, [(*place, of) for place, of in learned.items() if of], limits)


def _of_minute(meter: Mapping[str, Any], now: float) -> list[Learned]:
    """What a daemon learned of a quota project; of its requests a minute only what was named."""
    tokens = meter.get("tpm") or {}
    figures = {
        "tpm": tokens.get("limit"),
        "tokens": tokens.get("each"),
        "guard": meter.get("guard_s"),
        "rpm": meter["rpm"]["limit"] if meter["rpm"].get("named") else None,
    }
    return [Learned(what, float(value), now) for what, value in figures.items() if value]
