"""Which words continue from the beat before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.story.transition import is_continuous


@pytest.mark.parametrize(
    "word",
    [
        *[
            "C",
            "c",
            " c ",
            "Continuous",
            "CONTINUOUS",
            "continue",
            "Continued",
            "Continuity",
            "Continuing shot",
            "Cont.",
        ],
        *["Match", "Match Cut", "match-cut", "Matched", "Match on action", "(C)", "C - continuous"],
    ],
)
def test_continues(word: str) -> None:
    assert is_continuous(word)


@pytest.mark.parametrize(
    "word",
    [
        *["H", "h", "Hard Cut", "Cut", "Fade", "Fade to black", "", " ", "None", "Discontinuous", "Non-continuous"],
        *["Hard cut, continuous light", "Cross dissolve", "Contrast cut", "Jump Cut", "1", "Smash cut"],
    ],
)
def test_is_a_hard_cut(word: str) -> None:
    assert not is_continuous(word)


@given(st.text())
def test_any_word_is_one_or_the_other(word: str) -> None:
    assert is_continuous(word) in (True, False)
