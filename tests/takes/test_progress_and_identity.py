"""The mirror for older tools, the project's id, and writes that replace whole files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from shotmill.takes.durable import append_line, publish, write_atomically
from shotmill.takes.identity import identify
from shotmill.takes.layout import Layout
from shotmill.takes.place import PlaceError, UnsafePlaceError
from shotmill.takes.progress import Progress, UnreadableProgressError, read_progress, write_progress
from takes.takes_samples import AT, tree


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ('{"completedBeats": ["1.1", "2.10"], "lastUpdated": "2024-01-01T00:00:00.000Z"}', ("1.1", "2.10")),
        ('{"completedBeats": [1.1, 1.10, 2.0, 3]}', ("1.1", "2", "3")),
        ('{"completedBeats": ["Beat 1.1", "beat 2"]}', ("1.1", "2")),
        ('{"completedBeats": ["1.1", null, {}, "", true, "1.2"]}', ("1.1", "1.2")),
        ('{"completedBeats": {"1.1": true, "1.2": false}}', ("1.1",)),
        ('["1.1"]', ("1.1",)),
        ("{}", ()),
        ('{"completedBeats": "1.1"}', ()),
        ('\ufeff{"completedBeats": ["1.1"]}', ("1.1",)),
    ],
)
def test_the_older_tools_files_are_understood(tmp_path: Path, text: str, completed: tuple[str, ...]) -> None:
    path = tmp_path / "image_progress_clear.json"
    path.write_text(text)
    assert read_progress(path).completed == completed


def test_no_file_is_no_progress(tmp_path: Path) -> None:
    assert read_progress(tmp_path / "none.json") == Progress()


def test_unknown_fields_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "image_progress_clear.json"
    path.write_text('{"completedBeats": ["9"], "provider": {"a": 1}, "lastUpdated": 5}')
    assert write_progress(path, ["1.1", "1.2"], 0.0) is None
    assert json.loads(path.read_text()) == {
        "provider": {"a": 1},
        "completedBeats": ["1.1", "1.2"],
        "lastUpdated": "1970-01-01T00:00:00.000Z",
    }
    assert read_progress(path) == Progress(("1.1", "1.2"), {"provider": {"a": 1}})
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", [b"", b"{", b"5", b"\xff\xff", b"[" * 200_000])
def test_an_unreadable_file_is_an_error_and_is_kept_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "image_progress_clear.json"
    path.write_bytes(damage)
    with pytest.raises(UnreadableProgressError, match=path.name):
        read_progress(path)
    kept = write_progress(path, ["1.1"], AT)
    assert kept == tmp_path / f"{path.name}.damaged-1"
    assert kept.read_bytes() == damage
    assert read_progress(path).completed == ("1.1",)
    path.write_bytes(b"again")
    assert write_progress(path, [], AT) == tmp_path / f"{path.name}.damaged-2"


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "image_progress_clear.json", tmp_path / "victim"
    victim.write_text("{}")
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(UnsafePlaceError):
        write_progress(path, ["1.1"], AT)
    with pytest.raises(UnsafePlaceError):
        write_atomically(path, b"x")
    assert victim.read_text() == "{}"


def test_an_id_is_made_once_and_moves_with_its_folder(tmp_path: Path) -> None:
    first, moved = tmp_path / "first", tmp_path / "moved"
    first.mkdir()
    identity = identify(Layout(first), AT, lambda _: None)
    assert identify(Layout(first), AT, lambda _: first) == identity
    first.rename(moved)
    assert identify(Layout(moved), AT, lambda _: first) == identity
    (tmp_path / "link").symlink_to(moved)
    assert identify(Layout(tmp_path / "link"), AT, lambda _: moved) == identity


def test_a_copy_gets_its_own_id(tmp_path: Path) -> None:
    first, copy = tmp_path / "first", tmp_path / "copy"
    first.mkdir()
    identity = identify(Layout(first), AT, lambda _: None)
    shutil.copytree(first, copy)
    own = identify(Layout(copy), AT, lambda _: first)
    assert own != identity
    assert identify(Layout(copy), AT, lambda known: {identity: first, own: copy}[known]) == own
    assert identify(Layout(first), AT, lambda known: {identity: first, own: copy}[known]) == identity


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"id": "../../x"}', '{"id": 5}'])
def test_an_unreadable_id_is_kept_beside_its_successor(tmp_path: Path, damage: str) -> None:
    layout = Layout(tmp_path)
    layout.dot.mkdir()
    layout.identity.write_text(damage)
    identity = identify(layout, AT, lambda _: None)
    assert len(identity) == 32
    assert (layout.dot / "project.json.damaged-1").read_text() == damage
    assert identify(layout, AT, lambda _: None) == identity


def test_a_linked_record_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").mkdir()
    layout = Layout(tmp_path / "project")
    layout.dot.symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafePlaceError):
        identify(layout, AT, lambda _: None)
    assert tree(tmp_path / "outside") == {}


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.json"
    write_atomically(path, b"old")

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shotmill.takes.durable.fsync", fail)
    with pytest.raises(PlaceError) as caught:
        write_atomically(path, b"new")
    assert caught.value.code == "disk_full"
    assert tree(tmp_path) == {"x.json": tree(tmp_path)["x.json"]}
    assert path.read_bytes() == b"old"


def test_short_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr("os.write", lambda fd, data: write(fd, bytes(data)[:3]))
    write_atomically(tmp_path / "x", b"0123456789")
    append_line(tmp_path / "lines", b"abcdefgh")
    assert (tmp_path / "x").read_bytes() == b"0123456789"
    assert (tmp_path / "lines").read_bytes() == b"abcdefgh\n"


def test_a_line_after_a_torn_one_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"whole\nto")
    append_line(path, b"next", durable=True)
    assert path.read_bytes() == b"whole\nto\nnext\n"


@pytest.mark.parametrize("number", [22, 95])
def test_folders_that_cannot_be_synced_are_forgiven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(fd: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{fd}"):  # noqa: PTH112 - a descriptor's own link
            raise OSError(number, "not here")

    monkeypatch.setattr("shotmill.takes.sync.os.fsync", refuse)
    write_atomically(tmp_path / "x", b"data")
    assert (tmp_path / "x").read_bytes() == b"data"


@pytest.mark.parametrize("links", [True, False])
def test_publishing_never_clobbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr("os.link", refuse)
    temporary, final = tmp_path / "t", tmp_path / "final"
    temporary.write_bytes(b"new")
    publish(temporary, final)
    assert final.read_bytes() == b"new"
    temporary.unlink(missing_ok=True)
    temporary.write_bytes(b"newer")
    with pytest.raises(FileExistsError):
        publish(temporary, final)
    assert final.read_bytes() == b"new"
