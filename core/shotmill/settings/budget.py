"""Changes the project's spend limit in `shotmill.toml`: one value changes, comments and order stay."""

from __future__ import annotations

import math
import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from shotmill.errors import UsageError
from shotmill.settings.private_file import locked_folder, write_new, write_whole
from shotmill.settings.project import FILE_NAME
from shotmill.settings.project_reader import read_project
from shotmill.settings.toml_file import TomlFile, text_of, unreadable


def set_budget(root: Path, usd: float) -> Path:
    """Makes `usd` the limit for the project's life; answers with the path of the file, which is made where there is
    none. A file that can't be read or written raises `SettingsError` or `UsageError` and stays as it is.
    """
    if not math.isfinite(usd) or usd <= 0:
        raise UsageError(f"{usd} is no limit", cure="Give dollars, more than 0")
    path = root / FILE_NAME
    with locked_folder(root):
        text, mode = _read(path)
        after = _edited(path, text or "", round(usd, 4))
        read_project(TomlFile(path, after), root)
        try:
            if text is None:
                write_new(path, after)
            else:
                write_whole(path, after, mode)
        except OSError as error:
            cure = f"Make it writable for you, or set budget_usd = {usd:g} there yourself"
            raise UsageError(f"{path} can't be written: {error.strerror}", cure=cure) from error
    return path


def _read(path: Path) -> tuple[str | None, int]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None, 0
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        return text_of(path, descriptor), stat.S_IMODE(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)


def _edited(path: Path, text: str, usd: float) -> str:
    """The text with the new limit; what it says otherwise is what it said before."""
    try:
        document = tomlkit.parse(text)
        meant = tomllib.loads(text)
        table: Any = document.setdefault("project", tomlkit.table())
        table["budget_usd"] = usd
        after = tomlkit.dumps(document)
        said = tomllib.loads(after)
    except (TOMLKitError, tomllib.TOMLDecodeError, AttributeError, TypeError):
        said, meant, after = None, {}, ""
    if said is None or said != {**meant, "project": {**meant.get("project", {}), "budget_usd": usd}}:
        read_project(TomlFile(path, text), path.parent)  # a fault of the file is the better word
        raise UsageError(f"{path} can't be edited by command", cure=f"Set budget_usd = {usd:g} below [project] there")
    return after
