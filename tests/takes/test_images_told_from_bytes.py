"""Whole or damaged, and which format: from the bytes alone."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from shotmill.takes.image import DamagedImage, ImageFacts, Kind, OversizedImage, check_file, check_whole, sniff, to_png
from takes.takes_samples import picture

FORMATS = {"PNG": Kind.PNG, "JPEG": Kind.JPEG, "WEBP": Kind.WEBP, "GIF": Kind.GIF, "BMP": Kind.BMP, "TIFF": Kind.TIFF}


@pytest.mark.parametrize(("name", "kind"), FORMATS.items())
def test_whole_images_are_known_by_their_bytes(name: str, kind: Kind) -> None:
    data = picture(name)
    assert sniff(data) is kind
    assert check_whole(data) == ImageFacts(kind, 48, 32)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_broken_off_image_is_damaged(name: str, part: float) -> None:
    data = picture(name, size=(200, 150))
    with pytest.raises(DamagedImage):
        check_whole(data[: int(len(data) * part)])


@settings(deadline=None)
@given(st.integers(1, 11))
def test_a_png_without_its_end_is_damaged(missing: int) -> None:
    with pytest.raises(DamagedImage):
        check_whole(picture()[:-missing])


@settings(deadline=None)
@given(st.data())
def test_a_flipped_bit_in_a_png_is_seen_or_harmless(data: st.DataObject) -> None:
    image = bytearray(picture())
    position = data.draw(st.integers(8, len(image) - 5))
    image[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DamagedImage):
        check_whole(bytes(image))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no bytes"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"\xef\xbb\xbf  <html>", "web page"),
        (b'<?xml version="1.0"?><svg xmlns="x"/>', "SVG"),
        (b"{}", "no known image"),
        (b"\x1b]52;c;\x07", "no known image"),
        (b"\x89PNG\r\n\x1a\n", "does not decode"),
        (b"\xff\xd8\xff", "does not decode"),
    ],
)
def test_what_is_no_image_is_named(data: bytes, words: str) -> None:
    with pytest.raises(DamagedImage, match=words) as caught:
        check_whole(data)
    assert "\x1b" not in caught.value.reason


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@settings(deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.binary(max_size=300))
def test_hostile_bytes_raise_nothing_else(name: str, tail: bytes) -> None:
    try:
        check_whole(picture(name)[:12] + tail)
    except DamagedImage:
        return


def png_of(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(65_000, 65_000), (12_000, 10_000), (8193, 8192), (1, 70_000_000)])
def test_a_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(OversizedImage):
        check_whole(png_of(*size))


def test_a_png_is_not_touched() -> None:
    data = picture() + b"trailing provenance"
    assert to_png(data) is data


def test_conversion_keeps_profile_pixels_and_orientation() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = Image.open(io.BytesIO(picture(size=(40, 20))))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    source.save(out, "JPEG", icc_profile=profile, exif=exif)
    converted = Image.open(io.BytesIO(to_png(out.getvalue())))
    assert converted.size == (20, 40)
    assert converted.info["icc_profile"] == profile


@pytest.mark.parametrize("mode", ["CMYK", "L", "RGB"])
def test_every_jpeg_becomes_a_whole_png(mode: str) -> None:
    assert check_whole(to_png(picture("JPEG", mode=mode))) == ImageFacts(Kind.PNG, 48, 32)


def test_webp_with_transparency_keeps_it() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 10, 10, 90)).save(out, "WEBP", lossless=True)
    converted = Image.open(io.BytesIO(to_png(out.getvalue())))
    assert converted.mode == "RGBA"
    assert converted.getpixel((3, 3)) == (200, 10, 10, 90)


def test_a_file_is_checked_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(picture("JPEG"))
    assert check_file(path).kind is Kind.JPEG
    with pytest.raises(FileNotFoundError):
        check_file(tmp_path / "none.png")
