"""One beat of a project whose record is kept as the engine keeps it."""

from __future__ import annotations

from pathlib import Path

from shotmill.takes.layout import Layout
from shotmill.takes.placing import OutputFormat
from shotmill.takes.record import BeatRecord, ProjectRecord
from shotmill.takes.store import KeptTake, choose_take, keep_take
from takes.takes_samples import AT, STYLE, header, prompt

SHOT = f"generated_images/{STYLE}/Shot_1"


class Beat:
    """One beat of a project, its record kept up to date as the engine does."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(root)
        self.record = ProjectRecord()

    @property
    def known(self) -> BeatRecord | None:
        return self.record.beat(STYLE, "1.1")

    def keep(self, image: bytes, take: int = 1, attempt: str = "", output: OutputFormat = "png") -> KeptTake:
        kept = keep_take(
            self.layout,
            image,
            header(self.layout.root, attempt or f"a{take}", take),
            prompt(),
            output_format=output,
            at=AT,
            seconds=12.5,
            cost_usd=0.04,
            record=self.known,
        )
        for entry in kept.entries:
            self.record.apply(entry)
        return kept

    def choose(self, number: int) -> KeptTake:
        kept = choose_take(self.layout, STYLE, prompt(), number, output_format="png", at=AT, record=self.known)
        for entry in kept.entries:
            self.record.apply(entry)
        return kept

    def file(self, name: str) -> Path:
        return self.layout.root / SHOT / name
