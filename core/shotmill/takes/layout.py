"""Where everything of a project lies; the contract's folder, as paths. Nothing here touches the disk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shotmill.story.model import Prompt
from shotmill.story.naming import safe_name

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Suffixes under which a beat's image counts, the first found wins."""

HALF = ".tmp"
"""How the name of a half-written file ends."""

IMAGES = "generated_images"
FINALS = "final_images"
TAKES = "takes"
DOT = ".shotmill"


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of the project in `root`. Styles come by their name as it is; it is made safe here."""

    root: Path

    def shot_parts(self, style: str, prompt: Prompt) -> tuple[str, str, str]:
        """The folders from the root to a beat's image."""
        return IMAGES, style_folder(style), f"Shot_{prompt.shot}"

    def shot_folder(self, style: str, prompt: Prompt) -> Path:
        return self.root.joinpath(*self.shot_parts(style, prompt))

    def image(self, style: str, prompt: Prompt, suffix: str = ".png") -> Path:
        """The beat's current take."""
        return self.shot_folder(style, prompt) / image_name(prompt, suffix)

    def takes_dir(self, style: str, prompt: Prompt) -> Path:
        return self.shot_folder(style, prompt) / TAKES

    def take(self, style: str, prompt: Prompt, number: int, suffix: str) -> Path:
        """An earlier take, or the bytes as received of one that was converted."""
        return self.takes_dir(style, prompt) / f"{take_stem(prompt, number)}{suffix}"

    def final(self, prompt: Prompt) -> Path:
        """The take that was picked for the beat."""
        return self.root / FINALS / image_name(prompt, ".png")

    def progress(self, style: str) -> Path:
        """The mirror for older tools."""
        return self.root / f"image_progress_{style_folder(style)}.json"

    @property
    def dot(self) -> Path:
        return self.root / DOT

    @property
    def journal(self) -> Path:
        return self.dot / "journal.jsonl"

    @property
    def log(self) -> Path:
        return self.dot / "log.jsonl"

    @property
    def identity(self) -> Path:
        return self.dot / "project.json"

    def relative(self, path: Path) -> str:
        """A path of this project as records hold it: from the root, with `/`."""
        return path.relative_to(self.root).as_posix()


def image_name(prompt: Prompt, suffix: str) -> str:
    return f"Beat_{prompt.name}{suffix}"


def take_stem(prompt: Prompt, number: int) -> str:
    return f"Beat_{prompt.name}.take{number}"


@lru_cache(maxsize=256)
def style_folder(style: str) -> str:
    """A style's name as a folder name that is safe on every disk."""
    return safe_name(style)
