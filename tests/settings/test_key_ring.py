import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shotmill import secrets
from shotmill.secrets import REDACTOR, Redactor, Secret
from shotmill.settings import keys as keys_module
from shotmill.settings import keys_file as keys_file_module
from shotmill.settings.faults import SettingsError
from shotmill.settings.folders import Folders
from shotmill.settings.keys import Key, KeyRing, load_keys, wanted_environment
from shotmill.settings.placeholders import is_placeholder, why_no_key

ANNA = "AIzaSyA-anna-0123456789abcdefghijklm"
BEN = "AQ.Ab8RN6-ben-0123456789abcdefghijklm"


@pytest.fixture(autouse=True)
def redactor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Redactor]:
    """A redactor of this test's own: the process's would keep what it learns."""
    fresh = Redactor()
    for module in (secrets, keys_module, keys_file_module):
        monkeypatch.setattr(module, "REDACTOR", fresh)
    yield fresh


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    folders = Folders.of({"SHOTMILL_HOME": str(tmp_path)})
    folders.config.mkdir(mode=0o700)
    return folders


def write(folders: Folders, text: str, mode: int = 0o600) -> Folders:
    folders.keys_file.write_text(text, encoding="utf-8")
    folders.keys_file.chmod(mode)
    return folders


def fault_of(folders: Folders, text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load_keys(write(folders, text), {})
    return caught.value.message


def test_the_contracts_example(folders: Folders) -> None:
    text = f"""
base_urls = []
[keys.anna]
api_key = "{ANNA}"
quota_project = "film-1"
billing_account = "studio"
rpm = 9
rpd = 500
"""
    ring = load_keys(write(folders, text), {})
    assert ring.keys == (Key("anna", Secret(ANNA), "film-1", "studio", 9, 500, "file"),)
    assert (ring.unusable, ring.base_urls, ring.notes, ring.env_by_default) == ((), (), (), False)


def test_defaults_are_a_project_and_an_account_of_its_own(folders: Folders) -> None:
    ring = load_keys(
        write(folders, f'[keys.anna]\napi_key="{ANNA}"\n[keys.ben]\napi_key="{BEN}"\nquota_project="f"'), {}
    )
    anna, ben = ring.keys
    assert (anna.quota_project, anna.billing_account, anna.rpm, anna.rpd) == ("anna", "anna", None, None)
    assert (ben.quota_project, ben.billing_account) == ("f", "f")


def test_without_a_file_a_variable_is_enough(folders: Folders) -> None:
    ring = load_keys(folders, {"GEMINI_API_KEY": f" {ANNA}\n"})
    (key,) = ring.keys
    assert (key.name, key.secret, key.origin) == ("env", Secret(ANNA), "environment")
    assert ring.env_by_default
    assert load_keys(folders, {}) == KeyRing()


def test_google_api_key_wins_and_both_are_redacted(folders: Folders, redactor: Redactor) -> None:
    ring = load_keys(folders, {"GEMINI_API_KEY": "gemini-words-1", "GOOGLE_API_KEY": "google-words-2"})
    assert [key.secret.reveal() for key in ring.keys] == ["google-words-2"]
    assert "words" not in redactor.redact("gemini-words-1 google-words-2")


@pytest.mark.parametrize("nothing", ["", "  ", "YOUR_GEMINI_API_KEY"])
def test_a_variable_that_holds_no_key_gives_way(nothing: str, folders: Folders) -> None:
    ring = load_keys(folders, {"GEMINI_API_KEY": ANNA, "GOOGLE_API_KEY": nothing})
    assert [key.secret.reveal() for key in ring.keys] == [ANNA]


def test_a_variable_with_a_placeholder_alone_is_told(folders: Folders) -> None:
    ring = load_keys(folders, {"GEMINI_API_KEY": "<key>"})
    assert ring.keys == ()
    (unusable,) = ring.unusable
    assert unusable.name == "env"
    assert "GEMINI_API_KEY" in unusable.reason


def test_env_entries_are_looked_up(folders: Folders) -> None:
    write(folders, '[keys.anna]\nenv = "KEY_ANNA"\n[keys.ben]\nenv = "KEY_BEN"\n')
    ring = load_keys(folders, {"KEY_ANNA": ANNA})
    (anna,) = ring.keys
    assert (anna.name, anna.secret.reveal(), anna.origin) == ("anna", ANNA, "environment")
    missing = ring.why_unusable("ben")
    assert missing is not None
    assert "KEY_BEN" in missing.reason
    assert "KEY_BEN" in missing.cure
    assert wanted_environment(folders) == ("GOOGLE_API_KEY", "GEMINI_API_KEY", "KEY_ANNA", "KEY_BEN")


def test_an_entry_that_waits_for_its_variable_keeps_env_from_being_used_unasked(folders: Folders) -> None:
    write(folders, '[keys.work]\nenv = "WORK_KEY"\n')
    assert not load_keys(folders, {"GEMINI_API_KEY": ANNA}).env_by_default
    write(folders, '[keys.work]\napi_key = "YOUR_GEMINI_API_KEY_1"\n')
    assert load_keys(folders, {"GEMINI_API_KEY": ANNA}).env_by_default


def test_wanted_environment_without_a_file(folders: Folders) -> None:
    assert wanted_environment(folders) == ("GOOGLE_API_KEY", "GEMINI_API_KEY")


def test_the_same_secret_is_one_key_in_one_project(folders: Folders) -> None:
    text = f"""
[keys.anna]
api_key = "{ANNA}"
[keys.twin]
api_key = "{ANNA}"
quota_project = "film-1"
[keys.other]
api_key = "{ANNA}"
quota_project = "film-2"
[keys.ben]
api_key = "{BEN}"
"""
    ring = load_keys(write(folders, text), {"GEMINI_API_KEY": ANNA})
    assert {key.name: key.quota_project for key in ring.keys} == {
        "anna": "film-1",
        "twin": "film-1",
        "other": "film-1",
        "ben": "ben",
        "env": "film-1",
    }
    assert dict(ring.shared) == {Secret(ANNA).fingerprint: ("anna", "twin", "other", "env")}
    assert any("film-2" in note for note in ring.notes)
    assert ANNA not in repr(ring)


def test_a_quota_project_has_one_billing_account(folders: Folders) -> None:
    text = f"""
[keys.anna]
api_key = "{ANNA}"
quota_project = "film"
[keys.ben]
api_key = "{BEN}"
quota_project = "film"
billing_account = "studio"
"""
    ring = load_keys(write(folders, text), {})
    assert {key.billing_account for key in ring.keys} == {"studio"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[key.anna]", 1, ["key", 'did you mean "keys"']),
        ("[keys.anna]\napikey = 'hidden-words'", 2, ["apikey", 'did you mean "api_key"']),
        ("[keys.anna]\nrpm = 3", 1, ["keys.anna", "api_key or env"]),
        ("[keys.anna]\napi_key='hidden-words'\nenv='X'", 1, ["keys.anna", "not both"]),
        ("[keys.anna]\napi_key='hidden-words'\nrpm = 0", 3, ["rpm", "from 1"]),
        ("[keys.anna]\napi_key='hidden-words'\nrpm = 'auto'", 3, ["rpm", "whole number"]),
        ("[keys.anna]\napi_key='hidden-words'\nrpd = 'hidden-words'", 3, ["rpd"]),
        ("[keys.anna]\napi_key=5", 2, ["api_key"]),
        ("[keys.anna]\napi_key='hidden-words'\nquota_project=''", 3, ["quota_project"]),
        ("[keys]\nanna = 'hidden-words'", 2, ["keys.anna", "table"]),
        ("[keys.env]\napi_key='hidden-words'", 1, ["keys.env", "GEMINI_API_KEY"]),
        ("[keys.'a b']\napi_key='hidden-words'", 1, ["short name"]),
        (f"[keys.anna]\nenv='{ANNA}'", 2, ["keys.anna.env", "environment variable"]),
        ("[keys.anna]\nenv='A-B'", 2, ["keys.anna.env", "environment variable"]),
        ("base_urls = ['https://u:hidden-words@x.example']", 1, ["base_urls[0]", "password"]),
        ("base_urls = [\n'https://a.example', 'http://b.example']", 2, ["base_urls[1]", "https"]),
        ("base_urls = 'https://a.example'", 1, ["base_urls", "list"]),
        ("[keys.anna]\napi_key = hidden-words", 2, ["expected a value"]),
    ],
)
def test_a_fault_names_the_line_and_never_a_value(text: str, line: int, words: list[str], folders: Folders) -> None:
    message = fault_of(folders, text)
    assert f"keys.toml:{line}: " in message
    for word in words:
        assert word in message
    assert "hidden-words" not in message
    assert ANNA not in message


def test_a_secret_that_stands_as_a_name_is_cut_short(folders: Folders) -> None:
    secret = "sk-gateway-0123456789-0123456789-0123456789"
    assert "0123" not in fault_of(folders, f"[keys.{secret}]\nenv = 'X'")
    assert "0123" not in fault_of(folders, f"[keys.anna]\nenv = 'X'\n{secret} = 1")
    assert "0123" not in fault_of(folders, f"[keys]\n{secret} = 'anna'")


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o601])
def test_a_file_open_to_others_is_refused_with_the_command(mode: int, folders: Folders) -> None:
    write(folders, f"[keys.anna]\napi_key='{ANNA}'", mode)
    with pytest.raises(SettingsError) as caught:
        load_keys(folders, {})
    assert caught.value.cure == f"chmod 600 {folders.keys_file}"
    os.chmod(folders.keys_file, 0o600)  # noqa: PTH101
    assert len(load_keys(folders, {}).keys) == 1


def test_the_command_is_quoted(tmp_path: Path) -> None:
    folders = Folders.of({"SHOTMILL_HOME": str(tmp_path / "my mill; rm x")})
    folders.config.mkdir(parents=True)
    write(folders, "", 0o644)
    with pytest.raises(SettingsError) as caught:
        load_keys(folders, {})
    assert caught.value.cure == f"chmod 600 '{folders.keys_file}'"


def test_a_link_to_ones_own_file_is_followed_and_checked(folders: Folders, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles-keys.toml"
    real.write_text(f"[keys.anna]\napi_key='{ANNA}'")
    real.chmod(0o600)
    folders.keys_file.symlink_to(real)
    assert len(load_keys(folders, {}).keys) == 1
    real.chmod(0o644)
    with pytest.raises(SettingsError, match="others than you"):
        load_keys(folders, {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("through_link", [False, True])
def test_somebody_elses_file_is_refused(through_link: bool, folders: Folders, tmp_path: Path) -> None:
    real = tmp_path / "theirs.toml" if through_link else folders.keys_file
    real.write_text("")
    real.chmod(0o600)
    os.chown(real, 12345, -1)
    if through_link:
        folders.keys_file.symlink_to(real)
    with pytest.raises(SettingsError, match="belongs to another user") as caught:
        load_keys(folders, {})
    assert "chown" in caught.value.cure


def test_a_pipe_does_not_hang_the_reader(folders: Folders) -> None:
    os.mkfifo(folders.keys_file, 0o600)
    with pytest.raises(SettingsError, match="regular file"):
        load_keys(folders, {})


@pytest.mark.parametrize(
    "text",
    [
        *(
            "YOUR_GEMINI_API_KEY_1",
            "YOUR_API_KEY",
            "your-key-here",
            "YOUR KEY",
            "YOUR_…",
            "…",
            "...",
            "xxx",
            "XXXXXXXXXXXX",
        ),
        *(
            "<key>",
            "<your key>",
            "changeme",
            "change-me",
            "CHANGE_ME",
            "",
            "  ",
            "AIza…",
            "AIzaSy...",
            "AIzaSyXXXXXXXXXXXXXXXX",
        ),
        *("AIzaSy...", "AIzaSyXXXXXXXXXXXXXXXX"),
        *("AQ.…", "${GEMINI_API_KEY}", "$GEMINI_API_KEY", "{{ key }}", "api_key", "GEMINI_API_KEY", "gemini_api_key_2"),
        *("TODO", "none", "null", "placeholder", "paste-your-key-here", "insert_key", "sk-...", "***", "[your key]"),
    ],
)
def test_placeholders_are_recognised(text: str) -> None:
    assert is_placeholder(text)
    assert is_placeholder(Secret(text))


@given(st.from_regex(r"(AIza[0-9A-Za-z_\-]{35}|AQ\.[0-9A-Za-z_\-]{40,60})", fullmatch=True))
def test_what_has_the_form_of_a_key_is_taken(text: str) -> None:
    if set(text.removeprefix("AIza").removeprefix("Sy").removeprefix("AQ.")) <= set("xX_-"):
        return
    assert not why_no_key(Secret(text))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("YOUR_KEY", "placeholder"),
        ("", "empty"),
        ("abc", "short"),
        ("two words-1", "space"),
        ("schlüssel", "character"),
    ],
)
def test_what_is_no_key_is_listed_with_a_reason_and_a_cure(value: str, reason: str, folders: Folders) -> None:
    ring = load_keys(write(folders, f"[keys.anna]\napi_key = '{value}'\n[keys.ben]\napi_key='{BEN}'"), {})
    assert [key.name for key in ring.keys] == ["ben"]
    (unusable,) = ring.unusable
    assert reason in unusable.reason
    assert unusable.cure == "shotmill keys add anna --replace"


class Learning(str):
    """A text that teaches the redactor another key whenever it is looked through, as another thread may."""

    __slots__ = ("redactor",)
    redactor: Redactor

    def __contains__(self, part: str) -> bool:  # type: ignore[override]
        self.redactor.learn(Secret(f"learned-while-looking-for-{part}"))
        return super().__contains__(part)


def test_a_key_that_is_learned_meanwhile_breaks_nothing_and_the_longest_one_is_hidden_whole() -> None:
    redactor = Redactor()
    for value in ("words-0123456789", "words-0123456789-and-more", "other-0123456789"):
        redactor.learn(Secret(value))
    text = Learning("it was words-0123456789-and-more and other-0123456789")
    text.redactor = redactor
    assert redactor.redact(text) == "it was [key …more] and [key …6789]"


def test_every_loaded_secret_is_redacted(folders: Folders, redactor: Redactor) -> None:
    write(folders, "[keys.a]\napi_key = 'gateway-one'\n[keys.b]\nenv = 'B'")
    ring = load_keys(folders, {"B": "gateway-two", "GEMINI_API_KEY": "gateway-three"})
    text = redactor.redact("gateway-one gateway-two gateway-three")
    assert "gateway" not in text
    for shown in (repr(ring), str(ring), repr(ring.keys[0]), f"{ring.keys[0]}"):
        assert "gateway" not in shown
    assert REDACTOR is not redactor
