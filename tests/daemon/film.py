"""A project folder for tests, and what can be read from it without Shotmill: files, pictures, the journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

PRICE_USD = 0.0336
"""One image of the model that projects have by default."""
ANSWERED_USD = PRICE_USD + 9 * 1.5 / 1e6
"""What the bare answers of tests cost: an image, and the nine tokens that they say they were asked with."""
REPLY_USD = 0.0336 + (400 * 1.5 + 630 * 7.5) / 1e6
"""A reply with one image, its words and thoughts as usual: what is set aside for a request without a budget, and
booked while it is in doubt."""
DEAREST_USD = 3 * 0.0336 + (2000 * 1.5 + 1050 * 7.5) / 1e6
"""What is set aside under a budget: the dearest reply of that model, with two drafts."""


class Film:
    """A project's folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def image(self, style: str, beat: str) -> Path:
        return self.root / "generated_images" / style / f"Shot_{beat.split('.')[0]}" / f"Beat_{beat}.png"

    def takes(self, style: str, beat: str) -> list[str]:
        """Names of the files beside the current take's folder."""
        folder = self.image(style, beat).parent / "takes"
        return sorted(path.name for path in folder.glob(f"Beat_{beat}.*")) if folder.is_dir() else []

    def whole(self, style: str, beat: str) -> bytes:
        """The current take's bytes, after decoding every pixel of them."""
        data = self.image(style, beat).read_bytes()
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            assert picture.format == "PNG"
        return data

    def all_whole(self, style: str, beats: Sequence[str]) -> dict[str, bytes]:
        return {beat: self.whole(style, beat) for beat in beats}

    def journal(self, kind: str = "") -> list[dict[str, Any]]:
        """The journal's lines (of one kind)."""
        path = self.root / ".shotmill" / "journal.jsonl"
        if not path.exists():
            return []
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return [line for line in lines if not kind or line["kind"] == kind]

    def progress(self, style: str) -> list[str]:
        found: list[str] = json.loads((self.root / f"image_progress_{style}.json").read_text())["completedBeats"]
        return found

    def reword(self, style: str, beat: str, text: str) -> None:
        """Change one prompt in the prompts file."""
        path = self.root / "prompts" / f"prompts-{style}.json"
        rows = json.loads(path.read_text())
        for row in rows:
            if row["beat_number"] == beat:
                row["ai_prompt"] = text
        path.write_text(json.dumps(rows, indent=1))


def prompt_text(style: str, beat: str) -> str:
    """Words by which the provider knows what is drawn."""
    return f"{style} style: Shot {beat.split('.')[0]}, Beat {beat}. A train in the rain"


def make_film(
    root: Path,
    base_url: str,
    beats: Sequence[str] = ("1.1", "1.2", "1.3"),
    styles: Sequence[str] = ("ink",),
    chained: Sequence[str] = (),
    settings: str = "",
    limits: str = "rpm = 100000\nrpd = 100000",
) -> Film:
    """Write a project; beats in `chained` continue from the one before, `settings` is more TOML."""
    (root / "prompts").mkdir(parents=True)
    for style in styles:
        rows = [
            {
                "shot_number": int(beat.split(".")[0]),
                "beat_number": beat,
                "transition_type": "C" if beat in chained else "H",
                "ai_prompt": prompt_text(style, beat),
            }
            for beat in beats
        ]
        (root / "prompts" / f"prompts-{style}.json").write_text(json.dumps(rows, indent=1))
    (root / "shotmill.toml").write_text(f'[gemini]\nbase_url = "{base_url}"\n[limits]\n{limits}\n{settings}\n')
    return Film(root)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (64, 36)) -> bytes:
    """A small PNG of a person's."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()
