"""Every row of the table "The second line is always there"."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest

from shotmill.client.link import Connected, Connecting, DaemonGone, LinkState, OtherVersion, Reconnecting, Stale
from shotmill_tui.actions import USUAL
from shotmill_tui.model.hints import with_hints
from shotmill_tui.model.pieces import plain_text
from shotmill_tui.model.reading import read_snapshot
from shotmill_tui.model.sentence import tell
from shotmill_tui.model.told import Told
from tui.sample import CHAIN, NOW, STATES, at, night_train, quota, shots, status

OK = Connected("0.1.0")
TUESDAY = NOW + 75_347
DAY = {"state": "waiting", "reason": "day quota spent", "code": "day_quota"}


def told(link: LinkState = OK, styles: dict[str, Any] | None = None, pace: dict[str, Any] | None = None,
         states: dict[str, str] | None = None, **more: Any) -> Told:  # fmt: skip
    picture = night_train(status=status(states, styles, **more), pace=pace or CHAIN)
    if states:
        picture["styles"] = [{"name": name, "quota": [], "shots": shots(marks)} for name, marks in states.items()]
    return tell(read_snapshot(picture), link, NOW, UTC)


def spoken(one: Told) -> str:
    """The sentence with its keys as they usually are."""
    return plain_text(with_hints(one.long, one.hints, lambda action: USUAL[action]))


def pace(limit: str, **more: Any) -> dict[str, Any]:
    return {**CHAIN, "limit": limit, **more}


ROWS: list[tuple[str, Told, str, str]] = [
    ("ready", told(state="idle", eta_s=250.0), "ready", "81 images, about $2.92, about 4 min.  s starts"),
    ("chain", told(), "running", "consistent is one chain, 31 beats of about 9 s, each after the one before. Keys"),
    ("minute", told(pace=pace("minute_quota", quota_projects=3, saves_s=60.0)), "running",
     "27 a minute, the minute quota of 3 cloud projects. One more would save 1 min."),
    ("part", told(styles={"consistent": {**DAY, "waiting_until": TUESDAY}}),
     "running, 2 of 3 styles", "consistent: day quota spent, back Tue 09:00. A key of another project would go on now"),
    ("stopping", told(state="stopping", eta_s=6.0), "stopping",
     "4 images still to come, about 6 s.  s goes on   X stop now"),
    ("day", told(state="waiting", waiting_until=TUESDAY, pace=pace("day_quota")), "waiting until Tue 09:00",
     "The day quota of every key is spent. It goes on by itself."),
    ("network", told(state="waiting", waiting_until=NOW + 32, pace=pace("network", since=at("02:14:00"))),
     "waiting for the network", "Away since 02:14, next try in 32 s. No try is used up."),
    ("disk", told(state="waiting", pace=pace("disk", free_bytes=412e6, needed_bytes=3.1e9)), "waiting for disk space",
     "412 MB free, 3.1 GB needed. Goes on by itself when there is room."),
    ("alike", told(styles={"clear": {"state": "paused", "reason": '20 times the same answer, "API not enabled"'}}),
     "running, clear paused", 'clear: 20 times the same answer, "API not enabled".  t try again'),
    ("budget", told(state="stopped", reason="budget", spent_usd=9.98), "stopped at the budget",
     "$9.98 of $10.00. The rest costs about $2.92."),
    ("gaps", told(state="finished", ended_at=at("02:31:00"), states={"clear": "vvv#v"}), "finished 02:31, 4/5",
     "1 refused for its content: n shows them"),
    ("finished", told(state="finished", states={"clear": "vvvv="}), "finished", "All 5 images are there."),
    ("a part", told(state="finished", eta_s=None), "finished, 93/180", "1 refused for its content, 1 in doubt"),
    ("a chain in doubt", told(state="finished", states={"clear": "v?--"}), "finished, 1/4",
     "1 in doubt, 2 wait for it: n shows"),
    ("a trial", told(state="finished", limit=2, states={"clear": "vv.."}), "finished",
     "Trial finished: 2 of 4 drawn. The rest: 2 images, about $2.92, about 5 min."),
    ("a part, no gaps", told(state="finished", eta_s=None, states={"clear": "vv.."}), "finished",
     "2 images, about $2.92 left.  s goes on"),
    ("restart", told(state="stopped", reason="interrupted", ended_at=at("03:12:00"),
                     interrupted={"saved": 3, "in_doubt": 1}), "interrupted 03:12",
     "4 images were out: 3 saved, 1 in doubt.  s goes on"),
    ("restart of an older daemon", told(state="stopped", reason="interrupted"), "interrupted",
     "1 image in doubt.  s goes on"),
    ("slow, idle", told(Stale(NOW - 14), state="finished"), "finished, 93/180, as of 12:03:59",
     "No news for 14 s, trying again."),
    ("slow", told(Stale(NOW - 14)), "running, as of 12:03:59", "No news for 14 s, trying again. The run does not"),
    ("broken", told(Reconnecting(NOW - 14, NOW + 2)), "running, as of 12:03:59", "No news for 14 s"),
    ("gone", told(DaemonGone(at("02:14:00"))), "daemon gone since 02:14",
     "Nothing is being drawn. What was drawn is safe.  s starts it again"),
    ("other", told(OtherVersion("0.2", "0.3")), "running (daemon 0.2)",
     "This screen is 0.3: look only. shotmill daemon restart (no image is lost)"),
    ("overload", told(state="waiting", waiting_until=NOW + 20, pace=pace("overload")), "waiting for the provider",
     "The provider is overloaded, next try in 20 s. No try is used up."),
    ("spend rate", told(state="waiting", waiting_until=NOW + 90, code="spend_rate", reason="x", pace=pace("spend")),
     "waiting until 12:05:43", "ten-minute spend window is full. It goes on by itself within minutes."),
    ("spend cap", told(state="waiting", waiting_until=TUESDAY, code="spend_cap", reason="x", pace=pace("spend")),
     "waiting until Tue 09:00", "Raise it in AI Studio, or wait for the 1st.  t tries again"),
    ("no quota", told(state="stopped", reason="x", code="no_quota"), "stopped", "or use a key of another project: k"),
    ("no balance", told(state="stopped", reason="x", code="prepay_depleted"), "stopped", "Add credit in AI Studio."),
    ("part of a balance", told(styles={"consistent": {**DAY, "code": "prepay_depleted"}}),
     "running, 2 of 3 styles", "consistent: its prepaid balance is empty. Add credit in AI Studio."),
    ("no room", told(state="waiting", code="disk_full", reason="/film: there is no room left.", pace=pace("disk"),
                     cure="Free some space."), "waiting for disk space", "Free some space. Goes on by itself then."),
    ("denied", told(state="waiting", code="not_writable", reason="/workspace: permission denied.", pace=pace("disk"),
                    cure="Give yourself the right to write there (chmod u+rwX)."), "waiting for the disk",
     "/workspace: permission denied. Give yourself the right to write there (chmod u+rwX). Goes on by itself"),
    ("nowhere", told(state="stopped", reason="not here.", code="location", cure="Use another network"),
     "stopped", "not here. Use another network."),
    ("a budget", told(state="stopped", reason="a budget"), "stopped", "a budget. 81 images"),
    ("latency", told(pace=pace("latency", per_minute=0.0)), "running", "the provider's own time, about 9 s an image"),
    ("stopped", told(state="stopped", reason="asked"), "stopped",
     "81 images, about $2.92, about 5 min left.  s goes on"),
    ("person", told(state="stopped", reason="x", states={"clear": "vv##"}), "stopped", "3 things only you can mend"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "said", "word", "sentence"), ROWS, ids=[row[0] for row in ROWS])
def test_each_state_says_what_and_why(row: str, said: Told, word: str, sentence: str) -> None:
    assert said.word == word
    assert sentence in spoken(said)
    assert said.short


@pytest.mark.parametrize(("row", "said"), [(row[0], row[1]) for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_short_form_fits_80_columns_beside_what_is_for_you(row: str, said: Told) -> None:
    whole = plain_text(
        with_hints(said.short, [one for one in said.hints[:1] if not one.wide], lambda action: USUAL[action])
    )
    assert len(whole) <= 80 - 1 - len("  3 for you: n "), whole


def stopped(code: str, quota: list[dict[str, Any]], cure: str) -> Told:
    keys = [
        {"name": "carl", "quota_project": "film-2", "state": "invalid", "code": code, "reason": "long", "cure": cure}
    ]
    told_of = status(state="stopped", code=code, reason="The provider's words, which are long.", cure=cure)
    return tell(read_snapshot(night_train(status=told_of, keys=keys, quota=quota)), OK, NOW, UTC)


def test_a_run_that_ended_for_keys_names_them_and_where_they_are_mended() -> None:
    said = stopped("key_leaked", [], "delete it there, then: shotmill start")
    assert said.short == "carl: key reported as leaked." and said.long.endswith("then: shotmill start.")
    assert [hint.action for hint in said.hints] == ["keys", "start"]
    assert stopped("service_disabled", [], "Enable it").short == "carl: API not enabled."


def test_only_the_cloud_projects_without_quota_are_called_so() -> None:
    both = [quota("film-1", ["anna"], 3, 9, ["clear"]), quota("film-2", ["carl"], 0, 6, ["ink"], state="no_quota")]
    assert stopped("no_quota", both, "").short == "film-2 may draw 0 images."


def test_a_wait_for_moments_is_told_to_the_second_and_as_a_sentence() -> None:
    said = told(state="waiting", waiting_until=NOW + 38.2, code="minute_quota", reason="minute quota, a pause")
    assert said.word == "waiting until 12:04:52" and said.short.startswith("Minute quota, a pause. ")
    assert told(state="waiting", waiting_until=TUESDAY, code="x", reason="y").word == "waiting until Tue 09:00"


@pytest.mark.parametrize(
    "limit",
    ["chain", "minute_quota", "day_quota", "in_flight", "latency", "overload", "network", "disk", "budget", "person",
     "nothing", "a limit of a later version"],
)  # fmt: skip
def test_every_limit_of_the_pace_has_a_sentence(limit: str) -> None:
    assert spoken(told(pace=pace(limit))).endswith((".", "n shows it", "help."))
    assert told(pace={"limit": limit}).short


def test_a_screen_says_that_it_is_not_needed_only_where_something_runs() -> None:
    for state, needed in (("running", True), ("waiting", True), ("idle", False), ("stopped", False)):
        said = told(Stale(NOW - 14), state=state)
        assert ("does not need this screen" in said.long) is needed and ("goes on" in said.short) is needed


def test_before_the_first_picture_there_is_a_sentence_too() -> None:
    for link in (Connecting(), OK, DaemonGone(NOW)):
        assert tell(None, link, NOW, UTC).long


def test_only_words_that_count_by_themselves_tick() -> None:
    assert not told().ticks
    assert told(Stale(NOW - 14)).ticks
    assert set(STATES) == {"illustration", "clear", "consistent"}
