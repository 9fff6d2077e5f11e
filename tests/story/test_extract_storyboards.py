"""Storyboards to prompts files: the same every time, nothing of the user's lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shotmill.errors import NothingRunsError
from shotmill.story.discover import SUFFIXES
from shotmill.story.extract import Written, extract, render
from shotmill.story.js_reader import read_js
from shotmill.story.json_reader import read_json
from shotmill.story.load import load_style
from shotmill.story.model import Prompt
from shotmill.story.problems import Problem, StoryError
from shotmill.story.prompts import prompts_from
from shotmill.story.txt_reader import read_txt

BOARD = """| shot_number | beat_number | script_phrase | transition_type | ai_prompt | text_overlay | sfx |
|---|---|---|---|---|---|---|
| 1 | 1.1 | She waits. | Fade | Night<br>rain | None | None |
| 1 | 1.10 | None | C | It's `late` ${x} \\| "so" | LATE | wind |
"""
READERS = {".json": read_json, ".js": read_js, ".txt": read_txt}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "storyboards").mkdir()
    (tmp_path / "storyboards/clear.md").write_text(BOARD)
    (tmp_path / "storyboards/ink.json").write_text('[{"beat_number": 2.0, "ai_prompt": "ink"}]')
    return tmp_path


def _states(root: Path, **options: Any) -> dict[str, str]:
    return {result.path.name: str(result.state) for result in extract(root, **options)}


def test_three_files_a_style_and_a_second_time_nothing(project: Path) -> None:
    results = extract(project)
    assert [(result.style, result.path.name, result.state) for result in results] == [
        (style, f"prompts-{style}{suffix}", Written.WRITTEN) for style in ("clear", "ink") for suffix in SUFFIXES
    ]
    before = {path: path.read_bytes() for path in (project / "prompts").iterdir()}
    assert {result.state for result in extract(project)} == {Written.UNCHANGED}
    assert {result.state for result in extract(project, force=True)} == {Written.UNCHANGED}
    assert {path: path.read_bytes() for path in (project / "prompts").iterdir()} == before


def test_what_stands_in_the_files(project: Path) -> None:
    extract(project)
    first, second = json.loads((project / "prompts/prompts-clear.json").read_text())
    assert first == {
        "shot_number": 1,
        "beat_number": "1.1",
        "script_phrase": "She waits.",
        "transition_type": "Fade",
        "ai_prompt": "Night\nrain",
    }
    assert second["beat_number"] == "1.10"
    assert (second["text_overlay"], second["sfx"], second["script_phrase"]) == ("LATE", "wind", "")
    text = (project / "prompts/prompts-clear.txt").read_text()
    assert text.startswith("=== Beat 1.1 (Shot 1) ===\nNight\nrain\n\n=== Beat 1.10 (Shot 1) ===\n")


def test_every_file_gives_the_same_prompts(project: Path) -> None:
    board = load_style("clear", project / "storyboards/clear.md").prompts
    for result in extract(project, ["clear"]):
        read = load_style("clear", result.path).prompts
        for one, two in zip(board, read, strict=True):
            if result.path.suffix == ".txt":
                assert (one.beat, one.shot, one.text) == (two.beat, two.shot, two.text)
            else:
                assert structs.replace(one, line=0) == structs.replace(two, line=0)


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no JavaScript here to run it with")
def test_the_js_file_is_what_javascript_reads(project: Path) -> None:
    extract(project, ["clear"])
    source = (project / "prompts/prompts-clear.js").read_text().replace("export default", "module.exports =")
    (project / "check.cjs").write_text(source)
    script = "console.log(JSON.stringify(require('./check.cjs')))"
    done = subprocess.run(["node", "-e", script], cwd=project, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == json.loads((project / "prompts/prompts-clear.json").read_text())


def test_a_file_that_differs_is_left_alone(project: Path) -> None:
    extract(project)
    mine = project / "prompts/prompts-clear.js"
    mine.write_text("export default [];")
    (project / "prompts/prompts-clear.txt").unlink()
    states = _states(project, styles=["clear"])
    assert states == {
        "prompts-clear.json": "unchanged",
        "prompts-clear.js": "differs",
        "prompts-clear.txt": "written",
    }
    assert mine.read_text() == "export default [];"


def test_force_keeps_every_old_file(project: Path) -> None:
    extract(project)
    mine = project / "prompts/prompts-clear.json"
    kept: list[Path | None] = []
    for number in range(3):
        mine.write_text(f"mine {number}")
        kept += [result.kept for result in extract(project, force=True) if result.state is Written.REPLACED]
    assert [path and path.name for path in kept] == [
        "prompts-clear.json.bak",
        "prompts-clear.json.bak2",
        "prompts-clear.json.bak3",
    ]
    assert [path and path.read_text() for path in kept] == ["mine 0", "mine 1", "mine 2"]
    assert json.loads(mine.read_text())[0]["beat_number"] == "1.1"
    assert not [path for path in mine.parent.iterdir() if path.name.startswith(".")]


def test_nothing_is_written_when_a_storyboard_is_wrong(project: Path) -> None:
    (project / "storyboards/ink.json").write_text("[1]")
    with pytest.raises(StoryError, match=r"storyboards/ink\.json:1: found 1"):
        extract(project)
    assert not (project / "prompts").exists()
    assert len(extract(project, ["clear"])) == 3


def test_styles_that_are_not_there(project: Path, tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="no storyboard") as error:
        extract(project, ["../x"])
    assert "clear, ink" in error.value.cure
    shutil.rmtree(project / "storyboards")
    with pytest.raises(NothingRunsError, match="no storyboards"):
        extract(project)


def test_nothing_is_written_outside_the_project(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (project / "prompts").symlink_to(outside)
    with pytest.raises(StoryError, match="out of the project"):
        extract(project)
    (project / "prompts").unlink()
    (project / "prompts").mkdir()
    (outside / "target").write_text("theirs")
    (project / "prompts/prompts-clear.json").symlink_to(outside / "target")
    with pytest.raises(StoryError, match="not a plain file"):
        extract(project, force=True)
    assert (outside / "target").read_text() == "theirs"


_TEXT = st.text(min_size=1).map(str.strip).filter(bool)
_LINES = st.lists(
    st.sampled_from(["=== Beat 9 ===", "== Beat 9", " === Beat 9 ===", "x", "> y", "", "* / */ //", "`${a}`"])
)
_PROMPT_TEXT = (_TEXT | _LINES.map("\n".join).map(str.strip).filter(bool)).map(
    lambda text: text.replace("\r\n", "\n").replace("\r", "\n").strip()
)
_EXTRA = st.dictionaries(
    st.text().filter(
        lambda key: key not in ("shot_number", "beat_number", "script_phrase", "transition_type", "ai_prompt")
    ),
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.text()),
    max_size=2,
)


@st.composite
def _prompts(draw: st.DrawFn) -> list[Prompt]:
    ids = draw(st.lists(st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,3})?[a-z]?\Z"), unique=True, max_size=4))
    rows = [
        {
            "beat_number": beat,
            "shot_number": draw(st.integers(0, 10**9 - 1)),
            "script_phrase": draw(st.text()),
            "transition_type": draw(st.sampled_from(["H", "C", "Fade", "Match cut", ""])),
            "ai_prompt": draw(_PROMPT_TEXT.filter(bool)),
            **draw(_EXTRA),
        }
        for beat in ids
    ]
    return list(_read(json.dumps(rows), ".json"))


def _read(text: str, suffix: str) -> tuple[Prompt, ...]:
    problems: list[Problem] = []
    prompts = prompts_from(READERS[suffix](text, problems), problems)
    assert not problems
    return tuple(structs.replace(prompt, line=0) for prompt in prompts)


@given(_prompts(), st.sampled_from([".json", ".js"]))
def test_what_is_written_reads_back_the_same(prompts: list[Prompt], suffix: str) -> None:
    text = render(prompts, suffix)
    assert _read(text, suffix) == tuple(prompts)
    assert render(_read(text, suffix), suffix) == text


@given(_prompts())
def test_text_files_carry_beats_shots_and_prompts(prompts: list[Prompt]) -> None:
    read = _read(render(prompts, ".txt"), ".txt")
    assert [(prompt.beat, prompt.shot) for prompt in read] == [(prompt.beat, prompt.shot) for prompt in prompts]
    for one, two in zip(read, prompts, strict=True):
        if "Beat" not in two.text:
            assert one.text == two.text
    assert render(read, ".txt") == render(prompts, ".txt")


def test_fields_nobody_knows_are_kept(tmp_path: Path) -> None:
    prompt = Prompt("1", "1", 1, "x", False, 1, extra=MappingProxyType({"__proto__": {"a": 1}, "\u2028": "\u2029"}))
    for suffix in (".json", ".js"):
        assert _read(render([prompt], suffix), suffix)[0].extra == prompt.extra
    assert "\u2028" not in render([prompt], ".js")
