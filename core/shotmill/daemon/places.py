"""Where requests go: for each endpoint one client and one book of quotas, shared by every project that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from shotmill.daemon.emulated import Emulated, expected_keys, start_emulator
from shotmill.engine.project import OpenProject
from shotmill.engine.tools import Place
from shotmill.gemini.client import GeminiClient
from shotmill.ledger.journals import PastSend
from shotmill.ledger.ledger import Ledger
from shotmill.quota.account_limits import AccountLimits, minutes_out
from shotmill.quota.book import QuotaBook
from shotmill.quota.key_state import KeyState
from shotmill.settings.endpoint import EndpointRefused, resolve_endpoint
from shotmill.settings.keys import Key, KeyRing
from shotmill.settings.pools import Pool, limits_for, pool_for
from shotmill.settings.project import GeminiSettings, Limits

USUAL_TIMEOUT_S = GeminiSettings().timeout_s


class Places:
    """Endpoints in use. `ring` tells the keys of this machine, `projects` all that are open."""

    def __init__(
        self, ledger: Ledger, ring: Callable[[], KeyRing], projects: Callable[[], Iterable[OpenProject]]
    ) -> None:
        self._ledger = ledger
        self._ring = ring
        self._projects = projects
        self._books: dict[str, QuotaBook] = {}
        self._clients: dict[tuple[str, str], GeminiClient] = {}
        self._emulators: dict[str, Emulated] = {}
        self._emulated_keys: dict[str, tuple[Key, ...]] = {}

    async def place_of(self, project: OpenProject) -> Place:
        """The project's endpoint, ready to be sent to; starts the emulator where it asks for it.

        Raises `EndpointRefused` for an address that the user has not allowed.
        """
        gemini = project.settings.gemini
        endpoint = resolve_endpoint(gemini.base_url, self._ring().base_urls)
        name, url = self.endpoint_name(project), endpoint.url
        if endpoint.kind == "emulator":
            url = (await self._emulator(project)).base_url
        client = self._clients.get((url, gemini.api_version))
        if client is None:
            client = self._clients[url, gemini.api_version] = GeminiClient(url, gemini.api_version)
            client.open_soon()
        return Place(name, client, self.book(name))

    def google(self) -> GeminiClient:
        """The client of Google's own endpoint."""
        return self._clients.setdefault(("", ""), GeminiClient("", ""))

    def endpoint_name(self, project: OpenProject) -> str:
        """What the ledger calls the endpoint; an emulator is the project's own."""
        endpoint = resolve_endpoint(project.settings.gemini.base_url, self._ring().base_urls)
        return f"emulator:{project.id}" if endpoint.kind == "emulator" else endpoint.url or "google"

    def book(self, endpoint: str) -> QuotaBook:
        """The endpoint's quotas; made at first sight, with what earlier daemons remembered."""
        found = self._books.get(endpoint)
        if found is None:
            found = QuotaBook(
                _SentBefore(self._ledger, endpoint),
                lambda name: self._limits(endpoint, name),
                ring=lambda: self._keys(endpoint),
            )
            draws = self._ledger.draws(endpoint)
            for fingerprint in draws:
                found.keys[fingerprint] = KeyState(draws=True)
            for fingerprint, tested in self._ledger.key_tests(endpoint).items():
                if tested.is_bad and fingerprint not in draws:  # an image that came later outweighs it
                    found.key_state(fingerprint).refused_test(tested.as_resting)
            for scope, name, model, resting in self._ledger.rests(endpoint):
                found.remember(scope, name, model, resting)
            for name, model, learned in self._ledger.learned(endpoint):
                found.remember_learned(name, model, learned)
            self._books[endpoint] = found
        return found

    def pools(self, project: OpenProject) -> dict[str, Pool]:
        """The keys of each style: this machine's, or its emulator's where the project is drawn by that."""
        ring = self.ring_of(project)
        return {style.name: pool_for(project.settings.style(style.name), ring) for style in project.styles}

    def keys_of(self, project: OpenProject) -> dict[str, tuple[Key, ...]]:
        """The usable keys of each style."""
        return {name: pool.keys for name, pool in self.pools(project).items()}

    def limits_changed(self) -> None:
        for book in self._books.values():
            book.reload_limits()

    def sent_elsewhere(self, sends: Iterable[PastSend], now: float) -> None:
        """Requests of another daemon's that are in the ledger since now."""
        for send in sends:
            book = self._books.get(send.endpoint)
            if book is not None:
                book.sent_elsewhere(send.quota_project, send.fingerprint, send.model, send.at, now)

    async def leave(self, project: OpenProject) -> None:
        """The project's run is over: its emulator, if it had one, ends."""
        emulator = self._emulators.pop(project.id, None)
        if emulator is not None:
            for at in [at for at in self._clients if at[0] == emulator.base_url]:
                await self._clients.pop(at).close()
            await emulator.end()

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
        for emulator in self._emulators.values():
            await emulator.end()

    def is_emulated(self, project: OpenProject) -> bool:
        return project.settings.gemini.is_play_money

    def ring_of(self, project: OpenProject) -> KeyRing:
        """The keys that may be sent to the project's endpoint: this machine's, or its emulator's own."""
        if self.is_emulated(project):
            if project.id not in self._emulated_keys:
                self._emulated_keys[project.id] = expected_keys(project.layout.dot)
            return KeyRing(keys=self._emulated_keys[project.id])
        return self._ring()

    async def _emulator(self, project: OpenProject) -> Emulated:
        found = self._emulators.get(project.id)
        if found is None or not found.alive:
            found = await start_emulator(project.layout.dot)
            self._emulators[project.id] = found
            self._emulated_keys[project.id] = found.keys
            self.limits_changed()  # its file may say another speed than when it was looked at
        return found

    def _limits(self, endpoint: str, quota_project: str) -> AccountLimits:
        """The lowest of what the keys, else the open projects that have a key of it, say of a quota project."""
        using, keys = self._using(endpoint), self._keys(endpoint)
        using = [project for project in using if quota_project in self._drawn_from(project)] or using
        limits: Sequence[Limits] = [project.settings.limits for project in using]
        found = limits_for(quota_project, keys, *limits)
        at_once = [limit.in_flight for limit in limits if limit.in_flight != "auto"]
        longest = max((project.settings.gemini.timeout_s for project in using), default=USUAL_TIMEOUT_S)
        return AccountLimits(
            found.rpm,
            found.rpd,
            min(at_once) if at_once else "auto",
            found.rpm_written,
            found.rpd_written,
            minutes_out(longest),
        )

    def _using(self, endpoint: str) -> list[OpenProject]:
        return [project for project in self._projects() if self._name_or_none(project) == endpoint]

    def _drawn_from(self, project: OpenProject) -> set[str]:
        """The quota projects of the project's keys."""
        return {key.quota_project for keys in self.keys_of(project).values() for key in keys}

    def _keys(self, endpoint: str) -> list[Key]:
        """What the open projects of this endpoint have for keys: this machine's, or an emulator's own."""
        return [key for project in self._using(endpoint) for key in self.ring_of(project).keys]

    def _name_or_none(self, project: OpenProject) -> str | None:
        try:
            return self.endpoint_name(project)
        except EndpointRefused:  # its own start says so
            return None


class _SentBefore:
    """The ledger's memory of one endpoint, as the book asks for it."""

    def __init__(self, ledger: Ledger, endpoint: str) -> None:
        self._ledger = ledger
        self._endpoint = endpoint

    def sent(self, quota_project: str, fingerprints: Sequence[str], model: str, since: float) -> list[float]:
        return self._ledger.sent(self._endpoint, quota_project, fingerprints, model, since)
