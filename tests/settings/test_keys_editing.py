import os
import stat
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest

from shotmill.errors import ExitCode
from shotmill.secrets import Secret
from shotmill.settings import keystore
from shotmill.settings.faults import SettingsError
from shotmill.settings.folders import Folders
from shotmill.settings.keys import load_keys
from shotmill.settings.keystore import KeyStoreError

TEXT = """# my keys
base_urls = []   # none so far

# anna's, from the studio
[keys.anna]
api_key = "anna-secret-1"  # hers
quota_project = "film"

# ben's
[keys.ben]
env = "B"
rpm = 3
"""


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders.of({"SHOTMILL_HOME": str(tmp_path / "mill")})


def write(folders: Folders, text: str = TEXT) -> None:
    folders.config.mkdir(parents=True, exist_ok=True)
    folders.keys_file.write_text(text)
    folders.keys_file.chmod(0o600)


def said(folders: Folders) -> dict[str, Any]:
    return tomllib.loads(folders.keys_file.read_text())


def test_the_first_key_makes_a_private_file(folders: Folders) -> None:
    assert keystore.add(folders, "anna", Secret(" anna-secret-1\n")) == ()
    assert stat.S_IMODE(folders.keys_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folders.config.stat().st_mode) == 0o700
    assert said(folders) == {"keys": {"anna": {"api_key": "anna-secret-1"}}}
    assert [key.name for key in load_keys(folders, {}).keys] == ["anna"]
    assert [path.name for path in folders.config.iterdir()] == ["keys.toml"]


def test_an_edit_changes_nothing_else(folders: Folders) -> None:
    write(folders)
    keystore.add(folders, "carl", Secret("carl-secret-1"))
    text = folders.keys_file.read_text()
    assert text.startswith(TEXT.rstrip())
    assert said(folders)["keys"]["carl"] == {"api_key": "carl-secret-1"}


def test_a_name_that_is_taken_is_replaced_only_when_asked(folders: Folders) -> None:
    write(folders)
    with pytest.raises(KeyStoreError, match="already") as caught:
        keystore.add(folders, "ben", Secret("ben-secret-1"))
    assert caught.value.exit_code is ExitCode.USAGE
    assert folders.keys_file.read_text() == TEXT
    keystore.add(folders, "ben", Secret("ben-secret-1"), replace=True)
    assert said(folders)["keys"]["ben"] == {"rpm": 3, "api_key": "ben-secret-1"}
    assert "# ben's" in folders.keys_file.read_text()


def test_adding_tells_who_has_the_same_secret(folders: Folders) -> None:
    write(folders)
    assert keystore.add(folders, "twin", Secret("anna-secret-1")) == ("anna",)


@pytest.mark.parametrize("secret", ["", "YOUR_GEMINI_API_KEY", "abc", "with a space", "new\nline-secret", "schlüssel"])
def test_what_is_no_key_is_not_stored(secret: str, folders: Folders) -> None:
    with pytest.raises(KeyStoreError) as caught:
        keystore.add(folders, "anna", Secret(secret))
    assert not secret or secret not in caught.value.message
    assert not folders.keys_file.exists()


@pytest.mark.parametrize("name", ["", "env", "two words", "../x", "a" * 33, "a.b", "-a", "é"])
def test_a_name_has_to_be_short_and_safe(name: str, folders: Folders) -> None:
    with pytest.raises(KeyStoreError):
        keystore.add(folders, name, Secret("anna-secret-1"))
    write(folders)
    with pytest.raises(KeyStoreError):
        keystore.rename(folders, "anna", name)


def test_removing(folders: Folders) -> None:
    write(folders)
    keystore.remove(folders, "anna")
    assert folders.keys_file.read_text() == (
        '# my keys\nbase_urls = []   # none so far\n\n# ben\'s\n[keys.ben]\nenv = "B"\nrpm = 3\n'
    )
    keystore.remove(folders, "ben")
    assert load_keys(folders, {}).keys == ()
    with pytest.raises(KeyStoreError, match="no key anna"):
        keystore.remove(folders, "anna")
    keystore.add(folders, "anna", Secret("anna-secret-2"))
    assert said(folders)["keys"] == {"anna": {"api_key": "anna-secret-2"}}


def test_the_files_own_comment_stays_when_its_first_key_goes(folders: Folders) -> None:
    write(folders, '# the keys of the studio\n[keys.anna]\nenv = "A"\n')
    keystore.remove(folders, "anna")
    assert folders.keys_file.read_text() == "# the keys of the studio\n"


def test_a_near_miss_is_named(folders: Folders) -> None:
    write(folders)
    with pytest.raises(KeyStoreError, match='did you mean "anna"'):
        keystore.remove(folders, "ana")


def test_renaming_changes_one_line(folders: Folders) -> None:
    write(folders)
    keystore.rename(folders, "anna", "anna-2")
    assert folders.keys_file.read_text() == TEXT.replace("[keys.anna]", "[keys.anna-2]")
    with pytest.raises(KeyStoreError, match="already"):
        keystore.rename(folders, "anna-2", "ben")


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\nanna = { api_key = "anna-secret-1" }\n',
        'keys.anna.api_key = "anna-secret-1"\n',
        '[keys."anna"]\napi_key = "anna-secret-1"\n',
        "[ keys . 'anna' ]\napi_key = \"anna-secret-1\"\n# [keys.anna]\n",
        'keys = { anna = { api_key = "anna-secret-1" } }\n',
        '[keys.zoe]\nenv = "Z"\n[keys.anna]\napi_key = "anna-secret-1"\n[keys.ben]\nenv = "B"\n',
    ],
)
def test_every_layout_is_edited_rightly_or_left_alone(text: str, folders: Folders) -> None:
    write(folders, text)
    before = said(folders)["keys"]
    keystore.rename(folders, "anna", "bea")
    assert list(said(folders)["keys"]) == ["bea" if name == "anna" else name for name in before]
    renamed = said(folders)["keys"]
    assert renamed == {"bea" if name == "anna" else name: entry for name, entry in before.items()}
    try:
        keystore.add(folders, "carl", Secret("carl-secret-1"))
    except KeyStoreError as error:
        assert "by hand" in error.cure
        assert said(folders)["keys"] == renamed
    else:
        assert said(folders)["keys"] == {**renamed, "carl": {"api_key": "carl-secret-1"}}
    keystore.remove(folders, "bea")
    assert "bea" not in said(folders).get("keys", {})
    assert set(renamed) - {"bea"} <= set(said(folders).get("keys", {}))


def test_who_shares_a_project_by_name_goes_on_sharing_it(folders: Folders) -> None:
    write(folders, '[keys.anna]\napi_key = "anna-secret-1"\n[keys.ben]\nenv = "B"\nquota_project = "anna"\n')
    keystore.rename(folders, "anna", "bea")
    ring = load_keys(folders, {"B": "ben-secret-1"})
    assert {key.quota_project for key in ring.keys} == {"anna"}


def test_moving(folders: Folders) -> None:
    write(folders)
    keystore.add(folders, "twin", Secret("anna-secret-1"))
    keystore.move(folders, "anna", "film-2")
    ring = load_keys(folders, {})
    assert {key.name: key.quota_project for key in ring.keys} == {"anna": "film-2", "twin": "film-2"}
    assert not [note for note in ring.notes if "film" in note]
    with pytest.raises(KeyStoreError):
        keystore.move(folders, "anna", "a b")
    with pytest.raises(KeyStoreError):
        keystore.move(folders, "zoe", "film")


def test_allowing_an_endpoint(folders: Folders) -> None:
    write(folders)
    assert keystore.allow_base_url(folders, "https://Gateway.example:443/v1") == "https://gateway.example"
    keystore.allow_base_url(folders, "https://gateway.example")
    keystore.allow_base_url(folders, "https://other.example:8443")
    assert load_keys(folders, {}).base_urls == ("https://gateway.example", "https://other.example:8443")
    assert "# none so far" in folders.keys_file.read_text()
    for refused in ("http://gateway.example", "gateway.example", "https://u:p@x.example"):
        with pytest.raises(KeyStoreError):
            keystore.allow_base_url(folders, refused)


def test_allowing_an_endpoint_below_tables_that_are_there(folders: Folders) -> None:
    write(folders, '# mine\n[keys.anna]\napi_key = "anna-secret-1"\n')
    keystore.allow_base_url(folders, "https://gateway.example")
    ring = load_keys(folders, {})
    assert ring.base_urls == ("https://gateway.example",)
    assert [key.name for key in ring.keys] == ["anna"]


def test_a_file_open_to_others_is_not_edited(folders: Folders) -> None:
    write(folders)
    folders.keys_file.chmod(0o644)
    with pytest.raises(SettingsError) as caught:
        keystore.add(folders, "carl", Secret("carl-secret-1"))
    assert caught.value.cure.startswith("chmod 600")
    assert folders.keys_file.read_text() == TEXT


def test_a_link_stays_a_link(folders: Folders, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(TEXT)
    real.chmod(0o600)
    folders.config.mkdir(parents=True)
    folders.keys_file.symlink_to(real)
    keystore.remove(folders, "ben")
    assert folders.keys_file.is_symlink()
    assert set(tomllib.loads(real.read_text())["keys"]) == {"anna"}
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_edits_at_the_same_time_all_count(folders: Folders) -> None:
    threads = [
        threading.Thread(target=keystore.add, args=(folders, f"key{n}", Secret(f"secret-number-{n}"))) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(said(folders)["keys"]) == {f"key{n}" for n in range(8)}


def test_no_error_repeats_a_secret(folders: Folders) -> None:
    write(folders, TEXT + '[keys.bad]\napi_key = "bad-secret-1"\nrpm = "bad-secret-1"\n')
    with pytest.raises(SettingsError) as caught:
        keystore.remove(folders, "bad")
    assert "bad-secret-1" not in repr(caught.value) + caught.value.message + caught.value.cure


def test_an_edit_that_can_not_be_written_leaves_the_file_whole(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folders)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keystore.remove(folders, "anna")
    assert folders.keys_file.read_text() == TEXT
    assert [path.name for path in folders.config.iterdir()] == ["keys.toml"]
