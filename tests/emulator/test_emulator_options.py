"""What a project may say of the emulator, and what it may not do with that file."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from shotmill.daemon.emulated import expected_keys, start_emulator
from shotmill.emulator.options import LARGEST, EmulatorOptions, read_options
from shotmill.errors import ShotmillError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / ".shotmill").mkdir()
    return tmp_path / ".shotmill" / "emulator.json"


def test_a_project_without_the_file_has_the_defaults(tmp_path: Path, file: Path) -> None:
    assert read_options(file.parent) == read_options(tmp_path / "film" / ".shotmill") == EmulatorOptions()


def test_what_is_written_is_read(file: Path) -> None:
    file.write_text(
        '{"speed": 50, "seed": 3, "latency": 1, "format": "png", "faults": "storm.json", "drafts": false, "other": []}'
    )
    assert read_options(file.parent) == EmulatorOptions(50.0, 3, 1.0, "png", "storm.json", drafts=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * LARGEST, "is not JSON"),
        ('{"seed": ' + "1" * 5000 + "}", "is not JSON"),
        ("[]", "is not an object"),
        ('{"speed": "fast"}', "number from 0.001 to 1e+06 as speed"),
        ('{"speed": 0}', "as speed"),
        ('{"speed": NaN}', "as speed"),
        ('{"speed": ' + "1" * 400 + "}", "as speed"),
        ('{"seed": 1.5}', "whole number"),
        ('{"seed": true}', "whole number"),
        ('{"latency": -1}', "as latency"),
        ('{"format": ["png"]}', "one of jpeg, png, mixed as format"),
        ('{"faults": "../../secret"}', "name of a file beside it as faults"),
        ('{"faults": null}', "as faults"),
    ],
    ids=lambda value: value[:20],
)
def test_what_makes_no_sense_is_refused_by_the_files_name(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(ShotmillError) as refused:
        asyncio.run(start_emulator(file.parent))
    assert str(file) in refused.value.message and said in refused.value.message
    assert f"rm {file}" in refused.value.cure
    assert expected_keys(file.parent) == ()


PLANTED = ["pipe", "link", "huge", "folder"]


def plant(file: Path, planted: str, elsewhere: Path) -> None:
    match planted:
        case "pipe":
            os.mkfifo(file)
        case "link":
            elsewhere.write_text("{}")
            file.symlink_to(elsewhere)
        case "huge":
            with file.open("wb") as sparse:
                sparse.truncate(1 << 40)
        case _:
            file.mkdir()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_no_small_plain_file_is_not_read(tmp_path: Path, file: Path, planted: str) -> None:
    plant(file, planted, tmp_path / "elsewhere")
    with pytest.raises(ShotmillError, match=r"emulator\.json is (a named pipe|a link|larger than 64 KB|a folder)"):
        asyncio.run(start_emulator(file.parent))
    assert expected_keys(file.parent) == ()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("planted", PLANTED)
def test_a_script_of_faults_that_is_no_small_plain_file_is_not_read(tmp_path: Path, file: Path, planted: str) -> None:
    file.write_text('{"faults": "storm.json"}')
    plant(file.with_name("storm.json"), planted, tmp_path / "elsewhere")
    with pytest.raises(ShotmillError, match=r"storm\.json is (a named pipe|a link|larger than 256 KB|a folder)"):
        asyncio.run(start_emulator(file.parent))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 100_000, "nested too deeply"),
        ("[" + "0," * 110_000 + "0]", "more values"),
        ('[{"do": "explode"}]', "no fault is called 'explode'"),
        ('[{"match": {"probability": []}, "do": "hang"}]', "storm.json: "),
        (None, "there is no script of faults"),
    ],
    ids=["deep", "long", "unknown", "another kind", "absent"],
)
def test_a_script_of_faults_that_makes_no_sense_is_told(file: Path, text: str | None, said: str) -> None:
    file.write_text('{"faults": "storm.json"}')
    if text is not None:
        file.with_name("storm.json").write_text(text)
    with pytest.raises(ShotmillError) as refused:
        asyncio.run(start_emulator(file.parent))
    assert said in refused.value.message and refused.value.cure
