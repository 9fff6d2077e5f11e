"""Killed at every checkpoint, an answer ends in the project exactly as it would have without the kill."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from shotmill.takes.checkpoints import CHECKPOINTS, arm
from shotmill.takes.entries import Exists, Take
from shotmill.takes.journal import Journal
from shotmill.takes.layout import Layout
from shotmill.takes.placing import OutputFormat
from shotmill.takes.record import BeatRecord, ProjectRecord
from shotmill.takes.spool import Spool
from shotmill.takes.store import keep_take
from takes.takes_samples import AT, STYLE, header, picture, prompt, tree


@dataclass(frozen=True)
class Scene:
    """What is there before, and what comes."""

    image: bytes
    output_format: OutputFormat = "png"
    earlier: tuple[bytes, ...] = ()
    earlier_format: OutputFormat = "png"
    adopted: bytes | None = None
    links: bool = True


SCENES = {
    "first png": Scene(picture()),
    "jpeg over a png": Scene(picture("JPEG", seed=1), earlier=(picture(),)),
    "jpeg over a jpeg without links": Scene(picture("JPEG", seed=1), earlier=(picture("JPEG", seed=2),), links=False),
    "first png without links": Scene(picture(), links=False),
    "original jpeg over a png": Scene(picture("JPEG", seed=1), "original", earlier=(picture(),)),
    "png over an original webp": Scene(picture(seed=1), earlier=(picture("WEBP"),), earlier_format="original"),
    "png over an adopted one": Scene(picture(seed=1), adopted=picture(seed=3)),
    "the same bytes again": Scene(picture(), earlier=(picture(),)),
}


def prepare(scene: Scene, layout: Layout) -> None:
    """The project before the answer comes."""
    layout.root.mkdir()
    journal = Journal(layout)
    if scene.adopted is not None:
        path = layout.image(STYLE, prompt())
        path.parent.mkdir(parents=True)
        path.write_bytes(scene.adopted)
        facts = path.stat()
        journal.append(Exists(AT, STYLE, "1.1", layout.relative(path), facts.st_size, facts.st_mtime_ns), durable=False)
    for number, image in enumerate(scene.earlier, start=1):
        keep_and_record(layout, image, f"earlier{number}", number, scene.earlier_format)


def keep_and_record(layout: Layout, image: bytes, attempt: str, number: int, output_format: OutputFormat) -> None:
    journal = Journal(layout)
    kept = keep_take(
        layout,
        image,
        header(layout.root, attempt, number),
        prompt(),
        output_format=output_format,
        at=AT,
        seconds=1.0,
        cost_usd=0.04,
        record=ProjectRecord.of(journal.read()).beat(STYLE, "1.1"),
    )
    journal.append(*kept.entries, durable=True)


def receive_or_recover(scene: Scene, layout: Layout, spool: Spool) -> None:
    """What a start does with its spool; where nothing whole is in it, the answer comes (once more)."""
    whole = [spooled for spooled in spool.scan() if spooled.state != "partial"]
    if whole:
        attempt, path = whole[0].attempt, whole[0].path
    else:
        attempt = f"new{len(spool.scan())}"
        body = json.dumps({"image": base64.b64encode(scene.image).decode()}).encode()
        writer = spool.open(header(layout.root, attempt, len(scene.earlier) + 1))
        writer.write(body[:100])
        writer.write(body[100:])
        path = writer.seal()
    image = base64.b64decode(json.loads(spool.body(path))["image"])
    keep_and_record(layout, image, attempt, len(scene.earlier) + 1, scene.output_format)


def in_a_child(work: Callable[[], None], crash_at: str) -> int:
    """Run in a forked process that dies at a checkpoint; how it ended (-9: it was killed there)."""
    child = os.fork()
    if child == 0:
        try:
            arm(crash_at)
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def outcome(layout: Layout) -> tuple[dict[str, str], BeatRecord]:
    """Files and record, without what differs from run to run."""
    files = {name: digest for name, digest in tree(layout.root).items() if not name.startswith(".shotmill/")}
    record = ProjectRecord.of(Journal(layout).read()).beat(STYLE, "1.1")
    assert record is not None
    assert isinstance(record.current, Take)
    takes = tuple(structs.replace(take, mtime_ns=0, attempt="") for take in record.takes)
    return files, structs.replace(record, takes=takes, current=structs.replace(record.current, mtime_ns=0, attempt=""))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, str], BeatRecord]]:
    """What every scene ends in when nothing is killed."""
    outcomes = []
    for scene in SCENES.values():
        folder = tmp_path_factory.mktemp("calm")
        prepare(scene, Layout(folder / "p"))
        receive_or_recover(scene, Layout(folder / "p"), Spool(folder / "spool"))
        outcomes.append(outcome(Layout(folder / "p")))
    return outcomes


@pytest.fixture
def unlinked(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    def decide(links: bool) -> None:
        if not links:
            monkeypatch.setattr("os.link", refuse)

    return decide


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_a_kill_anywhere_changes_nothing_in_the_end(
    name: str,
    tmp_path: Path,
    calm: list[tuple[dict[str, str], BeatRecord]],
    unlinked: Callable[[bool], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kills = 0
    for index, scene in enumerate(SCENES.values()):
        unlinked(scene.links)
        for passes in (1, 2):
            layout = Layout(tmp_path / f"killed{index}-{passes}")
            spool = Spool(tmp_path / f"spool{index}-{passes}")
            prepare(scene, layout)
            ended = in_a_child(lambda: receive_or_recover(scene, layout, spool), f"{name}:{passes}")  # noqa: B023
            assert ended in (0, -signal.SIGKILL)
            kills += ended != 0
            if ended:
                receive_or_recover(scene, layout, spool)
            assert outcome(layout) == calm[index], f"{scene}, pass {passes}"
        monkeypatch.undo()
    assert kills, "no scene passes this checkpoint"


def test_a_kill_during_every_recovery_converges(tmp_path: Path, calm: list[tuple[dict[str, str], BeatRecord]]) -> None:
    scene = SCENES["jpeg over a png"]
    layout, spool = Layout(tmp_path / "p"), Spool(tmp_path / "spool")
    prepare(scene, layout)
    for name in (
        "spool.body_whole",
        "store.received_kept",
        "store.written",
        "store.earlier_kept",
        "store.published",
        "store.cleaned",
    ):
        assert in_a_child(lambda: receive_or_recover(scene, layout, spool), name) in (0, -signal.SIGKILL)
    receive_or_recover(scene, layout, spool)
    assert outcome(layout) == calm[list(SCENES).index("jpeg over a png")]


def test_the_environment_arms_a_checkpoint(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from shotmill.takes.spool import Spool
        from shotmill.takes.spool_header import SpoolHeader
        writer = Spool(Path(sys.argv[1])).open(SpoolHeader("a", "", "", "", "", 1, "", "", "", 0.0, 0.0))
        writer.write(b"{}")
        writer.write(b" ")
        writer.seal()
        """
    )

    def run(crash_at: str, folder: Path) -> int:
        environment: dict[str, Any] = {**os.environ, "SHOTMILL_CRASH_AT": crash_at}
        return subprocess.run([sys.executable, "-c", script, str(folder)], env=environment, check=False).returncode

    assert run("spool.chunk_written:2", tmp_path / "killed") == -signal.SIGKILL
    assert [one.state for one in Spool(tmp_path / "killed").scan()] == ["whole_json"]
    assert run("spool.chunk_written:3", tmp_path / "calm") == 0
    assert [one.state for one in Spool(tmp_path / "calm").scan()] == ["sealed"]
