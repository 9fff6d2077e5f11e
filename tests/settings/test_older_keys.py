"""The older system's keys: each of its forms, what is passed over, and that none of them is run or shown."""

from __future__ import annotations

import json

import pytest

from shotmill.errors import UsageError
from shotmill.secrets import Secret
from shotmill.settings.keys_file import KeyEntry, KeysFile
from shotmill.settings.older_keys import plan_import, read_older_keys

A, B, C = (f"AIzaSyCANARY{letter * 24}" for letter in "abc")

JAVASCRIPT = f"""
const axios = require('axios');
const REQUESTS_PER_MINUTE = 9;
const API_KEYS = {{
  illustration: ["YOUR_GEMINI_API_KEY_1", "{A}", process.env.GEMINI_KEY, `${{evil()}}`],
  'clear': [`{B}`, "{A}"], // the same twice
}};
class Service {{ key(style) {{ return API_KEYS[style][0]; }} }}
const other = {{ name: "not a key at all, only a text" }};
"""


def found(text: str) -> list[tuple[str, str]]:
    return [(older.name, older.secret.reveal()) for older in read_older_keys(text.encode())]


def test_a_list_by_style() -> None:
    assert found(json.dumps({"illustration": [A, B], "clear": [C]})) == [
        ("illustration-1", A),
        ("illustration-2", B),
        ("clear-1", C),
    ]


@pytest.mark.parametrize("text", [json.dumps([A, B]), json.dumps({"API_KEYS": [A, B]}), json.dumps({"keys": [A, B]})])
def test_a_plain_list(text: str) -> None:
    assert found(text) == [("key-1", A), ("key-2", B)]


def test_javascript_is_read_and_not_run() -> None:
    plan = plan_import(read_older_keys(JAVASCRIPT.encode()), KeysFile())
    assert [(older.name, older.secret.reveal()) for older in plan.add] == [("illustration-2", A), ("clear-1", B)]
    assert [where for where, _ in plan.skipped] == ["illustration 1", "clear 2"]
    assert "placeholder" in plan.skipped[0][1]
    assert "the same key as illustration-2" in plan.skipped[1][1]


def test_lines_of_an_environment() -> None:
    text = f"PATH=/bin\nexport GEMINI_API_KEY=\"{A}\"\nGEMINI_API_KEY_ANNA={B} # hers\nAPI_KEY_2='{C}'\n# KEY=x\n"
    assert found(text) == [("key", A), ("anna", B), ("key-2", C)]


def test_what_is_there_is_passed_over_and_a_name_is_not_taken_twice() -> None:
    there = KeysFile((KeyEntry("illustration-1", Secret(B), None), KeyEntry("old", Secret(A), None)))
    plan = plan_import(read_older_keys(json.dumps({"illustration": [C, A]}).encode()), there)
    assert [older.name for older in plan.add] == ["illustration-1-2"]
    assert plan.skipped == (("illustration 2", "the same key as old"),)


def test_nothing_shows_a_key() -> None:
    assert "CANARY" not in repr(plan_import(read_older_keys(JAVASCRIPT.encode()), KeysFile()))


@pytest.mark.parametrize("text", ["", "hello", "{}", "[]", "PATH=/bin", "const a = [1, 2];", "{{{{", '{"a": 1}'])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_older_keys(text.encode())
    assert "API_KEYS" in refused.value.cure


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(UsageError):
        read_older_keys(b"\xff\xfe\x00")
