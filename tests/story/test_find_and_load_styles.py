"""Which styles a project has, which file each is read from, and what is said when that can't be."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

from shotmill.errors import ExitCode, NothingRunsError
from shotmill.file_mark import FileMark
from shotmill.story import source_text
from shotmill.story.discover import Source, find_sources, find_storyboards
from shotmill.story.load import StoryCache, load_story, load_style
from shotmill.story.problems import StoryError

PROMPTS = '[{"beat_number": "1.1", "transition_type": "C", "ai_prompt": "x"}]'


def _put(root: Path, *names: str, text: str = PROMPTS) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def _found(root: Path, configured: dict[str, str | None] | None = None) -> list[tuple[str, str]]:
    return [(source.style, str(source.path.relative_to(root))) for source in find_sources(root, configured or {})]


def test_usual_styles_come_first_then_by_name(tmp_path: Path) -> None:
    _put(tmp_path, *(f"prompts/prompts-{style}.json" for style in ("woodcut", "consistent", "ink", "illustration")))
    assert [style for style, _ in _found(tmp_path)] == ["illustration", "consistent", "ink", "woodcut"]


def test_settings_order_the_styles_and_the_rest_follows(tmp_path: Path) -> None:
    _put(tmp_path, *(f"prompts/prompts-{style}.json" for style in ("woodcut", "consistent", "ink", "clear")))
    assert [style for style, _ in _found(tmp_path, {"woodcut": None, "clear": None})] == [
        "woodcut",
        "clear",
        "consistent",
        "ink",
    ]


def test_the_order_of_preference(tmp_path: Path) -> None:
    names = [f"prompts/prompts-a{suffix}" for suffix in (".json", ".js", ".txt")]
    names += ["storyboards/a.json", "storyboards/a.md"]
    _put(tmp_path, *names)
    for name in names:
        assert _found(tmp_path) == [("a", name)]
        (tmp_path / name).unlink()
    with pytest.raises(NothingRunsError) as error:
        _found(tmp_path)
    assert "prompts/prompts-{style}.json" in error.value.cure
    assert error.value.exit_code == ExitCode.NOTHING_RUNS


def test_files_that_are_no_style_are_passed_over(tmp_path: Path) -> None:
    _put(
        tmp_path, "prompts/prompts-.json", "prompts/notes.json", "prompts/prompts-a.json.bak", "prompts/prompts-a.json"
    )
    _put(tmp_path, "storyboards/README.md", "storyboards/.hidden.md", "storyboards/._a.json", "storyboards/b.txt")
    assert _found(tmp_path) == [("a", "prompts/prompts-a.json")]


def test_a_configured_file(tmp_path: Path) -> None:
    _put(tmp_path, "texts/mine.js", text=f"export default {PROMPTS}")
    _put(tmp_path, "prompts/prompts-clear.json")
    assert _found(tmp_path, {"clear": "texts/mine.js"}) == [("clear", "texts/mine.js")]


@pytest.mark.parametrize("path", ["prompts/none.json", "a\0b", "x" * 5000])
def test_a_configured_file_that_is_missing(tmp_path: Path, path: str) -> None:
    with pytest.raises(StoryError, match="not there") as error:
        find_sources(tmp_path, {"clear": path})
    assert "shotmill.toml" in error.value.cure
    assert error.value.exit_code == ExitCode.USAGE


def test_a_configured_style_without_prompts(tmp_path: Path) -> None:
    _put(tmp_path, "prompts/prompts-illustration.json")
    with pytest.raises(StoryError, match="ilustration"):
        find_sources(tmp_path, {"ilustration": None})
    (tmp_path / "prompts/prompts-illustration.json").unlink()
    with pytest.raises(NothingRunsError):
        find_sources(tmp_path, {"ilustration": None})


def test_nothing_leads_out_of_the_project(tmp_path: Path) -> None:
    root = tmp_path / "project"
    _put(tmp_path, "outside.json")
    _put(root, "inside.json")
    (root / "prompts").mkdir()
    link = root / "prompts/prompts-clear.json"
    link.symlink_to("../inside.json")
    assert _found(root) == [("clear", "prompts/prompts-clear.json")]
    for configured in ({"clear": "../outside.json"}, {"clear": str(tmp_path / "outside.json")}):
        with pytest.raises(StoryError, match="out of the project"):
            find_sources(root, configured)
    link.unlink()
    link.symlink_to(tmp_path / "outside.json")
    with pytest.raises(StoryError, match="out of the project"):
        find_sources(root, {})
    link.unlink()
    link.symlink_to(link.name)
    with pytest.raises(StoryError):
        load_story(find_sources(root, {}))


@pytest.mark.parametrize("style", ["..", ".x", "a\x1b[2J", "a:b", "x" * 101, "a "])
def test_names_that_no_folder_should_have(tmp_path: Path, style: str) -> None:
    _put(tmp_path, f"prompts/prompts-{style}.json")
    with pytest.raises(StoryError, match="can't be the name of a style") as error:
        find_sources(tmp_path, {})
    assert "\x1b" not in error.value.message


def test_a_style_of_the_settings_can_be_no_path(tmp_path: Path) -> None:
    _put(tmp_path, "prompts/prompts-a.json")
    with pytest.raises(StoryError, match="can't be the name"):
        find_sources(tmp_path, {"../../x": "prompts/prompts-a.json"})


def test_a_file_name_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    with open(os.fsencode(tmp_path) + b"/prompts/prompts-\xff.json", "w") as file:  # noqa: PTH123
        file.write(PROMPTS)
    with pytest.raises(StoryError, match="can't be the name"):
        find_sources(tmp_path, {})


def test_styles_that_differ_by_case_only(tmp_path: Path) -> None:
    _put(tmp_path, "prompts/prompts-Clear.json", "prompts/prompts-clear.json")
    with pytest.raises(StoryError, match="differ by case only"):
        find_sources(tmp_path, {})


def test_a_storyboard_is_listed_once(tmp_path: Path) -> None:
    _put(tmp_path, "storyboards/b.md", "storyboards/clear.md", "storyboards/clear.json")
    boards = {style: path.name for style, path in find_storyboards(tmp_path).items()}
    assert list(boards.items()) == [("clear", "clear.json"), ("b", "b.md")]


def test_a_story_of_several_styles(tmp_path: Path) -> None:
    _put(tmp_path, "prompts/prompts-clear.json", "prompts/prompts-a.json")
    clear, other = load_story(find_sources(tmp_path, {}))
    assert (clear.name, other.name) == ("clear", "a")
    assert clear.source == tmp_path / "prompts/prompts-clear.json"
    assert not clear.prompts[0].continues, "the first beat of a style is a hard cut"
    assert clear.prompts[0].transition == "C"
    assert hash(clear.prompts[0]) == hash(other.prompts[0])


def test_problems_of_all_styles_are_told_together(tmp_path: Path) -> None:
    _put(tmp_path, "prompts/prompts-clear.json", text='[\n{"beat_number": "1"}]')
    _put(tmp_path, "prompts/prompts-a.txt", text="nothing here")
    _put(tmp_path, "prompts/prompts-b.js", text="export default [foo()]")
    with pytest.raises(StoryError) as error:
        load_story(find_sources(tmp_path, {}))
    lines = error.value.message.split("\n")
    assert [line.split(": ")[0] for line in lines] == [
        "prompts/prompts-clear.json:2",
        "prompts/prompts-a.txt:1",
        "prompts/prompts-b.js:1:17",
    ]
    assert error.value.exit_code == ExitCode.USAGE
    assert [problem.line for problem in error.value.problems] == [2]
    assert pickle.loads(pickle.dumps(error.value)).message == error.value.message  # noqa: S301


def test_styles_without_a_single_prompt(tmp_path: Path) -> None:
    _put(tmp_path, "prompts/prompts-a.json", text="[]")
    with pytest.raises(NothingRunsError, match=r"prompts-a\.json"):
        load_story(find_sources(tmp_path, {}))
    _put(tmp_path, "prompts/prompts-b.json")
    assert [len(style.prompts) for style in load_story(find_sources(tmp_path, {}))] == [0, 1]


def test_an_unknown_kind_of_file(tmp_path: Path) -> None:
    _put(tmp_path, "prompts.yaml")
    with pytest.raises(StoryError, match=r"\.json.*\.yaml"):
        load_style("a", tmp_path / "prompts.yaml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="can't be read: No such file"):
        load_style("a", tmp_path / "none.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(StoryError, match="can't be read"):
        load_style("a", tmp_path / "folder.json")
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(StoryError, match="not a regular file"):
        load_style("a", tmp_path / "pipe.json")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(source_text.SIZE_LIMIT + 1)
    with pytest.raises(StoryError, match="larger than 64 MB"):
        load_style("a", path)


def test_a_file_of_nothing_but_problems_is_read_so_far(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + "1,\n" * 100_000 + "1]")
    with pytest.raises(StoryError, match="and 991 more") as error:
        load_style("a", path)
    assert len(error.value.problems) == 1001
    assert "not read" in error.value.problems[-1].text


def test_the_javascript_parser_comes_along_only_for_javascript() -> None:
    script = "import sys, shotmill.story.extract; sys.exit('tree_sitter' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_many_beats_and_a_prompt_of_a_megabyte(tmp_path: Path) -> None:
    rows = [
        {"beat_number": f"{n // 10}.{n % 10}", "ai_prompt": "x" * (1 << 20 if n == 7 else 30)} for n in range(50_000)
    ]
    path = tmp_path / "prompts-a.json"
    path.write_text(json.dumps(rows, indent=1))
    style = load_style("a", path)
    assert len(style.prompts) == 50_000
    assert style.prompts[-1].line == 2 + 4 * 49_999
    assert Source("a", path) == Source("a", style.source)


def test_files_that_did_not_change_are_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    path = tmp_path / "prompts" / "prompts-ink.json"
    path.write_text('[{"beat_number": "1.1", "ai_prompt": "a train"}]')
    long_ago = time.time() - 3600
    os.utime(path, (long_ago, long_ago))
    cache = StoryCache()
    source = Source("ink", path)
    young = load_story([source], cache)
    assert load_story([source], cache)[0] is not young[0], "a file that was just changed may change again unseen"
    cache.keep(source, old := FileMark(1, 2, 3, 4), young[0])
    assert cache.get(source, old) is young[0]
    assert cache.get(source, FileMark(1, 2, 3, 5)) is None
    assert cache.get(source, None) is None
