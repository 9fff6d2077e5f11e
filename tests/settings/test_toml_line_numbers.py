import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from shotmill.settings.faults import SettingsError
from shotmill.settings.toml_file import TomlFile, read_toml
from shotmill.settings.toml_lines import KeyPath, key_lines

EXAMPLE = (
    '''# [not.a.table]
title = "a # in text"   # a = 1
"quoted key" = 1
a.'b c'.d = 2

[styles . "my look"]
text = """
[fake]
fake = 1
"""  # end
list = [
  "one", # ]
  "two",
  { x = 1, y = [ 2,
     3 ] },
]
inline = { p = { q = "}" }, r = 2 }
after = \'\'\'it's
'''
    + "''''\n"
    + """last = 2020-01-01T00:00:00.5Z
[x.y]
"""
)


def test_lines_of_every_kind_of_key() -> None:
    tomllib.loads(EXAMPLE)
    lines = key_lines(EXAMPLE)
    look = ("styles", "my look")
    expected: dict[KeyPath, int] = {
        ("title",): 2,
        ("quoted key",): 3,
        ("a",): 4,
        ("a", "b c", "d"): 4,
        ("styles",): 6,
        look: 6,
        (*look, "text"): 7,
        (*look, "list"): 11,
        (*look, "list", 0): 12,
        (*look, "list", 1): 13,
        (*look, "list", 2, "x"): 14,
        (*look, "list", 2, "y", 1): 15,
        (*look, "inline", "p", "q"): 17,
        (*look, "inline", "r"): 17,
        (*look, "after"): 18,
        (*look, "last"): 20,
        ("x", "y"): 21,
    }
    assert {path: lines.get(path) for path in expected} == expected
    assert not any("fake" in path for path in lines)


WORDS = st.text(max_size=8)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.integers(-9, 9) | st.booleans() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def _paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    own = {path} if path else set()
    if isinstance(value, dict):
        return own.union(*(_paths(inner, (*path, key)) for key, inner in value.items()))
    if isinstance(value, list) and not any(isinstance(inner, dict) for inner in value):
        return own.union(*(_paths(inner, (*path, index)) for index, inner in enumerate(value)))
    return own


@given(st.dictionaries(WORDS, VALUES, max_size=4))
def test_every_key_that_parses_has_a_line(values: dict[str, Any]) -> None:
    text = tomlkit.dumps(values)
    lines = key_lines(text)
    assert _paths(tomllib.loads(text)) <= set(lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())


LONG_KEY = ".".join(["a"] * 9)


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a = 1\nb\n", 2, "'='"),
        ("a = 1\nb = \n", 2, "expected a value"),
        ("\n\nb = nine\n", 3, "expected a value"),
        ("a = 1 b = 2\n", 1, "end of the line"),
        ("a = 1\n[gemini\nx = 1", 2, "']'"),
        ("a = 1\na = 2\n", 2, "twice"),
        ("[a]\nx=1\n[a]\n", 3, "twice"),
        ('x = "open\n', 1, "character"),
        ("x = [1,", 1, "expected a value"),
        ("x = " + "[" * 5000, 1, "nested"),
        ("x = " + "9" * 5000, 1, "too long"),
        ("a = 1\n" + LONG_KEY + " = 1", 2, "more than 8 parts"),
        ("[" + LONG_KEY + "]", 1, "more than 8 parts"),
        (" . ".join(['"a = 1, b"'] * 9) + " = 1", 1, "more than 8 parts"),
        ('x = {a = """\n\'""", ' + LONG_KEY + " = 1}", 2, "more than 8 parts"),
    ],
)
def test_what_does_not_parse_is_told_with_line_and_reason(text: str, line: int, word: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        TomlFile(tmp_path / "shotmill.toml", text)
    assert f"shotmill.toml:{line}: " in caught.value.message
    assert word in caught.value.message


def test_dots_in_texts_and_comments_are_no_keys() -> None:
    dots = "a." * 20
    text = f"""# {dots}
x = "{dots}"  # {dots}
y = [{", ".join(["1.5"] * 20)}]
z = \"\"\"\n{dots}\n\"{dots}\\\"\"\"\"
[a.b.c.d.e.f.g.h]
"""
    file = TomlFile(Path("shotmill.toml"), text)
    assert file.values["x"] == dots and file.values["z"] == f'{dots}\n"{dots}"'
    assert [file.line_of((name,)) for name in "xyza"] == [2, 3, 4, 7]


def test_a_syntax_error_holds_nothing_of_the_text() -> None:
    with pytest.raises(SettingsError) as caught:
        TomlFile(Path("keys.toml"), '[keys.anna]\napi_key = "hidden-words" hidden-words\n', hides_values=True)
    error: BaseException | None = caught.value
    assert error is not None
    assert error.__context__ is None
    assert "hidden-words" not in str(error)


def test_files_that_are_no_settings(tmp_path: Path) -> None:
    path = tmp_path / "shotmill.toml"
    assert read_toml(path) is None
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    file = read_toml(path)
    assert file is not None
    assert file.values == {"a": 1}
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    with pytest.raises(SettingsError, match=r":2: is not UTF-8"):
        read_toml(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(SettingsError, match="not a regular file"):
        read_toml(path)
