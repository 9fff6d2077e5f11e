"""Whose turn it is at a quota project that runs and their styles share."""

from __future__ import annotations

from collections import Counter

from shotmill.quota.turns import Claim, Turns

NOW = 1000.0


def waiting(turns: Turns, run: object | None = None, left: int = 100) -> Claim:
    """A claim that came just now and waits for an answer."""
    claim = Claim(run)
    claim.left = left
    turns.join(claim, NOW)
    claim.joined, claim.hungry = turns, True
    return claim


def serve(turns: Turns, claims: list[Claim], slots: int) -> Counter[Claim]:
    """So many slots, each for the first that may have it."""
    had = Counter[Claim]()
    for _ in range(slots):
        first = next(claim for claim in claims if turns.leads(claim) or turns.may_take(claim, 1, NOW))
        turns.took(first, 1.0, NOW)
        for claim in claims:
            claim.hungry, claim.back_at = True, None
        had[first] += 1
    return had


def test_a_run_of_three_styles_has_as_many_slots_as_one_of_a_single_style() -> None:
    turns, run = Turns(), object()
    styles = [waiting(turns, run) for _ in range(3)]
    other = waiting(turns)
    assert serve(turns, [*styles, other], 60) == {styles[0]: 10, styles[1]: 10, styles[2]: 10, other: 30}


def test_a_run_that_comes_later_begins_level_whatever_its_styles() -> None:
    turns, run = Turns(), object()
    first = waiting(turns)
    serve(turns, [first], 1000)
    styles = [waiting(turns, run) for _ in range(2)]
    assert serve(turns, [first, *styles], 40) == {first: 20, styles[0]: 10, styles[1]: 10}


def test_a_style_that_comes_later_begins_level_with_its_run_and_costs_that_no_turns() -> None:
    turns, run = Turns(), object()
    early, other = waiting(turns, run), waiting(turns)
    serve(turns, [early, other], 1000)
    late = waiting(turns, run)
    assert serve(turns, [early, late, other], 40) == {early: 10, late: 10, other: 20}


def test_a_style_that_comes_back_brings_no_turns_for_the_time_that_its_run_wanted_nothing() -> None:
    turns, run = Turns(), object()
    styles, other = [waiting(turns, run) for _ in range(2)], waiting(turns)
    serve(turns, [*styles, other], 40)
    for style in styles:
        style.rest(100)
    serve(turns, [other], 1000)
    for style in styles:
        turns.join(style, NOW)
        style.joined, style.hungry = turns, True
    assert serve(turns, [*styles, other], 40) == {styles[0]: 10, styles[1]: 10, other: 20}


def test_no_more_slots_are_kept_for_a_run_than_it_had_fewer_or_its_styles_have_left() -> None:
    turns, run = Turns(), object()
    behind = [waiting(turns, run, left=1) for _ in range(2)]
    ahead = waiting(turns)
    for _ in range(5):
        turns.took(ahead, 1.0, NOW)
    assert not turns.may_take(ahead, 2, NOW), "each of the two styles has one beat left"
    assert turns.may_take(ahead, 3, NOW)
    for claim in behind:
        claim.left, claim.hungry = 100, True
    assert not turns.may_take(ahead, 5, NOW), "it had five, and they none"
    for claim in behind:
        claim.hungry = True
    assert turns.may_take(ahead, 6, NOW)


def test_a_run_whose_last_style_left_is_not_waited_for() -> None:
    turns, run = Turns(), object()
    gone, stays = waiting(turns, run), waiting(turns)
    turns.took(stays, 1.0, NOW)
    assert not turns.leads(stays)
    turns.leave(gone)
    assert turns.leads(stays) and turns.shared(gone) == 1
