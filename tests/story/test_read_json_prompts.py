"""Prompts in `.json`, good and hostile."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.story import crowds, json_reader, load, usual_json
from shotmill.story.json_reader import read_json
from shotmill.story.load import load_style
from shotmill.story.model import Style
from shotmill.story.naming import NAME_LIMIT, safe_name
from shotmill.story.problems import Problem, StoryError, UnreadableError, snippet
from shotmill.story.rows import Row


def _load(tmp_path: Path, text: str | bytes) -> Style:
    path = tmp_path / "prompts-clear.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_style("clear", path)


def _refused(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(StoryError) as error:
        _load(tmp_path, text)
    return error.value.message


def test_a_prompt_with_every_field(tmp_path: Path) -> None:
    style = _load(
        tmp_path,
        """[
          {"shot_number": 3, "beat_number": "Beat 1.1", "script_phrase": "She waits.", "transition_type": "C",
           "ai_prompt": " A platform at night ", "mood": {"light": ["low"]}},
          {"beat_number": 1.20, "ai_prompt": "x", "transition_type": "Continuous"}
        ]""",
    )
    first, second = style.prompts
    assert (first.beat, first.name, first.shot, first.text) == ("1.1", "1.1", 3, "A platform at night")
    assert (first.script_phrase, first.transition, first.line) == ("She waits.", "C", 2)
    assert first.extra == {"mood": {"light": ["low"]}}
    assert not first.continues
    assert (second.beat, second.shot, second.continues, second.transition) == ("1.2", 1, True, "Continuous")
    assert (second.line, second.script_phrase, dict(second.extra)) == (4, "", {})


@pytest.mark.parametrize("key", ["prompts", "beats", "scenes", "shots"])
def test_an_object_that_holds_the_array(tmp_path: Path, key: str) -> None:
    text = (
        f'{{"title": "Night [train]", "n": {{"a": 1}},\n "{key}": [\n{{"beat_number": 1, "ai_prompt": "x"}}], "z": 1}}'
    )
    assert [(prompt.beat, prompt.line) for prompt in _load(tmp_path, text).prompts] == [("1", 3)]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    style = _load(
        tmp_path,
        b'\xef\xbb\xbf[\r\n{"beat_number": "1",\r\n "ai_prompt": "x"},\r\n{"beat_number": 2, "ai_prompt": "y"}]',
    )
    assert [prompt.line for prompt in style.prompts] == [2, 4]


def test_surrogate_pairs_become_one_character(tmp_path: Path) -> None:
    assert _load(tmp_path, r'[{"beat_number": 1, "ai_prompt": "\ud83d\ude00"}]').prompts[0].text == "😀"


def test_an_empty_array_is_an_empty_style(tmp_path: Path) -> None:
    assert _load(tmp_path, " [ ] ").prompts == ()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "end of the file"),
        ("hello", 1, "expected an array of prompts"),
        ("5", 1, "expected an array of prompts"),
        ("{}", 1, "without prompts"),
        ('{"prompts": 5}', 1, "without prompts"),
        ('{"prompts": [] "x"}', 1, "comma or }"),
        ('{"prompts": [], "prompts": []}', 1, "there twice"),
        ('{"prompts" []}', 1, "colon"),
        ("{prompts: []}", 1, "double quotes"),
        ("[\n1]", 2, "found 1, expected a prompt"),
        ("[\nnull]", 2, "found null"),
        ('[\n{"beat_number": 1, "ai_prompt": "x"},\n]', 3, "another prompt after the comma"),
        ('[{"beat_number": 1, "ai_prompt": "x"}\n{"a": 1}]', 2, "comma or ]"),
        ('[{"beat_number": 1,\n "ai_prompt" "x"}]', 2, "colon"),
        ('[{"beat_number": 1,\n "ai_prompt": "x}]', 2, "end with a double quote"),
        ('[{"beat_number": 1, "ai_prompt": "a\nb"}]', 1, r"\n"),
        ('[{"beat_number": 1, "ai_prompt": "x"}', 1, "end of the file"),
        ('[{"beat_number": 1, "ai_prompt": "x"}]\n[]', 2, "expected the end of the file"),
        ('[{"beat_number": 1,\n"ai_prompt": "x",\n"ai_prompt": "y"}]', 3, '"ai_prompt" is there twice'),
        ('[{"beat_number": 1, "ai_prompt": "x",\n"a": {"b": 1, "b": 2}}]', 2, '"b" is there twice'),
        ('[{"beat_number": 1, "ai_prompt": "x",\n"a": NaN}]', 2, "NaN"),
        ('[{"beat_number": 1, "ai_prompt": "x",\n"a": [-Infinity]}]', 2, "-Infinity"),
        ('[{"beat_number": 1, "ai_prompt": "x",\n"a": 1e999}]', 2, "too large"),
        ('[{"beat_number":\n1' + "0" * 5000 + ', "ai_prompt": "x"}]', 2, "too large"),
        ('[{"beat_number": 1,\n"ai_prompt": "\\ud800"}]', 2, "surrogate"),
        ('[{"beat_number": 1,\n"ai_prompt": "\\ude00\\ud83d"}]', 2, "surrogate"),
        ('[{"beat_number": 1, "ai_prompt": "x",\n"\\udfff": 1}]', 2, "surrogate"),
        ("[\n" + "[" * 1_000_000, 2, "nested too deep"),
        ('[{"beat_number": 1, "ai_prompt": "x",\n"a": ' + "[" * 100_000 + "]" * 100_000 + "}]", 2, "nested too deep"),
        ('[\n{"beat_number": 1, "ai_prompt": "x", "a": ' + "[" * 65 + "]" * 65 + "}]", 2, "nested too deep"),
        ('[{"a":' * 100_000, 1, "nested too deep"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    message = _refused(tmp_path, text)
    assert f"{tmp_path.name}/prompts-clear.json:{line}:" in message
    assert words in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"ai_prompt": "x"}, "beat_number is missing"),
        ({"beat_number": "1"}, "ai_prompt is missing or empty"),
        ({"beat_number": "1", "ai_prompt": " \n"}, "ai_prompt is missing or empty"),
        ({"beat_number": "1", "ai_prompt": None}, "ai_prompt is missing or empty"),
        ({"beat_number": "1", "ai_prompt": ["x"]}, "ai_prompt is a list, expected text"),
        ({"beat_number": True, "ai_prompt": "x"}, "beat_number is true"),
        ({"beat_number": "1", "ai_prompt": "x", "shot_number": "one"}, 'shot_number is "one"'),
        ({"beat_number": "1", "ai_prompt": "x", "script_phrase": 5}, "script_phrase is 5, expected text"),
        ({"beat_number": "1", "ai_prompt": "x", "transition_type": {}}, "transition_type is an object"),
    ],
)
def test_a_row_that_is_no_prompt(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    message = _refused(tmp_path, json.dumps([{"beat_number": "0", "ai_prompt": "x"}, row], indent=0))
    assert ":6: " in message
    assert words in message
    assert message.count("\n") == 0


def test_every_problem_is_listed_and_the_rest_counted(tmp_path: Path) -> None:
    message = _refused(tmp_path, json.dumps([{"beat_number": n} for n in range(25)], indent=0))
    assert message.count("ai_prompt is missing") == 10
    assert "15 more" in message


@pytest.mark.parametrize(
    ("text", "said"), [('"oops"},\n', '"oops"'), ("},", "}"), ("word)", "word"), (" ", "the end of the file")]
)
def test_what_closes_behind_a_word_is_not_shown_with_it(text: str, said: str) -> None:
    assert snippet(text, 0) == said


def test_problems_before_a_syntax_error_are_told_too(tmp_path: Path) -> None:
    message = _refused(tmp_path, '[{"beat_number": 1},\n{"beat_number": 2, "ai_prompt": "x"},\n oops]')
    assert ":1: " in message and ":3:2: found oops, expected" in message


def test_not_utf8_names_the_byte(tmp_path: Path) -> None:
    message = _refused(tmp_path, '[\n{"beat_number": "1", "ai_prompt": "caf\xe9"}]'.encode("latin-1"))
    assert ":2: byte 0xe9 at offset 40 is not UTF-8" in message
    assert "UTF-16" in _refused(tmp_path, "[]".encode("utf-16"))


def test_text_of_the_file_is_shown_harmless(tmp_path: Path) -> None:
    row = {"beat_number": "\x1b]0;gotcha\x07" + "z" * 500, "ai_prompt": 5}
    message = _refused(tmp_path, json.dumps([row]))
    assert "\x1b" not in message and "\x07" not in message
    assert "␛]0;gotcha" in message and "z" * 60 not in message


@pytest.mark.parametrize(
    ("one", "two"),
    [("1.1", "Beat 1.1"), ("1a", "1A"), ("a/b", "a:b"), ("CON", "_con"), ("é", "e\u0301")],
)
def test_two_beats_of_one_id(tmp_path: Path, one: str, two: str) -> None:
    rows = [{"beat_number": one, "ai_prompt": "x"}, {"beat_number": two, "ai_prompt": "y"}]
    message = _refused(tmp_path, "[\n" + ",\n".join(map(json.dumps, rows)) + "]")
    assert "prompts-clear.json:3: beat" in message
    assert "line 2" in message


@pytest.mark.parametrize("parts", [2, 10, 11, 60])
def test_an_id_of_many_numbers_has_a_name_that_a_disk_allows(tmp_path: Path, parts: int) -> None:
    beat = ".".join(["123456"] * parts)
    prompt = _load(tmp_path, json.dumps([{"beat_number": beat, "ai_prompt": "x"}])).prompts[0]
    assert (prompt.beat, prompt.shot, prompt.name) == (beat, 123456, safe_name(beat))
    assert len(prompt.name) <= NAME_LIMIT


def test_bare_numbers_collide_as_javascript_prints_them(tmp_path: Path) -> None:
    text = '[{"beat_number": 1.1, "ai_prompt": "x"},\n{"beat_number": 1.10, "ai_prompt": "y"}]'
    assert "there twice, first in line 1" in _refused(tmp_path, text)


def _rows(text: str) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    try:
        return list(read_json(text, problems)), problems
    except UnreadableError as error:
        return [], [*problems, error.problem]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(), _VALUES, max_size=4), max_size=4), st.sampled_from([None, 0, 3]), st.booleans()
)
def test_reads_what_the_standard_library_reads(
    rows: list[dict[str, Any]], indent: int | None, ascii_only: bool
) -> None:
    read, problems = _rows(json.dumps(rows, indent=indent, ensure_ascii=ascii_only))
    assert [row.fields for row in read] == rows
    assert not problems


_SHARDS = st.sampled_from(
    ["[", "]", "{", "}", ",", ":", '"', '"a"', "1", "-", "NaN", "1e999", "\n", " ", "\\", "\\ud800", "null"]
)


@given(st.lists(_SHARDS | st.text(max_size=3), max_size=40).map("".join))
def test_any_text_is_read_or_refused_with_a_line_that_it_has(text: str) -> None:
    _, problems = _rows(text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_every_prompt_knows_its_line(gaps: list[int]) -> None:
    text, lines = "[", []
    for index, gap in enumerate(gaps):
        text += "\n" * gap
        lines.append(text.count("\n") + 1)
        text += f'{{"beat_number": {index},\n "ai_prompt": "x"}}' + ("," if index < len(gaps) - 1 else "]")
    assert [row.line for row in _rows(text)[0]] == lines


CROWDS = ['[{"a": [%s]}]', '{"other": [%s], "prompts": []}', '{"prompts": [{"a": [%s]}]}', "[%s]"]


@pytest.mark.parametrize("text", CROWDS)
@pytest.mark.parametrize("value", ["[]", "{}", "1", '","'])
def test_more_values_than_prompts_have_are_not_parsed(
    monkeypatch: pytest.MonkeyPatch, text: str, value: str, tmp_path: Path
) -> None:
    monkeypatch.setattr(crowds, "MOST_VALUES", 500)
    assert "prompts-clear.json:3: found more than 500 values" in _refused(
        tmp_path, "\n\n" + text % ",".join([value] * 600)
    )


def test_commas_in_words_are_no_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crowds, "MOST_VALUES", 500)
    words = 'a, [b], {c} \\", ' * 100
    style = _load(tmp_path, json.dumps([{"beat_number": f"Beat {n}", "ai_prompt": words} for n in range(160)]))
    assert len(style.prompts) == 160 and style.prompts[0].text == words.strip()


@pytest.mark.parametrize("text", ["[%s]", '{"prompts": [%s]}'])
def test_more_prompts_than_any_project_has_are_refused_at_the_first_too_many(
    monkeypatch: pytest.MonkeyPatch, text: str, tmp_path: Path
) -> None:
    for where in (load, json_reader, usual_json):
        monkeypatch.setattr(where, "MOST_ROWS", 5)
    rows = [json.dumps({"beat_number": f"Beat {n}", "ai_prompt": "x"}) for n in range(5)]
    assert len(_load(tmp_path, text % ",\n".join(rows)).prompts) == 5
    more = [*rows, '{"beat_number": 9, "ai_prompt": "x"}', "not read"]
    assert ":6: found more than 200,000 prompts" in _refused(tmp_path, text % ",\n".join(more))


def test_rows_that_a_holder_holds_are_bounded_before_they_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(json_reader, "MOST_ROWS", 5)
    assert ":1: found more than 200,000 prompts" in _refused(tmp_path, '{"prompts": [' + "{}," * 5 + "{}]}")
