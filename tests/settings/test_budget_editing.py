"""The spend limit is changed in shotmill.toml as a careful person would: one value, nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from shotmill.errors import ShotmillError, UsageError
from shotmill.settings.budget import set_budget
from shotmill.settings.project import load_project_settings

WRITTEN = """\
# Mine.

[project]
title = "Night train"   # as on the poster
budget_usd = 10.0       # for the project's life

[styles.ink]            # the last one
prompt_prefix = "In ink: "
"""


def test_one_value_changes_and_every_comment_stays(tmp_path: Path) -> None:
    path = tmp_path / "shotmill.toml"
    path.write_text(WRITTEN)
    path.chmod(0o640)
    assert set_budget(tmp_path, 12.5) == path
    assert path.read_text() == WRITTEN.replace("10.0 ", "12.5 ")
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        '[gemini]\nimage_size = "1K"\n',
        'project.title = "Dotted"\n',
        'project = {title = "Inline"}\n',
        '[project]\ntitle = "No limit yet"\n# the end\n',
    ],
)
def test_a_limit_is_added_to_any_layout(tmp_path: Path, text: str) -> None:
    (tmp_path / "shotmill.toml").write_text(text)
    set_budget(tmp_path, 7)
    after = (tmp_path / "shotmill.toml").read_text()
    before = tomllib.loads(text)
    assert tomllib.loads(after) == {**before, "project": {**before.get("project", {}), "budget_usd": 7.0}}
    assert load_project_settings(tmp_path).budget_usd == 7.0
    assert all(line in after for line in text.splitlines() if line.startswith("#"))


def test_a_project_without_settings_gets_a_file(tmp_path: Path) -> None:
    set_budget(tmp_path, 20)
    assert load_project_settings(tmp_path).budget_usd == 20.0


def test_a_file_with_a_fault_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shotmill.toml"
    for text in ("[project\n", '[project]\ntilte = "x"\n', 'project = "x"\n'):
        path.write_text(text)
        with pytest.raises(ShotmillError, match=r"shotmill\.toml"):
            set_budget(tmp_path, 7)
        assert path.read_text() == text


@pytest.mark.parametrize("usd", [0, -1, float("nan"), float("inf")])
def test_what_is_no_limit_is_refused(tmp_path: Path, usd: float) -> None:
    with pytest.raises(UsageError):
        set_budget(tmp_path, usd)
    assert not list(tmp_path.iterdir())
