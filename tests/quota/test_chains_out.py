"""What is foretold of the slots that a claim's chains ask for."""

from __future__ import annotations

from itertools import islice

import pytest

from engine.simulated_world import MODEL, make_key
from shotmill.quota.chains_out import PATIENCE, ChainsOut
from shotmill.quota.lease import Lease
from shotmill.quota.turns import Claim, Turns

NOW = 1000.0


def lease(at: float) -> Lease:
    return Lease(make_key("a"), MODEL, at, Claim())


def chains_with(*out: tuple[float, int], usual_s: float = 8.0) -> ChainsOut:
    """With requests out since so many seconds before now, and so many beats behind each."""
    chains, first = ChainsOut(), lease(NOW - usual_s)
    chains.leaves(first)
    chains.drew(first, NOW, NOW)
    for ago, behind in out:
        chains.asks(behind)
        chains.leaves(lease(NOW - ago))
    chains.asks(0)
    return chains


def dues(chains: ChainsOut, *, ready: bool = False, most: int = 5) -> list[float]:
    return [due - NOW for due in islice(chains.dues(NOW, ready=ready), most)]


def test_the_beats_of_a_chain_come_one_after_the_other() -> None:
    assert dues(chains_with((2.0, 3))) == [6.0, 14.0, 22.0]


def test_chains_that_are_out_at_once_take_turns() -> None:
    assert dues(chains_with((6.0, 9), (1.0, 2))) == [2.0, 7.0, 10.0, 15.0, 18.0]


def test_one_that_is_ready_asks_now_and_its_beats_after_it() -> None:
    chains = chains_with()
    chains.asks(2)
    assert dues(chains, ready=True) == [0.0, 8.0, 16.0] and dues(chains) == []


def test_a_hard_cut_foretells_nothing() -> None:
    assert dues(chains_with((2.0, 0)), ready=True) == []


def test_nothing_is_foretold_before_the_first_image() -> None:
    chains = ChainsOut()
    chains.asks(5)
    chains.leaves(lease(NOW))
    assert dues(chains, ready=True) == []


def test_no_image_takes_less_than_no_time_when_the_clock_is_set_back() -> None:
    chains, out = chains_with(), lease(NOW + 3600.0)
    chains.leaves(out)
    chains.drew(out, NOW, NOW)
    chains.asks(2)
    assert dues(chains, ready=True) == [0.0, 7.0, 14.0]


@pytest.mark.parametrize(("ago", "found"), [(8.0 * PATIENCE - 0.1, 3), (8.0 * PATIENCE, 0)])
def test_a_request_that_takes_much_longer_than_usual_foretells_nothing_more(ago: float, found: int) -> None:
    chains = chains_with((ago, 3))
    assert len(dues(chains)) == found
    assert chains.foretold_until(NOW) == (pytest.approx(NOW + 0.1) if found else None)


def test_what_landed_asks_in_a_moment_or_not_at_all() -> None:
    chains, out = chains_with(), lease(NOW - 8.0)
    chains.asks(3)
    chains.leaves(out)
    chains.drew(out, NOW, NOW + 0.25)
    assert dues(chains) == [0.0, 8.0, 16.0] and not list(chains.dues(NOW + 0.25, ready=False))
    chains.asks(0)
    assert dues(chains) == []


def test_what_ended_without_an_image_foretells_nothing() -> None:
    chains, out = chains_with(), lease(NOW)
    chains.asks(3)
    chains.leaves(out)
    chains.drew_nothing(out)
    assert dues(chains) == []


def test_a_run_leaves_slots_to_others_once_it_had_its_even_share_and_no_longer_than_a_minute() -> None:
    turns, claims = Turns(), [Claim(), Claim()]
    for claim in claims:
        claim.left = 100
        turns.join(claim, NOW)
    first, other = claims
    assert turns.rivals(first, 10.0, NOW) == []
    turns.took(first, 10.0, NOW)
    [rival] = turns.rivals(first, 10.0, NOW)
    assert (rival.claims, rival.due, rival.every_s) == ([other], NOW, 20.0)
    assert turns.rivals(first, 10.0, NOW + 20.0) == [] == turns.rivals(other, 10.0, NOW)
    for _ in range(100):
        turns.took(first, 10.0, NOW)
    assert turns.due(first, NOW) == NOW + 60.0
