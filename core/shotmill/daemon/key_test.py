"""Does the provider know a key? Listing models costs nothing; that its project may draw shows at the first image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shotmill.engine.tools import Provider
from shotmill.gemini.outcome import Fate, Scope
from shotmill.gemini.reactions import react_to_listing
from shotmill.settings.keys import Key, UnusableKey


@dataclass(frozen=True, slots=True)
class Tested:
    """The last word of the provider on a key that was asked about, and when (epoch seconds)."""

    at: float
    verdict: str
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"at": self.at, "verdict": self.verdict, "message": self.message}


@dataclass(slots=True)
class KeyTests:
    """Tests of keys since this daemon began, by endpoint and fingerprint. That a key draws is the ledger's to know."""

    _found: dict[tuple[str, str], Tested] = field(default_factory=dict)

    def remember(self, endpoint: str, key: Key, verdict: dict[str, Any], now: float) -> None:
        if verdict["verdict"] != "unreachable":  # that says nothing of the key
            self._found[endpoint, key.fingerprint] = Tested(now, str(verdict["verdict"]), str(verdict["message"]))

    def of(self, endpoint: str, key: Key) -> Tested | None:
        return self._found.get((endpoint, key.fingerprint))


async def test_key(provider: Provider, key: Key) -> dict[str, Any]:
    """A verdict as docs/api.md has it."""
    outcome = react_to_listing(await provider.list_models(key.secret))
    verdict, message, cure = "known", "known to the provider", ""
    if outcome is not None:
        message, cure = outcome.message or outcome.code, outcome.cure
        if outcome.fate is Fate.NOT_SENT:
            verdict = "unreachable"
        else:
            verdict = "invalid" if outcome.scope is Scope.KEY else "refused"
    return {
        "name": key.name,
        "masked": key.secret.masked,
        "quota_project": key.quota_project,
        "verdict": verdict,
        "message": message,
        "cure": cure,
    }


def unusable_verdict(key: UnusableKey) -> dict[str, Any]:
    """A key that need not be asked about: a placeholder, or one whose variable is not set."""
    return {
        "name": key.name,
        "masked": "",
        "quota_project": "",
        "verdict": "invalid",
        "message": key.reason,
        "cure": key.cure,
    }
