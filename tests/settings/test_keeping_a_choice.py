from pathlib import Path

import pytest

from shotmill.settings.config import load_config
from shotmill.settings.faults import SettingsError
from shotmill.settings.folders import Folders
from shotmill.settings.keep import keep_theme


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.of({"SHOTMILL_HOME": str(tmp_path)})


def test_a_first_choice_makes_the_file(folders: Folders) -> None:
    assert keep_theme(folders, "noir") == folders.config_file
    assert load_config(folders).theme == "noir"


def test_everything_else_stays(folders: Folders) -> None:
    folders.config.mkdir()
    text = '# mine\ntheme = "noir"  # for the night\nmouse = false\n\n[keys]\n# far away\nstop = "Q"\n'
    folders.config_file.write_text(text)
    folders.config_file.chmod(0o640)
    keep_theme(folders, "lightbox")
    assert folders.config_file.read_text() == text.replace('"noir"', '"lightbox"')
    assert folders.config_file.stat().st_mode & 0o777 == 0o640


def test_a_new_line_lands_above_the_tables(folders: Folders) -> None:
    folders.config.mkdir()
    folders.config_file.write_text('# mine\n[keys]\nstop = "Q"\n')
    keep_theme(folders, 'quoted "name"'.replace('"', ""))
    assert load_config(folders).theme == "quoted name"
    assert '# mine\n[keys]\nstop = "Q"\n' in folders.config_file.read_text()


def test_a_linked_file_stays_a_link(folders: Folders, tmp_path: Path) -> None:
    folders.config.mkdir()
    real = tmp_path / "dotfiles.toml"
    real.write_text("mouse = false\n")
    folders.config_file.symlink_to(real)
    keep_theme(folders, "noir")
    assert folders.config_file.is_symlink() and load_config(folders).theme == "noir"
    assert not load_config(folders).mouse


def test_a_file_that_does_not_parse_is_left_alone(folders: Folders) -> None:
    folders.config.mkdir()
    folders.config_file.write_text("theme = [")
    with pytest.raises(SettingsError):
        keep_theme(folders, "noir")
    assert folders.config_file.read_text() == "theme = ["
