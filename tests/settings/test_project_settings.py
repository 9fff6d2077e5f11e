import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill.errors import ExitCode
from shotmill.settings.faults import SettingsError
from shotmill.settings.project import (
    GeminiSettings,
    Generation,
    Limits,
    Output,
    ProjectSettings,
    StyleSettings,
    load_project_settings,
    references_of,
)
from shotmill.settings.project_reader import read_project
from shotmill.settings.toml_file import TomlFile

# The block of the contract, word for word.
CONTRACT = """
[project]
title = "Night train"
budget_usd = 10.0             # for the project's life; what is in doubt counts as spent

[gemini]
model = "gemini-nano-banana-2.1"   # the models, what each can do and costs: data with date and source
aspect_ratio = "16:9"
image_size = "1K"
timeout_s = 240               # one request
base_url = ""                 # "emulator", or another endpoint
api_version = ""              # the SDK's default, or "v1beta"

[limits]                      # defaults for a quota project
rpm = 9                       # or "auto"
rpd = 500                     # a careful guess
in_flight = "auto"            # what rpm and latency ask for, within memory

[generation]
continuity = "previous"       # or "off"
attempts = 4                  # tries that fail for the beat's own reasons
in_doubt_usd = 0.50           # what a run may risk
pause_after = 20              # equal failures in a row that pause a style

[output]
format = "png"                # or "original"

[styles.illustration]
prompts = "prompts/prompts-illustration.json"
prompt_prefix = ""
prompt_suffix = ""
references = ["style_reference.png"]
keys = ["anna", "ben"]
"""


def write(root: Path, text: str) -> Path:
    root.mkdir(exist_ok=True)
    (root / "shotmill.toml").write_text(text, encoding="utf-8")
    return root


def faults_of(root: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_project_settings(write(root, text))
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.message.splitlines()


def test_the_contracts_block_is_the_default(tmp_path: Path) -> None:
    read = load_project_settings(write(tmp_path / "film", CONTRACT))
    assert read == ProjectSettings(
        title="Night train",
        budget_usd=10.0,
        styles=read.styles,
    )
    assert dict(read.styles) == {
        "illustration": StyleSettings(
            prompts="prompts/prompts-illustration.json", references=("style_reference.png",), keys=("anna", "ben")
        )
    }


def test_without_a_file_the_folder_gives_the_title(tmp_path: Path) -> None:
    (tmp_path / "Night train").mkdir()
    read = load_project_settings(tmp_path / "Night train")
    assert read == ProjectSettings("Night train", None, GeminiSettings(), Limits(), Generation(), Output())
    assert read.style("any") == StyleSettings()


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert load_project_settings(write(tmp_path / "film", "")) == ProjectSettings("film")


def test_styles_keep_the_files_order(tmp_path: Path) -> None:
    read = load_project_settings(
        write(tmp_path, '[styles.zebra]\n[styles."my look"]\n[styles.clear]\nkeys = ["a", "a"]')
    )
    assert list(read.styles) == ["zebra", "my look", "clear"]
    assert read.style("clear").keys == ("a",)
    assert read.style("zebra").references is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[gemini]\nmodle = 'x'", 2, ["gemini.modle", 'did you mean "model"']),
        ("rpm = 3", 1, ["rpm", "belongs in [limits]"]),
        ("[limit]\n", 1, ["limit", 'did you mean "limits"']),
        ("[limits]\n\nrpm = 0", 3, ["limits.rpm", "from 1", "not 0"]),
        ("[limits]\nrpd = -5", 2, ["limits.rpd", "not -5"]),
        ("[limits]\nrpm = true", 2, ["limits.rpm", "whole number", "not true"]),
        ("[limits]\nrpm = 9.0", 2, ["limits.rpm", "whole number"]),
        ("[limits]\nin_flight = 'atuo'", 2, ["limits.in_flight", '"auto"']),
        ("[limits]\nrpd = 'auto'", 2, ["limits.rpd", "whole number"]),
        ("[gemini]\ntimeout_s = 9.99", 2, ["gemini.timeout_s", "from 10"]),
        ("[gemini]\ntimeout_s = inf", 2, ["gemini.timeout_s"]),
        ("[project]\nbudget_usd = nan", 2, ["project.budget_usd"]),
        ("[project]\nbudget_usd = 0", 2, ["project.budget_usd", "above 0", "leave the line out"]),
        ("[project]\ntitle = ''", 2, ["project.title", "empty"]),
        ("[generation]\ncontinuity = 'of'", 2, ["continuity", '"previous" or "off"', 'did you mean "off"']),
        ("[generation]\nattempts = 0", 2, ["generation.attempts"]),
        ("[generation]\nin_doubt_usd = -0.1", 2, ["generation.in_doubt_usd"]),
        ("[output]\nformat = 'jpeg'", 2, ["output.format", '"png" or "original"', '"jpeg"']),
        ("output = 'png'", 1, ["output", "table", "[output]"]),
        ("[gemini]\nmodel = 'gemini-3.1-flash-image'", 2, ["2026-10-29", "gemini-nano-banana-2.1"]),
        ("[gemini]\nmodel = 'imagen-4.0-generate-001'", 2, ["2026-08-17", "gemini-nano-banana-2.1"]),
        ("[gemini]\nmodel = 'models/x'", 2, ["gemini.model"]),
        ("[gemini]\nmodel = 'gemini-3..1-flash-image'", 2, ["gemini.model"]),
        ("[gemini]\nimage_size = '512'", 2, ["image_size", '"1K", "2K", "4K"', "gemini-nano-banana-2.1"]),
        ("[gemini]\nimage_size = '2k'", 2, ["image_size", '"2K"']),
        ("[gemini]\naspect_ratio = '7:3'", 2, ["aspect_ratio", '"16:9"', '"21:9"']),
        ("gemini = {model='gemini-3-pro-image',\taspect_ratio='1:8'}", 1, ["aspect_ratio", "gemini-3-pro-image"]),
        ("[gemini]\napi_version = 'v1/../x'", 2, ["api_version", "v1beta"]),
        ("[gemini]\nbase_url = 'ftp://x'", 2, ["base_url", "https://"]),
        ("styles.a.prompts = '/etc/passwd'", 1, ["styles.a.prompts", "inside the project"]),
        ("[styles.a]\nprompts = '../x.json'", 2, ["styles.a.prompts", "climbs out"]),
        ("[styles.a]\nprompts = 'C:\\x.json'", 2, ["styles.a.prompts", "inside the project"]),
        ("[styles.a]\nreferences = [\n 'a.png',\n 'b/../../c.png']", 4, ["styles.a.references[1]", "climbs out"]),
        ("[styles.a]\nreferences = 'a.png'", 2, ["styles.a.references", "list"]),
        ("[styles.a]\nkeys = []", 2, ["styles.a.keys", "leave the line out"]),
        ("[styles.a]\nkeys = ['anna', 3]", 2, ["styles.a.keys[1]", "not 3"]),
        ("[styles.'../a']\n", 1, ["folder's name"]),
        ("[styles.CON]\n", 1, ["styles.CON"]),
        ("[styles.'.git']\n", 1, ["dot"]),
        ("[styles.Clear]\n[styles.clear]\n", 2, ["case only"]),
        ("[[styles]]\n", 1, ["styles", "table"]),
        ("[styles.a]\nreferences = [" + "'r.png'," * 15 + "]", 2, ["at most 14"]),
    ],
)
def test_a_fault_names_line_key_and_what_is_allowed(text: str, line: int, words: list[str], tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, text)
    assert fault.startswith(f"{tmp_path / 'shotmill.toml'}:{line}: ")
    for word in words:
        assert word in fault


def test_all_faults_are_told_at_once_in_the_files_order(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, "[output]\nformat = 1\n[limits]\nrpm = 0\nrdp = 3\n[styles.a]\nprompts = 7\n")
    assert [fault.split(": ")[0].rsplit(":")[-1] for fault in faults] == ["2", "4", "5", "7"]


def test_nothing_raw_reaches_the_terminal(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, '[gemini]\n"\\u001b[31m" = 1')
    assert "\x1b" not in fault
    assert "gemini" in fault


def test_a_key_in_the_project_is_not_repeated(tmp_path: Path) -> None:
    secret = "AIzaSyD-1234567890abcdefghijklmnopqrstuv"
    (fault,) = faults_of(tmp_path, f"[styles.a]\nkeys = ['{secret}']")
    assert secret not in fault
    (fault,) = faults_of(tmp_path, "[gemini]\nbase_url = 'https://ada:pass-word@proxy.example'")
    assert "pass-word" not in fault


def test_an_unknown_model_is_allowed(tmp_path: Path) -> None:
    read = load_project_settings(
        write(tmp_path, "[gemini]\nmodel = 'gemini-9-image'\nimage_size = '8K'\naspect_ratio='7:3'")
    )
    assert read.gemini.model == "gemini-9-image"


def test_another_endpoint_may_serve_what_google_shut_down(tmp_path: Path) -> None:
    text = "[gemini]\nmodel = 'gemini-3.1-flash-image'\nimage_size = '512'\nbase_url = 'https://gateway.example/v'"
    assert load_project_settings(write(tmp_path, text)).gemini.image_size == "512"


def test_a_link_may_not_lead_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    root = write(tmp_path / "film", "[styles.a]\nreferences = ['in/ref.png']\nprompts = 'shared/p.json'\n")
    (root / "real").mkdir()
    (root / "in").symlink_to("real")
    (root / "shared").symlink_to(outside)
    (fault,) = faults_of(root, (root / "shotmill.toml").read_text())
    assert "styles.a.prompts" in fault
    assert "link leads out" in fault


def test_links_in_a_circle_are_a_fault(tmp_path: Path) -> None:
    root = write(tmp_path / "film", "")
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert "circle" in faults_of(root, "[styles.x]\nprompts = 'a/p.json'")[0]


def test_the_default_reference_is_there_or_not(tmp_path: Path) -> None:
    style = StyleSettings()
    assert references_of(style, tmp_path) == ()
    (tmp_path / "style_reference.png").write_bytes(b"x")
    assert references_of(style, tmp_path) == (tmp_path / "style_reference.png",)
    assert references_of(dataclasses.replace(style, references=()), tmp_path) == ()
    assert references_of(dataclasses.replace(style, references=("b.png", "a.png")), tmp_path) == (
        tmp_path / "b.png",
        tmp_path / "a.png",
    )


def test_a_reference_that_became_a_link_out_is_refused_when_used(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    root = tmp_path / "film"
    root.mkdir()
    (root / "style_reference.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(SettingsError, match="link leads out"):
        references_of(StyleSettings(), root)


@given(st.text(max_size=60))
def test_no_path_ever_leaves_the_project(text: str) -> None:
    root = Path("/srv/films/night")
    try:
        (path,) = references_of(StyleSettings(references=(text,)), root)
    except SettingsError:
        return
    assert path.resolve().is_relative_to(root)
    assert path.resolve() != root


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_as_settings(text: str) -> None:
    try:
        read_project(TomlFile(Path("/srv/film/shotmill.toml"), text), Path("/srv/film"))
    except SettingsError as error:
        assert error.message.startswith("/srv/film/shotmill.toml")
