"""Colour themes: TOML files, read strictly and kindly. A file with a fault is left out and the fault is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from shotmill.settings.faults import SettingsError
from shotmill.settings.toml_file import TomlFile, read_toml
from shotmill.untrusted import printable

DEFAULT = "darkroom"
COLOURS = ("ground", "panel", "text", "dim", "line", "accent", "quota")
MARKS = ("done", "again", "failed", "blocked", "doubt", "picked")
LEAST_CONTRAST = 4.5
_NO_TEXT = ("ground", "panel", "line")  # grounds and thin lines carry no text


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme: a colour for each role. `ansi` themes follow the terminal's own 16 colours."""

    name: str
    about: str
    dark: bool
    ansi: bool
    colours: dict[str, str]

    def to_textual(self) -> Theme:
        """The same for Textual's own widgets (the palette of commands)."""
        colour = self.colours
        return Theme(
            name=self.name,
            primary=colour["accent"],
            secondary=colour["dim"],
            warning=colour["again"],
            error=colour["failed"],
            success=colour["done"],
            accent=colour["accent"],
            foreground=colour["text"],
            background=colour["ground"],
            surface=colour["panel"],
            panel=colour["panel"],
            boost=colour["panel"],
            dark=self.dark,
            ansi=self.ansi,
            variables=self._variables(),
        )

    def _variables(self) -> dict[str, str]:
        """Textual's style sheets of ansi themes ask for names that only its own ansi themes define."""
        own = {"border": self.colours["line"], "scrollbar": self.colours["line"]}
        marks = {f"mark-{name}": self.colours[name] for name in MARKS}
        return (dict(BUILTIN_THEMES["ansi-dark"].variables) if self.ansi else {}) | own | marks


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a theme file; `line` is 0 where no single line is to blame."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return printable(f"{place}: {self.reason}", limit=500)


def own_folder() -> Path:
    """The themes that come along: inside an installed package, else the checkout's `themes/`."""
    packaged = Path(__file__).resolve().parent / "_themes"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[2] / "themes"


def load_themes(folders: list[Path]) -> tuple[dict[str, Palette], list[Fault]]:
    """Every theme of the folders, a later folder's before an earlier one's; and every fault of every file.

    The default is always there: without its file, colours of the terminal stand in for it.
    """
    themes: dict[str, Palette] = {}
    faults: list[Fault] = []
    for folder in folders:
        for file in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
            palette, found = read_theme(file)
            faults.extend(found)
            if palette is not None:
                themes[palette.name] = palette
    themes.setdefault(DEFAULT, fallback())
    return dict(sorted(themes.items(), key=lambda item: (item[0] != DEFAULT, item[0]))), faults


def fallback() -> Palette:
    """Needs no file: the terminal's own colours."""
    names = dict.fromkeys((*COLOURS, *MARKS), "ansi_default")
    marks = {"accent": "ansi_cyan", "done": "ansi_green", "again": "ansi_yellow", "failed": "ansi_red",
             "blocked": "ansi_magenta", "doubt": "ansi_yellow"}  # fmt: skip
    return Palette(DEFAULT, "the terminal's own colours", True, True, names | marks)


def read_theme(file: Path) -> tuple[Palette | None, list[Fault]]:
    """The theme, or None and every reason why not."""
    try:
        found = read_toml(file)
    except SettingsError as error:
        return None, [_refused(file, error)]
    if found is None:
        return None, [Fault(file, 0, "can't be read: it is not there any more")]
    return _Reader(file, found).read()


def _refused(file: Path, error: SettingsError) -> Fault:
    """What the reader of settings says of a file, without the place that it has in front."""
    said = error.message.removeprefix(printable(str(file)))
    place = re.match(r":(?:(\d+):)? ", said)
    return Fault(file, int(place[1] or 0), said[place.end() :]) if place else Fault(file, 0, said)


class _Reader:
    """Checks one parsed file and keeps every fault with its line."""

    def __init__(self, file: Path, found: TomlFile) -> None:
        self._file, self._found, self._parsed = file, found, found.values
        self._faults: list[Fault] = []

    def read(self) -> tuple[Palette | None, list[Fault]]:
        for key in self._parsed:
            if key not in ("name", "about", "dark", "colours", "marks"):
                self._fault("", key, f"unknown key {key!r}; allowed: name, about, dark, [colours], [marks]")
        name = self._typed("name", str, self._file.stem)
        about, dark = self._typed("about", str, ""), self._typed("dark", bool, True)
        colours = self._section("colours", COLOURS) | self._section("marks", MARKS)
        if not self._faults:
            self._check_contrast(colours)
        if self._faults:
            return None, self._faults
        ansi = any(value.startswith("ansi_") for value in colours.values())
        return Palette(name, about, dark, ansi, colours), []

    def _typed(self, key: str, kind: type[Any], default: Any) -> Any:
        value = self._parsed.get(key, default)
        if not isinstance(value, kind) or value == "":
            if key in self._parsed and not (key == "about" and value == ""):
                self._fault("", key, f"{key} has to be {'true or false' if kind is bool else 'a text'}")
            return default
        return value

    def _section(self, section: str, allowed: tuple[str, ...]) -> dict[str, str]:
        table = self._parsed.get(section)
        if not isinstance(table, dict):
            self._fault("", section, f"[{section}] is missing; it names {', '.join(allowed)}")
            return {}
        for key in table:
            if key not in allowed:
                self._fault(section, key, f"unknown key {key!r} in [{section}]; allowed: {', '.join(allowed)}")
        for key in allowed:
            if key not in table:
                self._fault("", section, f"{key!r} is missing in [{section}]")
        return {key: value for key, value in table.items() if key in allowed and self._is_colour(section, key, value)}

    def _is_colour(self, section: str, key: str, value: object) -> bool:
        try:
            if isinstance(value, str) and len(value) < 100 and Color.parse(value).a == 1 and value.strip() == value:
                return True
        except ColorParseError:
            pass
        self._fault(section, key, f"{key} = {value!r} is no colour; write it like #82bcd8 or ansi_cyan")
        return False

    def _check_contrast(self, colours: dict[str, str]) -> None:
        for key, value in colours.items():
            if key in _NO_TEXT:
                continue
            for ground in ("ground", "panel"):
                ratio = contrast(value, colours[ground])
                if ratio is not None and ratio < LEAST_CONTRAST:
                    section = "colours" if key in COLOURS else "marks"
                    reason = f"{key} {value} on {ground} {colours[ground]} has contrast {ratio:.1f}:1; 4.5:1 is needed"
                    self._fault(section, key, reason)

    def _fault(self, section: str, key: str, reason: str) -> None:
        path = (section, key) if section else (key,)
        self._faults.append(Fault(self._file, self._found.line_of(path), reason))


def contrast(one: str, other: str) -> float | None:
    """WCAG's contrast of two colours, 1 to 21; None where the terminal decides what a colour looks like."""
    colours = Color.parse(one), Color.parse(other)
    if any(colour.ansi is not None for colour in colours):
        return None
    light, dark = sorted((_luminance(colour) for colour in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
