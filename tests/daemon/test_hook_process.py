"""One hook as a real process: what it is given, how it ends, what it leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

from daemon.waiting import until
from shotmill.daemon.hook_process import KEPT_BYTES, hook_environment, run_hook

PLAIN = {"PATH": os.environ["PATH"], "HOME": "/"}


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_the_environment_is_a_short_list_and_what_is_told() -> None:
    daemons = {"PATH": "/bin", "LC_ALL": "C", "XDG_RUNTIME_DIR": "/run/me", "SHOTMILL_HOME": "/h"}
    others = {"GEMINI_API_KEY": "AIza-secret", "LD_PRELOAD": "x.so", "PYTHONPATH": "/p", "HTTPS_PROXY": "http://u:p@h"}
    found = hook_environment(daemons | others, {"SHOTMILL_EVENT": "finished", "SHOTMILL_TITLE": "a\x00b"})
    assert found == daemons | {"SHOTMILL_EVENT": "finished", "SHOTMILL_TITLE": "ab"}


async def test_words_are_given_as_they_are_without_a_shell() -> None:
    end = await run_hook(["printf", "%s|%s", "$HOME; rm -rf *", "two words"], PLAIN)
    assert end.trouble == ""
    assert end.output == "$HOME; rm -rf *|two words"


async def test_it_runs_in_the_users_home_and_not_in_a_project(tmp_path: Path) -> None:
    end = await run_hook(["pwd"], PLAIN | {"HOME": str(tmp_path)})
    assert end.output.strip() == str(tmp_path)
    assert (await run_hook(["pwd"], PLAIN | {"HOME": "/nowhere/at/all"})).output.strip() == "/"


async def test_what_goes_wrong_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "no-program").write_text("text")
    assert "can't be found: /no/such" in (await run_hook(["/no/such"], PLAIN)).trouble
    assert "may not be run" in (await run_hook([str(tmp_path / "no-program")], PLAIN)).trouble
    failed = await run_hook(["sh", "-c", "echo oh no >&2; exit 3"], PLAIN)
    assert failed.trouble == "ended with 3"
    assert failed.output == "oh no\n"
    assert "signal 9" in (await run_hook(["sh", "-c", "kill -9 $$"], PLAIN)).trouble


async def test_one_that_hangs_is_killed_with_all_that_it_started() -> None:
    end = await run_hook(["sh", "-c", "sleep 300 & echo $!; wait"], PLAIN, limit_s=0.5)
    assert "was killed" in end.trouble
    child = int(end.output)
    until(lambda: not alive(child), "the end of what the hook had started")


async def test_much_output_is_kept_in_part_and_does_not_hold_it_up() -> None:
    end = await run_hook(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"], PLAIN, limit_s=20)
    assert end.trouble == ""
    assert end.output == "x" * KEPT_BYTES


async def test_what_it_leaves_in_the_background_is_neither_waited_for_nor_killed() -> None:
    end = await run_hook(["sh", "-c", "sleep 60 & echo $!"], PLAIN, limit_s=20)
    assert end.trouble == ""
    child = int(end.output)
    assert alive(child)
    os.kill(child, 9)
