"""Whatever happens after an answer was sealed: it is taken in, and its beat is not asked for again."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.film import ANSWERED_USD, REPLY_USD, make_film, picture
from daemon.workshop_inside import Answering, opened, over, until, workshop_in
from faults.raw_provider import image_body
from shotmill.daemon.project_lock import LOOK_S, ProjectLock
from shotmill.daemon.starting import start
from shotmill.engine.beat import BeatState
from shotmill.engine.selection import Options
from shotmill.gemini.exchange import Exchange
from shotmill.takes.place import place_error
from shotmill.takes.spool import Spool
from shotmill.takes.spool_writer import SpoolError, SpoolWriter
from shotmill.takes.trailer import verified_body

PNG = picture((200, 60, 60))
ADDRESS = "http://127.0.0.1:9"


def failing_once(monkeypatch: pytest.MonkeyPatch, error: BaseException, times: int = 1) -> None:
    """What is sealed can't be read back, so many times."""
    whole: Callable[[Spool, Path], bytes] = Spool.body
    left = [error] * times

    def body(self: Spool, path: Path) -> bytes:
        if left:
            raise left.pop()
        return whole(self, path)

    monkeypatch.setattr(Spool, "body", body)


async def test_nothing_is_bought_while_an_answer_is_not_sealed_whatever_else_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, limits="rpm = 100000\nrpd = 100000\nin_flight = 2")
    provider, whole = Answering(PNG), SpoolWriter.seal
    refused: list[SpoolWriter] = []
    refuses = True

    def seal(self: SpoolWriter) -> Path:
        if refuses and refused in ([], [self]):
            refused[:] = [self]
            raise place_error(self.path, OSError(errno.EIO, "I/O error"))
        return whole(self)

    monkeypatch.setattr(SpoolWriter, "seal", seal)
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        run = workshop.runs[project.id]
        await until(lambda: len(film.journal("take")) == 1 and run.state == "waiting")
        assert project.disk.trouble is not None and len(provider.asked) == 2
        refuses = False
        await over(workshop, project)
        assert project.disk.trouble is None
    film.all_whole("ink", ("1.1", "1.2", "1.3"))
    assert len(provider.asked) == 3


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO])
async def test_a_disk_that_does_not_give_an_answer_back_at_once_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    provider = Answering(PNG)
    failing_once(monkeypatch, place_error(tmp_path, OSError(number, "refused")), times=3)
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert project.board.styles[0].beats[0].state is BeatState.DONE
    film.whole("ink", "1.1")
    assert len(provider.asked) == 1
    assert not film.journal("end")


async def test_a_fault_after_the_seal_is_no_doubt_and_the_next_start_takes_the_answer_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1", "1.2"))
    provider = Answering(PNG)
    failing_once(monkeypatch, MemoryError())
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert len(provider.asked) == 2, "the beat waits for its answer and is not asked for again"
        assert not film.journal("end")
        assert sorted(beat.state for beat in project.board.styles[0].beats) == [BeatState.DONE, BeatState.FAILED]
        answer = await start(workshop, project, Options(retry_failed=True))
        assert answer["outcome"] == "nothing_to_do"
        assert {beat.state for beat in project.board.styles[0].beats} == {BeatState.DONE}
        assert project.money.spent == pytest.approx(2 * ANSWERED_USD)
    film.all_whole("ink", ("1.1", "1.2"))
    assert len(provider.asked) == 2


async def test_an_answer_that_the_disk_damaged_is_paid_and_not_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    provider = Answering(PNG)
    failing_once(monkeypatch, SpoolError("x.part in the spool is damaged or not sealed."))
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert project.board.styles[0].beats[0].state is BeatState.FAILED
        assert [project.money.spent, project.money.in_doubt] == pytest.approx([0, REPLY_USD])
        assert workshop.runs[project.id].scheduler.purse.in_doubt == pytest.approx(REPLY_USD)
    assert len(provider.asked) == 1
    (end,) = film.journal("end")
    assert (end["fate"], end["cost_usd"]) == ("unusable", None)
    assert "damaged" in end["message"]
    assert list((tmp_path / "home").rglob(f"{end['attempt']}.part"))


async def test_a_success_that_is_no_reply_is_perhaps_paid_and_not_asked_for_again(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    provider = Answering(PNG)
    provider.before = [Exchange(sent=True, status=204, complete=True, body=b"")]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await over(workshop, project)
        assert [project.money.spent, project.money.in_doubt] == pytest.approx([0, REPLY_USD])
        assert project.board.styles[0].beats[0].state is BeatState.FAILED
        again = await start(workshop, project, Options(retry_failed=True))
        assert again["outcome"] == "started"
        await over(workshop, project)
    film.whole("ink", "1.1")
    assert len(provider.asked) == 2


@pytest.mark.parametrize("status", [500, 503, 504])
async def test_a_whole_answer_with_an_error_is_free(tmp_path: Path, status: int) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",), settings="[generation]\nin_doubt_usd = 0")
    provider = Answering(PNG)
    provider.before = [Exchange(sent=True, status=status, complete=True, body=b"<html>later</html>")]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: film.journal("end"))
        assert (project.money.spent, project.money.in_doubt) == (0, 0)
    assert [end["cost_usd"] for end in film.journal("end")] == [0]


async def test_an_unreadable_answer_after_a_stop_ends_the_doubt_and_its_money_stays_in_doubt(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    provider = Answering(PNG)
    provider.gate = asyncio.Event()
    provider.body = b"no reply"
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: provider.asked)
        await workshop.runs[project.id].stop_now()
        assert project.money.in_doubt == pytest.approx(REPLY_USD)
        provider.gate.set()
        await over(workshop, project)
        assert [project.money.spent, project.money.in_doubt] == pytest.approx([0, REPLY_USD])
        assert project.board.styles[0].beats[0].state is BeatState.FAILED
        known = project.record.beat("ink", "1.1")
        assert known is not None and not known.doubts
    assert [end["fate"] for end in film.journal("end")] == ["in_doubt", "unusable"]


async def test_a_start_waits_a_moment_for_the_lock_of_a_run_that_is_just_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    async with workshop_in(tmp_path / "home", Answering(PNG)) as workshop:
        project = await opened(workshop, film)
        other = ProjectLock(project.layout.dot / "lock")
        other.take()

        async def sleep(seconds: float) -> None:
            if seconds == LOOK_S:
                other.release()

        monkeypatch.setattr(workshop.clock, "sleep", sleep)
        await start(workshop, project, Options())
        await over(workshop, project)
    film.whole("ink", "1.1")


async def test_answers_that_arrive_after_the_state_folder_was_deleted_are_takes(tmp_path: Path) -> None:
    names = [f"1.{number}" for number in range(1, 11)]
    film = make_film(tmp_path / "film", ADDRESS, beats=names, limits="rpm = 100000\nrpd = 100000\nin_flight = 3")
    provider = Answering(PNG)
    provider.gate = asyncio.Event()
    undecodable = image_body(PNG[:-20])
    provider.before = [provider.body, undecodable, b"no reply"]
    async with workshop_in(tmp_path / "home", provider) as workshop:
        workshop.tools.is_ours = workshop.folders.state.exists
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: len(provider.asked) == 3)
        shutil.rmtree(workshop.folders.state)
        provider.gate.set()
        await over(workshop, project)
        assert len(provider.asked) == 3, "nothing is bought that nobody would know of"
        assert not workshop.folders.state.exists()
    film.all_whole("ink", [take["beat"] for take in film.journal("take")])
    assert len(film.journal("take")) == 1
    assert {end["fate"] for end in film.journal("end")} == {"unusable"}
    kept = {path.name: verified_body(path.read_bytes()) or b"" for path in (film.root / ".shotmill").glob("*.part")}
    assert kept.keys() == {f"{end['attempt']}.part" for end in film.journal("end")}
    assert sorted(kept.values()) == sorted([b"no reply", undecodable]), "what can't be read was perhaps paid for"
    async with workshop_in(tmp_path / "home", provider) as workshop:
        project = await opened(workshop, film)
        assert project.money.spent == pytest.approx(2 * ANSWERED_USD)
        assert project.money.in_doubt == pytest.approx(REPLY_USD)
    assert len(film.journal("end")) == 2, (
        "they are on record: a database that never knew them books them no second time"
    )


def refusing(monkeypatch: pytest.MonkeyPatch, refuses: Callable[[], bool]) -> None:
    """The spool's disk is full for as long as that holds."""
    written: Callable[[SpoolWriter, bytes], None] = SpoolWriter.write

    def write(self: SpoolWriter, chunk: bytes) -> None:
        if refuses():
            raise place_error(self.path, OSError(errno.ENOSPC, "No space left on device"))
        written(self, chunk)

    monkeypatch.setattr(SpoolWriter, "write", write)


async def test_what_is_only_in_memory_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    full = True
    refusing(monkeypatch, lambda: full)
    async with workshop_in(tmp_path / "home", Answering(PNG)) as workshop:
        project = await opened(workshop, film)
        await start(workshop, project, Options())
        await until(lambda: project.disk.trouble)
        trouble = project.disk.trouble
        assert trouble is not None and trouble.code == "disk_full"
        assert trouble.reason.endswith("there is no room left. 1 paid image is only in memory")
        told = [line["text"] for line in project.log.recent()]
        assert not any("What was received is safe" in text for text in told)
        full = False
        await over(workshop, project)
        assert not project.disk.in_memory
    film.whole("ink", "1.1")
    assert not film.journal("end")


async def test_an_answer_on_a_full_disk_takes_the_room_that_was_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = make_film(tmp_path / "film", ADDRESS, beats=("1.1",))
    async with workshop_in(tmp_path / "home", Answering(PNG)) as workshop:
        reserve = workshop.folders.state / "reserve"
        assert reserve.exists()
        refusing(monkeypatch, reserve.exists)
        project = await opened(workshop, film)
        monkeypatch.setattr("shotmill.takes.reserve.FULL_BYTES", 1 << 62)
        await start(workshop, project, Options())
        await over(workshop, project)
        told = [line["text"] for line in project.log.recent()]
        assert not any("no room" in text for text in told), "no word of a disk that refuses"
    film.whole("ink", "1.1")
