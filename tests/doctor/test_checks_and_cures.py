"""Each check finds what it is for, names a cure, and none of them can hold up the others."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from doctor.patient import found, new_machine
from shotmill.client.host import Host
from shotmill.doctor import daemon, disk, files, images, machine, permissions, project, record, settings, terminal
from shotmill.doctor.check import Check, Surroundings, Test, Verdict, broken, fine, look
from shotmill.doctor.examine import all_tests, distinct, examine, worst_first
from shotmill.doctor.guide import find_page
from shotmill.errors import UsageError
from shotmill_tui.cli.start import told_of_logout


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return new_machine(tmp_path)


def test_a_new_machine_lacks_a_key_and_nothing_else(around: Surroundings) -> None:
    checks = examine(around)
    assert [check.id for check in checks if check.verdict is Verdict.BROKEN] == ["keys"]
    assert all(check.page for check in checks)
    assert "keys add" in found(checks, "keys").cure
    assert found(checks, "prompts").fact == "1 in clear"


def test_ids_are_unique_and_what_is_not_fine_has_a_cure(around: Surroundings) -> None:
    checks = examine(around)
    assert len({check.id for check in checks}) == len(checks)
    assert all(check.cure for check in checks if check.verdict is not Verdict.FINE)


def test_outside_of_a_project_only_the_machine_is_looked_at(around: Surroundings) -> None:
    names = {check.id for check in examine(Surroundings(around.folders, around.environ))}
    assert "python" in names
    assert "prompts" not in names
    assert "project" in names


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("budget", "stops"),
        ("money", "doubt"),
        ("network", "stuck"),
        ("clock", "stuck"),
        ("proxy", "stuck"),
        ("disk", "images"),
        ("full", "images"),
        ("permission", "progress"),
        ("linger", "leave"),
        ("clipboard", "terminal"),
    ],
)
def test_other_words_find_their_page(word: str, page: str) -> None:
    assert find_page(word).name == page


def test_the_word_of_a_check_finds_the_page_that_the_check_names() -> None:
    words = {"network", "clock", "proxy", "disk", "folder", "images", "terminal", "tmux", "endpoint", "keys"}
    named = {test.id: test.page for test in all_tests() if test.id in words}
    assert {word: find_page(word).name for word in named} == named


def test_broken_prompts_and_settings_name_file_and_line(around: Surroundings) -> None:
    assert around.root is not None
    (around.root / "prompts" / "prompts-clear.json").write_text('[{"beat_number": "1.1"}]')
    (around.root / "shotmill.toml").write_text("[limits]\nrpmm = 3\n")
    checks = examine(around)
    assert found(checks, "settings").verdict is Verdict.BROKEN
    assert "shotmill.toml" in found(checks, "settings").fact
    faults = [check for check in checks if "rpmm" in check.fact]
    assert len(faults) == 1  # what others meet of it is not told again
    after = found(checks, "after.settings")
    assert after.verdict is Verdict.LOOK
    assert "Endpoint" in after.fact
    assert "shotmill.toml" in after.fact


def test_a_model_that_is_not_known_is_worth_a_look_and_the_nearest_is_named(around: Surroundings) -> None:
    assert around.root is not None
    (around.root / "shotmill.toml").write_text('[gemini]\nmodel = "gemini-3-pro-imge"\n')
    check = found(examine(around), "model")
    assert check.verdict is Verdict.LOOK
    assert 'model = "gemini-3-pro-image"?' in check.cure


def test_one_key_under_two_names_counts_once(around: Surroundings) -> None:
    around.folders.config.mkdir(parents=True)
    same = 'api_key = "AIzaSyB-canary-canary-canary-canary-x7Qp"\n'
    around.folders.keys_file.write_text(f"[keys.anna]\n{same}[keys.berta]\n{same}")
    around.folders.keys_file.chmod(0o600)
    assert found(examine(around), "keys").fact == "1 of 1 quota project"


def test_a_keys_file_that_others_can_read_is_broken(around: Surroundings) -> None:
    around.folders.config.mkdir(parents=True)
    around.folders.keys_file.write_text('[keys.anna]\napi_key = "AIzaSyB-canary-canary-canary-canary-x7Qp"\n')
    around.folders.keys_file.chmod(0o644)
    checks = examine(around)
    (check,) = [check for check in checks if check.verdict is Verdict.BROKEN]
    assert check.id == "keys.file"
    assert "chmod 600" in check.cure
    assert "canary" not in check.fact + check.more
    assert found(checks, "after.keys.file").verdict is Verdict.LOOK
    assert "Keys" in found(checks, "after.keys.file").fact


def test_folders_of_keys_and_state_that_others_may_write(around: Surroundings) -> None:
    for folder in (around.folders.config, around.folders.state):
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    checks = examine(around)
    for name, folder in (("keys.folder", around.folders.config), ("state", around.folders.state)):
        check = found(checks, name)
        assert check.verdict is Verdict.LOOK
        assert "may be written by others" in check.fact
        assert check.cure == f"chmod 700 {folder}"
        folder.chmod(0o700)
    assert found(permissions.check_keys_file(around), "keys.file").verdict is Verdict.FINE
    assert found(permissions.check_state(around), "state").verdict is Verdict.FINE


def test_a_strange_endpoint_is_broken(around: Surroundings) -> None:
    assert around.root is not None
    (around.root / "shotmill.toml").write_text('[gemini]\nbase_url = "https://keys.example"\n')
    check = found(examine(around), "endpoint")
    assert check.verdict is Verdict.BROKEN
    assert "keys.example" in check.fact


def test_a_damaged_image_is_found(around: Surroundings) -> None:
    assert around.root is not None
    shot = around.root / "generated_images" / "clear" / "Shot_1"
    shot.mkdir(parents=True)
    (shot / "Beat_1.1.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    check = found(images.check_whole(around), "images")
    assert check.verdict is Verdict.LOOK
    assert "Beat_1.1.png" in check.fact


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written(around: Surroundings) -> None:
    assert around.root is not None
    around.root.chmod(0o500)
    try:
        assert files.check_writable(around)[0].verdict is Verdict.BROKEN
    finally:
        around.root.chmod(0o700)


def test_a_check_that_hangs_costs_only_its_own_time(around: Surroundings) -> None:
    let_go = threading.Event()

    def hang(_: Surroundings) -> list[Check]:
        let_go.wait(60)
        return []

    quick = Test("quick", "Quick", lambda _: fine("quick", "Quick", "ok"), "slow", "is quick")
    started = time.monotonic()
    checks = examine(around, [Test("slow", "Slow", hang, "slow", "hangs", seconds=0.3), quick])
    let_go.set()
    assert time.monotonic() - started < 30
    assert [(check.id, check.verdict) for check in checks] == [("slow", Verdict.LOOK), ("quick", Verdict.FINE)]


def test_a_check_that_fails_is_a_result_without_secrets(around: Surroundings) -> None:
    def fail(_: Surroundings) -> list[Check]:
        raise ValueError("AIzaSyB-canary-canary-canary-canary-x7Qp\x1b[2J")

    def refuse(_: Surroundings) -> list[Check]:
        raise UsageError("wrong", cure="mend it")

    checks = examine(around, [Test("a", "A", fail, "errors", "fails"), Test("b", "B", refuse, "errors", "refuses")])
    assert "canary" not in checks[0].fact + checks[0].more
    assert "Traceback" in checks[0].more
    assert "\x1b" not in checks[0].fact
    assert checks[1] == Check("b", "B", Verdict.BROKEN, "wrong", "mend it", page="errors")


def test_broken_comes_first() -> None:
    mixed = fine("a", "A", "x") + broken("b", "B", "x", "y") + look("c", "C", "x", "y") + broken("d", "D", "x", "y")
    assert [check.id for check in worst_first(mixed)] == ["b", "d", "c", "a"]


def test_the_worse_of_two_findings_stays() -> None:
    twice = fine("disk", "Disk", "x") + broken("disk", "Disk", "full", "y") + fine("disk", "Disk", "z")
    assert distinct(twice) == broken("disk", "Disk", "full", "y")


def test_a_check_travels_as_json() -> None:
    check = Check("a", "A", Verdict.LOOK, "fact", "cure", "more")
    assert Check.from_json(check.to_json()) == check
    assert Check.from_json({"id": "x", "verdict": "marvellous"}).verdict is Verdict.LOOK


def test_a_clock_in_the_past_is_broken() -> None:
    assert machine.judged_clock(0.0)[0].verdict is Verdict.BROKEN
    assert machine.judged_clock(1_900_000_000.0)[0].verdict is Verdict.FINE


@pytest.mark.parametrize(
    ("proxy", "verdict"),
    [("http://h:3128", "fine"), ("h:3128", "fine"), ("http://h:port", "broken"), ("http://", "broken")],
)
def test_a_proxy_has_to_be_an_address(around: Surroundings, proxy: str, verdict: str) -> None:
    checks = machine.check_proxy(Surroundings(around.folders, {"https_proxy": proxy}))
    assert checks[0].verdict.value == verdict


def test_a_proxys_password_is_not_told(around: Surroundings) -> None:
    checks = machine.check_proxy(Surroundings(around.folders, {"HTTPS_PROXY": "http://me:canary@proxy:3128"}))
    assert "canary" not in repr(checks)


@pytest.mark.parametrize(
    ("size", "encoding", "environ", "verdict"),
    [
        ((120, 40), "UTF-8", {"TERM": "xterm-256color", "TMUX": "x"}, "fine"),
        ((60, 20), "UTF-8", {"TERM": "xterm"}, "look"),
        ((120, 40), "ANSI_X3.4-1968", {"TERM": "xterm"}, "look"),
        ((120, 40), "UTF-8", {"TERM": "dumb"}, "look"),
    ],
)
def test_terminals(size: tuple[int, int], encoding: str, environ: dict[str, str], verdict: str) -> None:
    assert terminal.judged(size, encoding, environ)[0].verdict.value == verdict


def test_models_end_on_a_day() -> None:
    assert settings.judged_end("m", "2026-10-01", "2026-11-23", "new")[0].verdict is Verdict.BROKEN
    assert "new" in settings.judged_end("m", "2026-10-01", "2026-11-23", "new")[0].cure
    assert settings.judged_end("m", "2027-10-01", "2026-11-23")[0].verdict is Verdict.LOOK
    assert settings.judged_end("m", "", "2026-11-23")[0].verdict is Verdict.FINE


def test_little_room_is_told_before_none_is_left() -> None:
    verdicts = [disk.judged("disk", "Disk", free, Path("/x"))[0].verdict for free in (10**7, 10**9, 10**11)]
    assert verdicts == [Verdict.BROKEN, Verdict.LOOK, Verdict.FINE]
    needed = disk.judged("disk", "Disk", 5 * 10**9, Path("/x"), images=2000, each=3_000_000)[0]
    assert needed.verdict is Verdict.LOOK
    assert "6.0 GB needed" in needed.fact


def test_another_version_of_the_daemon_is_worth_a_look() -> None:
    check = daemon.judged({"pid": 1, "version": "9.9"})[0]
    assert check.verdict is Verdict.LOOK
    assert "daemon restart" in check.cure


def test_every_test_has_a_limit_of_its_own() -> None:
    assert all(0 < test.seconds <= 60 for test in all_tests())


def test_errors_before_the_last_start_are_no_news(around: Surroundings) -> None:
    assert around.root is not None
    log = around.root / ".shotmill" / "log.jsonl"
    log.parent.mkdir()
    bad = '{"level": "error", "style": "clear", "beat": "1.1", "text": "no"}\n'
    log.write_text(bad)
    assert "[clear] Beat 1.1: no" in record.check_errors(around)[0].fact
    log.write_text(bad + '{"level": "info", "text": "started: 3 images to draw"}\n')
    assert record.check_errors(around)[0].verdict is Verdict.FINE


def test_errors_of_the_daemon_since_it_was_ready(around: Surroundings) -> None:
    log = around.folders.daemon_log
    log.parent.mkdir(parents=True)
    old = "2026-11-23 17:45:06,671 ERROR shotmill: old\n2026-11-23 17:45:07,671 INFO shotmill: ready, process 4\n"
    log.write_text(old)
    assert record.check_daemon_log(around)[0].verdict is Verdict.FINE
    log.write_text(old + "2026-11-23 17:45:08,671 ERROR shotmill: new\n")
    check = record.check_daemon_log(around)[0]
    assert check.verdict is Verdict.LOOK
    assert "new" in check.fact


def test_a_reference_that_is_too_large_is_sent_smaller_and_told(around: Surroundings) -> None:
    from PIL import Image

    assert around.root is not None
    noise = Image.frombytes("RGB", (1300, 1300), os.urandom(1300 * 1300 * 3))
    noise.save(around.root / "style_reference.png", compress_level=1)
    check = project.check_references(around)[0]
    assert check.verdict is Verdict.LOOK
    assert "5 MB; it is sent smaller" in check.fact
    (around.root / "style_reference.png").write_bytes(b"no image")
    assert project.check_references(around)[0].verdict is Verdict.BROKEN


@pytest.mark.parametrize(
    ("way", "systemd", "lingers", "cure"),
    [
        ("unit", True, True, ""),
        ("unit", True, False, "loginctl enable-linger"),
        ("scope", True, True, ""),
        ("scope", True, False, "loginctl enable-linger"),
        ("plain", True, True, "shotmill daemon restart"),
        ("plain", True, False, "loginctl enable-linger && shotmill daemon restart"),
        ("plain", False, False, ""),
        ("", True, False, ""),
    ],
)
def test_what_a_logout_does(way: str, systemd: bool, lingers: bool, cure: str) -> None:
    """One rule for the doctor, the farewell, the screen's start and the command's."""
    host = Host(False, True, True, True, False, systemd=systemd, lingers=lingers)
    check = daemon.judged_logout(way, host)[0]
    assert (check.verdict is Verdict.FINE, check.cure) == (not cure, cure)


def test_without_a_daemon_a_logout_is_judged_by_how_it_would_be_started(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = Host(False, False, False, False, True, systemd=True, lingers=True)
    monkeypatch.setattr(daemon, "look_at_host", lambda environ: host)
    check = found(daemon.check_daemon(around), "logout")
    assert check.cure == "shotmill daemon restart"
    assert found(daemon.check_daemon(around), "daemon").fact.startswith("not running")


def test_a_start_says_what_a_logout_would_do(around: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(False, True, True, True, False, systemd=True, lingers=False)
    monkeypatch.setattr("shotmill.client.host.look_at_host", lambda environ: host)
    monkeypatch.setenv("SHOTMILL_HOME", str(around.folders.state.parent))
    assert told_of_logout() == ["Logging out may end the daemon; this keeps it: loginctl enable-linger"]
    monkeypatch.setattr("shotmill.client.host.look_at_host", lambda environ: host._replace(lingers=True))
    assert told_of_logout() == []
