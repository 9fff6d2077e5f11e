"""Renders the screens to PNG pictures, headless: `python bench/pictures.py [OUT]`. Needs rsvg-convert."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

CELL = 12.2  # the width of a cell in Textual's SVG
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from shotmill_tui.app import ShotmillApp  # noqa: E402
from tui.at_work import a_workplace  # noqa: E402
from tui.sample import BEATS, LOG, NOW, done, many_styles, night_train  # noqa: E402
from tui.sample_keys import fresh_project  # noqa: E402
from tui.scripted import ScriptedConnection  # noqa: E402


def a_while_in() -> dict[str, Any]:
    """The sample with a log that goes back further than the tests need."""
    lines = []
    for style, seconds in (("illustration", 8.1), ("clear", 7.8), ("consistent", 9.0)):
        beats = [f"{shot}.{beat}" for shot in range(1, 6) for beat in range(1, BEATS[shot - 1] + 1)]
        for at, beat in enumerate(beats[: 29 if style == "illustration" else 27], 1):
            clock = (
                f"11:{57 + at // 6:02}:{at * 10 % 60:02}" if at < 18 else f"12:{(at - 18) // 5:02}:{at * 11 % 60:02}"
            )
            key = {"clear": "carl", "consistent": "eva"}.get(style, ("anna", "ben")[at % 2])
            lines.append(done(0, clock, style, beat, key, seconds + at % 7 / 10, 1.2 + at % 4 / 10))
    lines.sort(key=lambda line: float(line["at"]))
    return night_train(log=[{**line, "n": at} for at, line in enumerate([*lines, *LOG], 1)])


TYPE = "type "  # before a text that is typed as a whole
FIRST = tuple(
    key
    for name, secret in (("anna", "AIzaSyA-sample-sample-sample-sample-9fKe"),
                         ("ben", "AIzaSyA-sample-sample-sample-sample-Tq0a"),
                         ("finn", "AIzaSyA-sample-sample-sample-sample-x7Qp"))
    for key in (TYPE + secret, "enter", *["backspace"] * 5, TYPE + name, "enter")
)  # fmt: skip

# name, columns, rows, theme, keys to press, snapshot
SHOTS: tuple[tuple[str, int, int, str, tuple[str, ...], Any], ...] = (
    ("floor-120", 120, 36, "darkroom", (), a_while_in),
    ("floor-80", 80, 24, "darkroom", (), a_while_in),
    ("floor-200", 200, 50, "darkroom", (), a_while_in),
    ("styles", 120, 36, "darkroom", (), lambda: many_styles(12)),
    ("lightbox", 120, 30, "lightbox", (), a_while_in),
    ("noir", 120, 30, "noir", (), a_while_in),
    ("cyanotype", 120, 30, "cyanotype", (), a_while_in),
    ("terminal", 120, 30, "terminal", (), a_while_in),
    ("diagnostics", 120, 24, "darkroom", ("i",), night_train),
    ("beat", 120, 24, "darkroom", ("n", "n", "enter"), night_train),
    ("help", 120, 45, "darkroom", ("?",), night_train),
    ("themes", 80, 24, "darkroom", ("v", "down"), night_train),
    ("log", 120, 30, "darkroom", ("l",), a_while_in),
    ("keys", 120, 30, "darkroom", ("k",), night_train),
    ("keys-80", 80, 24, "lightbox", ("k", "down"), night_train),
    ("projects", 120, 24, "darkroom", ("o",), night_train),
    ("first-keys", 80, 24, "darkroom", (*FIRST,), fresh_project),
    ("first-sharing", 80, 24, "darkroom", (*FIRST, "enter"), fresh_project),
)


async def picture(
    columns: int,
    rows: int,
    theme: str,
    keys: tuple[str, ...],
    snapshot: dict[str, Any],
    *,
    first: bool = False,
    plain: bool = False,
) -> str:
    """The screen as SVG, with the sample's clock."""
    connection = ScriptedConnection(snapshot)
    with TemporaryDirectory() as folder:
        place = a_workplace(Path(folder), connection) if first else None
        app = ShotmillApp(
            connection, theme=theme, timezone=UTC, now=lambda: NOW, workplace=place, first_run=first, plain=plain
        )
        async with app.run_test(size=(columns, rows)) as pilot:
            await settled(app, pilot)
            for key in keys:
                await pilot.press(*(key.removeprefix(TYPE) if key.startswith(TYPE) else (key,)))
                await settled(app, pilot)
            return app.export_screenshot()


async def settled(app: ShotmillApp, pilot: Any) -> None:
    await pilot.pause(0.15)
    app.flush()
    await pilot.pause()


def to_png(svg: str, out: Path) -> None:
    """The font of the SVG is a web font; one that a Debian machine has takes its place."""
    converter = shutil.which("rsvg-convert")
    if converter is None:
        raise SystemExit("rsvg-convert is missing: apt install librsvg2-bin")
    svg = svg.replace("Fira Code", "DejaVu Sans Mono").replace("font-size: 20px", "font-size: 20.27px")
    svg = re.sub(r'x="([\d.]+)"( y="[\d.]+")( textLength="[\d.]+")([^>]*)>((?:&#160;)+)', _without_lead, svg)
    subprocess.run([converter, "-o", str(out)], input=svg.encode(), check=True)


def _without_lead(found: re.Match[str]) -> str:
    """rsvg-convert drops spaces at a text's beginning: its place moves instead."""
    x = float(found[1]) + CELL * found[5].count("&#160;")
    return f'x="{x:.1f}"{found[2]}{found[4]}>'


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    wanted = set(sys.argv[2:])
    out.mkdir(parents=True, exist_ok=True)
    for name, columns, rows, theme, keys, make in SHOTS:
        if not wanted or name in wanted:
            to_png(
                asyncio.run(picture(columns, rows, theme, keys, make(), first=name.startswith("first"))),
                out / f"{name}.png",
            )
            print(out / f"{name}.png")


if __name__ == "__main__":
    main()
