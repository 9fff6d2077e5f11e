"""Renders the screens to PNG pictures, headless: `python bench/pictures.py [OUT]`. Needs rsvg-convert."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from datetime import UTC
from pathlib import Path
from typing import Any

CELL = 12.2  # the width of a cell in Textual's SVG
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from shotmill_tui.app import ShotmillApp  # noqa: E402
from tui.sample import NOW, many_styles, night_train  # noqa: E402
from tui.scripted import ScriptedConnection  # noqa: E402

# name, columns, rows, theme, keys to press, snapshot
SHOTS: tuple[tuple[str, int, int, str, tuple[str, ...], Any], ...] = (
    ("floor-120", 120, 36, "darkroom", (), night_train),
    ("floor-80", 80, 24, "darkroom", (), night_train),
    ("floor-200", 200, 50, "darkroom", (), night_train),
    ("floor-60", 60, 18, "darkroom", (), night_train),
    ("styles", 120, 36, "darkroom", (), lambda: many_styles(12)),
    ("many-beats", 120, 36, "darkroom", ("1",), lambda: many_styles(12)),
    ("lightbox", 120, 36, "lightbox", (), night_train),
    ("noir", 120, 36, "noir", (), night_train),
    ("cyanotype", 120, 36, "cyanotype", (), night_train),
    ("terminal", 120, 36, "terminal", (), night_train),
    ("diagnostics", 120, 24, "darkroom", ("i",), night_train),
    ("beat", 120, 24, "darkroom", ("n", "n", "enter"), night_train),
    ("help", 120, 45, "darkroom", ("?",), night_train),
    ("themes", 80, 24, "darkroom", ("v", "down"), night_train),
    ("log", 120, 30, "darkroom", ("l",), night_train),
    ("stop-now", 80, 24, "darkroom", ("X",), night_train),
    ("palette", 120, 30, "darkroom", (":",), night_train),
)


async def picture(columns: int, rows: int, theme: str, keys: tuple[str, ...], snapshot: dict[str, Any]) -> str:
    """The screen as SVG, with the sample's clock."""
    app = ShotmillApp(ScriptedConnection(snapshot), theme=theme, timezone=UTC, now=lambda: NOW)
    async with app.run_test(size=(columns, rows)) as pilot:
        await settled(app, pilot)
        for key in keys:
            await pilot.press(key)
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
            to_png(asyncio.run(picture(columns, rows, theme, keys, make())), out / f"{name}.png")
            print(out / f"{name}.png")


if __name__ == "__main__":
    main()
