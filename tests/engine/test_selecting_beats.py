import json

import pytest

from engine.simulated_world import make_board
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.selection import Options, select
from shotmill.errors import UsageError


def ids(beats: tuple[Beat, ...]) -> list[str]:
    return [f"{beat.style} {beat.id}" for beat in beats]


def board_of(*styles: str, shot: int = 3) -> Board:
    board = make_board(*styles, shot=shot)
    board.settle_all()
    return board


def test_without_options_everything_that_is_to_do_is_chosen() -> None:
    board = board_of("HHH", "HH")
    board.set(board.styles[0].beats[0], BeatState.DONE)
    board.set(board.styles[0].beats[1], BeatState.FAILED)
    board.set(board.styles[1].beats[0], BeatState.STALE)
    assert ids(select(board, Options()).beats) == ["style0 1.3", "style1 1.2"]


def test_style_shot_and_beat_narrow_each_other_down() -> None:
    board = board_of("HHHHHH", "HHHHHH")
    assert ids(select(board, Options(styles=("style1",), shots=(2,))).beats) == [
        "style1 2.1",
        "style1 2.2",
        "style1 2.3",
    ]
    assert ids(select(board, Options(shots=(1, 2), beats=("1.2", "2.3"))).beats) == [
        "style0 1.2", "style0 2.3", "style1 1.2", "style1 2.3",
    ]  # fmt: skip
    assert ids(select(board, Options(shots=(1,), beats=("2.3",))).beats) == []


def test_a_limit_counts_in_each_style_what_is_to_do_there() -> None:
    board = board_of("HHHH", "HH")
    board.set(board.styles[0].beats[0], BeatState.EXISTS)
    assert ids(select(board, Options(limit=2)).beats) == ["style0 1.2", "style0 1.3", "style1 1.1", "style1 1.2"]


def test_failed_and_blocked_ones_come_when_asked_for_and_get_fresh_attempts() -> None:
    board = board_of("HHH")
    first, second, _ = board.styles[0].beats
    board.set(first, BeatState.FAILED)
    board.set(second, BeatState.BLOCKED)
    found = select(board, Options(retry_failed=True))
    assert ids(found.beats) == ["style0 1.1", "style0 1.2", "style0 1.3"]
    assert ids(found.renewed) == ["style0 1.1", "style0 1.2"]
    assert not select(board, Options()).renewed


def test_stale_ones_come_when_asked_for() -> None:
    board = board_of("HH")
    board.set(board.styles[0].beats[0], BeatState.STALE)
    assert ids(select(board, Options(stale=True)).beats) == ["style0 1.1", "style0 1.2"]
    assert ids(select(board, Options(stale=True)).renewed) == []


def test_what_continues_from_a_beat_outside_the_choice_is_chosen_all_the_same() -> None:
    found = select(board_of("HCCH"), Options(beats=("1.2", "1.3", "2.1")))
    assert ids(found.beats) == ["style0 1.2", "style0 1.3", "style0 2.1"]


def test_a_limit_keeps_the_front_of_a_chain() -> None:
    found = select(board_of("HCCC"), Options(limit=2))
    assert ids(found.beats) == ["style0 1.1", "style0 1.2"]


@pytest.mark.parametrize("state", [BeatState.DONE, BeatState.EXISTS, BeatState.STALE, BeatState.FAILED,
                                   BeatState.BLOCKED, BeatState.IN_DOUBT])  # fmt: skip
def test_behind_a_beat_that_is_not_to_do_the_chain_goes_on(state: BeatState) -> None:
    board = board_of("HC")
    board.set(board.styles[0].beats[0], state)
    found = select(board, Options(beats=("1.2",)))
    assert ids(found.beats) == ["style0 1.2"]


def test_the_very_beats_of_an_interrupted_run() -> None:
    board = board_of("HH", "HH")
    assert ids(select(board, Options(only=(("style0", "1.2"), ("style1", "1.1")))).beats) == [
        "style0 1.2",
        "style1 1.1",
    ]


@pytest.mark.parametrize(
    ("options", "said", "cure"),
    [
        (Options(styles=("oil",)), "oil", "style0"),
        (Options(shots=(9,)), "9", "1, 2"),
        (Options(beats=("9.9",)), "9.9", "prompts file"),
        (Options(styles=("\x1b[31mred",)), "red", "style0"),
    ],
)
def test_a_name_that_is_not_there_is_told_with_those_that_are(options: Options, said: str, cure: str) -> None:
    with pytest.raises(UsageError) as told:
        select(board_of("HHHH"), options)
    assert said in told.value.message and cure in told.value.cure and "\x1b" not in told.value.message


@pytest.mark.parametrize(
    "body",
    [{"limit": 0}, {"limit": True}, {"limit": 1.5}, {"budget_usd": 0}, {"budget_usd": -1}, {"budget_usd": "5"},
     {"styles": "ink"}, {"styles": [1]}, {"shots": ["1"]}, {"shots": [True]}, {"beats": [1.1]}],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        Options.from_json(body)


def test_options_are_read_as_they_are_written() -> None:
    written = {"styles": ["a"], "shots": [1], "beats": ["1.2"], "limit": 3, "budget_usd": 2, "retry_failed": True}
    read = Options.from_json(written)
    assert read == Options(("a",), (1,), ("1.2",), 3, 2.0, retry_failed=True)
    assert Options.from_json(json.loads(json.dumps(read.to_json()))) == read
    assert Options.from_json({}) == Options()
