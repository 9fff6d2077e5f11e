"""Pictures, headers and projects for the tests of takes."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from shotmill.story.model import Prompt, Style
from shotmill.takes.entries import Take
from shotmill.takes.spool_header import SentReference, SpoolHeader

AT = 1_764_000_000.0
STYLE = "illustration"


def picture(kind: str = "PNG", size: tuple[int, int] = (48, 32), seed: int = 0, mode: str = "RGB") -> bytes:
    """A small picture with some detail, another one for every seed."""
    image = Image.effect_mandelbrot(size, (-2.0, -1.5, 1.0 + seed / 7, 1.5), 40).convert(mode)
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def prompt(beat: str = "1.1", shot: int = 1) -> Prompt:
    return Prompt(beat, beat, shot, "a night train", continues=False, line=1)


def style_of(*prompts: Prompt) -> Style:
    return Style(STYLE, Path("prompts/prompts-illustration.json"), prompts)


def header(root: Path, attempt: str = "a1", take: int = 1, beat: str = "1.1") -> SpoolHeader:
    references = (SentReference("style_reference.png", "c" * 64, "d" * 64),)
    return SpoolHeader(attempt, "f" * 32, str(root), STYLE, beat, take, "e" * 64, "model", "anna", 0.04, AT, references)


def tree(root: Path) -> dict[str, str]:
    """Every file below, with its SHA-256 (links by where they lead)."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def take_entry(beat: str = "1.1", number: int = 1, current: bool = True, attempt: str | None = "a1") -> Take:
    file = f"generated_images/{STYLE}/Shot_1/Beat_{beat}.png"
    return Take(
        AT,
        attempt,
        STYLE,
        beat,
        number,
        file,
        "b" * 64,
        10,
        20,
        "e" * 64,
        (),
        "model",
        "anna",
        0.04,
        None,
        1.5,
        current,
    )
