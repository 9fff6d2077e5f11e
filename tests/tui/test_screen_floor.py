"""The mill floor in use: layouts, news, every action."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shotmill.client.host import Host
from shotmill.client.link import DaemonGone, LinkChanged, OtherVersion, SnapshotArrived, Stale
from shotmill.errors import NothingRunsError, ShotmillError
from shotmill_tui.actions import ACTIONS, BY_ID
from shotmill_tui.keymap import Keyboard, key_table
from tui.driving import driven
from tui.sample import NOW, STATES, log, many_styles, night_train, shots, status
from tui.scripted import ScriptedConnection, playing


def idle(**more: Any) -> ScriptedConnection:
    return playing(status=status(state="idle", ends_at=None, **more))


# ---- layouts


async def test_three_columns_at_120_as_in_the_drawing() -> None:
    async with driven(size=(120, 27)) as driver:
        rows = driver.rows()
        assert rows[0].startswith(" Night train   ● running") and rows[0].rstrip().endswith("$3.12 of $10.00")
        assert "93/180 images   ends about 12:09" in rows[0]
        assert "Keys would not help." in rows[1] and rows[1].rstrip().endswith("3 for you: n")
        assert rows[2].count("╭") == 3 and "╭ 1 illustration ─" in rows[2]
        assert "34/60" in rows[3] and "31/60" in rows[3] and "28/60" in rows[3]
        assert "2 drawing  23 to do  1 blocked" in rows[4] and "next in 4 s" in rows[4]
        assert "│ Shot 1 ✓✓✓✓✓✓✓✓      Shot 6  ✓✓✓→→◦" in rows[5]
        assert "├ quota, each cloud project ─" in rows[10]
        assert "film-1 ▮▮▮▮▮▮▮▮▮ 9/9   today 212/500 │" in rows[11]
        assert "day spent, back Tue 09:00" in rows[12] and "key not valid" in rows[12]
        assert "12:04:11 ✓ 6.3   8.1 s  1.4 MB  anna" in driver.text
        assert "x stop after these 4  d detach, run goes on  n next for you" in driver.foot
        assert driver.foot.rstrip().endswith(": all  ? help")


async def test_one_panel_with_tabs_at_80() -> None:
    async with driven(size=(80, 24)) as driver:
        rows = driver.rows()
        assert "[1 illustration 57%]  2 clear 52%  3 consistent 47%  0 all" in rows[2]
        assert "Shot 1 ✓✓✓✓✓✓✓✓          Shot 5 ✓✓✓✓✓✓          Shot 9  ◦◦◦◦◦◦◦" in rows[5]
        assert "212/500 today   anna and ben share it" in driver.text
        assert all(len(row) == 80 for row in rows) and len(rows) == 24
        await driver.press("2")
        assert "[2 clear 52%]" in driver.rows()[2]


async def test_many_styles_open_as_a_table() -> None:
    async with driven(ScriptedConnection(many_styles(12))) as driver:
        rows = driver.rows()
        assert "style" in rows[2] and "12 woodcut" in rows[14] and "waits until Tue 09:00" in rows[14]
        assert "3,750/5,000" in rows[3]
        await driver.press("down", "down", "enter")
        assert "[3 consistent" in driver.rows()[2]
        await driver.press("0")
        assert "12 woodcut" in driver.text


async def test_below_80x24_the_log_goes_before_the_grid() -> None:
    async with driven(playing(), size=(80, 24)) as driver:
        await driver.pilot.resize_terminal(80, 13)
        await driver.settle()
        assert "├ log" not in driver.text and "Shot 1 " in driver.text
        await driver.pilot.resize_terminal(80, 10)
        await driver.settle()
        assert "Shot 2 " not in driver.text and "film-1" in driver.text


async def test_below_40x10_one_sentence_and_the_keys_that_matter_most() -> None:
    async with driven(size=(30, 8)) as driver:
        text = " ".join(row.strip() for row in driver.rows())
        assert "Night train: running, 93 of 180. 3 for you." in text
        assert "╭" not in text and all(row.startswith(" ") for row in driver.rows())
        assert driver.foot.strip() == "x stop  n for you  d detach"
        await driver.press("X")
        assert "Enter no (default)" in driver.text and "y yes, stop" in driver.text
        await driver.press("escape", "x")
        driver.connection.change(status=status(state="stopping"))
        await driver.settle()
        assert driver.foot.strip() == "s go on  d detach"
        await driver.pilot.resize_terminal(34, 8)
        await driver.settle()
        assert driver.foot.strip() == "s go on  X stop now  d detach"
        await driver.press("x")
        assert "4 images still out" in " ".join(row.strip() for row in driver.rows())
        await driver.pilot.resize_terminal(12, 3)
        await driver.settle()
        assert driver.foot.strip() == "d detach"


# ---- news


async def test_news_are_drawn() -> None:
    async with driven() as driver:
        driver.connection.change(
            beats=[["illustration", 5, 3, "v"]],
            log=[log(23, "12:04:13", "illustration", "6.4", "done", "ben", seconds=8.0, bytes=1.3e6)],
        )
        await driver.settle()
        assert "35/60" in driver.text and "94/180 images" in driver.rows()[0]
        assert "12:04:13 ✓ 6.4" in driver.text


async def test_a_key_is_answered_before_the_news_that_wait() -> None:
    async with driven() as driver:
        driver.app.touch = lambda: None  # type: ignore[method-assign]  # no timer repaints
        await driver.press("right")
        before = driver.rows()
        driver.connection.change(
            beats=[["illustration", 5, 3, "v"], ["clear", 5, 0, ">"]],
            log=[
                log(23, "12:04:13", "illustration", "6.4", "done", "ben", seconds=8.0, bytes=1.3e6),
                log(24, "12:04:13", "clear", "6.1", "sent", "carl"),
            ],
        )
        await driver.pilot.pause()
        await driver.pilot.press("right")
        await driver.pilot.pause()
        changed = [row for row, (was, now) in enumerate(zip(before, driver.rows(), strict=True)) if was != now]
        assert changed == [0, 34] and "1.2 ✓ done" in driver.rows()[34]
        await driver.settle()
        assert "12:04:13 ✓ 6.4" in driver.text and "12:04:13 → 6.1" in driver.text and "35/60" in driver.text


async def test_a_gone_daemon_is_shown_and_s_asks_for_another() -> None:
    async with driven() as driver:
        driver.connection.say(LinkChanged(DaemonGone(NOW - 600)))
        await driver.settle()
        assert "■ daemon gone since 11:54" in driver.rows()[0]
        assert "s starts it again" in driver.second and "Shot 1" in driver.text
        assert "ends about" not in driver.rows()[0]
        await driver.press("s")
        assert driver.connection.sent() == [("/v1/projects/{id}/start", {})]


async def test_another_version_is_look_only() -> None:
    async with driven() as driver:
        driver.connection.say(LinkChanged(OtherVersion("0.2", "0.3")))
        await driver.settle()
        await driver.press("x")
        assert not driver.connection.sent() and "look only" in driver.second


async def test_a_slow_line_counts_by_the_clock() -> None:
    async with driven() as driver:
        driver.connection.say(LinkChanged(Stale(NOW - 14)))
        await driver.settle()
        assert "No news for 14 s" in driver.second
        driver.clock[0] += 3
        driver.app._tick()
        await driver.settle()
        assert "No news for 17 s" in driver.second


async def test_nothing_is_repainted_where_nothing_changed() -> None:
    async with driven() as driver:
        painted: list[Any] = []
        for canvas in driver.app.screen.children:
            canvas.refresh = lambda *regions, **_: painted.append(regions)  # type: ignore[assignment,method-assign]
        driver.app.flush()
        assert not painted
        driver.connection.change(beats=[["clear", 5, 0, ">"]])
        await driver.settle()
        cells = sum(region.area for regions in painted for region in regions)
        assert 0 < cells <= 120 + 3 * 40, painted  # the first line, and three rows of one panel


async def test_the_bell_rings_once_for_finished() -> None:
    async with driven() as driver:
        rung: list[bool] = []
        driver.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]
        for _ in range(3):
            driver.connection.change(status=status(state="finished"))
            await driver.settle()
        assert rung == [True]


async def test_untrusted_text_is_shown_and_never_obeyed() -> None:
    evil = "[bold red]x[/] \x1b[2J\x1b]52;c;ZXZpbA==\x07 \u202e"
    async with driven(playing(project={"id": "p", "path": "/x", "title": evil})) as driver:
        assert "[bold red]x[/]" in driver.rows()[0]
        assert "\x1b" not in driver.text and "\u202e" not in driver.text


# ---- actions


async def test_start_asks_when_it_costs_more_than_agreed() -> None:
    async with driven(idle(agreed_usd=1.0)) as driver:
        await driver.press("s")
        assert "Draw 81 images, about $2.92, ends about 12:09?" in driver.text
        assert "Enter yes   3 try three beats of each style first (9 images, $0.31)   Esc no" in driver.foot
        await driver.press("x")
        assert not driver.connection.sent()
        await driver.press("enter")
        assert driver.connection.sent() == [
            ("/v1/projects/{id}/agree", {"usd": 2.92}),
            ("/v1/projects/{id}/start", {}),
        ]


async def test_start_asks_for_what_is_in_doubt_and_drawn_again_too() -> None:
    async with driven(idle(agreed_usd=3.0, again={"images": 12, "cost_usd": 0.43})) as driver:
        await driver.press("s")
        assert "Draw 81 images and 12 in doubt again, about $3.35" in driver.text
        await driver.press("enter")
        assert driver.connection.sent()[0] == ("/v1/projects/{id}/agree", {"usd": 3.35})


async def test_start_asks_though_it_was_agreed_when_images_are_gone() -> None:
    async with driven(idle(agreed_usd=3.0, gone=45)) as driver:
        await driver.press("s")
        assert not driver.connection.sent()
        assert "Draw 81 images (45 of them were drawn before and are gone), about $2.92" in driver.text


async def test_start_with_three_beats_first_and_no() -> None:
    async with driven(idle(agreed_usd=None)) as driver:
        await driver.press("s", "3")
        assert driver.connection.sent() == [("/v1/projects/{id}/start", {"limit": 3})]
        await driver.press("s", "escape")
        assert len(driver.connection.sent()) == 1 and "Draw 81" not in driver.text


async def test_start_just_starts_when_it_was_agreed() -> None:
    async with driven(idle(agreed_usd=3.0)) as driver:
        driver.connection.answers["start"] = {"message": "started: 81 images"}
        await driver.press("s")
        assert driver.connection.sent() == [("/v1/projects/{id}/start", {})]
        assert "Started: 81 images" in driver.second


async def test_start_takes_a_stop_back_and_says_why_not_while_running() -> None:
    async with driven() as driver:
        await driver.press("s")
        assert "It is running" in driver.second and not driver.connection.sent()
        driver.connection.change(status=status(state="stopping"))
        await driver.settle()
        assert "◐ stopping" in driver.rows()[0] and "s go on" in driver.foot
        await driver.press("s")
        assert driver.connection.sent() == [("/v1/projects/{id}/start", {})]


async def test_start_without_keys_opens_the_diagnostics() -> None:
    async with driven(idle(agreed_usd=3.0)) as driver:
        driver.connection.answers["start"] = NothingRunsError("no usable key", cure="shotmill keys add anna")
        await driver.press("s")
        assert driver.rows()[0].startswith(" Diagnostics") and "no usable key" in driver.second


async def test_stop_and_stop_again() -> None:
    async with driven() as driver:
        await driver.press("x")
        assert driver.connection.sent() == [("/v1/projects/{id}/stop", {"now": False})]
        driver.connection.change(status=status(state="stopping"))
        await driver.settle()
        await driver.press("x")
        assert len(driver.connection.sent()) == 1
        assert "4 images still out: illustration 6.4, 6.5, clear 5.6" in driver.second


async def test_stop_now_names_what_is_out_and_enter_means_no() -> None:
    async with driven() as driver:
        await driver.press("X")
        assert "4 images out: illustration 6.4, 6.5, clear 5.6, consistent 5.4" in driver.text
        assert "perhaps paid: $0.14" in driver.text and "Enter no (default)   y yes, stop" in driver.text
        await driver.press("enter")
        assert not driver.connection.sent() and "Stop now?" not in driver.text
        await driver.press("X", "n")
        assert not driver.connection.sent() and "Stop now?" not in driver.text
        await driver.press("X", "y")
        assert driver.connection.sent() == [("/v1/projects/{id}/stop", {"now": True})]


async def test_next_goes_round_what_is_for_you() -> None:
    async with driven() as driver:
        await driver.press("n")
        assert "1 of 3: illustration 2.4: refused" in driver.second and driver.app.session.beat == (
            "illustration",
            "2.4",
        )
        assert "2.4 ⊘ blocked  Enter opens it" in driver.text
        await driver.press("X")
        assert "╰ 2.4 ⊘ blocked ─" in driver.text and "Enter opens it" not in driver.text
        await driver.press("escape")
        await driver.press("n")
        assert driver.app.session.beat == ("consistent", "3.3")
        await driver.press("n")
        assert "k to mend" in driver.second
        await driver.press("N", "N", "N")
        assert "3 of 3" in driver.second


async def test_words_too_long_for_the_second_line_stand_whole_above_the_keys() -> None:
    async with driven(size=(80, 24)) as driver:
        await driver.press("N")
        assert driver.second.startswith(" Pace:")
        told = " ".join(row.strip() for row in driver.rows()[-4:-1])
        assert "3 of 3: key: finn: the provider says it is not valid k to mend" in " ".join(told.split())


async def test_doubt_is_settled_with_a_question() -> None:
    async with driven() as driver:
        await driver.press("n", "n", "t")
        assert "Draw consistent 3.3 again, about $0.03, perhaps paid twice?" in driver.text
        assert "Enter no (default)   y yes, draw it" in driver.text
        await driver.press("enter")
        assert not driver.connection.sent()
        await driver.press("t", "y")
        body = {"do": "retry", "style": "consistent", "beat": "3.3"}
        assert driver.connection.sent() == [("/v1/projects/{id}/doubt", body)]
        await driver.press("u", "enter")
        assert driver.connection.sent()[1][1] == {**body, "do": "skip"}


async def test_a_paused_style_tries_again() -> None:
    paused = {"clear": {"state": "paused", "reason": "20 times the same answer"}}
    async with driven(playing(status=status(styles=paused))) as driver:
        assert "● running, clear paused" in driver.rows()[0]
        await driver.press("t")
        assert driver.connection.sent() == [("/v1/projects/{id}/resume-style", {"style": "clear"})]


async def test_what_a_person_mended_is_tried_in_the_run_that_waits_for_it() -> None:
    capped = {"state": "waiting", "code": "spend_cap", "waiting_until": NOW + 90_000}
    picture = status(states={"clear": "v.."}, styles={"clear": capped}, **capped)
    clear = {"name": "clear", "quota": [], "shots": shots("v..")}
    async with driven(ScriptedConnection(night_train(status=picture, styles=[clear]))) as driver:
        assert "t tries again" in driver.second
        await driver.press("t")
        assert driver.connection.sent() == [("/v1/projects/{id}/resume-style", {"style": "clear"})]
        assert "tried again" in driver.second


async def test_retry_asks_the_price() -> None:
    states = {"clear": "vvx#"}
    picture = night_train(
        status=status(states, state="finished", cost_left_usd=0.0, spent_usd=0.08),
        styles=[{"name": "clear", "quota": [], "shots": shots("vvx#")}],
    )
    async with driven(ScriptedConnection(picture)) as driver:
        await driver.press("s")
        assert "r tries the failed ones again" in driver.second
        await driver.press("r")
        assert "Fresh tries for 2 failed or blocked beats, about $0.08?" in driver.text
        await driver.press("enter")
        assert driver.connection.sent() == [("/v1/projects/{id}/start", {"retry_failed": True})]


async def test_a_refused_command_is_told_in_the_second_line() -> None:
    async with driven() as driver:
        driver.connection.answers["stop"] = ShotmillError("not now", cure="wait a little")
        await driver.press("x")
        assert "not now  wait a little" in driver.second
        driver.clock[0] += 20
        driver.app._tick()
        await driver.settle()
        assert "Pace:" in driver.second


async def test_zoom_focus_all_and_find() -> None:
    async with driven() as driver:
        await driver.press("2", "z")
        assert "[2 clear 52%]" in driver.rows()[2]
        await driver.press("z", "tab")
        assert driver.app.session.desk.focus == 2 and driver.rows()[2].count("╭") == 3
        await driver.press("0")
        assert "for you  now" in driver.rows()[2]
        await driver.press("0", "slash", *"ill", "enter")
        assert driver.app.session.desk.focus == 0
        await driver.press("slash", *"6.4", "enter")
        assert driver.app.session.beat == ("illustration", "6.4")
        await driver.press("slash", *"nowhere", "enter", "9")
        assert "There is no style 9" in driver.second


async def test_the_cursor_moves_and_enter_opens_the_beat() -> None:
    async with driven() as driver:
        await driver.press("enter")
        assert "Move to a beat first" in driver.second
        await driver.press("down", "down", "right")
        assert driver.app.session.beat == ("illustration", "2.2")
        await driver.press("enter")
        assert ("GET", "/v1/projects/{id}/beats/illustration/2.2", None) in driver.connection.asked


async def test_the_log_is_held_and_follows_again() -> None:
    async with driven(size=(80, 24)) as driver:
        await driver.press("f")
        assert "follows already" in driver.second
        lines = [log(100 + n, "12:05:00", "illustration", "7.1", "note", text=f"line {n}") for n in range(40)]
        driver.connection.change(log=lines)
        await driver.settle()
        await driver.press("pageup")
        assert "log held, 10 newer" in driver.text and "line 29" in driver.text and "line 39" not in driver.text
        await driver.press("f")
        assert "line 39" in driver.text and "log held" not in driver.text


async def test_a_click_focuses_a_panel_and_its_beat() -> None:
    async with driven() as driver:
        await driver.pilot.click(offset=(51, 5))
        await driver.settle()
        assert driver.app.session.style is not None and driver.app.session.style.name == "clear"
        assert driver.app.session.beat == ("clear", "1.3")


@pytest.mark.parametrize("key", ["d", "q", "ctrl+c", "ctrl+q"])
async def test_detaching_says_what_goes_on(key: str) -> None:
    async with driven() as driver:
        await driver.pilot.press(key)
        await driver.pilot.pause()
        assert driver.app.return_value == (
            "Night train goes on: 93 of 180, ends about 12:09, $3.12 of $10.00.\n"
            "Back: shotmill    Stop: shotmill stop    How far: shotmill status"
        )
        assert not driver.connection.sent()


async def test_on_a_narrow_terminal_no_command_to_come_back_with_is_cut_in_two() -> None:
    async with driven(size=(60, 24)) as driver:
        await driver.pilot.press("d")
        await driver.pilot.pause()
        assert driver.app.return_value == (
            "Night train goes on: 93 of 180, ends about 12:09, $3.12 of\n$10.00.\n"
            "Back: shotmill\nStop: shotmill stop\nHow far: shotmill status"
        )


async def test_leaving_warns_where_logout_would_end_the_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(False, True, True, True, False, systemd=True, lingers=False)
    monkeypatch.setattr("shotmill_tui.news_app.look_at_host", lambda environ: host)
    connection = playing()
    connection.answers["daemon"] = {"survives_logout": "scope"}
    async with driven(connection) as driver:
        await driver.pilot.press("d")
        await driver.pilot.pause()
        assert "this keeps it: loginctl enable-linger" in (driver.app.return_value or "")


async def test_coming_back_shows_the_same_place_and_what_happened(tmp_path: Path) -> None:
    memory = tmp_path / "seen.json"
    async with driven(remember=memory) as driver:
        await driver.press("3", "down", "down", "z")
        await driver.pilot.press("d")
    later = night_train(status=status(state="finished"))
    later["styles"][0]["shots"] = shots(STATES["illustration"].replace(".", "v").replace(">", "v"))
    connection = ScriptedConnection(later)
    async with driven(connection, remember=memory) as driver:
        assert "[3 consistent" in driver.rows()[2] and driver.app.session.beat == ("consistent", "2.1")
        assert "While you were away" not in driver.second
    async with driven(remember=memory) as driver:
        pass
    await away(connection, memory)


async def away(connection: ScriptedConnection, memory: Path) -> None:
    from shotmill_tui.memory import Memory
    from shotmill_tui.model.away import standing
    from shotmill_tui.session import Session

    session = Session()
    session.apply(SnapshotArrived(night_train()))
    assert session.view is not None
    Memory(memory).keep(session, standing(session.view, NOW - 3600))
    async with driven(connection, remember=memory) as driver:
        assert "While you were away: 25 drawn, finished.  n shows them" in driver.second


# ---- the registry


def test_a_key_means_one_thing() -> None:
    keys = [key for one in ACTIONS for key in one.keys]
    assert len(keys) == len(set(keys))
    assert all(len(one.shown) == 1 or one.shown in ("Esc", "Enter") for one in ACTIONS)


def test_the_table_of_keys_has_every_action() -> None:
    table = key_table()
    assert all(f"| `{one.shown}` | {Keyboard().help(one)} |" in table for one in ACTIONS)


async def test_every_action_does_something_or_says_why_not() -> None:
    async with driven() as driver:
        floor = driver.app.screen
        for name in sorted(BY_ID):
            driver.app.notice("-")
            await driver.settle()
            before = driver.text
            if name != "detach":
                await driver.app.run_action(f"do('{name}')")
                await driver.settle()
                assert driver.text != before, name
            while driver.app.screen is not floor:
                driver.app.pop_screen()
            floor.asked = None  # type: ignore[attr-defined]
