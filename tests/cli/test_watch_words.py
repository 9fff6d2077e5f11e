"""What `shotmill watch` says, and when: sentences and the narrator, without a daemon."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command_line import status, style
from shotmill.client.link import (
    ChangeArrived,
    Connected,
    Connecting,
    DaemonGone,
    LinkChanged,
    LinkState,
    Reconnecting,
    SnapshotArrived,
    Stale,
)
from shotmill_tui.cli import watch_words as words
from shotmill_tui.cli.narrator import Narrator

NOON = 1_795_435_200.0
"""Monday 23 November 2026, 12:00 UTC."""


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def line(n: int, event: str, beat: str = "1.2", text: str = "", **more: Any) -> dict[str, Any]:
    usual = {"n": n, "at": NOON + n, "level": "info", "style": "clear", "beat": beat, "event": event, "key": ""}
    return {**usual, "text": text, **more}


def snapshot(state: dict[str, Any], log: list[dict[str, Any]], pid: int = 7, marks: str = "v..") -> SnapshotArrived:
    shots = [{"shot": 1, "beats": ["1.1", "1.2", "1.3"], "states": marks}]
    found = {"seq": 1, "at": NOON, "daemon": {"pid": pid, "version": "0"}, "status": state, "log": log}
    return SnapshotArrived({**found, "styles": [{"name": "clear", "quota": [], "shots": shots}]})


def small(done: int = 1, *, state: str = "running", clear: dict[str, Any] | None = None, **run: Any) -> dict[str, Any]:
    found = status(state=state, **run)
    found["styles"] = {"clear": style(total=3, done=done, pending=3 - done, **(clear or {}))}
    found["for_you"] = []
    return found


def change(**parts: Any) -> ChangeArrived:
    return ChangeArrived({"seq": 2, "at": NOON, **parts})


def began(state: dict[str, Any] | None = None) -> Narrator:
    narrator = Narrator()
    assert len(narrator.hear(snapshot(state or small(), [line(1, "done", "1.1")]), NOON)) == 1
    return narrator


def test_the_sentences_of_the_wish() -> None:
    done = line(1, "done", "6.3", style="illustration", seconds=8.1, key="anna", bytes=1_300_000)
    assert words.log_line(done, 34, 60) == "illustration beat 6.3 done, 8.1 seconds, key anna. 34 of 60."
    again = line(2, "again", "5.6", "provider overloaded, in 2 s")
    assert words.log_line(again, 0, 0) == "clear beat 5.6 again in 2 seconds: provider overloaded."
    said = words.summary(status(), NOON)
    assert said == "65 of 120 done, ends about 13:04, 3.12 of 10 dollars, 1 for you."


def test_what_goes_wrong_is_said_with_its_reason() -> None:
    assert words.log_line(line(1, "blocked", text="prohibited"), 0, 3) == "clear beat 1.2 blocked: prohibited."
    assert (
        words.log_line(line(1, "in_doubt", text="the line broke"), 0, 3) == "clear beat 1.2 in doubt: the line broke."
    )
    assert words.log_line(line(1, "failed"), 0, 3) == "clear beat 1.2 failed."
    note = line(1, "note", "", "no key is left → shotmill keys add", style="", level="error")
    assert words.log_line(note, 0, 0) == "Trouble: no key is left. To mend it: shotmill keys add."
    blocked = line(1, "blocked", "2.4", "too large.  → Use smaller references.")
    assert words.log_line(blocked, 0, 0).endswith("blocked: too large. To mend it: Use smaller references.")


@pytest.mark.parametrize("event", ["sent", "note"])
def test_what_is_no_news_is_not_said(event: str) -> None:
    assert words.log_line(line(1, event, text="finished, 3 of 3 drawn", style="", level="info"), 0, 0) == ""
    told = "stopped: no network, 0 of 3 drawn  → shotmill start"
    assert words.log_line(line(1, event, text=told, style="", level="warning"), 0, 0) == ""
    assert words.log_line(line(1, event, text="aside", level="debug"), 0, 0) == ""


def test_moments_have_the_day_when_it_is_not_today() -> None:
    assert words.stamp(NOON, NOON) == "13:00:00"
    assert words.stamp(NOON - 86400, NOON) == "Sun 13:00:00"
    waiting = {"reason": "the day quota is spent", "waiting_until": "2026-11-24T08:00:00.000Z"}
    assert words.waits("clear", waiting, NOON) == "clear waits until Tue 09:00: the day quota is spent."


def test_money_and_lengths_are_words() -> None:
    assert words.money({"spent_usd": 3.12, "in_doubt_usd": 0.07, "budget_usd": 10.5}) == (
        "3.12 and 0.07 in doubt of 10.50 dollars"
    )
    assert words.money({"spent_usd": 0.0, "budget_usd": None}) == "0.00 dollars"
    assert words.length(61) == "1 minute 1 second"
    assert words.length(13200) == "3 hours 40 minutes"
    assert words.length(42.4) == "42 seconds"


@given(st.text(), st.text(), st.text())
def test_whatever_comes_is_one_line_without_control_characters(text: str, beat: str, name: str) -> None:
    for event in ("done", "again", "failed", "note", "exists", "blocked"):
        said = words.log_line(line(1, event, beat, text, style=name, key=name), 1, 2)
        assert all(ord(letter) >= 32 and letter not in "\x7f\u2028\u2029\x85" for letter in said)


def test_it_begins_with_how_far_the_run_is_and_ends_with_what_became_of_it() -> None:
    narrator = Narrator()
    (first,) = narrator.hear(snapshot(small(), [line(1, "done", "1.1")]), NOON)
    assert first.startswith("13:00:00 Night train is running. 1 of 3 done")
    (last,) = narrator.hear(change(status=small(3, state="finished", elapsed_s=72.0)), NOON + 60)
    assert last == "13:01:00 Night train finished in 1 minute 12 seconds: 3 of 3 images, 3.12 of 10 dollars."
    assert narrator.over


def test_where_nothing_runs_it_says_so_and_is_over() -> None:
    narrator = Narrator()
    (only,) = narrator.hear(snapshot(small(3, state="stopped", reason="interrupted"), []), NOON)
    assert "Nothing is being drawn now. Night train is stopped, the daemon ended while it ran" in only
    assert narrator.over


def test_every_image_counts_its_style_also_when_several_come_together() -> None:
    narrator = began()
    said = narrator.hear(
        change(
            log=[line(2, "done", "1.2"), line(3, "done", "1.3")], beats=[["clear", 0, 1, "v"], ["clear", 0, 2, "v"]]
        ),
        NOON + 3,
    )
    assert [one.split(". ")[-1] for one in said] == ["2 of 3.", "3 of 3."]


def test_an_image_that_is_drawn_again_is_not_counted_twice() -> None:
    narrator = began()
    narrator.hear(change(beats=[["clear", 0, 0, ">"]]), NOON)
    (said,) = narrator.hear(change(log=[line(2, "done", "1.1")], beats=[["clear", 0, 0, "v"]]), NOON + 2)
    assert said.endswith("1 of 3.")


def test_a_summary_comes_once_a_minute_at_most_and_only_after_news() -> None:
    narrator = began()
    assert narrator.tick(NOON + 61) == []
    narrator.hear(change(log=[line(2, "done")], status=small(2)), NOON + 62)
    (said,) = narrator.tick(NOON + 63)
    assert "2 of 3 done" in said
    narrator.hear(change(log=[line(3, "done", "1.3")], status=small(3)), NOON + 64)
    assert narrator.tick(NOON + 122) == []
    assert len(narrator.tick(NOON + 123)) == 1


def test_a_wait_is_said_once_until_something_was_drawn() -> None:
    narrator = began()
    far = small(state="waiting", reason="day quota", waiting_until="2026-11-24T08:00:00.000Z")
    (said,) = narrator.hear(change(status=far), NOON)
    assert "Night train waits until Tue 09:00: day quota." in said
    assert narrator.hear(change(status=small()), NOON) == []
    assert narrator.hear(change(status=far), NOON + 30) == []
    narrator.hear(change(log=[line(2, "done")], status=small(2)), NOON + 40)
    assert len(narrator.hear(change(status=far), NOON + 50)) == 1


def test_tries_on_a_broken_network_do_not_repeat_themselves() -> None:
    narrator = began()
    said: list[str] = []
    for second in range(0, 120, 30):
        until = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(NOON + second + 30))
        waits = small(state="waiting", reason="no network", waiting_until=until)
        said += narrator.hear(change(status=waits), NOON + second)
        said += narrator.hear(change(status=small()), NOON + second + 29)
    assert len(said) == 1


def test_a_paused_style_is_said_once_though_others_go_on() -> None:
    narrator = began()
    paused = small(clear={"state": "paused", "reason": "API not enabled"})
    (said,) = narrator.hear(change(status=paused), NOON)
    assert "clear is paused, it needs you: API not enabled." in said
    other = line(2, "done", style="ink")
    assert len(narrator.hear(change(log=[other], status=paused), NOON + 1)) == 1
    narrator.hear(change(status=small()), NOON + 2)
    assert len(narrator.hear(change(status=paused), NOON + 3)) == 1


def test_stopping_and_its_taking_back_are_said() -> None:
    narrator = began()
    (stopping,) = narrator.hear(change(status=small(state="stopping", reason="asked")), NOON)
    assert "stopping after the images in flight" in stopping
    (on,) = narrator.hear(change(status=small()), NOON)
    assert "goes on" in on


def test_what_only_the_user_can_mend_is_said_with_its_cure_once() -> None:
    narrator = began()
    mine = small()
    mine["for_you"] = [{"kind": "key", "what": "finn: not valid", "cure": "shotmill keys add finn --replace"}]
    (said,) = narrator.hear(change(status=mine), NOON)
    assert "For you, key: finn: not valid. To mend it: shotmill keys add finn --replace." in said
    assert narrator.hear(change(status=mine), NOON) == []


def told(narrator: Narrator, *states: LinkState) -> list[str]:
    return [said for state in states for said in narrator.hear(LinkChanged(state), NOON)]


def test_the_line_to_the_daemon_is_told_in_words_each_kind_once() -> None:
    narrator = Narrator()
    assert told(narrator, Connecting(), Connected("1")) == []
    (stale,) = told(narrator, Stale(NOON), Stale(NOON + 12))
    assert "No news" in stale
    broken, gone = told(narrator, Reconnecting(NOON, NOON + 1), Reconnecting(NOON, NOON + 3), DaemonGone(NOON))
    assert "broke" in broken
    assert "Nothing is being drawn. What was drawn is safe." in gone
    (back,) = told(narrator, Connected("1"))
    assert "answers again" in back


def test_what_came_while_the_line_was_broken_is_told_after_it() -> None:
    narrator = began()
    missed = [line(1, "done", "1.1"), line(2, "done", "1.2")]
    (same,) = narrator.hear(snapshot(small(2), missed, marks="vv."), NOON + 5)
    assert "beat 1.2 done" in same
    assert same.endswith("2 of 3.")
    new = [line(1, "done", "1.1", at=NOON - 9), line(2, "done", "1.3", at=NOON + 20)]
    (other,) = narrator.hear(snapshot(small(3), new, pid=8, marks="vvv"), NOON + 21)
    assert "beat 1.3 done" in other


def test_a_new_day_is_named_before_its_first_line() -> None:
    narrator = began()
    day, said = narrator.hear(change(log=[line(2, "done", at=NOON + 43210)]), NOON + 43210)
    assert day == "Tuesday 24 November 2026."
    assert said.startswith("01:00:10 ")
