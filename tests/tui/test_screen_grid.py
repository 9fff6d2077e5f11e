"""Shots and beats find their places at any width."""

from __future__ import annotations

from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st

from shotmill_tui.model.grid import Plan, first_unfinished, move, plan
from shotmill_tui.model.marks import BY_PLAIN, PRIORITY, fold
from shotmill_tui.model.pieces import width
from shotmill_tui.model.view import Shot
from tui.sample import STATES

states = st.text(alphabet="".join(BY_PLAIN), max_size=50)
projects = st.lists(states, min_size=1, max_size=60).map(
    lambda all_: [Shot(at, tuple(str(n) for n in range(len(one))), one) for at, one in enumerate(all_, 1)]
)


def sample() -> list[Shot]:
    return [Shot(at, tuple(marks), marks) for at, marks in enumerate(STATES["illustration"].split(), 1)]


def right_edge(made: Plan) -> int:
    return max((span.x + width(((span.label + span.marks, ""),)) for row in made.rows for span in row), default=0)


@given(projects, st.integers(4, 160), st.integers(1, 30))
def test_never_wider_than_asked_and_every_beat_is_there(shots: list[Shot], room: int, rows: int) -> None:
    made = plan(shots, room, rows)
    assert right_edge(made) <= room
    for index, shot in enumerate(shots):
        for beat in range(len(shot.states)):
            assert made.spot((index, beat)) is not None


class WideShot(Shot):
    """A shot whose label has characters of two cells."""

    @property
    def label(self) -> str:
        return "第幕場"[: 1 + self.number % 3] + f" {self.number}"


@given(projects, st.integers(4, 160), st.integers(1, 30))
def test_wide_labels_keep_their_columns(shots: list[Shot], room: int, rows: int) -> None:
    made = plan([WideShot(one.number, one.beats, one.states) for one in shots], room, rows)
    assert right_edge(made) <= room
    for row in zip_longest(*made.rows, fillvalue=None):  # one column of spans
        starts = {span.x + width(((span.label, ""),)) for span in row if span is not None}
        assert len(starts) == 1, made.rows


def test_the_drawing_at_120_has_two_columns_of_five() -> None:
    made = plan(sample(), 36, 6)
    assert made.kind == "columns" and len(made.rows) == 5
    assert [span.label.strip() for span in made.rows[0]] == ["Shot 1", "Shot 6"]


def test_the_drawing_at_80_has_three_columns_of_four() -> None:
    made = plan(sample(), 76, 4)
    assert [len(row) for row in made.rows] == [3, 3, 2, 2]
    assert made.at(1, made.spot((1, 3))[1]) == (1, 3)  # type: ignore[index]


def test_many_beats_become_a_line_a_shot_and_then_a_cell_a_shot() -> None:
    long = [Shot(at, tuple(str(n) for n in range(90)), "v" * 90) for at in range(1, 11)]
    made = plan(long, 36, 12)
    assert made.kind == "lines" and all(span.step == 4 for row in made.rows for span in row)
    many = [Shot(at, ("1",), "v" if at < 50 else ".") for at in range(1, 301)]
    made = plan(many, 36, 12)
    assert made.kind == "cells" and made.spot((299, 0)) is not None
    assert first_unfinished(made) == 2


@given(st.text(alphabet=PRIORITY, min_size=1))
def test_a_cell_shows_what_needs_the_user_most(marks: str) -> None:
    assert PRIORITY.index(fold(marks)) == min(PRIORITY.index(one) for one in marks)


@given(projects, st.lists(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]), max_size=40))
def test_the_cursor_stays_on_the_grid(shots: list[Shot], steps: list[tuple[int, int]]) -> None:
    cursor = None
    for dx, dy in steps:
        cursor = move(shots, cursor, dx, dy)
        if cursor is None:
            assert not any(shot.states for shot in shots)
            return
        assert 0 <= cursor[1] < len(shots[cursor[0]].states)


def test_the_cursor_walks_over_the_edge_of_a_shot() -> None:
    assert move(sample(), (0, 7), 1, 0) == (1, 0)
    assert move(sample(), (1, 0), -1, 0) == (0, 7)
    assert move(sample(), (0, 7), 0, 1) == (1, 5)
