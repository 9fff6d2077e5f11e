"""Prompts in `.txt` and storyboards in `.md` and `.json`."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.story.load import load_style
from shotmill.story.markdown_reader import read_markdown
from shotmill.story.model import Prompt
from shotmill.story.problems import Problem, StoryError
from shotmill.story.rows import Row
from shotmill.story.txt_reader import read_txt


def _load(tmp_path: Path, name: str, text: str) -> tuple[Prompt, ...]:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return load_style("clear", path).prompts


def _txt(text: str) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    return list(read_txt(text, problems)), problems


def _table(text: str) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    return list(read_markdown(text, problems)), problems


def test_text_prompts(tmp_path: Path) -> None:
    prompts = _load(
        tmp_path,
        "prompts-clear.txt",
        "\ufeffPrompts for the film\r\n\r\n=== Beat 1.1 (Shot 3) ===\r\nNight,\r\n\r\nrain\r\n\r\n"
        "=== beat 2.10 ===\nx = y == z\n===Beat Intro (Shot 7)===\r\n  y  ",
    )
    assert [(prompt.beat, prompt.shot, prompt.text, prompt.line) for prompt in prompts] == [
        ("1.1", 3, "Night,\n\nrain", 3),
        ("2.10", 2, "x = y == z", 8),
        ("Intro", 7, "y", 10),
    ]
    assert not any(prompt.continues for prompt in prompts)


def test_a_blank_text_file_has_no_prompts(tmp_path: Path) -> None:
    assert _load(tmp_path, "prompts-clear.txt", " \n\n") == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("some words", 1, "found no beat"),
        ("=== Beat 1 ===\nx\n== Beat 2 ==\ny", 3, "expected a line such as"),
        ("=== Beat 1 ===\nx\n=== Beat 2\ny", 3, "expected a line such as"),
        ("=== Beat 1 ===\nx\n=== Beat ===\ny", 3, "expected a line such as"),
        ("=== Beat 1 ===\nx\nBeat 2 (Shot 1) === \ny", 3, "expected a line such as"),
        ("=== Beat 1 ===\n=== Beat 2 ===\nx", 1, "ai_prompt is missing"),
        ("=== Beat 1 ===\nx\n=== Beat 1 (Shot 2) ===\ny", 3, "there twice, first in line 1"),
        ("=== Beat 1 (Shot one) ===\nx", 1, 'shot_number is "one"'),
    ],
)
def test_text_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(StoryError) as error:
        _load(tmp_path, "prompts-clear.txt", text)
    assert f"prompts-clear.txt:{line}: " in error.value.message
    assert words in error.value.message


@pytest.mark.parametrize(
    "line", ["=" * 200_000, "=== Beat a" + " " * 200_000 + "x", "= " * 100_000, "=== Beat (" * 50_000]
)
def test_long_lines_take_no_square(line: str) -> None:
    rows, _ = _txt("=== Beat 1 ===\n" + "\n".join([line] * 20))
    assert rows[0].fields["ai_prompt"].count("\n") == 19 or len(rows) > 1


@given(st.text(alphabet="=Beat (Sho)1.\r\n x"))
def test_any_text_is_read(text: str) -> None:
    rows, problems = _txt(text)
    assert rows or problems or not text.strip()


STORYBOARD = r"""# Night train

| # | Who |
|---|-----|
| 1 | Ada |

## Shot 1

| Shot Number | Beat_Number | SCRIPT PHRASE | transition-type | Text overlay | Kinetic_Text | SFX | AI Prompt | Note |
|:--|--:|:-:|---|---|---|---|---|---|
| 1 | Beat 1.1 | She waits. | H | None | None | rain \| wind | Night platform,<br>wet stone | None |
| 1 | 1.10 | None | Continuous | TOO LATE |  | none | Tracks | close |

```
| beat_number | ai_prompt |
|---|---|
| 9 | in a fence |
```

beat | prompt
---|---
2.1 | No pipes at the ends

| beat_number | ai_prompt |
| not | a table without dashes |
"""


def test_a_storyboard_in_markdown(tmp_path: Path) -> None:
    first, second, third = _load(tmp_path, "clear.md", STORYBOARD)
    assert (first.beat, first.shot, first.line, first.text) == ("1.1", 1, 11, "Night platform,\nwet stone")
    assert (first.script_phrase, first.transition, first.extra) == ("She waits.", "H", {"sfx": "rain | wind"})
    assert (second.beat, second.continues, second.script_phrase) == ("1.10", True, "")
    assert second.extra == {"text_overlay": "TOO LATE", "note": "close"}
    assert (third.beat, third.shot, third.line, third.text) == ("2.1", 2, 22, "No pipes at the ends")


def test_a_storyboard_in_json(tmp_path: Path) -> None:
    rows = (
        '[{"shot_number": 1, "beat_number": "1.1", "script_phrase": "None", "transition_type": "C", "ai_prompt": "x",'
        ' "text_overlay": "None", "kinetic_text": "fly in", "sfx": null}]'
    )
    (prompt,) = _load(tmp_path, "storyboards/clear.json", rows)
    assert (prompt.script_phrase, prompt.extra, prompt.transition) == ("", {"kinetic_text": "fly in"}, "C")
    (prompt,) = _load(tmp_path, "prompts/prompts-clear.json", rows)
    assert prompt.script_phrase == "None", "only in a storyboard does the word mean empty"
    assert prompt.extra == {"kinetic_text": "fly in"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("# Nothing\n", 1, "found no table of beats"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", 1, "found no table of beats"),
        ("\n| beat_number | b |\n|---|---|\n| 1 | 2 |", 2, "without the column ai_prompt"),
        ("| prompt |\n|---|\n| 1 |", 1, "without the column beat_number"),
        ("| beat | Beat Number | prompt |\n|---|---|---|\n| 1 | 1 | x |", 1, 'column "beat_number" twice'),
        ("| beat | prompt |\n|---|---|\n| 1 | x | y |", 3, "found 3 cells, expected 2"),
        ("| beat | prompt |\n|---|---|\n| 1 | None |", 3, "ai_prompt is missing"),
        ("| beat | prompt |\n|---|---|\n| 1 | x |\n| None | x |", 4, "beat_number is missing"),
        ("| beat | prompt |\n|---|---|\n| 1 | x |\n\n| beat | prompt |\n|---|---|\n| 1 | y |", 7, "first in line 3"),
    ],
)
def test_tables_refused_with_their_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(StoryError) as error:
        _load(tmp_path, "clear.md", text)
    assert f"clear.md:{line}: " in error.value.message
    assert words in error.value.message


_CELL = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\\<"), min_size=1)


@given(st.lists(_CELL, min_size=1, max_size=5))
def test_pipes_survive_a_table(cells: list[str]) -> None:
    body = "\n".join(f"| {number} | {cell.replace('|', chr(92) + '|')} |" for number, cell in enumerate(cells))
    rows, problems = _table(f"| beat | prompt |\n| --- | --- |\n{body}\n")
    assert not problems
    assert [row.fields["ai_prompt"] for row in rows] == cells


@given(st.text(alphabet="|-:\\ beatprom`~\r\n<>"))
def test_any_table_is_read(text: str) -> None:
    rows, problems = _table(text)
    assert rows or problems or not text.strip() or "|" in text
