"""Prompts in `.js`: every form that occurs, and nothing that would have to be run."""

from __future__ import annotations

import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shotmill.story import js_reader
from shotmill.story.js_literal import unescaped
from shotmill.story.js_reader import read_js
from shotmill.story.load import load_style
from shotmill.story.problems import Problem, StoryError, UnreadableError
from shotmill.story.rows import Row


def _rows(text: str) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    try:
        return list(read_js(text, problems)), problems
    except UnreadableError as error:
        return [], [*problems, error.problem]


def _value(literal: str) -> Any:
    rows, problems = _rows(f"export default [{{v: {literal}}}]")
    assert not problems
    return rows[0].fields["v"]


@pytest.mark.parametrize(
    "text",
    [
        "export default [{a: 1}]",
        "export default [{a: 1,},];",
        "const prompts = [{a: 1}]; export default prompts;",
        "const prompts = [{a: 1}];\nexport { prompts };\n",
        "export const prompts = [{a: 1}]",
        "export const beats = [{a: 1}];",
        "let scenes = [{a: 1}]; export { scenes as default };",
        "module.exports = [{a: 1}];",
        "var list = [{a: 1}]; module.exports = list;",
        "const prompts = [{a: 1}]; module.exports = { prompts };",
        "module.exports = { title: 'x', prompts: [{a: 1}] };",
        "exports.prompts = [{a: 1}];",
        "export default { prompts: [{a: 1}] };",
        "'use strict';\n/* all */ const title = `Night`; // one\nexport default /* x */ [ /* y */ {a: 1} // z\n];",
        "#!/usr/bin/env node\nexport default [{a: 1}]",
        "const style = {note: ['x']}; export const prompts = [{'a': +1}];",
    ],
)
def test_forms(text: str) -> None:
    rows, problems = _rows(text)
    assert not problems
    assert [row.fields for row in rows] == [{"a": 1}]


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("1.10", 1.1),
        ("-2", -2),
        ("0x1F", 31),
        ("0b11", 3),
        ("0o17", 15),
        ("1_000", 1000),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("10n", 10),
        ("true", True),
        ("false", False),
        ("null", None),
        ("undefined", None),
        ("'it\\'s'", "it's"),
        ("\"a\" + 'b' + `c`", "abc"),
        ("('a')", "a"),
        ("'\\x41\\u0042\\u{43}\\u{1F600}\\ud83d\\ude00'", "ABC😀😀"),
        ("'a\\\nb\\\r\nc'", "abc"),
        ("'\\n\\t\\b\\v\\f\\r\\0\\q\\\\'", "\n\t\b\v\f\r\0q\\"),
        ("`one\r\ntwo\nthree \\` \\${x} $ {`", "one\ntwo\nthree ` ${x} $ {"),
        ("[1, [2], {b: 'c',},]", [1, [2], {"b": "c"}]),
        ("{'x y': 1, 2.0: 2, z: {}}", {"x y": 1, "2": 2, "z": {}}),
        ("'äöü 拍 // no comment'", "äöü 拍 // no comment"),
        ("''", ""),
    ],
)
def test_literals(literal: str, expected: Any) -> None:
    assert _value(literal) == expected


@pytest.mark.parametrize(
    ("literal", "words"),
    [
        ("process.exit(1)", "a call"),
        ("require('fs')", "a call"),
        ("new Date()", "a call"),
        ("title", "a name"),
        ("NaN", "a name"),
        ("a.b", "a name"),
        ("`a ${b} c`", "${…}"),
        ("'a' + b", "a name"),
        ("1 + 2", "between strings"),
        ("'a' - 'b'", "expected a literal"),
        ("!true", "expected a literal"),
        ("-x", "expected a literal"),
        ("() => 1", "a function"),
        ("function () {}", "a function"),
        ("/x/", "a regular expression"),
        ("a ? 1 : 2", "expected a literal"),
        ("tag`x`", "a call"),
        ("[...x]", "a spread"),
        ("[1,,2]", "empty place"),
        ("[,]", "empty place"),
        ("{get b() { return 1 }}", "getter"),
        ("{f() {}}", "a method"),
        ("{...x}", "a spread"),
        ("{x}", "a name without a value"),
        ("{[x]: 1}", "a computed key"),
        ("{a: 1, 'a': 2}", "there twice"),
        ("'\\ud800'", "surrogate"),
        ("'\\u{110000}'", "10FFFF"),
        ("010", "leading zero"),
        ("1e999", "too large"),
        ("1" * 5000, "too large"),
        ("(" * 200 + "1" + ")" * 200, "nested too deep"),
    ],
)
def test_what_is_no_literal(literal: str, words: str) -> None:
    rows, problems = _rows(f"export default [\n  {{ü: {literal}}},\n  {{b: 1}}]")
    assert [(problem.line, words in problem.text) for problem in problems] == [(2, True)], problems
    assert problems[0].column >= 7
    assert [row.fields for row in rows] == [{"b": 1}]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "no array"),
        ("// nothing", (1, 1), "no array"),
        ("process.exit(1);\nexport default []", (1, 1), "process.exit"),
        ("import x from 'y';\nexport default []", (1, 1), "import"),
        ("const fs = require('fs');\nexport default [];", (1, 12), "a call"),
        ("export default [];\nif (1) {}", (2, 1), "if"),
        ("export default 5", (1, 16), "no array behind"),
        ("export default prompts", (1, 16), "no array behind"),
        ("export default function () { return [] }", (1, 16), "found"),
        ("export * from './x'", (1, 1), "found"),
        ("export default [\n{a: 1} {b: 2}]", (2, 1), "comma"),
        ("export default [\n{a: 1},", (1, 16), "never closed"),
        ("export default [{a: 'x\n'}]", (1, 21), "next line"),
        ("export default [1, 'x']", (1, 17), "expected a prompt"),
        ("export const [a] = [1]", (1, 14), "found"),
        ("A man walks into a bar.", None, "expected"),
        ("{", None, "expected"),
        ("\0", None, "expected"),
    ],
)
def test_what_is_no_prompts_file(text: str, place: tuple[int, int] | None, words: str) -> None:
    rows, problems = _rows(text)
    assert not rows
    assert words in problems[0].text
    assert place in (None, (problems[0].line, problems[0].column))


@pytest.mark.parametrize("inside", ["[", "{a:", "(", "`${", "-", "!", "'a'+", "x=>"])
@pytest.mark.parametrize("depth", [1000, 100_000])
def test_deep_nesting_is_refused_and_crashes_nothing(inside: str, depth: int) -> None:
    assert _rows("export default [" + inside * depth)[1]


def test_deep_nesting_that_is_whole_says_so() -> None:
    _, problems = _rows("export default [{a: " + "[" * 100_000 + "]" * 100_000 + "}]")
    assert "nested too deep" in problems[0].text


def test_a_long_chain_of_strings_is_joined() -> None:
    assert _value(" + ".join(["'x'"] * 20_000)) == "x" * 20_000


def test_text_that_the_parser_would_chew_on_for_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(js_reader, "_PATIENCE", 100)
    _, problems = _rows("A man walks into a bar: 'hello', he said (twice). " * 2000)
    assert "too much" in problems[0].text
    assert _rows("export default [{a: 1}]")[0]


def test_a_crowd_of_small_literals_is_given_up_where_a_long_file_of_prompts_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(js_reader, "_PATIENCE", js_reader._PATIENCE // 20)
    _, problems = _rows("export default [" + "{}," * 25_000 + "{}]")
    assert "too much" in problems[0].text and ".json" in problems[0].text
    text = "a train in the rain, " * 15
    prompts = ",\n".join(f'{{ shot_number: 1, beat_number: "{n}", ai_prompt: "{text}" }}' for n in range(1000))
    assert len(_rows(f"export default [{prompts}]")[0]) == 1000


def test_two_threads_read_at_once() -> None:
    text = "export default [" + "{a: 'x'}," * 2000 + "]"
    with ThreadPoolExecutor(4) as pool:
        assert [len(rows) for rows, _ in pool.map(_rows, [text] * 8)] == [2000] * 8


def test_nothing_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    path = tmp_path / "prompts-clear.js"
    path.write_text(f"require('fs').writeFileSync({json.dumps(str(trap))}, 'x');\nexport default [];")
    with pytest.raises(StoryError) as error:
        load_style("clear", path)
    assert f"{tmp_path.name}/prompts-clear.js:1:1: found" in error.value.message
    assert not trap.exists()


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "prompts-clear.js"
    path.write_bytes(
        b"\xef\xbb\xbf// prompts\r\nexport const prompts = [\r\n  {\r\n    beat_number: 'Beat 1.1', // one\r\n"
        b"    ai_prompt: `Night,\r\nrain`,\r\n  },\r\n"
        b"  { beat_number: 1.20, transition_type: 'Match cut', ai_prompt: 'x' },"
        b"\r\n];"
    )
    first, second = load_style("clear", path).prompts
    assert (first.beat, first.line, first.text) == ("1.1", 3, "Night,\nrain")
    assert (second.beat, second.line, second.continues) == ("1.2", 8, True)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), _VALUES, max_size=4), max_size=4), st.booleans())
def test_json_is_read_as_javascript(rows: list[dict[str, Any]], ascii_only: bool) -> None:
    read, problems = _rows(f"export default {json.dumps(rows, ensure_ascii=ascii_only)};")
    assert not problems
    assert [row.fields for row in read] == rows


_SHARDS = st.sampled_from(
    [
        "export default ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "a:",
        "'",
        '"',
        "`",
        "${",
        "1",
        "-",
        "+",
        "\n",
        "\\",
        "\\u{",
        "...",
        "get x(){}",
        *["const prompts = ", "module.exports = ", ";", "/*", "*/", "//", "(", ")", "=>", "ü", "\r", "\u2028", "\0"],
    ]
)


@settings(deadline=None)
@given(st.lists(_SHARDS | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_is_read_or_refused_with_a_line_that_it_has(text: str) -> None:
    _, problems = _rows(text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)


_ESCAPES = [
    "\\n",
    "\\0",
    "\\x4",
    "\\x41",
    "\\u0041",
    "\\u{41}",
    "\\ud83d\\ude00",
    "\\'",
    "\\\\",
    "\\\n",
    "\\\u2028",
    "\\a",
    "\\08",
    "\\1",
]


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no JavaScript here to compare with")
def test_escapes_agree_with_javascript_itself() -> None:
    script = """
      const raws = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      const meant = raw => { try { return (0, eval)("'use strict';'" + raw + "'") } catch { return null } };
      console.log(JSON.stringify(raws.map(meant)));
    """
    raws = [one + two for one in ["", "a", *_ESCAPES] for two in ["", "0", "b", *_ESCAPES]]
    done = subprocess.run(["node", "-e", script], input=json.dumps(raws), capture_output=True, text=True, check=True)
    for raw, expected in zip(raws, json.loads(done.stdout), strict=True):
        try:
            ours = unescaped(raw)
        except ValueError:
            ours = None
        assert ours == expected, raw
