"""Does the provider know a key? Listing models costs nothing; that its project may draw shows at the first image."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from shotmill.daemon.opening import open_project
from shotmill.engine.tools import Provider
from shotmill.errors import UsageError
from shotmill.gemini.outcome import Fate, Scope
from shotmill.gemini.reactions import react_to_listing
from shotmill.ledger.ledger import KeyTest, Ledger
from shotmill.settings.keys import Key, UnusableKey
from shotmill.untrusted import printable


class KeyTests:
    """The last test of each key by endpoint and fingerprint, read from the ledger at first sight of an endpoint."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._found: dict[str, dict[str, KeyTest]] = {}

    async def remember(self, endpoint: str, key: Key, verdict: dict[str, Any], now: float) -> KeyTest | None:
        """None for a provider that could not be asked: that says nothing of the key."""
        if verdict["verdict"] == "unreachable":
            return None
        tested = KeyTest(now, str(verdict["verdict"]), str(verdict["message"]), str(verdict["cure"]))
        self._at(endpoint)[key.fingerprint] = tested
        await self._ledger.key_tested(endpoint, key.fingerprint, tested)
        return tested

    def of(self, endpoint: str, key: Key) -> KeyTest | None:
        return self._at(endpoint).get(key.fingerprint)

    def _at(self, endpoint: str) -> dict[str, KeyTest]:
        found = self._found.get(endpoint)
        if found is None:
            found = self._found[endpoint] = self._ledger.key_tests(endpoint)
        return found


if TYPE_CHECKING:
    from shotmill.daemon.workshop import Workshop


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


async def test_keys(workshop: Workshop, name: str | None, path: str | None) -> list[dict[str, Any]]:
    """Ask the project's endpoint (Google's without one) to list its models with each key: costs nothing."""
    await workshop.refresh_keys()
    project = await open_project(workshop, path) if path else None
    if project is not None:
        client = (await workshop.places.place_of(project)).provider
        keys = list({key.name: key for pool in workshop.places.keys_of(project).values() for key in pool}.values())
    else:
        client, keys = workshop.places.google(), list(workshop.keys.ring.keys)
    chosen = [key for key in keys if name is None or key.name == name]
    unusable = [key for key in workshop.keys.ring.unusable if name is None or key.name == name]
    if name is not None and not chosen and not unusable:
        known = ", ".join(key.name for key in keys) or "none"
        raise UsageError(
            f"there is no key {printable(name, 40)!r}; known are: {known}", cure=f"shotmill keys add {name}"
        )
    found = await asyncio.gather(*(test_key(client, key) for key in chosen))
    endpoint = workshop.places.endpoint_name(project) if project is not None else "google"
    for key, verdict in zip(chosen, found, strict=True):
        tested = await workshop.key_tests.remember(endpoint, key, verdict, workshop.clock.now())
        if tested is not None and tested.is_bad:
            workshop.places.book(endpoint).key(key).draws = False
    for one in workshop.projects.values():
        one.feed.topic("keys")
    if project is not None and not workshop.is_active(project):
        await workshop.places.leave(project)
    return [*found, *(unusable_verdict(key) for key in unusable)]
