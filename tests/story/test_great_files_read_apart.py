"""Great prompts files are read by another process: the same prompts come of it, and the same words on what is wrong."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shotmill import apart
from shotmill.apart import GREAT_BYTES
from shotmill.story.apart import prompts_apart
from shotmill.story.discover import Source
from shotmill.story.load import load_story, read_style
from shotmill.story.model import NO_EXTRA
from shotmill.story.problems import StoryError

Write = Callable[[str, list[dict[str, Any]]], Source]
ROWS: list[dict[str, Any]] = [
    {"beat_number": "1.1", "ai_prompt": "ein Zug, \u2603"},
    {"beat_number": "1.2", "ai_prompt": "a train", "transition_type": "C", "script_phrase": "go"},
    {"beat_number": "Szene é", "ai_prompt": "a train", "camera": {"lens": [35, 1.5, None, True, "\u2603"]}},
]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def source(style: str, rows: list[dict[str, Any]]) -> Source:
        path = tmp_path / f"prompts-{style}.json"
        path.write_text(json.dumps(rows), encoding="utf-8")
        return Source(style, path)

    return source


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The processes that were begun."""
    processes: list[Any] = []
    begin = apart._begin

    def seen(module: str) -> Any:
        processes.append(begin(module))
        return processes[-1]

    monkeypatch.setattr(apart, "_begin", seen)
    return processes


def test_few_prompts_in_all_are_read_here(write: Write, begun: list[Any]) -> None:
    a, b = write("a", ROWS), write("b", ROWS)
    with prompts_apart({a: GREAT_BYTES // 2 - 1, b: GREAT_BYTES // 2}) as prompts_of:
        assert prompts_of(a) is None and not begun
    with prompts_apart({a: GREAT_BYTES // 2, b: GREAT_BYTES // 2}) as prompts_of:
        assert prompts_of(b) and prompts_of(a) and len(begun) == 1


def test_what_another_process_reads_is_what_this_one_would(write: Write) -> None:
    a, b = write("a", ROWS), write("b", ROWS[:2])
    with prompts_apart({a: GREAT_BYTES, b: GREAT_BYTES}) as prompts_of:
        assert prompts_of(write("c", ROWS)) is None, "nobody was asked for it"
        found = prompts_of(b)
        assert found == read_style(b.style, b.path)[0].prompts
        assert all(prompt.extra is NO_EXTRA for prompt in found or ())
        assert prompts_of(a) == read_style(a.style, a.path)[0].prompts


def test_a_story_is_the_same_however_it_is_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [write("a", ROWS), write("b", []), write("c", ROWS[1:])]
    here = load_story(sources)
    monkeypatch.setattr(apart, "GREAT_BYTES", 1)
    assert load_story(sources) == here


def test_what_is_wrong_is_told_as_ever(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [write("a", ROWS), write("b", [{"beat_number": "1.1"}])]
    monkeypatch.setattr(apart, "GREAT_BYTES", 1)
    with pytest.raises(StoryError, match=r"prompts-b\.json.*ai_prompt is missing"):
        load_story(sources)
    with pytest.raises(StoryError, match="can't be read"):
        load_story([Source("a", tmp_path / "none.json"), *sources])
    (tmp_path / "prompts-b.json").write_bytes(b"\xff" * 100)
    with pytest.raises(StoryError, match="not UTF-8"):
        load_story(sources)


@pytest.mark.parametrize("program", ["/nonexistent", "/bin/false", "/bin/cat", "/bin/echo"])
def test_without_the_other_process_all_is_read_here(
    program: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [write("a", ROWS), write("b", ROWS)]
    here = load_story(sources)
    monkeypatch.setattr(apart, "GREAT_BYTES", 1)
    monkeypatch.setattr(sys, "executable", program)
    assert load_story(sources) == here


def test_a_process_of_another_version_is_not_listened_to(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write("a", ROWS)
    monkeypatch.setattr(apart, "_VERSION", b"that of the files as they are now is another")
    with prompts_apart({source: GREAT_BYTES}) as prompts_of:
        assert prompts_of(source) is None


def test_nothing_of_it_is_left(write: Write, begun: list[Any]) -> None:
    with pytest.raises(KeyError), prompts_apart({write("a", ROWS): GREAT_BYTES}):
        raise KeyError
    assert begun[0].poll() is not None


def test_where_no_thread_is_to_be_had_all_is_read_here(
    write: Write, begun: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("shotmill.apart.Thread.start", refuse)
    source = write("a", ROWS)
    with prompts_apart({source: GREAT_BYTES}) as prompts_of:
        assert prompts_of(source) is None
    assert begun[0].poll() is not None


def test_who_reads_for_another_lets_it_go_first() -> None:
    process = apart._begin("shotmill.takes.listing")
    assert process is not None
    try:
        nice = os.getpriority(os.PRIO_PROCESS, process.pid)
        assert nice == min(19, os.getpriority(os.PRIO_PROCESS, 0) + apart.NICER)
        assert os.getpgid(process.pid) == process.pid, "a Ctrl-C is not its own"
        assert os.getsid(process.pid) == os.getsid(0), "systems weigh sessions against each other first"
    finally:
        process.communicate()
