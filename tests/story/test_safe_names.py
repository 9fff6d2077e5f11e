"""File names for beats, on every disk and against every id."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.story.naming import NAME_LIMIT, name_key, safe_name


@pytest.mark.parametrize("beat", ["1", "1.1", "2.10", "3b", "A_1-x", "10.2.3", "-1", "_"])
def test_ordinary_ids_stay(beat: str) -> None:
    assert safe_name(beat) == beat


@pytest.mark.parametrize(
    ("beat", "name"),
    [
        ("a/b", "a_b"),
        ("a\\b", "a_b"),
        ("1.1 A", "1.1_A"),
        ("../../x", "___.._x"),
        ("/etc/passwd", "_etc_passwd"),
        ("..", "__"),
        (".", "_"),
        ("", "_"),
        ("1.", "1_"),
        (".1", "_1"),
        ("1 ", "1_"),
        ("a\0b", "a_b"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1", "_com1"),
        ("LPT9.1", "_LPT9.1"),
        ("console", "console"),
        ("CON\n", "CON_"),
    ],
)
def test_other_ids(beat: str, name: str) -> None:
    assert safe_name(beat) == name


def test_other_scripts_keep_apart() -> None:
    assert safe_name("拍一") != safe_name("拍二")
    assert safe_name("é1") == safe_name(unicodedata.normalize("NFD", "é1"))


def test_long_ids_keep_apart() -> None:
    one, two = safe_name("x" * 300 + "1"), safe_name("x" * 300 + "2")
    assert one != two
    assert len(one) == len(two) == NAME_LIMIT


def test_case_twins_have_one_key() -> None:
    assert name_key(safe_name("1a")) == name_key(safe_name("1A"))


_HOSTILE = st.one_of(
    st.text(),
    st.text(alphabet="./\\:aA1 \0~-"),
    st.text(st.characters(codec=None)),
    st.sampled_from(["con", "AUX.png", "NUL.", "~", "-rf", "$HOME", "%2e%2e", "a" * 81, "é" * 200]),
)


@given(_HOSTILE)
def test_every_name_is_safe(beat: str) -> None:
    name = safe_name(beat)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,80}", name)
    assert name[0] != "." and name[-1] != "."
    assert PureWindowsPath(name).name == name and not PureWindowsPath(name).is_reserved()
    assert (Path("/p/images") / f"Beat_{name}.png").resolve().parent == Path("/p/images")


@given(_HOSTILE)
def test_naming_a_name_changes_nothing(beat: str) -> None:
    assert safe_name(safe_name(beat)) == safe_name(beat)


@given(_HOSTILE)
def test_spellings_of_unicode_share_a_name(beat: str) -> None:
    assert safe_name(unicodedata.normalize("NFD", beat)) == safe_name(unicodedata.normalize("NFC", beat))
