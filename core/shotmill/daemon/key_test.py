"""Does the provider know a key? Listing models costs nothing; that its project may draw shows at the first image."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from shotmill.daemon.opening import open_project
from shotmill.errors import UsageError
from shotmill.gemini.outcome import Fate, Outcome, Scope, for_key
from shotmill.gemini.reactions import react_to_listing
from shotmill.ledger.ledger import Ledger
from shotmill.ledger.of_keys import KeyTest
from shotmill.settings.keys import Key, UnusableKey
from shotmill.untrusted import printable


class KeyTests:
    """The last test of each key by endpoint and fingerprint, read from the ledger at first sight of an endpoint."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._found: dict[str, dict[str, KeyTest]] = {}

    async def remember(self, endpoint: str, key: Key, outcome: Outcome | None, now: float) -> KeyTest | None:
        """None for a provider that could not be asked: that says nothing of the key."""
        said = verdict_of(key, outcome)
        if said["verdict"] == "unreachable":
            return None
        cure = outcome.cure if outcome is not None else ""  # as the table has it: the key may get another name
        tested = KeyTest(now, str(said["verdict"]), str(said["message"]), cure)
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


def verdict_of(key: Key, outcome: Outcome | None) -> dict[str, Any]:
    """A verdict as docs/api.md has it, of what the listing came to: None for a key that the provider knows."""
    verdict, message, cure = "known", "known to the provider", ""
    if outcome is not None:
        message, cure = outcome.message or outcome.code, for_key(outcome.cure, key.name)
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
    """Ask the project's endpoint (Google's without one) to list its models with each key: costs nothing.

    Every name gets its verdict; names of one secret are asked about once.
    """
    await workshop.refresh_keys()
    project = await open_project(workshop, path, look=True) if path else None
    if project is not None:
        client = (await workshop.places.place_of(project)).provider
        ring = workshop.places.ring_of(project)
    else:
        client, ring = workshop.places.google(), workshop.keys.ring
    keys = ring.keys
    chosen = [key for key in keys if name is None or key.name == name]
    unusable = [key for key in ring.unusable if name is None or key.name == name]
    if name is not None and not chosen and not unusable:
        known = ", ".join(key.name for key in keys) or "none"
        raise UsageError(
            f"there is no key {printable(name, 40)!r}; known are: {known}",
            cure=f"shotmill keys add {printable(name, 40)}",
        )
    distinct = {key.fingerprint: key.secret for key in chosen}
    answers = await asyncio.gather(*(client.list_models(secret) for secret in distinct.values()))
    said = {fingerprint: react_to_listing(one) for fingerprint, one in zip(distinct, answers, strict=True)}
    found = [verdict_of(key, said[key.fingerprint]) for key in chosen]
    endpoint = workshop.places.endpoint_name(project) if project is not None else "google"
    for key in {key.fingerprint: key for key in chosen}.values():
        tested = await workshop.key_tests.remember(endpoint, key, said[key.fingerprint], workshop.clock.now())
        if tested is None:
            continue
        state = workshop.places.book(endpoint).key(key)
        if tested.is_bad:
            state.refused_test(tested.as_resting)
        elif state.passed_test():
            await workshop.ledger.rest(endpoint, "key", key.fingerprint, "", None)
            workshop.places.book(endpoint).tell()
    for one in workshop.projects.values():
        one.feed.topic("keys")
    if project is not None and not workshop.is_active(project):
        await workshop.places.leave(project)
    return [*found, *(unusable_verdict(key) for key in unusable)]
