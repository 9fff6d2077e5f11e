"""References go as they are, or smaller with both sums; what can't be sent names its file and its cure."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from shotmill.takes.image import SENT_AS_IT_IS
from shotmill.takes.place import UnsafePlaceError
from shotmill.takes.references import MissingReferenceError, UnusableReferenceError, load_reference, reference_bytes
from takes.takes_samples import picture


def noise(path: Path, mode: str = "RGB", size: tuple[int, int] = (2600, 1000)) -> bytes:
    """An image that no format makes small."""
    channels = [Image.effect_noise(size, 90) for _ in mode]
    Image.merge(mode, channels).save(path, compress_level=1)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_small_reference_goes_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "style_reference.png"
    path.write_bytes(picture(kind))
    reference = load_reference(path, root=tmp_path)
    assert reference.data == picture(kind)
    assert reference.mime == f"image/{kind.lower()}"
    assert reference.sha256 == reference.sent_sha256 == hashlib.sha256(reference.data).hexdigest()
    assert not reference.shrunk
    assert reference.sent.name == "style_reference.png"


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_one_goes_as_a_smaller_copy(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "look.png"
    data = noise(path, mode)
    assert len(data) > SENT_AS_IT_IS
    reference = load_reference(path)
    assert reference.shrunk
    assert len(reference.data) <= SENT_AS_IT_IS
    assert max(Image.open(io.BytesIO(reference.data)).size) == 2048
    assert reference.sha256 == hashlib.sha256(data).hexdigest()
    assert reference.sent_sha256 == hashlib.sha256(reference.data).hexdigest()
    assert path.read_bytes() == data
    assert load_reference(path) == reference


def test_a_format_that_the_provider_does_not_take_is_converted(tmp_path: Path) -> None:
    path = tmp_path / "look.gif"
    path.write_bytes(picture("GIF"))
    reference = load_reference(path)
    assert reference.shrunk
    assert reference.mime in ("image/jpeg", "image/png")


@pytest.mark.parametrize("data", [None, b"", b"<svg/>", picture()[:-40], b"secret words of a text file"])
def test_what_cannot_be_sent_names_file_and_cure(tmp_path: Path, data: bytes | None) -> None:
    path = tmp_path / "look.png"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UnusableReferenceError, match=r"look\.png") as caught:
        load_reference(path)
    assert caught.value.cure


def test_a_giant_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "look.png"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    with pytest.raises(UnusableReferenceError, match="too large"):
        load_reference(path)


def test_a_link_may_lead_about_the_project_but_not_out(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "private.png").write_bytes(picture())
    (project / "look.png").write_bytes(picture())
    (project / "inside.png").symlink_to(project / "look.png")
    (project / "outside.png").symlink_to(tmp_path / "private.png")
    assert load_reference(project / "inside.png", root=project).data == picture()
    with pytest.raises(UnsafePlaceError):
        load_reference(project / "outside.png", root=project)


def test_a_file_that_can_not_be_read_is_not_told_as_missing(tmp_path: Path) -> None:
    ring = tmp_path / "ring.png"
    ring.symlink_to(ring)
    with pytest.raises(UnusableReferenceError, match="can't be read") as caught:
        reference_bytes(ring)
    assert not isinstance(caught.value, MissingReferenceError)
    with pytest.raises(MissingReferenceError):
        reference_bytes(tmp_path / "none.png")
