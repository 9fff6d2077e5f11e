"""Times, money, tables, bars and sentences: pure functions, checked by the words that matter."""

from __future__ import annotations

import errno
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command_line import Paper, paper_terminal, status, style
from shotmill.doctor.runs import judged_run
from shotmill.errors import ExitCode
from shotmill_tui.cli import daemon, ending, start, status_words, stop, table, watch_words, words
from shotmill_tui.cli.progress import Progress
from shotmill_tui.cli.redraw import Block
from shotmill_tui.cli.terminal import Terminal

NOW = 1_795_432_809.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((0, "0.0 s"), (8.14, "8.1 s"), (9.96, "10 s"), (59.4, "59 s"), (252, "4 min 12 s"), (13200, "3 h 40 min")),
        *((59.6, "1 min"), (3600, "1 h"), (190_000, "2 d 4 h"), (-3, "0.0 s")),
    ],
)
def test_a_length_has_its_units(seconds: float, said: str) -> None:
    assert words.length(seconds) == said


def test_a_moment_has_its_day_when_it_is_not_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monday_noon = 1_795_435_200.0
    assert words.moment(monday_noon + 3600, monday_noon) == "13:00"
    assert words.moment(monday_noon + 21 * 3600, monday_noon) == "Tue 09:00"
    assert words.moment(monday_noon + 20 * 86400, monday_noon) == "Sun 13 Dec 12:00"


def test_money_tells_what_is_in_doubt_and_the_budget() -> None:
    run = {"spent_usd": 3.12, "in_doubt_usd": 0.07, "budget_usd": 10.0}
    assert words.money_of(run) == "$3.12 + $0.07 in doubt of $10.00"
    assert words.money_of({"spent_usd": 0.0, "in_doubt_usd": 0.0, "budget_usd": None}) == "$0.00"
    assert words.money(0.003) == "under $0.01"


@given(st.lists(st.lists(st.text(alphabet="ab 漢é", min_size=1, max_size=9), min_size=2, max_size=2), min_size=1))
def test_columns_stand_under_each_other(rows: list[list[str]]) -> None:
    lines = table.table([[*row, "end"] for row in rows], indent="", gap="|")
    ends = [[table.width(part) for part in line.split("|")[:2]] for line in lines]
    assert all(end == ends[0] for end in ends)


@given(st.text(alphabet="ab漢é \x1b[31m", max_size=60), st.integers(1, 40))
def test_a_clipped_line_fits(text: str, cells: int) -> None:
    assert table.width(table.clipped(text, cells)) <= max(cells, 1) or table.width(text) <= cells


def test_status_says_all_that_matters() -> None:
    said = "\n".join(status_words.report(status(), NOW, paper_terminal()))
    for fact in ("Night train", "● running", "65/120 images", "ends about", "$3.12 of $10.00", "34/60", "3 drawing"):
        assert fact in said
    for fact in ("1 blocked", "anna", "film-1", "7/9", "112/500", "1 for you", "→ reword it"):
        assert fact in said


def test_the_figures_of_a_quota_project_stand_once() -> None:
    told = status()
    shared = {**told["keys"]["anna"], "state": "invalid", "reason": "not valid"}
    told["keys"] |= {"ben": shared, "carl": {**shared, "quota_project": ""}}
    anna, ben, carl = status_words.keys(told["keys"], NOW, paper_terminal())
    assert "7/9" in anna and "112/500" in anna
    assert ben.endswith("shares it with anna  invalid: not valid") and "112" not in ben
    assert "/" not in carl and carl.endswith("invalid: not valid")


def test_what_keeps_a_key_is_told_in_few_words_and_till_when() -> None:
    anna = status()["keys"]["anna"]
    off = {**anna, "state": "invalid", "code": "service_disabled", "reason": "not used before"}
    rests = {**anna, "state": "cooling", "code": "spend_cap", "reason": "long", "until": NOW + 30}
    lines = status_words.keys({"off": off, "rests": {**rests, "quota_project": ""}}, NOW, paper_terminal())
    assert lines[0].endswith("API not enabled: not used before")
    assert re.search(r"spending cap reached, back \d\d:\d\d:\d\d$", lines[1])


def test_status_of_a_folder_without_prompts() -> None:
    empty = status(state="idle", id=None, eta_s=None, spent_usd=0.0, budget_usd=None)
    empty |= {"styles": {}, "keys": {}, "for_you": []}
    assert status_words.report(empty, NOW, paper_terminal()) == ["Night train  ○ idle   no prompts   $0.00"]


def test_nothing_untrusted_reaches_the_terminal_raw() -> None:
    bad = status(reason="\x1b]52;c;aGk=\x07")
    bad["project"]["title"] = "\x1b[2JNight"
    bad["for_you"][0]["what"] = "a\u202eb"
    bad["styles"]["\x9b31m"] = style(total=1)
    said = "\n".join(status_words.report(bad, NOW, paper_terminal()))
    assert not any(control in said for control in ("\x1b", "\x07", "\x9b", "\u202e"))


@pytest.mark.parametrize(
    ("run", "styles", "code"),
    [
        ({"state": "finished"}, {"a": style(total=2, done=2)}, ExitCode.DONE),
        ({"state": "finished"}, {"a": style(total=2, done=1, failed=1)}, ExitCode.GAPS),
        ({"state": "finished"}, {"a": style(total=2, done=1, blocked=1)}, ExitCode.GAPS),
        ({"state": "finished"}, {"a": style(total=2, done=1, in_doubt=1)}, ExitCode.GAPS),
        ({"state": "stopped", "reason": "asked"}, {"a": style(total=2, done=1)}, ExitCode.STOPPED),
        ({"state": "stopped", "reason": "budget"}, {"a": style(total=2, done=1)}, ExitCode.BUDGET),
        ({"state": "stopped", "reason": "x"}, {"a": style(total=2, state="paused")}, ExitCode.GAPS),
    ],
)
def test_the_exit_code_of_an_end(run: dict[str, str], styles: dict[str, dict[str, object]], code: ExitCode) -> None:
    assert ending.exit_code({**status(**run), "styles": styles}) is code


def test_a_run_that_no_key_could_go_on_with_ends_with_its_own_code() -> None:
    ended = status(state="stopped", reason="the key is not valid")
    ended["styles"] = {"a": style(total=2, done=1)}
    ended["keys"]["anna"]["state"] = "invalid"
    assert ending.exit_code(ended) is ExitCode.NOTHING_RUNS


def test_gaps_of_styles_that_the_run_was_not_for_do_not_count() -> None:
    ended = status(state="finished")
    ended["styles"] = {"a": style(total=1, done=1), "b": style(total=1, failed=1)}
    assert ending.exit_code(ended, ending.Chosen(frozenset({"a"}))) is ExitCode.DONE
    assert ending.exit_code(ended, ending.Chosen(frozenset({"a", "b"}))) is ExitCode.GAPS


@pytest.mark.parametrize(
    ("chosen", "gaps"),
    [
        (ending.Chosen(shots=frozenset({1})), False),
        (ending.Chosen(shots=frozenset({2})), True),
        (ending.Chosen(beats=frozenset({"2.1"})), False),
        (ending.Chosen(beats=frozenset({"2.2"})), True),
        (ending.Chosen(frozenset({"other"}), frozenset({2})), False),
    ],
)
def test_gaps_of_shots_and_beats_that_the_run_was_not_for_do_not_count(chosen: ending.Chosen, gaps: bool) -> None:
    shots = [{"shot": 1, "beats": ["1.1"], "states": "."}, {"shot": 2, "beats": ["2.1", "2.2"], "states": "x>"}]
    grid = ending.Grid({"styles": [{"name": "clear", "shots": shots}]})
    grid.apply([("clear", 0, 0, "v"), ("clear", 1, 0, "v"), ("clear", 1, 1, "#")])
    ended = {**status(state="finished"), "styles": {"clear": style(total=3, done=2, blocked=1)}}
    assert ending.exit_code(ended, chosen, grid) is (ExitCode.GAPS if gaps else ExitCode.DONE)
    assert ending.exit_code(ended, ending.ALL, grid) is ExitCode.GAPS


def test_a_stop_says_what_is_still_to_come_or_in_doubt() -> None:
    coming = stop.sentence({"outcome": "stopping", "in_flight": 3, "longest_s": 40.0, "wait_s": 6.0})
    assert "3 images still to come, about 6 s" in coming
    lost = stop.sentence({"outcome": "stopped", "in_flight": 2, "in_doubt_usd": 0.07})
    assert "2 images were out" in lost
    assert "$0.07 in doubt" in lost
    assert "nothing runs" in stop.sentence({"outcome": "not_running"})


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_progress_fits_every_width(columns: int) -> None:
    progress = Progress(paper_terminal(tty=True))
    progress.hear(status(), NOW)
    progress.hear(status(), NOW + 30)
    lines = progress.lines(NOW + 30, columns)
    assert len(lines) == 5, "two styles, all of it, and what is for the user with its cure"
    assert all(table.width(line) <= columns for line in lines)


def test_progress_tells_images_rate_time_and_money() -> None:
    progress = Progress(paper_terminal())
    first, later = status(), status()
    later["styles"]["clear"]["done"] = 36
    progress.hear(first, NOW)
    progress.hear(later, NOW + 30)
    said = "\n".join(progress.lines(NOW + 30, 140))
    for fact in ("34/60", "36/60", "10 a minute", "70/120 images", "left", "$3.12 of $10.00", "1 blocked", "1 for you"):
        assert fact in said
    assert "70 of 120 done" in progress.plain(NOW + 30)


def test_only_lines_that_changed_are_written_again() -> None:
    paper = paper_terminal(tty=True)
    block = Block(paper.err)
    block.show(["one", "two", "three"])
    written = paper.err.getvalue()  # type: ignore[attr-defined]
    assert "one\ntwo\nthree\n" in written
    block.show(["one", "2", "three"])
    again = paper.err.getvalue()[len(written) :]  # type: ignore[attr-defined]
    assert again == "\x1b[2A\r2\x1b[K\x1b[2B\r"
    block.show(["one", "2", "three"])
    assert paper.err.getvalue() == written + again  # type: ignore[attr-defined]


def test_an_end_says_what_is_for_you_and_what_to_do() -> None:
    ended = status(state="stopped", reason="not served here.", cure="Use another network, then: shotmill start")
    first, *more = ending.told(ended, paper_terminal())
    assert first.endswith("not served here.")
    assert more[0].strip() == "→ Use another network, then: shotmill start"
    assert any("2.4" in line for line in more) and any("→ reword it" in line for line in more)
    ended["for_you"][0]["cure"] = "Use another network."
    assert "\n".join(ending.told(ended, paper_terminal())).count("another network") == 1


def test_a_wait_is_told_once_with_its_reason_and_what_would_help() -> None:
    progress = Progress(paper_terminal())
    waits = status(state="waiting", reason="the day is spent", code="day_quota", cure="keys of another project")
    waits["run"]["waiting_until"] = "2026-11-24T08:00:00.000Z"
    progress.hear(waits, NOW)
    said = progress.news(NOW)
    assert "the day is spent" in said[0] and "keys of another project" in said[1]
    assert "2.4" in said[2] and "reword it" in said[3]
    waits["run"]["waiting_until"] = "2026-11-24T08:05:00.000Z"
    assert progress.news(NOW + 1) == []
    progress.hear(status(), NOW + 2)
    assert progress.news(NOW + 2) == []
    progress.hear(waits, NOW + 3)
    assert "the day is spent" in progress.news(NOW + 3)[0]
    shown = "\n".join(progress.lines(NOW, 200))
    assert "the day is spent" in shown and "reword it" in shown
    assert "the day is spent" not in "\n".join(progress.lines(NOW, 200, why=False))


def test_a_start_says_what_a_person_should_know_of_though_it_started() -> None:
    told = ["chalk has no usable key and waits for one"]
    answer = {"outcome": "started", "message": f"{told[0]}; started: 3 images", "notes": told, "images": 3}
    first, note, _ = start.sentences({**answer, "cost_usd": 0.1, "status": status()}, NOW)
    assert "3 images to draw" in first and "chalk has no usable key" in note


def test_a_line_for_files_says_once_what_the_disk_is_waited_for() -> None:
    progress = Progress(paper_terminal())
    gone = {"kind": "disk", "style": "", "beat": "", "cure": "put it back"}
    said: list[str] = []
    for count in (0, 1, 2, 3):  # first it is only for the user: the run has not turned to waiting yet
        what = f"/films/night: it is not there any more. {count} paid images are only in memory"
        told = status(state="waiting" if count else "running", code="place_gone", reason=what, cure="put it back")
        progress.hear({**told, "for_you": [{**gone, "what": what}]}, NOW)
        said += progress.news(NOW)
    assert len([line for line in said if "not there any more" in line]) == 1


def test_a_trial_is_no_finished_project() -> None:
    ended = status(state="finished", limit=3, elapsed_s=12.0, budget_usd=None)
    ended |= {"styles": {"a": style(total=90, done=3, pending=87)}, "for_you": []}
    said = ending.told(ended, paper_terminal())
    assert said == ["Night train, trial finished in 12 s: 3 of 90 drawn, $3.12.", "  → shotmill start   draws the rest"]
    report = "\n".join(status_words.report(ended, NOW, paper_terminal()))
    assert "the trial is over; 87 images were not part of it\n    → shotmill start   draws the rest" in report
    watched = watch_words.ending(ended, watched=True)
    assert "trial finished" in watched and watched.endswith("shotmill start draws the rest.")
    whole = {**ended, "styles": {"a": style(total=3, done=3)}}
    assert "trial" not in ending.sentence(whole) and not status_words.cure_of(whole)
    chained = {**ended, "run": {**ended["run"], "limit": None}}  # behind an image in doubt: no trial
    assert "trial" not in ending.sentence(chained) and "trial" not in watch_words.ending(chained, watched=True)


def test_the_doctor_knows_a_trial_too() -> None:
    ended = status(state="finished", limit=3, waiting_until=None)
    ended |= {"styles": {"a": style(total=90, done=3, pending=87)}, "for_you": []}
    assert "the trial is finished, 3 of 90 drawn; shotmill start draws the rest" in judged_run(ended, NOW)[0].fact


@pytest.mark.parametrize(
    ("way", "words"), [("unit", "by its user unit"), ("scope", "a scope of its own"), ("plain", "plainly, within")]
)
def test_the_daemons_status_says_how_it_was_started(way: str, words: str) -> None:
    info = {"running": True, "version": "1", "uptime_s": 3, "loop_lag_ms": {"p50": 1, "max": 2}, "pid": 3}
    told = daemon.in_words({**info, "socket": "/s", "state": "ready", "survives_logout": way})
    assert any(line.startswith("  started  ") and words in line for line in told)


def test_a_note_on_a_terminal_that_was_closed_is_no_fault() -> None:
    class Closed(Paper):
        def __init__(self, number: int) -> None:
            super().__init__(tty=True)
            self._number = number

        def write(self, text: str) -> int:
            raise OSError(self._number, "refused")

    Terminal(Paper(), Closed(errno.EIO), Paper()).note("farewell")
    with pytest.raises(OSError, match="refused"):
        Terminal(Paper(), Closed(errno.ENOSPC), Paper()).note("farewell")
