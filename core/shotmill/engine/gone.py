"""Images that were there before and are to be drawn, and paid for, once more: their files are gone. Pure."""

from __future__ import annotations

from pathlib import Path

from shotmill.engine.beat import TO_DO, Beat
from shotmill.engine.board import Board
from shotmill.takes.layout import IMAGES
from shotmill.takes.record import ProjectRecord
from shotmill.untrusted import printable


def images_gone(board: Board, record: ProjectRecord) -> list[Beat]:
    """The beats that are to do though the record has an image of them. What a reset set aside, or a damaged one, is on
    record as set aside, and no image any more. Costs what is absent, not what there is.
    """
    absent = (beat for style in board.styles for beat in style.absent)
    return [beat for beat in absent if beat.state in TO_DO and _has_image(record, beat)]


def told_gone(count: int, root: Path) -> tuple[str, ...]:
    """The sentence for a person before they are paid for again; none where nothing is gone."""
    if not count:
        return ()
    were = (
        "1 image to draw was drawn before and is" if count == 1 else f"{count} images to draw were drawn before and are"
    )
    folder = printable(str(root / IMAGES), 300)
    return (f"{were} gone from {folder}: what is not put back first is paid for again",)


def _has_image(record: ProjectRecord, beat: Beat) -> bool:
    known = record.beat(beat.style, beat.id)
    return known is not None and known.current is not None
