"""Who decodes images: this process, or one that may die of them (`takes/decoders.py`)."""

from __future__ import annotations

from typing import Protocol

from shotmill.takes import image
from shotmill.takes.image import ImageFacts
from shotmill.takes.place import PlaceError


class DecoderError(PlaceError):
    """Nothing can be decoded now, which says nothing about any image: it is to be tried again."""

    code = "decoder"


class Decoder(Protocol):
    """All that costs a decode. Blocking; may be called from several threads. Each raises `DamagedImage`, and
    `DecoderError` where the decoder itself is not to be had."""

    def check(self, data: bytes) -> ImageFacts:
        """`image.check_whole`."""
        ...

    def to_png(self, data: bytes) -> bytes:
        """`image.to_png`."""
        ...

    def to_sendable(self, data: bytes) -> tuple[bytes, str]:
        """`image.to_sendable`."""
        ...


class InThisProcess:
    """For commands, which look at images that are the user's own, and for tests."""

    check = staticmethod(image.check_whole)
    to_png = staticmethod(image.to_png)
    to_sendable = staticmethod(image.to_sendable)


HERE = InThisProcess()
