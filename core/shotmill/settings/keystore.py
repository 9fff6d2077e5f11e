"""Edits `keys.toml` as a careful person would: one entry changes, comments and order stay, nobody else may read it.

Every edit is checked by the loader before it is written, so that a file that could be read can be read afterwards.
No error repeats a secret.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from shotmill.errors import UsageError
from shotmill.secrets import REDACTOR, Secret
from shotmill.settings.endpoint import AddressError, parse_address
from shotmill.settings.faults import SettingsError, did_you_mean
from shotmill.settings.folders import Folders
from shotmill.settings.keys_file import KeysFile, parse_keys
from shotmill.settings.keys_text import with_renamed_table, without_table
from shotmill.settings.names import (
    ENVIRONMENT_KEY,
    KEY_NAME,
    KEY_NAME_ALLOWED,
    PROJECT_NAME,
    PROJECT_NAME_ALLOWED,
)
from shotmill.settings.placeholders import is_placeholder, why_no_key
from shotmill.settings.private_file import locked_folder, make_private_folder, read_private, write_private
from shotmill.untrusted import printable

_HEADER = "# The keys of this machine. Nobody else may read this file; no project ever holds a key.\n"


class KeyStoreError(UsageError):
    """An edit that can't be made: a name that is taken, unknown or not allowed, or a text that is no key."""

    code = "keys"


@dataclass(slots=True)
class _Edit:
    """The file while it is edited: its document, and what it said before."""

    document: tomlkit.TOMLDocument
    before: KeysFile

    @property
    def keys(self) -> Any:
        """The `[keys]` table, made where it is missing. tomlkit's containers have no useful static type."""
        if "keys" not in self.document:
            self.document["keys"] = tomlkit.table(is_super_table=True)
        return self.document["keys"]

    def prefer(self, text: str, meant: Any) -> None:
        """Takes `text` for the document where it says what is meant."""
        try:
            document = tomlkit.parse(text)
        except TOMLKitError:
            return
        if document.unwrap() == meant:
            self.document = document


def add(folders: Folders, name: str, secret: Secret, replace: bool = False) -> tuple[str, ...]:
    """Stores `secret` as the key `name`; with `replace`, or in the place of a placeholder, an entry of that name gets
    it and keeps all else it says.

    Answers with the other names that have the same secret. Raises KeyStoreError.
    """
    _check_new_name(name)
    secret = Secret(secret.reveal().strip())
    why = why_no_key(secret)
    if why:
        raise KeyStoreError(f"That can't be stored as {name}: {why}", cure="Copy the key again from AI Studio")
    REDACTOR.learn(secret)
    with _edit(folders.keys_file) as edit:
        entry = _entry_for(edit, name, replace)
        entry.pop("env", None)
        entry["api_key"] = secret.reveal()
        same = (other.name for other in edit.before.entries if other.secret == secret and other.name != name)
        return tuple(same)


def remove(folders: Folders, name: str) -> None:
    """Takes the key out of the file. Raises KeyStoreError where there is none of that name."""
    with _edit(folders.keys_file) as edit:
        _known(edit, name)
        text = tomlkit.dumps(edit.document)
        del edit.keys[name]
        if not edit.keys:
            del edit.document["keys"]
        edit.prefer(without_table(text, name), meant=edit.document.unwrap())


def rename(folders: Folders, old: str, new: str) -> None:
    """Gives the key another name. Keys that share its quota project or billing account by the old name go on to."""
    _check_new_name(new)
    with _edit(folders.keys_file) as edit:
        _known(edit, old)
        if new == old:
            return
        if new in edit.keys:
            raise KeyStoreError(f"There is a key {new} already", cure=f"shotmill keys remove {new}")
        others = [other for other in edit.before.entries if other.name != old]
        if any(old in (other.quota_project, other.billing_account) for other in others):
            edit.keys[old].setdefault("quota_project", old)
        _rename_in_place(edit, old, new)


def move(folders: Folders, name: str, quota_project: str) -> None:
    """Says which quota project the key belongs to, for every name that has its secret."""
    if not re.fullmatch(PROJECT_NAME, quota_project):
        raise KeyStoreError(f"A quota project must be {PROJECT_NAME_ALLOWED}", cure="Choose another name for it")
    with _edit(folders.keys_file) as edit:
        _known(edit, name)
        secret = next(entry.secret for entry in edit.before.entries if entry.name == name)
        for entry in edit.before.entries:
            if entry.name == name or (secret is not None and entry.secret == secret):
                edit.keys[entry.name]["quota_project"] = quota_project


def allow_base_url(folders: Folders, url: str) -> str:
    """Lets keys be sent to the endpoint of `url`; answers with what was added: scheme, host and port.

    Raises KeyStoreError for an address that is not in order or not encrypted.
    """
    try:
        address = parse_address(url)
    except AddressError as bad:
        raise KeyStoreError(f"This endpoint can't be allowed: {bad}", cure="Write it as https://host") from None
    if address.in_clear:
        said = f"{address.origin} is not encrypted: a key sent there could be read on the way"
        raise KeyStoreError(said, cure="Use its https address, or a tunnel to a port of this machine")
    with _edit(folders.keys_file) as edit:
        if address.origin not in edit.before.base_urls:
            _append_base_url(edit.document, address.origin)
    return address.origin


@contextmanager
def _edit(path: Path) -> Iterator[_Edit]:
    make_private_folder(path.parent)
    with locked_folder(path.parent):
        text = read_private(path)
        before = KeysFile() if text is None else parse_keys(path, text)
        edit = _Edit(tomlkit.parse(_HEADER if text is None else text), before)
        try:
            yield edit
        except TOMLKitError as error:  # its text may hold a line of the file
            raise _by_hand(path, type(error).__name__) from None
        after = tomlkit.dumps(edit.document)
        if after != text:
            _check_written(path, after, edit)
            write_private(path, after)


def _check_written(path: Path, after: str, edit: _Edit) -> None:
    """What will be written has to say what was meant; unusual layouts can defeat an edit that keeps the layout."""
    try:
        said = tomllib.loads(after)
        parse_keys(path, after)
    except (tomllib.TOMLDecodeError, SettingsError):
        said = None
    if said is None or said != edit.document.unwrap():
        raise _by_hand(path, "its layout is unusual")


def _by_hand(path: Path, why: str) -> KeyStoreError:
    return KeyStoreError(
        f"{path} can't be edited by command: {why}", cure=f"Edit {path} by hand; give each key a [keys.NAME]"
    )


def _entry_for(edit: _Edit, name: str, replace: bool) -> Any:
    if name in edit.keys:
        if not replace and not _is_placeholder(edit, name):
            raise KeyStoreError(f"There is a key {name} already", cure=f"shotmill keys add {name} --replace")
        return edit.keys[name]
    edit.keys[name] = tomlkit.inline_table() if isinstance(edit.keys, InlineTable) else tomlkit.table()
    return edit.keys[name]


def _is_placeholder(edit: _Edit, name: str) -> bool:
    """What a template left to be filled in is nobody's key: it may be replaced without being asked for."""
    stored = next((entry.secret for entry in edit.before.entries if entry.name == name), None)
    return stored is not None and is_placeholder(stored)


def _known(edit: _Edit, name: str) -> None:
    names = [entry.name for entry in edit.before.entries]
    if name not in names:
        near = did_you_mean(name, names)
        raise KeyStoreError(f"There is no key {printable(name, 40)}{near}", cure="shotmill keys list")


def _check_new_name(name: str) -> None:
    if not re.fullmatch(KEY_NAME, name):
        raise KeyStoreError(f"A key's name must be {KEY_NAME_ALLOWED}", cure="Choose another name")
    if name == ENVIRONMENT_KEY:
        raise KeyStoreError("env is the name of the key in GEMINI_API_KEY", cure="Choose another name")


def _rename_in_place(edit: _Edit, old: str, new: str) -> None:
    text = tomlkit.dumps(edit.document)
    table = edit.keys
    fresh = tomlkit.table(is_super_table=isinstance(table, Table) and table.is_super_table())
    for name in list(table):
        fresh[new if name == old else name] = table[name]
    edit.document["keys"] = fresh
    edit.prefer(with_renamed_table(text, old, new), meant=edit.document.unwrap())


def _append_base_url(document: tomlkit.TOMLDocument, origin: str) -> None:
    if "base_urls" in document:
        urls: Any = document["base_urls"]
        urls.append(origin)
        return
    urls = tomlkit.array()
    urls.append(origin)
    document["base_urls"] = urls
