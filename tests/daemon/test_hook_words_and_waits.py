"""What hooks are told, and when a wait is long enough for it. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.daemon import hook_words
from shotmill.daemon.hook_words import WaitWatch
from shotmill.engine.beat import BeatState

NOON = 1_795_435_200.0


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def test_a_finished_run_says_how_many_images_and_what_is_left_for_a_person() -> None:
    assert hook_words.finished("Night train", 180, 180, 0) == "Night train is finished: 180 of 180 images."
    assert "3 are for you" in hook_words.finished("Night train", 177, 180, 3)
    assert "1 is for you" in hook_words.finished("Night train", 179, 180, 1)


def test_a_wait_names_the_moment_in_the_users_zone_with_the_day_when_it_is_not_today() -> None:
    said = hook_words.waiting("Night train", "the day quota is spent", NOON + 20 * 3600, NOON)
    assert said == "Night train waits until Tue 09:00: the day quota is spent."
    assert "until 14:00" in hook_words.waiting("Night train", "", NOON + 3600, NOON)
    assert "until Fri 04 Dec" in hook_words.waiting("Night train", "", NOON + 11 * 86400, NOON)


def test_a_failure_names_the_beat_and_a_stop_its_reason() -> None:
    said = hook_words.beat_failed("Night train", "clear", "2.4", BeatState.BLOCKED, "prohibited content")
    assert said == "Night train: clear beat 2.4 was refused for its content: prohibited content."
    assert "budget is reached" in hook_words.stopped("Night train", "budget", 93, 180)


@given(st.text())
def test_no_sentence_holds_control_characters_or_keys_or_more_than_a_line(text: str) -> None:
    key = "AIzaSyA1234567890abcdefghijklmnop"
    said = hook_words.beat_failed(text, text, "1.1", BeatState.FAILED, f"{key} {text}")
    assert key not in said
    assert not any(ord(letter) < 32 for letter in said)
    assert len(said) <= hook_words.LONGEST_SENTENCE + 1


def test_a_wait_of_a_minute_or_more_is_told_at_once_and_only_once() -> None:
    waits = WaitWatch()
    assert waits.waits(NOON + 3600, NOON) == NOON
    waits.told()
    assert waits.waits(NOON + 3600, NOON + 60) is None


def test_a_shorter_wait_is_told_only_when_it_lasts() -> None:
    waits = WaitWatch()
    assert waits.waits(NOON + 30, NOON) == NOON + 60
    waits.drew()
    assert waits.waits(NOON + 200, NOON + 150) == NOON + 210


def test_tries_in_between_do_not_make_a_new_wait_but_an_image_does() -> None:
    waits = WaitWatch()
    for second in range(0, 60, 15):  # the network is tried again and again
        assert waits.waits(NOON + second + 10, NOON + second) == NOON + 60
    assert waits.waits(NOON + 75, NOON + 61) == NOON + 61
    waits.told()
    assert waits.waits(NOON + 90, NOON + 80) is None
    waits.drew()
    assert waits.waits(None, NOON + 100) == NOON + 160
