"""Whether a free slot of a quota project is a claim's to take: others come first, and some are kept for chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import merge

from shotmill.quota.account import Account
from shotmill.quota.foresight import Foresight
from shotmill.quota.lease import Binding, Wait
from shotmill.quota.turns import Claim, Rival, soon

KEPT = "minute quota, the next slots are for a chain of another project"


def turn(account: Account, claim: Claim, foresight: Foresight) -> Wait | None:
    """What holds this claim back while a slot is free; None when it is its turn.

    All slots of a minute may come back in one moment. A run of one chain, whose next beat is ready some seconds later,
    would get one of them a minute beside a run that can use them all. So a run that had its even share leaves those
    slots that others' chains will ask for before its own next one is due by that share: one after the other, for each
    run up to its even share too, and as far as none comes back in time for them. What was kept comes back a minute
    after the chain took it, when that needs one again: it is idle once, not every minute.
    """
    turns, now = account.turns, foresight.now
    free = max(1, account.free_at_once(now))
    rivals = turns.rivals(claim, account.gap, now)
    kept = _kept(account, rivals, foresight, turns.due(claim, now), most=free) if rivals else 0
    if kept == free:
        return Wait(Binding.MINUTE, _reconsidered_at(account, rivals, foresight), KEPT, gives_way=True)
    if turns.leads(claim) or turns.may_take(claim, free - kept, now):
        return None
    return Wait(Binding.MINUTE, soon(now), "minute quota, shared", gives_way=True)


def _kept(account: Account, rivals: Sequence[Rival], foresight: Foresight, before: float, *, most: int) -> int:
    """How many of `most` free slots are kept for the chains of these runs."""
    in_time = kept = 0
    for at in merge(*(_needed(account, rival, foresight, before) for rival in rivals)):
        if account.back_by(at, foresight.now) > in_time:
            in_time += 1
        else:
            kept += 1
            if kept == most:
                break
    return kept


def _needed(account: Account, rival: Rival, foresight: Foresight, before: float) -> Iterator[float]:
    """When at the latest this run's chains need each slot that they ask for here, at its even share. A usual gap
    between two slots is no delay worth an idle slot."""
    by_share = rival.due
    for due in merge(*(_asked_for_here(account, claim, foresight, before) for claim in rival.claims)):
        by_share = max(by_share, due)
        if by_share >= before:
            return
        yield max(by_share, due + account.gap)
        by_share += rival.every_s


def _asked_for_here(account: Account, claim: Claim, foresight: Foresight, before: float) -> Iterator[float]:
    """When this claim's chains could use a slot that no other quota project of its own has for them."""
    dues, gap, number, elsewhere = foresight.dues(claim), account.gap, 0, 0
    while number < len(dues) and dues[number] < before:
        had = foresight.slots_elsewhere(claim, account, dues[number] + gap)
        if had > elsewhere:
            number, elsewhere = number + had - elsewhere, had  # the next ones come later, and find as many there
        else:
            yield dues[number]
            number += 1


def _reconsidered_at(account: Account, rivals: Sequence[Rival], foresight: Foresight) -> float | None:
    """When less is kept or more is free, should no answer come. A rival that could take its slot has to do so soon."""
    now = foresight.now
    moments = [account.freed_at(now)]
    for claim in (claim for rival in rivals for claim in rival.claims):
        moments.append(foresight.foretold_until(claim))
        if claim.wants(now):
            claim.call(now)
            moments.append(soon(now))
    return min((at for at in moments if at is not None), default=None)
