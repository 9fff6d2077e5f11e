"""Stale is what was made from something else than would be sent now, and it is marked as soon as that is so."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from engine.simulated_world import NOON, make_board
from shotmill.engine.ask import asked_text, text_sha
from shotmill.engine.beat import Beat, BeatState
from shotmill.engine.board import Board
from shotmill.engine.project import OpenProject
from shotmill.engine.staleness import is_stale
from shotmill.settings.project import ProjectSettings
from shotmill.takes.entries import Entry, Exists, Take
from shotmill.takes.record import ProjectRecord
from shotmill.takes.spool_header import SentReference
from takes.takes_samples import take_entry

SETTINGS = ProjectSettings("")
LOOKS = ("look",)


def take(beat: Beat, sha: str, *sent: str, number: int = 1) -> Take:
    return replace(
        take_entry(beat.id, number, attempt=f"{beat.id}.{number}"),
        style=beat.style,
        sha256=sha,
        references=tuple(SentReference("x.png", one, one) for one in sent),
        model=SETTINGS.gemini.model,
        prompt_sha=text_sha(asked_text(beat.prompt, SETTINGS.style(beat.style))),
        at=NOON + number,
    )


def world(transitions: str, *states: BeatState) -> tuple[Board, list[Beat]]:
    board = make_board(transitions)
    beats = board.styles[0].beats
    for beat, state in zip(beats, states, strict=True):
        board.set(beat, state)
    return board, beats


def stale(beat: Beat, *entries: Entry) -> bool:
    record = ProjectRecord.of(entries)
    known = record.beat(beat.style, beat.id)
    assert known is not None
    assert isinstance(known.current, Take)
    return is_stale(beat, known.current, record, SETTINGS, LOOKS)


DONE, BLOCKED = BeatState.DONE, BeatState.BLOCKED


def test_one_that_goes_on_behind_a_blocked_beat_is_stale_when_what_it_continued_from_is_redone() -> None:
    _, (first, _, third) = world("HCC", DONE, BLOCKED, DONE)
    made = [take(first, "one", "look"), take(third, "three", "one")]
    assert not stale(third, *made)
    assert stale(third, *made, take(first, "one again", "look", number=2))


def test_one_that_went_on_from_an_older_beat_is_stale_once_the_one_between_is_there() -> None:
    _, (first, second, third) = world("HCC", DONE, DONE, DONE)
    assert stale(third, take(first, "one", "look"), take(second, "two", "one"), take(third, "three", "one"))


def test_one_that_fell_back_to_the_styles_references_goes_by_these() -> None:
    _, (_, second) = world("HC", BLOCKED, DONE)
    assert not stale(second, take(second, "two", "look"))
    assert stale(second, take(second, "two", "another look"))


def test_an_image_that_a_person_changed_makes_its_follower_stale() -> None:
    _, (first, second) = world("HC", BeatState.EXISTS, DONE)
    made = [take(first, "one", "look"), take(second, "two", "one")]
    theirs = Exists(NOON + 90, first.style, first.id, made[0].file, 10, round((NOON + 60) * 1e9))
    assert stale(second, *made, theirs)
    older = replace(theirs, mtime_ns=round((NOON - 60) * 1e9))
    assert stale(second, *made, older), "it was made from ours, which is no more there"
    assert not stale(second, older, take(second, "two", "theirs"))


def test_nothing_is_stale_for_what_is_still_to_come() -> None:
    _, (first, second) = world("HC", BeatState.PENDING, DONE)
    assert not stale(second, take(first, "one", "look"), take(second, "two", "one"))


class Opened:
    """A project with this board and record, as far as marking goes."""

    mark_followers, mark_stale, arrived = OpenProject.mark_followers, OpenProject.mark_stale, OpenProject.arrived
    on_arrived = None

    def __init__(self, board: Board, *entries: Entry) -> None:
        self.board, self.record = board, ProjectRecord.of(entries)
        self.told: list[str] = []

    def tell(self, *_: str, beat: Beat) -> None:
        self.told.append(beat.id)


def opened(board: Board, *entries: Entry) -> Any:
    return Opened(board, *entries)


def test_a_redone_beat_marks_its_follower_at_once() -> None:
    board, (first, second, third) = world("HCC", DONE, BLOCKED, DONE)
    project = opened(board, take(first, "one", "look"), take(third, "three", "one"))
    project.mark_followers(first)
    assert third.state is DONE
    project.record.apply(take(first, "one again", "look", number=2))
    project.mark_followers(first)
    assert third.state is BeatState.STALE and second.state is BLOCKED and project.told == [third.id]


def test_a_late_image_of_a_drawn_beat_marks_its_follower_too() -> None:
    board, (first, second) = world("HC", DONE, DONE)
    opened(board, take(first, "late", "look", number=2), take(second, "two", "one")).arrived(first)
    assert second.state is BeatState.STALE


def test_a_beat_that_was_out_while_the_one_before_was_redone_is_stale_as_it_lands() -> None:
    board, (first, second, third) = world("HCC", DONE, BeatState.IN_FLIGHT, DONE)
    made = [take(first, "one", "look"), take(second, "two", "one"), take(third, "three", "two")]
    project = opened(board, *made, take(first, "one again", "look", number=2))
    project.mark_followers(first)
    assert third.state is DONE, "it continues from the one that is out, and not from the first"
    project.record.apply(take(second, "two again", "one", number=2))
    board.set(second, DONE)
    project.mark_stale(second)
    project.mark_followers(second)
    assert second.state is third.state is BeatState.STALE


def test_a_late_image_that_was_made_from_one_that_is_gone_is_stale() -> None:
    board, (first, second) = world("HC", DONE, BeatState.IN_DOUBT)
    opened(board, take(first, "one again", "look", number=2), take(second, "two", "one")).arrived(second)
    assert second.state is BeatState.STALE


def test_nothing_is_stale_while_one_behind_a_gap_is_still_to_come() -> None:
    _, (first, _, third) = world("HCC", BeatState.PENDING, BLOCKED, DONE)
    assert not stale(third, take(first, "one", "look"), take(third, "three", "one"))
