"""Is this a whole image, and which? Told from the bytes alone, by decoding them; a label is never believed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from shotmill.errors import ExitCode, ShotmillError
from shotmill.takes.folder import OversizedFileError, open_folder
from shotmill.untrusted import printable

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 8192 * 8192
MAX_BYTES = 128 * 1024 * 1024
SENT_AS_IT_IS = 4_000_000
"""Bytes of a reference above which a smaller copy is sent."""
LONG_SIDE = 2048
_SMALLER = "Make the image smaller."
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"  # the last chunk whole: its length of nothing, its name, its sum
_KEPT_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})  # what PNG holds without loss


class Kind(StrEnum):
    """A format that is recognised and can be decoded."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    BMP = "bmp"
    TIFF = "tiff"
    AVIF = "avif"

    @property
    def suffix(self) -> str:
        return ".jpg" if self is Kind.JPEG else f".{self.value}"

    @property
    def mime(self) -> str:
        return f"image/{self.value}"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a decoded image is; `width` and `height` in pixels, as stored."""

    kind: Kind
    width: int
    height: int


class DamagedImage(ShotmillError):  # noqa: N818 - it names what came, not a mistake of ours
    """The bytes are no whole image that can be used; `reason` says why, in printable words."""

    code = "damaged_image"
    exit_code = ExitCode.GAPS

    def __init__(self, reason: str, *, cure: str = "", code: str = "", exit_code: ExitCode | None = None) -> None:
        super().__init__(reason, cure=cure, code=code, exit_code=exit_code)
        self.reason = reason


class OversizedImage(DamagedImage):
    """The image may be whole, but has more pixels than are decoded here."""

    code = "oversized_image"


class DeadlyImage(DamagedImage):
    """The decoder dies of it, each time: nobody knows whether it is whole."""

    code = "deadly_image"


def sniff(data: bytes) -> Kind | None:
    """The format by its first bytes; None for anything that is no image, HTML and SVG among it."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return Kind.GIF
    if data[:2] == b"BM":
        return Kind.BMP
    if data[:4] in (b"II*\0", b"MM\0*"):
        return Kind.TIFF
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        return Kind.AVIF
    return None


def check_whole(data: bytes) -> ImageFacts:
    """Decode every pixel; raises `DamagedImage` where that fails, `OversizedImage` before it would cost too much.

    Costs about 18 ms for a PNG of 1024², 72 ms for 2048²: not for an event loop. What says nothing about the image (no
    memory, a decoder that can't be loaded, an error of the system) is raised as it is.
    """
    kind = _kind_of(data)
    from PIL.Image import DecompressionBombError

    try:
        with _open(data, kind) as header:
            width, height = header.size
            _refuse_bomb(width, height)
            if kind is Kind.PNG:
                header.verify()  # checks the chunks' sums, which decoding passes over; it can't be decoded after
        with _open(data, kind) as image:
            image.load()
    except DamagedImage:
        raise
    except DecompressionBombError as error:
        raise OversizedImage(f"it is far too large: {printable(str(error), 200)}", cure=_SMALLER) from error
    except Exception as error:  # a decoder given hostile bytes may raise anything
        raise _of_decoder(error, kind) from error
    if kind is Kind.PNG and _PNG_END not in data:
        raise DamagedImage("the png breaks off before its end")
    return ImageFacts(kind, width, height)


def check_file(path: Path) -> ImageFacts:
    """`check_whole` for a file. A link or pipe there is an `UnsafePlaceError`, a missing one FileNotFoundError."""
    with open_folder(path.parent) as folder:
        try:
            data, _ = folder.read(path.name, MAX_BYTES)
        except OversizedFileError as error:
            raise OversizedImage(error.message, cure=error.cure) from error
    return check_whole(data)


def to_png(data: bytes) -> bytes:
    """The image as PNG, upright and with its colour profile; a PNG comes back as it is. Raises `DamagedImage`."""
    kind = _kind_of(data)
    if kind is Kind.PNG:
        return data
    from PIL import ImageOps

    try:
        with _open(data, kind) as opened:
            _refuse_bomb(*opened.size)
            profile = opened.info.get("icc_profile")
            image = ImageOps.exif_transpose(opened)
            if image.mode not in _KEPT_MODES:
                image, profile = image.convert("RGB"), None  # the profile was that of the other colour space
            out = io.BytesIO()
            image.save(out, "PNG", compress_level=1, icc_profile=profile)
    except DamagedImage:
        raise
    except Exception as error:  # as above
        raise _of_decoder(error, kind) from error
    return out.getvalue()


def to_sendable(data: bytes) -> tuple[bytes, str]:
    """A copy of a checked image whose long side is at most 2048, and its media type: JPEG, or PNG where it has
    transparency and stays small enough. Raises `DamagedImage`."""
    kind = _kind_of(data)
    from PIL import Image, ImageOps

    try:
        with _open(data, kind) as opened:
            upright = ImageOps.exif_transpose(opened)
            image = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
            if image.mode == "RGBA":
                png = io.BytesIO()
                image.save(png, "PNG", compress_level=6)
                if png.tell() <= SENT_AS_IT_IS:
                    return png.getvalue(), Kind.PNG.mime
                opaque = Image.new("RGB", image.size, "white")
                opaque.paste(image, mask=image.getchannel("A"))
                image = opaque
            jpeg = io.BytesIO()
            image.save(jpeg, "JPEG", quality=92)
    except Exception as error:  # as above
        raise _of_decoder(error, kind) from error
    return jpeg.getvalue(), Kind.JPEG.mime


def _of_decoder(error: Exception, kind: Kind) -> Exception:
    """What a decoder's error says: that the image is damaged, unless it is one of the machine's."""
    if isinstance(error, MemoryError | ImportError) or (isinstance(error, OSError) and error.errno is not None):
        return error
    return DamagedImage(f"the {kind.value} does not decode: {printable(str(error), 200)}")


def _kind_of(data: bytes) -> Kind:
    kind = sniff(data)
    if kind is not None:
        return kind
    if not data:
        raise DamagedImage("there are no bytes")
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<svg") or b"<svg" in start:
        raise DamagedImage("it is an SVG drawing, not an image of pixels")
    if start.startswith(b"<"):
        raise DamagedImage("it is a web page, not an image")
    raise DamagedImage(f"it is no known image: it begins with {printable(repr(data[:12]))}")


def _open(data: bytes, kind: Kind) -> Image.Image:
    """Only the sniffed format's decoder may run. Imported here: `status` reads records and never decodes."""
    from PIL import Image

    return Image.open(io.BytesIO(data), formats=(kind.value.upper(),))


def _refuse_bomb(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise OversizedImage(
            f"it has {width} × {height} pixels; more than {MAX_PIXELS // 1_000_000} million are not decoded",
            cure=_SMALLER,
        )
