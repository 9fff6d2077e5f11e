"""Usual prompts files are read in one go: what comes of it is what the careful readers say, who get all others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shotmill.story import usual_json
from shotmill.story.json_reader import read_json
from shotmill.story.load import read_style
from shotmill.story.model import NO_EXTRA, Prompt
from shotmill.story.problems import Problem, UnreadableError
from shotmill.story.prompts import prompts_from
from shotmill.story.source_text import decoded
from shotmill.story.usual_json import usual_prompts

ROW = '{"beat_number": "1.1", "ai_prompt": "x"}'


def _with_care(data: bytes) -> tuple[Prompt, ...] | None:
    """None where anything is wrong."""
    problems: list[Problem] = []
    try:
        prompts = prompts_from(read_json(decoded(data), problems), problems)
    except UnreadableError:
        return None
    return None if problems else prompts


# `}` stands between rows, and json never writes a quote as \\u0022: files with these in a text are left to the others.
_WORDS = st.text().filter(lambda text: "}" not in text and "\\u0022" not in text)
_BEATS = st.lists(st.integers(0, 999_999), min_size=1, max_size=10).map(lambda parts: ".".join(map(str, parts)))


def _usual_row(beat: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"beat_number": st.just(beat), "ai_prompt": _WORDS.filter(str.strip)},
        optional={
            "shot_number": st.integers(0, 999_999_999),
            "script_phrase": _WORDS,
            "transition_type": st.sampled_from(["C", "H", " Continuous", "", "None"]) | _WORDS,
        },
    )


_USUAL_ROWS = st.lists(_BEATS, unique=True, min_size=1, max_size=4).flatmap(
    lambda beats: st.tuples(*map(_usual_row, beats))
)
_LAYOUTS = st.fixed_dictionaries(
    {"indent": st.sampled_from([None, 0, 2]), "ensure_ascii": st.booleans(), "sort_keys": st.booleans()}
)


@given(_USUAL_ROWS, _LAYOUTS, st.sampled_from(["", "\n", "\r\n"]))
def test_a_usual_file_is_taken(rows: tuple[dict[str, Any], ...], layout: dict[str, Any], end: str) -> None:
    data = (json.dumps(rows, **layout) + end).encode()
    usual = usual_prompts(data)
    assert usual is not None and usual == _with_care(data)


_ODD_KEYS = [
    '"beat_number"', '"ai_prompt"', '"shot_number"', '"script_phrase"', '"transition_type"', '"mood"',
    r'"shot\u005fnumber"', '"ai_prompt "', r'"\ud800"', "beat_number",
]  # fmt: skip
_TEXTS = ['"a train"', r'" rain\n"', r'"\"oh\""', r'"oh\\"', '"{"', '"☃"', r'"\ud83d\ude00"', '"C"', '"Cut"']
_ODD_TEXTS = [
    '""', r'" \t"', r'"\\\""', r'"\u0022\u0022"', r'"\\u0022"', '"}, {"', r'"},\n{"', r'"\ud83d"', r'"\ude00\ud83d"',
    '"\n"', '"\x7f"', r'"\/"', r'"\x"', "'x'", "null", '"x',
]  # fmt: skip
_ODD_IDS = [
    '"1.1"', '"Beat 1"', '"1a"', '"1."', '" 1"', r'"1\n2"', '"١"', '"1234567"', f'"{"1." * 60}1"', r'"\u0031.1"', "1.1",
    "2", '"-1"',
]  # fmt: skip
_NUMBERS = ["0", "3", "999999999"]
_ODD_NUMBERS = [
    "-0", "-1", "3.0", "3.5", "1e2", "03", "1000000000", "1e999", "NaN", "true", "null", '"3"', '"Shot 3"', "[]", "{}",
    "9" * 500,
]  # fmt: skip
_ODD_FRAMES = ["\ufeff[%s]", '{"prompts": [%s]}', "[%s,]", "[%s] x", "%s", "[[%s]]", "[%s", "[%s]\x00", "[1,%s]"]
_USUAL_VALUES = {
    '"ai_prompt"': _TEXTS,
    '"shot_number"': _NUMBERS,
    '"script_phrase"': _TEXTS,
    '"transition_type"': _TEXTS,
}
Fields = list[tuple[str, str]]


@st.composite
def _rows(draw: st.DrawFn) -> list[Fields]:
    """Usual rows, each as the tokens of its keys and values."""
    rows: list[Fields] = []
    for number in range(draw(st.integers(1, 3))):
        others = draw(st.lists(st.sampled_from(list(_USUAL_VALUES)[1:]), unique=True))
        fields = [(key, draw(st.sampled_from(_USUAL_VALUES[key]))) for key in ('"ai_prompt"', *others)]
        rows.append(draw(st.permutations([('"beat_number"', f'"1.{number}"'), *fields])))
    return rows


def _with_oddity(draw: st.DrawFn, rows: list[Fields]) -> None:
    """One value in another form, one field more or one less, anywhere in them."""
    fields = draw(st.sampled_from(rows))
    place = draw(st.integers(0, max(0, len(fields) - 1)))
    value = draw(st.sampled_from([*_TEXTS, *_ODD_TEXTS, *_ODD_IDS, *_NUMBERS, *_ODD_NUMBERS]))
    match draw(st.sampled_from(["value", "kind", "kind", "field", "again", "less"])):
        case "value":
            fields[place] = fields[place][0], value
        case "kind":
            odd = {'"beat_number"': _ODD_IDS, '"shot_number"': _ODD_NUMBERS}.get(fields[place][0], _ODD_TEXTS)
            fields[place] = fields[place][0], draw(st.sampled_from(odd))
        case "field":
            fields.insert(place, (draw(st.sampled_from(_ODD_KEYS)), value))
        case "again":
            fields.append(fields[place])
        case "less":
            del fields[place]


_SPACES = ["", " ", "\n", "\r\n  ", "\t"]
_ODD_SPACES = ["\x0c", "\u00a0", "// x\n", "\x00"]
_COMMAS = [",", ",\n", " , ", "\n,\r\n"]
_ODD_COMMAS = ["", ",,", ";"]
_FRAMES = ["[%s]", "\n [ %s]\n"]


@st.composite
def _files(draw: st.DrawFn) -> str:
    """A prompts file with a thing or two in it that are not usual, or none."""
    rows = draw(_rows())
    space, comma, between, frame = (draw(st.sampled_from(usual)) for usual in (_SPACES, _COMMAS, _COMMAS, _FRAMES))
    match draw(st.sampled_from(["nothing", "row", "row", "rows", "space", "comma", "between", "frame"])):
        case "row":
            _with_oddity(draw, rows)
        case "rows":
            _with_oddity(draw, rows)
            _with_oddity(draw, rows)
        case "space":
            space = draw(st.sampled_from(_ODD_SPACES))
        case "comma":
            comma = draw(st.sampled_from(_ODD_COMMAS))
        case "between":
            between = draw(st.sampled_from(_ODD_COMMAS))
        case "frame":
            frame = draw(st.sampled_from(_ODD_FRAMES))
    told = [f"{{{comma.join(f'{key}{space}:{space}{value}{space}' for key, value in fields)}}}" for fields in rows]
    return frame % (space + between.join(told))


@settings(max_examples=500)
@given(_files())
def test_whatever_stands_in_a_file_the_careful_readers_say_the_same(text: str) -> None:
    data = text.encode()
    usual = usual_prompts(data)
    event(f"taken: {usual is not None}")
    assert usual is None or usual == _with_care(data)


@given(_USUAL_ROWS, _LAYOUTS, st.data())
def test_one_byte_that_is_another_changes_nothing_of_that(
    rows: tuple[dict[str, Any], ...], layout: dict[str, Any], data: st.DataObject
) -> None:
    text = json.dumps(rows, **layout).encode()
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 20)))
    inserted = data.draw(
        st.binary(max_size=3) | st.sampled_from([b'"', b"\\", b"{", b"}", b",", b"\n", text[begin:end] * 2])
    )
    changed = text[:begin] + inserted + text[end:]
    usual = usual_prompts(changed)
    assert usual is None or usual == _with_care(changed)


def test_every_field_and_the_line_of_each_prompt() -> None:
    data = b"""[
      {"shot_number": 3, "beat_number": "1.1", "script_phrase": " She \\"waits\\". ", "transition_type": "C",
       "ai_prompt": " A platform {at night} "},{"beat_number": "2.7.1", "ai_prompt": "y"},

      {"transition_type": " Match cut", "beat_number": "2.8", "ai_prompt": "z"}]\r\n"""
    first, second, third = usual_prompts(data) or ()
    assert first == Prompt("1.1", "1.1", 3, "A platform {at night}", False, 2, "C", 'She "waits".')
    assert second == Prompt("2.7.1", "2.7.1", 2, "y", False, 3)
    assert third == Prompt("2.8", "2.8", 2, "z", True, 5, "Match cut")
    assert all(prompt.extra is NO_EXTRA for prompt in (first, second, third))


@pytest.mark.parametrize(
    "data",
    [
        "",
        f'{{"prompts": [{ROW}]}}',
        f"\ufeff[{ROW}]",
        f"[{ROW},]",
        f"[{ROW}] []",
        f"[{ROW},\n{ROW}]",
        '[{"beat_number": "1.1"}]',
        '[{"beat_number": "1.1", "ai_prompt": " "}]',
        '[{"beat_number": "1.1", "ai_prompt": null}]',
        '[{"beat_number": 1.1, "ai_prompt": "x"}]',
        '[{"beat_number": "Beat 1", "ai_prompt": "x"}]',
        '[{"beat_number": "1\\n2", "ai_prompt": "x"}]',
        '[{"beat_number": "%s1", "ai_prompt": "x"}]' % ("1." * 40),
        '[{"beat_number": "1.1", "ai_prompt": "x", "mood": "blue"}]',
        '[{"beat_number": "1.1", "ai_prompt": "x", "shot_number": "3"}]',
        '[{"beat_number": "1.1", "ai_prompt": "x", "shot_number": 1000000000}]',
        '[{"beat_number": "1.1", "ai_prompt": "x", "ai_prompt": "y"}]',
        '[{"beat_number": "1.1", "ai_prompt": "x", "ai\\u005fprompt": "x"}]',
        '[{"beat_number": "1.1", "ai_prompt": "x", "shot_number": 1, "shot_number": 1}]',
        '[{"beat_number": "1.1", "ai_prompt": "\\u0022\\u0022", "shot_number": 1, "shot_number": 1}]',
        '[{"beat_number": "1.1", "ai_prompt": "\\"\\\\", "ai_prompt": "x\\\\"}]',
        '[{"beat_number": "1.1", "ai_prompt": "\\ud800"}]',
        '[{"beat_number": "1.1", "ai_prompt": "x\n"}]',
        '[\n{"beat_number": "1.1", "ai_prompt": "a set of braces: }, {"}]',
    ],
)
def test_what_is_not_usual_is_left_to_the_careful_readers(data: str) -> None:
    assert usual_prompts(data.encode()) is None


def test_what_is_not_utf8_is_theirs_too() -> None:
    assert usual_prompts(ROW.join("[]").encode().replace(b"x", b"\xff")) is None
    assert usual_prompts(ROW.join("[]").encode().replace(b"x", b"\xed\xa0\x80")) is None


def test_more_rows_than_a_file_may_have_are_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usual_json, "MOST_ROWS", 2)
    rows = [f'{{"beat_number": "{n}", "ai_prompt": "x"}}' for n in range(3)]
    assert len(usual_prompts(",".join(rows[:2]).join("[]").encode()) or ()) == 2
    monkeypatch.setattr(usual_json, "_ROWS", None)
    assert usual_prompts(",".join(rows).join("[]").encode()) is None


def test_a_storyboard_in_which_none_means_empty_is_never_taken(tmp_path: Path) -> None:
    rows = [{"beat_number": "1", "ai_prompt": "x", "script_phrase": "None", "transition_type": "None"}]
    read = {}
    for folder in ("prompts", "storyboards"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "clear.json"
        path.write_text(json.dumps(rows))
        style, problems = read_style("clear", path)
        assert not problems
        read[folder] = style.prompts[0]
    assert (read["prompts"].script_phrase, read["prompts"].transition) == ("None", "None")
    assert (read["storyboards"].script_phrase, read["storyboards"].transition) == ("", "H")
