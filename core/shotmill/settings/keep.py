"""Keeping a choice that was made on a screen in `config.toml`, with everything else in it as it was."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from shotmill.settings.faults import SettingsError
from shotmill.settings.folders import Folders
from shotmill.settings.toml_file import TomlFile, read_toml, unreadable


def keep_theme(folders: Folders, name: str) -> Path:
    """Writes `theme = name` into the user's `config.toml`; answers with its path.

    Comments, order and every other line stay. A file that does not parse is left alone. Raises SettingsError.
    """
    import tomlkit

    path = Path(os.path.realpath(folders.config_file))  # where it is a link, what it leads to is written
    file = read_toml(path)
    written = path.read_text("utf-8-sig") if file is not None else ""
    if file is not None and "theme" in file.values:
        document = tomlkit.parse(written)
        document["theme"] = name
        text = tomlkit.dumps(document)
    else:  # above everything: below the last table it would belong to that
        text = f"theme = {tomlkit.string(name).as_string()}\n{written}"
    TomlFile(path, text)  # nothing is written that could not be read again
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _replace(path: Path, text: str) -> None:
    """The whole new file or the whole old one, with the old one's permissions."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        mode = 0o644
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=".config.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(fresh).unlink()
        raise


def _unwritable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"{path} can't be written: {error.strerror or type(error).__name__}", cure=unreadable(path, error).cure
    )
