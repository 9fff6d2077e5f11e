"""What was learned of keys and quotas outlives the daemon: which keys draw, and what rests until when."""

from __future__ import annotations

from shotmill.engine.dispatch import Dispatch
from shotmill.engine.tools import Place
from shotmill.gemini.outcome import Fate, Outcome
from shotmill.ledger.ledger import Ledger
from shotmill.quota.learned import ANY_MODEL, THE_CLOCK, Learned


class KeyMemory:
    """Writes to the ledger what an answer tells anew; an image seldom does."""

    def __init__(self, ledger: Ledger, place: Place) -> None:
        self._ledger = ledger
        self._place = place
        self._drawing: set[str] = set()  # keys whose last answer was an image, and that is written down
        self._learned: dict[tuple[str, str], tuple[Learned, ...]] = {}  # as it is written down

    async def learn(self, dispatch: Dispatch, outcome: Outcome, now: float) -> None:
        """Raises `LedgerError`: the same can be said again, and what was not written down is then."""
        ledger, endpoint, book = self._ledger, self._place.endpoint, self._place.book
        key, model = dispatch.lease.key, dispatch.lease.model
        account = book.accounts.get((key.quota_project, model))
        await self._learn(key.quota_project, model, account.learned() if account is not None else ())
        await self._learn(key.billing_account, ANY_MODEL, book.spend_window(key.billing_account).learned())
        await self._learn(*THE_CLOCK, book.midnights.learned())
        if outcome.fate is Fate.IMAGE:
            if key.fingerprint in self._drawing:
                return
            await ledger.drew(endpoint, key.fingerprint, model, now)
            self._drawing.add(key.fingerprint)
        else:
            self._drawing.discard(key.fingerprint)
            if outcome.rest is None:
                return
        spend = book.billing.get(key.billing_account)
        await ledger.rest(endpoint, "key", key.fingerprint, "", book.key(key).resting)
        await ledger.rest(endpoint, "billing_account", key.billing_account, "", spend)
        of_account = account.resting if account is not None else None
        await ledger.rest(endpoint, "quota_project", key.quota_project, model, of_account)

    async def _learn(self, name: str, model: str, learned: tuple[Learned, ...]) -> None:
        if learned != self._learned.get((name, model), ()):
            await self._ledger.learn(self._place.endpoint, name, model, learned)
            self._learned[name, model] = learned
