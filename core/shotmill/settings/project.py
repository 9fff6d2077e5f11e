"""`shotmill.toml`: what a project says about itself. Every key is optional; the defaults are the contract's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

FILE_NAME = "shotmill.toml"
STYLE_REFERENCE = "style_reference.png"
DEFAULT_MODEL = "gemini-nano-banana-2.1"

Auto = Literal["auto"]


@dataclass(frozen=True, slots=True)
class GeminiSettings:
    """What is asked of the provider. `timeout_s`: seconds for one request; `base_url`: empty for Google's,
    `"emulator"`, or an endpoint's address; `api_version`: empty for the SDK's default.
    """

    model: str = DEFAULT_MODEL
    aspect_ratio: str = "16:9"
    image_size: str = "1K"
    timeout_s: float = 240.0
    base_url: str = ""
    api_version: str = ""

    @property
    def is_play_money(self) -> bool:
        """Whether nothing is billed: the built-in emulator draws, and prices are what the images would have cost."""
        return self.base_url == "emulator"


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute and a day, and requests at once, for each quota project that has no limits of its own.

    `rpm_written` and `rpd_written`: the file says so, and it is no careful guess of ours.
    """

    rpm: int | Auto = 9
    rpd: int = 500
    in_flight: int | Auto = "auto"
    rpm_written: bool = field(default=False, compare=False)
    rpd_written: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Generation:
    """How beats are drawn. `attempts`: tries that fail for the beat's own reasons; `in_doubt_usd`: what a run may
    risk on drawing again what was perhaps paid for, 0 to ask each time; `pause_after`: equal failures in a row that
    pause a style.
    """

    continuity: Literal["previous", "off"] = "previous"
    attempts: int = 4
    in_doubt_usd: float = 0.50
    pause_after: int = 20


@dataclass(frozen=True, slots=True)
class Output:
    format: Literal["png", "original"] = "png"


@dataclass(frozen=True, slots=True)
class StyleSettings:
    """What the project says of one style. None: nothing is said, so that what is found on disk (`prompts`), the
    project's `style_reference.png` (`references`) and every key (`keys`) are taken.
    """

    prompts: str | None = None
    prompt_prefix: str = ""
    prompt_suffix: str = ""
    references: tuple[str, ...] | None = None
    keys: tuple[str, ...] | None = None


NO_STYLES: Mapping[str, StyleSettings] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """The whole file. `budget_usd` is for the project's life, None without one; `styles` are in the file's order."""

    title: str
    budget_usd: float | None = None
    gemini: GeminiSettings = field(default_factory=GeminiSettings)
    limits: Limits = field(default_factory=Limits)
    generation: Generation = field(default_factory=Generation)
    output: Output = field(default_factory=Output)
    styles: Mapping[str, StyleSettings] = field(default_factory=lambda: NO_STYLES)

    def style(self, name: str) -> StyleSettings:
        """What is said of that style; the defaults for one that the file does not name."""
        return self.styles.get(name, _UNNAMED)


_UNNAMED = StyleSettings()


def load_project_settings(root: Path) -> ProjectSettings:
    """The settings of the project at `root`; the defaults where it has no `shotmill.toml`.

    Raises SettingsError with every fault of the file: its line, its key and what is allowed.
    """
    from shotmill.settings.project_reader import read_project
    from shotmill.settings.toml_file import read_toml

    file = read_toml(root / FILE_NAME)
    return ProjectSettings(title=default_title(root)) if file is None else read_project(file, root)


def default_title(root: Path) -> str:
    """The folder's name."""
    return root.resolve().name or "Untitled"


def references_of(style: StyleSettings, root: Path) -> tuple[Path, ...]:
    """The images that hard cuts of this style are sent with: those it names, else `style_reference.png` where the
    project has one. A file that is named and missing is the caller's to report.

    Raises SettingsError when one lies outside the project; links are followed now, not when the file was read.
    """
    from shotmill.settings.faults import Fault, settings_error
    from shotmill.settings.inside import inside
    from shotmill.settings.schema import RefusedError, shown

    names = style.references
    if names is None:
        names = (STYLE_REFERENCE,) if (root / STYLE_REFERENCE).is_file() else ()
    faults: list[Fault] = []
    paths: list[Path] = []
    for name in names:
        try:
            paths.append(inside(root, name))
        except RefusedError as refusal:
            faults.append(Fault(root / FILE_NAME, 0, f"the reference {shown(name)} {refusal.said}"))
    if faults:
        raise settings_error(faults, cure="Copy the image into the project")
    return tuple(paths)
