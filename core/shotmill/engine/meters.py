"""The meters of the quota projects and the state of each key: pure views of the book at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shotmill.clock import iso
from shotmill.engine.ahead import rooms_of
from shotmill.engine.key_words import short_of
from shotmill.engine.rooms import QuotaRoom
from shotmill.engine.waiting import cure_of
from shotmill.quota.account import Account
from shotmill.quota.account_limits import AccountLimits
from shotmill.quota.book import QuotaBook
from shotmill.quota.guard import FIRST_GUARD
from shotmill.quota.resting import Resting
from shotmill.settings.keys import Key
from shotmill.settings.project import ProjectSettings

AGO_S = 0.5
"""Moments of the running minute are told to this, so that their list stays short however many there are."""
SPEND_AGO_S = 5.0
"""The same of the ten minutes of a spend window."""


class Meters:
    """The keys of one project's pools with one model. `book` is None where no endpoint may be sent a key.

    `unusable` are names of keys that can't be used, each with its reason and cure.
    """

    def __init__(
        self,
        settings: ProjectSettings,
        book: QuotaBook | None,
        pools: Mapping[str, Sequence[Key]],
        unusable: Sequence[tuple[str, str, str]],
        now: float,
    ) -> None:
        self._settings = settings
        self._book = book
        self._pools = pools
        self._unusable = unusable
        self._now = now
        self._model = settings.gemini.model

    def quota(self) -> list[dict[str, Any]]:
        """One meter a quota project."""
        names = dict.fromkeys(key.quota_project for key in self._distinct())
        return [self._meter(name) for name in names]

    def keys(self, *, counted: bool = True) -> dict[str, dict[str, Any]]:
        """The contract's object: each key by its name, with its quota project's figures. `counted`: with what another
        book has to know to count on, which costs time by the number of requests and which no screen shows."""
        return {key.name: self._key(key, counted=counted) for key in self._distinct()} | self._unusable_keys()

    def key_list(self) -> list[dict[str, Any]]:
        """Each key as screens show it, those that can't be used last."""
        found = []
        for key in self._distinct():
            trouble, (code, cure) = self._trouble(key), self._code_and_cure(key)
            found.append(
                {
                    "name": key.name,
                    "masked": key.secret.masked,
                    "quota_project": key.quota_project,
                    "state": self._key_state(key),
                    "reason": trouble.reason if trouble else "",
                    "code": code,
                    "cure": cure,
                    "until": self._back(key, trouble),
                }
            )
        for name, reason, cure in self._unusable:
            told = {"state": "invalid", "reason": reason, "code": "unusable", "cure": cure, "until": None}
            found.append({"name": name, "masked": "", "quota_project": "", **told})
        return found

    def _distinct(self) -> list[Key]:
        return list({key.fingerprint: key for pool in self._pools.values() for key in pool}.values())

    def _account(self, quota_project: str) -> Account | None:
        """With what earlier daemons sent: a window is as full after a restart as it was before."""
        if self._book is None:
            return None
        known = self._book.accounts.get((quota_project, self._model))
        return known or self._book.account(quota_project, self._model, self._distinct(), self._now)

    def _resting(self, key: Key) -> Resting | None:
        return self._book.resting(key, self._model, self._now) if self._book is not None else None

    def _trouble(self, key: Key) -> Resting | None:
        """What keeps the key from drawing, or did when it was asked last."""
        return self._book.trouble(key, self._model, self._now) if self._book is not None else None

    def _code_and_cure(self, key: Key) -> tuple[str, str]:
        """Of the trouble; empty where there is none."""
        trouble = self._trouble(key)
        if trouble is not None:
            person = f"shotmill keys add {key.name} --replace" if trouble.until is None else ""
            return trouble.code, cure_of(trouble.code, trouble.cure or person)
        return ("day_quota", cure_of("day_quota")) if self._key_state(key) == "exhausted" else ("", "")

    def _back(self, key: Key, trouble: Resting | None) -> float | None:
        """When a key that rests may be used again; None where a person has to act, and for one that does not rest."""
        if trouble is not None or self._key_state(key) != "exhausted":
            return trouble.until if trouble is not None else None
        account = self._account(key.quota_project)
        return account.day.next_reset(self._now) if account is not None else None

    def _key_state(self, key: Key) -> str:
        trouble = self._trouble(key)
        account = self._account(key.quota_project)
        if trouble is not None:
            return trouble.key_state
        if account is not None and account.today(self._now) >= account.rpd:
            return "exhausted"
        return "ready" if self._book is not None and self._book.key(key).draws else "untested"

    def _key(self, key: Key, *, counted: bool) -> dict[str, Any]:
        meter = self._meter(key.quota_project)
        resting, trouble = self._resting(key), self._trouble(key)
        next_slot = meter["next_slot_at"]
        return {
            "quota_project": key.quota_project,
            "state": self._key_state(key),
            "reason": trouble.reason if trouble else "",
            "code": self._code_and_cure(key)[0],
            "resting": resting is not None,
            "until": iso(resting.until) if resting is not None and resting.until is not None else None,
            "rpm": meter["rpm"],
            "rpd": meter["rpd"] | {"resets_at": iso(meter["rpd"]["resets_at"])},
            **({"tpm": meter["tpm"]} if meter["tpm"] else {}),
            **(self._minute(key.quota_project) | self._spend(key.billing_account) if counted else {}),
            "next_slot_s": round(max(0.0, next_slot - self._now), 1) if next_slot is not None else None,
        }

    def _minute(self, quota_project: str) -> dict[str, Any]:
        """What another book has to know to count the running minute as this one does: how many requests left how long
        ago, oldest first, and for how much longer than the minute each counts where that was learned.
        """
        account = self._account(quota_project)
        if account is None:
            return {}
        guard = account.guard.at(self._now)
        ago = Counter(round((self._now - at) / AGO_S) * AGO_S for at in account.window.moments(self._now, guard))
        learned = {"guard_s": guard} if guard > FIRST_GUARD else {}
        return {"sent": [[seconds, count] for seconds, count in sorted(ago.items(), reverse=True)], **learned}

    def _spend(self, billing_account: str) -> dict[str, Any]:
        """The ten-minute spend window of the key's billing account, in dollars, where a refusal has shown it."""
        window = self._book.spending.get(billing_account) if self._book is not None else None
        if window is None or window.limit is None:
            return {}
        used = window.used(window.each_usd, self._now)
        figures = {"used": used, "limit": window.limit, "each": window.each_usd}
        ago = Counter(round((self._now - at) / SPEND_AGO_S) * SPEND_AGO_S for at in window.moments())
        answered = [[seconds, count] for seconds, count in sorted(ago.items(), reverse=True)]
        return {"spend": {what: round(usd, 4) for what, usd in figures.items()} | {"answered": answered}}

    def _unusable_keys(self) -> dict[str, dict[str, Any]]:
        nothing = {"used": 0, "limit": 0, "named": False}
        return {
            name: {
                "quota_project": "",
                "state": "invalid",
                "reason": reason,
                "code": "unusable",
                "resting": False,
                "until": None,
                "rpm": nothing,
                "rpd": nothing | {"resets_at": None},
                "next_slot_s": None,
            }
            for name, reason, _ in self._unusable
        }

    def for_you(self) -> Iterable[tuple[str, str, str]]:
        """Keys that only a person can mend: name, reason, cure."""
        yield from self._unusable
        for key in self._distinct():
            trouble = self._trouble(key)
            if trouble is not None and (trouble.until is None or trouble.code == "spend_cap"):
                yield key.name, trouble.reason, self._code_and_cure(key)[1]

    def _meter(self, name: str) -> dict[str, Any]:
        keys = [key for key in self._distinct() if key.quota_project == name]
        account = self._used_account(name)
        wait = account.wait(self._now)
        states = [self._key_state(key) for key in keys]
        restings = [resting for key in keys if (resting := self._resting(key)) is not None]
        usable = len(restings) < len(keys)
        until = None if usable else min((rest.until for rest in restings if rest.until is not None), default=None)
        return {
            "name": name,
            "keys": [key.name for key in keys],
            "model": self._model,
            "styles": [style for style, pool in self._pools.items() if any(key.quota_project == name for key in pool)],
            "state": states[0] if len(set(states)) == 1 else ("ready" if usable else states[0]),
            "reason": "" if usable else short_of(restings[0].code),
            "until": until,
            "rpm": {
                "used": account.minute(self._now),
                "limit": account.rpm,
                "named": account.in_use.rpm_is_named,
            },
            "rpd": {
                "used": account.taken_today(self._now),
                "limit": account.rpd,
                "named": account.in_use.rpd_is_named,
                "resets_at": account.day.next_reset(self._now),
            },
            "tpm": {
                "used": account.minute_tokens(self._now),
                "limit": account.tpm,
                "each": round(account.tokens.each, 1),
            }
            if account.tpm
            else None,
            "in_flight": account.in_flight,
            "next_slot_at": wait.until if wait is not None else None,
        }

    def _used_account(self, name: str) -> Account:
        """The book's, or where there is none an unused one with the settings' limits."""
        limits = self._settings.limits
        unused = AccountLimits(limits.rpm, limits.rpd, limits.in_flight)
        return self._account(name) or Account(name, self._model, unused)

    def rooms(self, others: Sequence[Key] = ()) -> dict[str, QuotaRoom]:
        """What each quota project has left, those of `others` with them, for an estimate; nothing where no endpoint may
        be sent a key."""
        pools = {**self._pools, "": others}
        return rooms_of(self._book, pools, self._model, self._now) if self._book is not None else {}
