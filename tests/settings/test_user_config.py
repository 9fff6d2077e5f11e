from pathlib import Path

import pytest

from shotmill.settings.config import Config, Hooks, Notify, load_config
from shotmill.settings.faults import SettingsError
from shotmill.settings.folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    folders.config.mkdir()
    return folders


def test_without_a_file_the_defaults(folders: Folders) -> None:
    assert load_config(folders) == Config("", True, "drawn", {}, Hooks(), Notify(True, "auto", True, True))


def test_everything_that_can_be_said(folders: Folders) -> None:
    folders.config_file.write_text(
        """
theme = "night-shift"
mouse = false
marks = "plain"
[keys]
stop = "x"
next_for_you = ["n", "ctrl+n"]
gallery = []
[hooks]
finished = ["notify-send", "Shotmill", "It's done"]
failed = ["mail"]
[notify]
bell = false
desktop = "osc9"
title = false
progress = false
"""
    )
    config = load_config(folders)
    assert (config.theme, config.mouse, config.marks) == ("night-shift", False, "plain")
    assert dict(config.bindings) == {"stop": ("x",), "next_for_you": ("n", "ctrl+n"), "gallery": ()}
    assert config.hooks == Hooks(finished=("notify-send", "Shotmill", "It's done"), failed=("mail",))
    assert config.notify == Notify(bell=False, desktop="osc9", title=False, progress=False)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("them = 'x'", 1, ['did you mean "theme"']),
        ("theme = '../../etc/x'", 1, ["theme"]),
        ("mouse = 'no'", 1, ["mouse", "true or false"]),
        ("marks = 'ascii'", 1, ["marks", '"drawn" or "plain"']),
        ("[keys]\nstop = 1", 2, ["keys.stop"]),
        ("[keys]\nstop = ['x', '']", 2, ["keys.stop[1]"]),
        ("[keys]\n'Stop it' = 'x'", 2, ["action"]),
        ("[hooks]\nfinished = 'rm -rf x'", 2, ["hooks.finished", "list"]),
        ("[hooks]\nfinished = []", 2, ["hooks.finished", "program"]),
        ("[hooks]\nfinish = ['a']", 2, ['did you mean "finished"']),
        ("[notify]\nbell = 'loud'", 2, ["notify.bell", "true or false"]),
        ("[notify]\ndesktop = true", 2, ["notify.desktop", '"osc9"']),
        ("[notify]\nbel = true", 2, ['did you mean "bell"']),
        ("title = false", 1, ["notify"]),
        ("[keys]\nstop = 'x'\n[hook]", 3, ['did you mean "hooks"']),
    ],
)
def test_faults_name_line_and_key(text: str, line: int, words: list[str], folders: Folders) -> None:
    folders.config_file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_config(folders)
    assert f"config.toml:{line}: " in caught.value.message
    for word in words:
        assert word in caught.value.message


def test_hooks_that_anyone_could_have_written_are_refused(folders: Folders) -> None:
    folders.config_file.write_text("[hooks]\nfinished = ['true']")
    folders.config_file.chmod(0o666)
    with pytest.raises(SettingsError) as caught:
        load_config(folders)
    assert caught.value.cure.startswith("chmod o-w ")
    folders.config_file.chmod(0o664)
    assert load_config(folders).hooks.finished == ("true",)
    folders.config_file.write_text("theme = 'a'")
    folders.config_file.chmod(0o666)
    assert load_config(folders).theme == "a"
