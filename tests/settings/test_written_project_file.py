import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.settings.faults import SettingsError
from shotmill.settings.inside import style_name_fault
from shotmill.settings.project import ProjectSettings, StyleSettings, load_project_settings
from shotmill.settings.project_reader import read_project
from shotmill.settings.toml_file import TomlFile
from shotmill.settings.write import ProjectFileExistsError, project_toml, write_project_toml


def test_what_init_writes_is_read_as_meant(tmp_path: Path) -> None:
    styles = {"illustration": "prompts/prompts-illustration.json", "my look": None}
    text = project_toml("Night train", styles, budget_usd=2.5, base_url="emulator")
    assert write_project_toml(tmp_path, text) == tmp_path / "shotmill.toml"
    read = load_project_settings(tmp_path)
    assert (read.title, read.budget_usd, read.gemini.base_url) == ("Night train", 2.5, "emulator")
    assert dict(read.styles) == {
        "illustration": StyleSettings(prompts="prompts/prompts-illustration.json"),
        "my look": StyleSettings(),
    }
    assert list(tmp_path.iterdir()) == [tmp_path / "shotmill.toml"]


def test_what_is_not_given_has_the_defaults(tmp_path: Path) -> None:
    text = project_toml("A", {})
    write_project_toml(tmp_path, text)
    assert load_project_settings(tmp_path) == ProjectSettings("A")
    assert len(text.splitlines()) < 15


def test_the_lines_in_comments_are_right_when_taken_out_of_them(tmp_path: Path) -> None:
    text = project_toml("A", {})
    (tmp_path / "shotmill.toml").write_text(
        "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    )
    assert load_project_settings(tmp_path) == ProjectSettings("A", budget_usd=10.0)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "shotmill.toml").write_text("# mine\n")
    with pytest.raises(ProjectFileExistsError):
        write_project_toml(tmp_path, project_toml("A", {}))
    assert (tmp_path / "shotmill.toml").read_text() == "# mine\n"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    root = tmp_path / "film"
    root.mkdir()
    (root / "shotmill.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(ProjectFileExistsError):
        write_project_toml(root, project_toml("A", {}))
    assert not (tmp_path / "elsewhere.toml").exists()


def test_a_disk_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    text = project_toml("A", {})
    write_project_toml(tmp_path, text)
    assert (tmp_path / "shotmill.toml").read_text() == text
    with pytest.raises(ProjectFileExistsError):
        write_project_toml(tmp_path, text)
    assert len(list(tmp_path.iterdir())) == 1


def test_what_our_loader_refuses_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        write_project_toml(tmp_path, project_toml("A", {"clear": "../out.json"}))
    assert list(tmp_path.iterdir()) == []


TITLES = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: not style_name_fault(name))


@given(TITLES, st.lists(NAMES, max_size=3, unique_by=str.casefold), st.none() | st.floats(0.01, 9999))
def test_any_title_and_style_comes_back(title: str, styles: list[str], budget: float | None) -> None:
    root = Path("/srv/film")
    text = project_toml(title, dict.fromkeys(styles), budget_usd=budget)
    read = read_project(TomlFile(root / "shotmill.toml", text), root)
    assert read.title == title
    assert list(read.styles) == styles
    assert read.budget_usd == budget
