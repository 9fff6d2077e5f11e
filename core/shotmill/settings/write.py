"""The `shotmill.toml` that `shotmill init` writes: short, with a word on each line that is worth changing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shotmill.errors import UsageError
from shotmill.settings.private_file import write_new
from shotmill.settings.project import FILE_NAME, GeminiSettings
from shotmill.settings.project_reader import read_project
from shotmill.settings.toml_file import TomlFile


class ProjectFileExistsError(UsageError):
    """There is a `shotmill.toml` already; it is a person's, and not overwritten."""

    code = "settings_exist"


def project_toml(
    title: str,
    styles: Mapping[str, str | None],
    *,
    budget_usd: float | None = None,
    base_url: str = "",
) -> str:
    """The text of a new `shotmill.toml`.

    `styles`: the styles that were found, in the order wanted, each with the path of its prompts inside the project,
    or None to look for them at each start. What has a good default is left out.
    """
    lines = [
        "# How Shotmill draws this project. Every line may be left out.",
        "",
        "[project]",
        f"title = {_quoted(title)}",
        _budget(budget_usd),
        "",
        "[gemini]",
        f"# model = {_quoted(GeminiSettings().model)}",
        '# image_size = "1K"          # or "2K", "4K": sharper, slower, dearer',
    ]
    if base_url:
        lines.append(f"base_url = {_quoted(base_url)}")
    for name, prompts in styles.items():
        lines += ["", f"[styles.{_quoted(name)}]" if _needs_quotes(name) else f"[styles.{name}]"]
        if prompts is not None:
            lines.append(f"prompts = {_quoted(prompts)}")
    return "\n".join(lines) + "\n"


def found_styles(root: Path, sources: Mapping[str, Path]) -> dict[str, str | None]:
    """Styles for `project_toml`, by where their prompts were found. A storyboard is not named: prompts that are made of
    it later are to be used then.
    """
    return {
        style: None if path.parent.name == "storyboards" else path.relative_to(root).as_posix()
        for style, path in sources.items()
    }


def write_project_toml(root: Path, text: str) -> Path:
    """Writes the file of the project at `root`, whole or not at all; answers with its path.

    Raises ProjectFileExistsError where there is one, and SettingsError for a text that our own loader refuses.
    """
    path = root / FILE_NAME
    read_project(TomlFile(path, text), root)
    try:
        write_new(path, text)
    except FileExistsError:
        raise ProjectFileExistsError(f"{path} is there already", cure="Edit it, or move it away first") from None
    return path


def _budget(budget_usd: float | None) -> str:
    if budget_usd is None:
        return "# budget_usd = 10.0          # for the project's life; what is in doubt counts as spent"
    return f"budget_usd = {float(budget_usd)}            # for the project's life; what is in doubt counts as spent"


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.string(text).as_string()


def _needs_quotes(name: str) -> bool:
    return not (name.isascii() and name.replace("-", "").replace("_", "").isalnum())
