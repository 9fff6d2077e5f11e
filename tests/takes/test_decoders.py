"""Decoders that are killed, hang, take too much or lose their daemon: no good image is ever lost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from daemon.waiting import until
from shotmill.takes.decoders import MEMORY, SECONDS, Decoders
from shotmill.takes.decoding import DecoderError
from shotmill.takes.image import DamagedImage, DeadlyImage, ImageFacts, Kind, OversizedImage, check_whole, to_png
from takes.takes_samples import picture
from takes.test_images_told_from_bytes import png_of

FACTS = ImageFacts(Kind.PNG, 48, 32)
MARK = b"strange"

# A decoder that does something to images with a word at their end.
STRANGE = """
import os, signal, sys, time
from shotmill.takes import decoder
from shotmill.takes.image import check_whole
def check(data):
    if data.endswith(b"strange"):
        {does}
    return decoder._check(data)
decoder.WORK["check"] = check
sys.exit(decoder.main(sys.argv[1:]))
"""


@contextmanager
def decoders(does: str = "", *, memory: int = MEMORY, seconds: float = SECONDS) -> Iterator[Decoders]:
    command = [sys.executable, "-c", STRANGE.format(does=does)] if does else []
    made = Decoders(command, memory=memory, seconds=seconds)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Decoders]:
    with decoders() as made:
        yield made


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_it_says_what_this_process_would_say(shared: Decoders, kind: str) -> None:
    data = picture(kind)
    assert shared.check(data) == check_whole(data)
    assert shared.to_png(data) == to_png(data)
    assert shared.to_sendable(data)[1] == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", DamagedImage, "no bytes"),
        (picture()[:-20], DamagedImage, "does not decode"),
        (png_of(65_000, 65_000), OversizedImage, "pixels"),
    ],
    ids=["nothing", "cut", "bomb"],
)
def test_what_is_damaged_is_told_as_such(shared: Decoders, data: bytes, kind: type[DamagedImage], said: str) -> None:
    with pytest.raises(DamagedImage, match=said) as caught:
        shared.check(data)
    assert type(caught.value) is kind


def test_images_are_decoded_side_by_side_in_two_processes(shared: Decoders) -> None:
    found: list[ImageFacts] = []
    threads = [threading.Thread(target=lambda: found.append(shared.check(picture()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [FACTS] * 8
    assert 1 <= len(shared.pids) <= 2


def test_one_that_was_killed_is_replaced(shared: Decoders) -> None:
    shared.check(picture())
    before = shared.pids
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert shared.check(picture()) == FACTS
    assert not set(before) & set(shared.pids)


def test_one_that_is_killed_in_the_middle_costs_nothing(tmp_path: Path) -> None:
    at_work = tmp_path / "at_work"
    does = f"seen = os.path.exists({str(at_work)!r}); open({str(at_work)!r}, 'w').close(); seen or time.sleep(300)"
    with decoders(does) as ours:
        found: list[ImageFacts] = []
        thread = threading.Thread(target=lambda: found.append(ours.check(picture() + MARK)))
        thread.start()
        until(at_work.exists, "an image that is being decoded")
        (pid,) = ours.pids
        os.kill(pid, signal.SIGKILL)
        thread.join(30)
        assert found == [FACTS]
        assert not alive_in_group(pid), "its child went with it"


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os._exit(3)", "exit code 3"),
    ],
)
def test_an_image_that_kills_its_decoder_is_that_image_s_fault(does: str, said: str) -> None:
    with decoders(does) as ours:
        with pytest.raises(DeadlyImage, match=said):
            ours.check(picture() + MARK)
        pids = ours.pids
        assert ours.check(picture()) == FACTS
        assert ours.pids == pids, "the process itself lives: its files may be gone by now"


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("raise ImportError('no such plugin')", "no such plugin"),
        ("raise OSError(5, 'the disk fails')", "the disk fails"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
    ids=["library", "disk", "killed"],
)
def test_a_trouble_of_the_machine_is_no_image_s_fault(does: str, said: str) -> None:
    with decoders(does) as ours:
        with pytest.raises(DecoderError, match=said):
            ours.check(picture() + MARK)
        assert ours.check(picture()) == FACTS


@pytest.mark.parametrize("does", ["time.sleep(300)", "while True: pass"])
def test_one_that_hangs_is_ended(does: str) -> None:
    with decoders(does, seconds=0.3) as ours:
        with pytest.raises(DeadlyImage, match="took"):
            ours.check(picture() + MARK)
        assert ours.check(picture()) == FACTS


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not limit memory")
def test_an_image_that_takes_more_memory_than_it_may_is_oversized() -> None:
    with decoders(memory=200 << 20) as ours:
        with pytest.raises(OversizedImage, match="200 MB of memory"):
            ours.check(png_of(8000, 8000))
        assert ours.check(picture()) == FACTS


@pytest.mark.skipif(sys.platform != "linux", reason="the system does not limit memory")
def test_a_machine_with_less_memory_than_an_image_may_take_makes_none_too_large() -> None:
    with decoders() as ours:
        ours.start()
        (pid,) = ours.pids
        resource.prlimit(pid, resource.RLIMIT_AS, (200 << 20, 200 << 20))
        with pytest.raises(DecoderError, match="memory"):
            ours.check(png_of(8000, 8000))
        assert ours.check(picture()) == FACTS


def test_a_moment_without_memory_is_no_damage(tmp_path: Path) -> None:
    before = tmp_path / "before"
    does = f"""
        if not os.path.exists({str(before)!r}):
            open({str(before)!r}, 'w').close()
            raise MemoryError"""
    with decoders(does) as ours:
        assert ours.check(picture() + MARK) == FACTS


@pytest.mark.parametrize(
    "command", [["/no/such/python"], [sys.executable, "-c", "import nothing_of_that_name"], [sys.executable, "-c", ""]]
)
def test_without_a_decoder_no_image_is_called_damaged(command: list[str]) -> None:
    ours = Decoders(command)
    with pytest.raises(DecoderError) as caught:
        ours.check(picture())
    assert "shotmill daemon restart" in caught.value.cure
    with pytest.raises(DecoderError):
        ours.check(b"")
    ours.close()


def test_one_that_can_t_be_started_for_whatever_reason_keeps_nobody_else_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*given: object) -> NoReturn:
        raise ValueError("unforeseen")

    monkeypatch.setattr("shotmill.takes.decoders._Process", broken)
    ours, said = Decoders(most=1), list[str]()

    def check() -> None:
        try:
            ours.check(picture())
        except ValueError as error:
            said.append(str(error))

    for _ in range(2):
        thread = threading.Thread(target=check, daemon=True)
        thread.start()
        thread.join(30)
    assert said == ["unforeseen"] * 2


def test_its_end_waits_for_none_that_is_just_starting() -> None:
    ours = Decoders([sys.executable, "-c", "import time; time.sleep(300)"])
    ended: list[str] = []

    def start() -> None:
        try:
            ours.start()
        except DecoderError as error:
            ended.append(error.message)

    thread = threading.Thread(target=start, daemon=True)
    thread.start()
    until(lambda: ours.pids, "one that loads")
    ours.close()
    thread.join(10)
    assert len(ended) == 1


def test_where_no_second_one_can_be_started_the_first_does_all(tmp_path: Path) -> None:
    only_one = f"import os\nos.open({str(tmp_path / 'one')!r}, os.O_CREAT | os.O_EXCL)\n"
    ours = Decoders([sys.executable, "-c", only_one + STRANGE.format(does="pass")])
    found: list[ImageFacts] = []
    threads = [threading.Thread(target=lambda: found.append(ours.check(picture()))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [FACTS] * 6
    assert len(ours.pids) == 1
    ours.close()


def test_it_ends_with_a_daemon_that_was_killed(tmp_path: Path) -> None:
    code = f"""
import sys, threading
from pathlib import Path
from shotmill.takes.decoders import MEMORY, SECONDS, Decoders
ours = Decoders({[sys.executable, "-c", STRANGE.format(does="time.sleep(300)")]!r})
ours.start()
threading.Thread(target=lambda: ours.check({picture() + MARK!r})).start()
print(ours.pids[0], flush=True)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    until(lambda: len(alive_in_group(pid)) == 2, "an image that is being decoded")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not alive_in_group(pid), "the end of both")


def test_it_is_given_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "a-secret-of-the-user")
    with decoders() as ours:
        ours.start()
        (pid,) = ours.pids
        for name in ("environ", "cmdline"):
            assert b"a-secret-of-the-user" not in Path(f"/proc/{pid}/{name}").read_bytes()


def test_it_is_given_what_its_interpreter_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/somewhere/lib")
    with decoders() as ours:
        ours.start()
        (pid,) = ours.pids
        assert b"LD_LIBRARY_PATH=/opt/somewhere/lib" in Path(f"/proc/{pid}/environ").read_bytes()


def alive_in_group(group: int) -> list[int]:
    """Processes of a decoder and its forks, those that only wait to be counted left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its = stat.read_text().rsplit(")", 1)[1].split()[:3]
        except OSError:
            continue
        if int(its) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found
